"""To be written."""

from typing import Any

from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.stored import StoredModel


class _Adapter:
    kind = "lightgbm"
    package: str | None = None

    def fits(self, model: object) -> bool:
        return False

    def write(self, model: Any) -> Written:
        raise NotImplementedError

    def recognises(self, stored: StoredModel) -> bool:
        return False

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        raise NotImplementedError


ADAPTER = _Adapter()
