"""A moment as ISO 8601 has it: UTC, with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_MILLION: Final = 1_000_000


class Stamper:
    """Write moments; the text of the second is made once a second.

    >>> Stamper()(1_700_000_000.25)
    '2023-11-14T22:13:20.250000Z'
    """

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def __call__(self, wall: float) -> str:
        """Return the text of *wall*, in seconds since the epoch."""
        # A million more than the microseconds, for its text to have all zeros: cheaper than a format.
        micros = int((wall - self._second) * 1e6 + 1_000_000.5)
        if not _MILLION <= micros < 2 * _MILLION:
            self._second, rest = divmod(int(wall * 1e6 + 0.5), _MILLION)
            self._text = f"{datetime.fromtimestamp(self._second, UTC):%Y-%m-%dT%H:%M:%S}."
            micros = _MILLION + rest
        return f"{self._text}{str(micros)[1:]}Z"
