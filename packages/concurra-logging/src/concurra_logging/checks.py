"""What a user says to a sink is checked here, once."""

from __future__ import annotations

import codecs
import io
import logging
import sys
from collections.abc import Mapping
from typing import Final

from concurra_logging.fields import NAMES, TAKEN
from concurra_logging.plain import Plain, plain, quoted


def checked_context(context: object) -> dict[str, Plain]:
    """Return *context* as JSON has it; None is an empty one.

    Raises:
        TypeError: it is no mapping of texts.
        ValueError: it has a name that events have, or structlog.
    """
    if context is None:
        return {}
    fields = _pairs(context) if isinstance(context, Mapping) else None
    if fields is None or not all(isinstance(name, str) for name in fields):
        raise TypeError(f"context must be a mapping with names of fields for keys, not {quoted(context)}")
    for names, whose in ((NAMES, "events have themselves"), (TAKEN, "structlog takes for itself")):
        for name in sorted(names & {str(name) for name in fields}):
            raise ValueError(f"context may not have {name!r}, which {whose}; call it {name + '_'!r}, say")
    return {str(name): plain(value) for name, value in fields.items()}


def _pairs(context: Mapping[object, object]) -> dict[object, object]:
    """Return what *context* holds. What it raises meanwhile is raised, with a note on where it was given."""
    try:
        return dict(context)
    except Exception as error:
        error.add_note("raised by what was given as context, when its items were taken")
        raise


def attribute(value: object, name: str) -> object:
    """Return the attribute *name* of *value*, None if there is none, or if *value* raises when it is asked."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - a user's own __getattr__ may raise anything
        return None


def checked_period(progress: object) -> float:
    """Return the seconds between two lines of progress.

    Raises:
        TypeError: *progress* is no number.
        ValueError: it is not above 0, or not finite.
    """
    kind: type = type(progress)  # not all who say that they are numbers are
    if kind is bool or not issubclass(kind, int | float):
        raise TypeError(
            f"progress must be a number of seconds, or None for no progress, not {quoted(progress)}"
        )
    # The largest float, not infinity: an int may be finite and still too large for a float.
    seconds = int.__int__(progress) if isinstance(progress, int) else float.__float__(progress)  # type: ignore[arg-type] # as told
    if not 0 < seconds <= sys.float_info.max:
        raise ValueError(
            f"progress must be a finite number of seconds above 0, or None, not {quoted(progress)}"
        )
    return float(seconds)


def checked_level(level: object) -> int:
    """Return the number of *level*, which may be a name.

    Raises:
        TypeError: it is neither.
        ValueError: there is no level of that name, or the number is below 0.

    >>> checked_level("debug"), checked_level(30)
    (10, 30)
    """
    kind: type = type(level)  # not all who say that they are numbers are
    if kind is bool or not issubclass(kind, int | str):
        raise TypeError(f"level must be a number or a name such as 'INFO', not {quoted(level)}")
    if not isinstance(level, str):
        number = int.__int__(level)  # type: ignore[arg-type] # looked at just before
        if number < 0:
            raise ValueError(f"level must be 0 or more, or a name such as 'INFO', not {quoted(level)}")
        return number
    names = logging.getLevelNamesMapping()
    if level.upper() not in names:
        raise ValueError(f"there is no level {quoted(level)}; there are {', '.join(sorted(names))}")
    return names[level.upper()]


def checked_switch(value: object, place: str, *, way_out: str = "") -> bool:
    """Return *value*, which is True or False.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{place} must be True or False{way_out}, not {quoted(value)}")
    return value


def is_stream(value: object) -> bool:
    """Tell whether *value* has the methods of a stream that is written to; its class has them, too, and is none."""
    methods = (attribute(value, name) for name in ("write", "flush"))
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
        raise TypeError(f"{place} must be a text stream, and {quoted(stream)} takes bytes; open it for text")
    if getattr(stream, "closed", False) is True:
        raise ValueError(
            f"{place} must be written to, and {quoted(stream)} is closed; hand over one that is open"
        )
    writable = getattr(stream, "writable", None)
    if callable(writable) and writable() is False:
        raise ValueError(
            f"{place} must be written to, and {quoted(stream)} is open for reading only; open it for writing"
        )


_CODECS: Final = (codecs.StreamWriter, codecs.StreamReaderWriter)
