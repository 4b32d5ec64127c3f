"""A card as lines for a terminal."""

from podplanner.drives.pulling.card import Card


def card_lines(card: Card) -> tuple[str, ...]:
    """Return the card as lines of plain text, none longer than 100 characters but commands."""
    raise NotImplementedError
