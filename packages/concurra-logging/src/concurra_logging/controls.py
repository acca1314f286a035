"""Lines for people: what a terminal would obey is shown instead."""

from __future__ import annotations

from typing import Final

from structlog.typing import EventDict, WrappedLogger

# Control characters, but for those that text is laid out with, and those that turn the direction of writing.
_OBEYED: Final = {
    code: chr(code).encode("unicode_escape").decode()
    for codes in (range(9), range(11, 32), range(127, 160), range(0x202A, 0x202F), range(0x2066, 0x206A))
    for code in codes
}


def harmless(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    r"""Show control characters in the texts of a line as escapes of Python's; ends of lines and tabs stay.

    >>> harmless(None, "info", {"event": "red" + chr(27) + "[31m", "rows": 3})
    {'event': 'red\\x1b[31m', 'rows': 3}
    """
    for name, value in event_dict.items():
        if isinstance(value, str) and not value.isprintable():
            event_dict[name] = value.translate(_OBEYED)
    return event_dict
