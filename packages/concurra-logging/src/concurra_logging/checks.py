"""What a user says to a sink is checked here, once."""

from __future__ import annotations

import codecs
import io
import logging
from collections.abc import Mapping
from math import isfinite
from typing import Final

from concurra_logging.fields import NAMES, TAKEN
from concurra_logging.plain import Plain, plain


def checked_context(context: object) -> dict[str, Plain]:
    """Return *context* as JSON has it; None is an empty one.

    Raises:
        TypeError: it is no mapping of texts.
        ValueError: it has a name that events have, or structlog.
    """
    if context is None:
        return {}
    if not isinstance(context, Mapping) or not all(isinstance(name, str) for name in context):
        raise TypeError(f"context must be a mapping with names of fields for keys, not {context!r}")
    for names, whose in ((NAMES, "events have themselves"), (TAKEN, "structlog takes for itself")):
        for name in sorted(names & set(context)):
            raise ValueError(f"context may not have {name!r}, which {whose}; call it {name + '_'!r}, say")
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
        ValueError: there is no level of that name, or the number is below 0.

    >>> checked_level("debug"), checked_level(30)
    (10, 30)
    """
    if isinstance(level, bool) or not isinstance(level, int | str):
        raise TypeError(f"level must be a number or a name such as 'INFO', not {level!r}")
    if isinstance(level, int):
        if level < 0:
            raise ValueError(f"level must be 0 or more, or a name such as 'INFO', not {level!r}")
        return level
    names = logging.getLevelNamesMapping()
    if level.upper() not in names:
        raise ValueError(f"there is no level {level!r}; there are {', '.join(sorted(names))}")
    return names[level.upper()]


def checked_switch(value: object, place: str, *, way_out: str = "") -> bool:
    """Return *value*, which is True or False.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{place} must be True or False{way_out}, not {value!r}")
    return value


def is_stream(value: object) -> bool:
    """Tell whether *value* has the methods of a stream that is written to; its class has them, too, and is none."""
    methods = (getattr(value, name, None) for name in ("write", "flush"))
    return not isinstance(value, type) and all(callable(method) for method in methods)


def check_text_stream(stream: object, place: str) -> None:
    """See whether *stream*, which `is_stream`, takes text now.

    Nothing is written to find out: whoever counts the lines would count that too.

    Raises:
        TypeError: it takes bytes.
        ValueError: it is closed, or was opened for reading only.
    """
    mode = getattr(stream, "mode", None)
    # The streams of `codecs` show the mode of the bytes below them.
    binary = isinstance(mode, str) and "b" in mode and not isinstance(stream, _CODECS)
    if binary or isinstance(stream, io.RawIOBase | io.BufferedIOBase):
        raise TypeError(f"{place} must be a text stream, and {stream!r} takes bytes; open it for text")
    if getattr(stream, "closed", False) is True:
        raise ValueError(f"{place} must be written to, and {stream!r} is closed; hand over one that is open")
    writable = getattr(stream, "writable", None)
    if callable(writable) and writable() is False:
        raise ValueError(
            f"{place} must be written to, and {stream!r} is open for reading only; open it for writing"
        )


_CODECS: Final = (codecs.StreamWriter, codecs.StreamReaderWriter)
