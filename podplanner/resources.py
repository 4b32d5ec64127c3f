"""Where the data folders are: at the top of a checkout, or inside an installed wheel."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

_CHECKOUT = Path(__file__).resolve().parent.parent


def data_dir(name: Literal["bom", "templates"]) -> Path:
    """Return the folder `name`: from the checkout when there is one, else from the wheel."""
    if (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / name).is_dir():
        return _CHECKOUT / name
    return Path(str(files("podplanner") / "_data" / name))
