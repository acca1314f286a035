"""How data is written: as JSON, whatever it is, and settings as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from concurra_cli import __version__
from concurra_cli.text import one_line, padded, shell_word, width
from concurra_cli.values import duration_text

SCHEMA: Final = 1

_DEPTH: Final = 100  # what nests deeper is told as text
_BITS: Final = 14_000  # Python writes longer integers in hexadecimal only, and few readers of JSON take them


def json_text(document: Mapping[str, object]) -> str:
    """Return *document* as one JSON object on one line, with schema and version; the rest is made text."""
    import json  # for those who want it

    head = {"schema": SCHEMA, "version": __version__}
    return json.dumps(
        {**head, **_keyed((key, _plain(value)) for key, value in document.items())}, allow_nan=False
    )


def config_text(rows: Sequence[tuple[str, object, str]]) -> str:
    """Return name, value and source of each setting, a line each."""
    table = [
        (one_line(name), "-" if value is None else one_line(_words(value)), source)
        for name, value, source in rows
    ]
    first, second = (max(width(row[column]) for row in table) for column in range(2))
    return "\n".join(
        f"{padded(name, first)}  {padded(value, second)}  {source}" for name, value, source in table
    )


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(map(shell_word, value))
    return duration_text(value) if isinstance(value, float) else str(value)


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
