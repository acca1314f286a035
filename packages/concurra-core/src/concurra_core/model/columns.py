"""How much room text takes on a terminal."""

from __future__ import annotations

from unicodedata import category, east_asian_width


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes.

    >>> columns("data"), columns("\u6570\u636e"), columns("e\u0301")
    (4, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if category(char) in {"Mn", "Me"} else 1 + (east_asian_width(char) in {"W", "F"}) for char in text
    )
