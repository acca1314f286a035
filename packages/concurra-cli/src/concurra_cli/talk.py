"""Talk: text for people, on standard error."""

from __future__ import annotations

import sys
from contextlib import suppress


def tell(text: str) -> None:
    """Write *text* to stderr, if anybody still listens there."""
    with suppress(
        OSError, ValueError, AttributeError
    ):  # no reader any more, a stream that was closed, no stream
        sys.stderr.write(f"{text}\n")  # in one go: other threads write too
        sys.stderr.flush()
