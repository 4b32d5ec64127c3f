"""Bayesian networks: one text file in BIF, the interchange format that other programs read too."""

import sys
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.plain_options import file_of, refuse_options
from podplanner.models.stored import StoredModel

FILE = "model.bif"
_SUFFIXES = (".bif", ".xmlbif")


class BayesianNetworkAdapter:
    """A `podplanner.models.bayesian.BayesianNetwork`; needs no package."""

    kind = "bayesian-network"
    package: str | None = None

    def fits(self, model: object) -> bool:
        """Return whether it is a Bayesian network."""
        home = sys.modules.get("podplanner.models.bayesian.network")
        return home is not None and isinstance(model, home.BayesianNetwork)

    def write(self, model: Any) -> Written:
        """Return the network as text; its tables come back bit for bit."""
        return Written(
            files={FILE: [memoryview(model.to_bif().encode("utf-8"))]},
            library="podplanner",
            parameters=model.parameters,
            details={"file": FILE, "variables": len(model.variables)},
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it has a file in BIF or XMLBIF."""
        return any(path.endswith(_SUFFIXES) for path in stored.paths)

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the network; nothing in it can be changed, and `fit` makes another."""
        from podplanner.models.bayesian.network import BayesianNetwork

        refuse_options(options, "a Bayesian network")
        path = file_of(stored, options, *_SUFFIXES)
        try:
            return BayesianNetwork.from_text(stored.text(path))
        except FormatError as error:
            raise type(error)(
                f"{path} of {stored.origin.reference}: {error.message}", hint=error.hint
            ) from error


ADAPTER = BayesianNetworkAdapter()
