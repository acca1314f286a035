"""What a user says to a sink is checked here, once."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from concurra_logging.fields import NAMES
from concurra_logging.plain import Plain, plain


def checked_context(context: object) -> dict[str, Plain]:
    """Return *context* as JSON has it.

    Raises:
        TypeError: it is no mapping of texts.
        ValueError: it has a name that events have.
    """
    if not isinstance(context, Mapping) or not all(isinstance(name, str) for name in context):
        raise TypeError(f"context must be a mapping with names of fields for keys, not {context!r}")
    taken = sorted(NAMES & set(context))
    if taken:
        raise ValueError(
            f"context may not have {taken[0]!r}, which events have themselves; call it {taken[0] + '_'!r}, say"
        )
    return {str(name): plain(value) for name, value in context.items()}


def checked_period(progress: object) -> float:
    """Return the seconds between two lines of progress.

    Raises:
        TypeError: *progress* is no number.
        ValueError: it is not above 0, or not finite.
    """
    if isinstance(progress, bool) or not isinstance(progress, int | float):
        raise TypeError(f"progress must be a number of seconds, or None for no progress, not {progress!r}")
    if not (progress > 0 and isfinite(progress)):
        raise ValueError(f"progress must be a finite number of seconds above 0, or None, not {progress!r}")
    return float(progress)
