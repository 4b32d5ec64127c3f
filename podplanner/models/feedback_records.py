"""Feedback: what a model answered and what was right; to be written."""


class Feedback:
    """To be written."""


def feedback() -> Feedback:
    """To be written."""
    raise NotImplementedError
