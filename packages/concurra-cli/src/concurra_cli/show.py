"""What a run is shown as: a table, JSON, paragraphs about failures."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

SCHEMA: Final = 1

_DEPTH: Final = 100  # what nests deeper is told as text
_BITS: Final = 14_000  # Python writes longer integers in hexadecimal only, and few readers of JSON take them


def tell(text: str) -> None:
    """Write *text* to stderr, if anybody still listens there."""
    with suppress(OSError, ValueError):  # a reader that has gone; a stream that the user's code has closed
        print(text, file=sys.stderr, flush=True)


def json_text(results: Mapping[Hashable, Mapping[str, Any]]) -> str:
    """Return *results* as one JSON object on one line; what JSON does not know is made text."""
    from importlib.metadata import version  # takes longer than all else here

    document = {"schema": SCHEMA, "version": version("concurra-cli"), "results": _plain(results)}
    return json.dumps(document, allow_nan=False)


def failures_text(results: Mapping[Hashable, Mapping[str, Any]]) -> str:
    """Return a paragraph for each task that did not succeed: its error, and the trace if there is one."""
    return "\n".join(_paragraph(label, result) for label, result in results.items() if result["has_failed"])


def _paragraph(label: Hashable, result: Mapping[str, Any]) -> str:
    text = f"Task '{label}' failed with error: {result['error']}"
    return f"{text}\n{result['trace']}" if result["trace"] else text


def _plain(value: object, above: tuple[int, ...] = ()) -> object:
    """Return *value* as what JSON knows, whatever it is; *above* holds the ids of what it lies in."""
    try:
        return _of_json(value, above)
    except Exception:  # noqa: BLE001 - a result may be any object, and a thread given up may still change it
        return _text(value)


def _of_json(value: object, above: tuple[int, ...]) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < _BITS else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if not isinstance(value, Mapping | list | tuple) or id(value) in above or len(above) > _DEPTH:
        return _text(value)
    inside = (*above, id(value))
    if isinstance(value, Mapping):
        return _keyed((key, _plain(item, inside)) for key, item in value.items())
    return [_plain(item, inside) for item in value]


def _keyed(items: Iterable[tuple[object, object]]) -> dict[str, object]:
    """Return *items* with text as keys. Where 1 and "1" would be the same, the later is told by its repr."""
    keyed: dict[str, object] = {}
    for key, item in items:
        name = _text(key, str)
        if name in keyed:
            name = _text(key)
        while name in keyed:
            name = repr(name)
        keyed[name] = item
    return keyed


def _text(value: object, spell: Callable[[object], str] = repr) -> str:
    try:
        return spell(value)
    except Exception as error:  # noqa: BLE001 - how an object spells itself is the user's code
        return f"<{type(value).__name__}, which cannot be shown: {type(error).__name__}>"
