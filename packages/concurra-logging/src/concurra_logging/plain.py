"""What JSON knows, of whatever a user bound, named or logged. Nothing here raises."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from math import isfinite
from typing import Any, Final, TypeAlias

# What JSON has.
Plain: TypeAlias = str | int | float | bool | dict[str, Any] | list[Any] | None

_DEPTH: Final = 8  # of containers in containers; whatever is below is text
_QUOTED: Final = 500  # characters of a value in a message
_dumps: Final = partial(json.dumps, separators=(",", ":"), allow_nan=False)


def plain(value: object, depth: int = _DEPTH) -> Plain:
    """Return *value* as JSON has it: what it does not know becomes text, NaN and the infinities too.

    >>> plain({"at": (1, float("nan")), 2: {None}})
    {'at': [1, 'nan'], '2': '{None}'}
    """
    if value is None or value is True or value is False or value.__class__ is str:
        return value
    if isinstance(value, str | int | float):
        return _scalar(value)
    if depth and isinstance(value, Mapping | list | tuple):
        try:
            if isinstance(value, Mapping):
                made = {text(key): plain(inner, depth - 1) for key, inner in value.items()}
                return made if len(made) == len(value) else _apart(value, depth)
            return [plain(inner, depth - 1) for inner in value]
        except Exception:  # noqa: BLE001 - a user's container may raise anything
            return text(value)
    return text(value)


def _apart(value: Mapping[object, object], depth: int) -> dict[str, Any]:  # Any: as `Plain` has it
    """Return *value* with a name of its own for each key: of those with one text, all but one get underscores behind.

    >>> plain({1: "a", "1": "b"})
    {'1_': 'a', '1': 'b'}
    """
    made: dict[str, Any] = {}  # as above
    taken = {key for key in value if key.__class__ is str}
    for key, inner in value.items():
        name = text(key)
        if key.__class__ is not str:
            while name in taken:
                name += "_"
            taken.add(name)
        made[name] = plain(inner, depth - 1)
    return made


def plain_label(label: object) -> str | int | float:
    """Return *label* as it is if it is a text or a number, its text otherwise.

    >>> plain_label(7), plain_label("a"), plain_label(("a", 1)), plain_label(None), plain_label(True)
    (7, 'a', "('a', 1)", 'None', 'True')
    """
    if isinstance(label, str | int | float) and not isinstance(label, bool):
        return _scalar(label)
    return text(label)


def text(value: object) -> str:
    """Return ``str(value)``; a value whose own ``__str__`` raises is shown as a plain object."""
    try:
        made = str(value)
    except Exception:  # noqa: BLE001 - a user's own __str__ may raise anything
        made = object.__repr__(value)
    return made if made.__class__ is str else str.__str__(made)


def quoted(value: object) -> str:
    """Return ``repr(value)`` for a message, cut where it is long; what has none is shown as a plain object.

    >>> quoted("ab"), len(quoted("x" * 1000))
    ("'ab'", 500)
    """
    try:
        made = repr(value)
    except Exception:  # noqa: BLE001 - a user's own __repr__ may raise anything; a number may have too many digits
        made = object.__repr__(value)
    return made if len(made) <= _QUOTED else f"{made[: _QUOTED - 3]}..."


def _scalar(value: str | float) -> str | int | float:
    """Return a text or a number as JSON has it; subclasses may print themselves in other ways."""
    try:
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            number = int(value)
            int.__repr__(number)  # too many digits to be written?
            return number
        return float(value) if isfinite(value) else float.__repr__(value)
    except Exception:  # noqa: BLE001 - as above
        return object.__repr__(value)


def dumps(value: object) -> str:
    r"""Return *value* as JSON on one line, in ASCII: any stream takes it.

    >>> dumps({"when": float("inf"), "what": "two\nlines"})
    '{"when":"inf","what":"two\\nlines"}'
    """
    return _dumps(plain(value))


def dumps_unicode(value: object) -> str:
    """Return *value* as JSON on one line, in Unicode, by orjson where it is installed.

    >>> dumps_unicode({"a": [float("nan")]})
    '{"a":["nan"]}'
    """
    return _fast(plain(value))


def _fast_dumps() -> Callable[[Plain], str]:
    """Return a `dumps` by orjson, if it is installed."""
    if find_spec("orjson") is None:
        return _dumps
    import orjson  # optional: several times as fast

    def fast(value: Plain) -> str:
        try:
            return str(orjson.dumps(value), "utf-8")
        except TypeError:  # a whole number of more than 64 bits, or a text that is no Unicode
            return _dumps(value)

    return fast


_fast: Final = _fast_dumps()
