"""How messages show what is a user's: on every value there is something to be said, and never too much."""

from __future__ import annotations

import reprlib
from typing import Final

# Characters of a value that are shown: enough to know it by. A message is read, and goes into logs.
_MOST: Final = 500
# Levels of containers in containers: one whose own `repr` does not come to an end is shown so far.
_DEEPEST: Final = 4


def quoted(value: object) -> str:
    """Return ``repr(value)``, which may be cut; what cannot be shown, such as a number of too many digits, is outlined.

    >>> print(quoted("ab"), quoted(7))
    'ab' 7
    >>> quoted("x" * 1000) == "'" + "x" * 246 + "..." + "x" * 249 + "'"
    True
    """
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a value's own __repr__ may raise anything
        text = _outlined(value)
    if len(text) <= _MOST:
        return text
    half = (_MOST - 3) // 2
    return f"{text[: half - 1]}...{text[-half - 2 :]}"


def spelled(value: object) -> str:
    """Return ``str(value)``, whole, or what `quoted` says of it if there is none.

    >>> spelled("a label"), spelled(7)
    ('a label', '7')
    """
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - as above
        return quoted(value)


class _Outline(reprlib.Repr):
    """Shows containers of what cannot be shown, and numbers that have too many digits."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = _DEEPEST

    def repr_int(self, x: int, level: int) -> str:
        """Return the digits, or how many bits there are where nobody would read them."""
        try:
            return super().repr_int(x, level)
        except ValueError:
            return f"<an int of {x.bit_length()} bits>"

    def repr_instance(self, x: object, level: int) -> str:
        """Return the `repr` of an object, or its class if it refuses."""
        try:
            return repr(x)
        except Exception:  # noqa: BLE001 - as above
            return object.__repr__(x)


def _outlined(value: object) -> str:
    try:
        return _Outline().repr(value)
    except Exception:  # noqa: BLE001 - a container may refuse to be gone through
        return object.__repr__(value)
