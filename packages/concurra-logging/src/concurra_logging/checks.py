"""What a user says to a sink is checked here, once."""

from __future__ import annotations

import logging
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


def checked_level(level: object) -> int:
    """Return the number of *level*, which may be a name.

    Raises:
        TypeError: it is neither.
        ValueError: there is no level of that name.

    >>> checked_level("debug"), checked_level(30)
    (10, 30)
    """
    if isinstance(level, bool) or not isinstance(level, int | str):
        raise TypeError(f"level must be a number or a name such as 'INFO', not {level!r}")
    if isinstance(level, int):
        return level
    names = logging.getLevelNamesMapping()
    if level.upper() not in names:
        raise ValueError(f"there is no level {level!r}; there are {', '.join(sorted(names))}")
    return names[level.upper()]
