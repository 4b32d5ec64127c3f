"""Training: what a model answered and what was right; to be written."""


class Training:
    """To be written."""


def training() -> Training:
    """To be written."""
    raise NotImplementedError
