"""The base of our own formats: frozen, and an unknown key is an error."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A model of a file that we define: a key that we do not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
