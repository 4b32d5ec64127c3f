"""Tell what a recording of an array's state is, by its content."""


def kind_of(document: object) -> str | None:
    """Return which tool a JSON document is of; None: of none that tells of arrays."""
    raise NotImplementedError


def text_kind_of(text: str) -> str | None:
    """Return which tool a text is of (`zpool-text`, `mdstat`); None: of none."""
    raise NotImplementedError
