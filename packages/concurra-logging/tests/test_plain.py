"""JSON out of anything, with orjson and without."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from concurra_logging import plain
from log_events import loaded


class Hostile(Mapping[str, int]):
    """A mapping that raises whatever is asked of it."""

    def __getitem__(self, name: str) -> int:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no names")

    def __len__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise RuntimeError("no text")


class Endless(list[object]):
    pass


ENDLESS = Endless()
ENDLESS.append(ENDLESS)

VALUES: list[object] = [
    None,
    True,
    [1, 2.5, "x", False],
    {"a": {"b": (1, 2)}, 3: None},
    10**30,
    -(10**5000),
    float("nan"),
    [float("inf")],
    "\ud800 \u2028 \U0001f600",
    b"bytes",
    {1, 2} - {2},
    Hostile(),
    ENDLESS,
    object(),
    ValueError("no"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("installed", [True, False], ids=["orjson", "json"])
def test_anything_is_one_line_of_json(
    value: object, installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if installed:
        pytest.importorskip("orjson")
    else:
        monkeypatch.setattr(plain, "find_spec", lambda name: None)
    fast = plain._fast_dumps()
    assert (fast is plain._dumps) is not installed
    for text in (fast(plain.plain(value)), plain.dumps(value)):
        assert "\n" not in text
        (found,) = loaded(text.replace("\u2028", " "))
        assert plain.plain(found) == found
    assert plain.dumps(value).isascii()


def test_what_json_knows_stays_as_it_is() -> None:
    known: Any = {"a": [1, 2.5, "x", False, None, {"b": []}]}  # Any: what JSON holds
    assert plain.plain(known) == known
    assert json.loads(plain.dumps_unicode(known)) == known


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({1: "a", "1": "b"}, {"1_": "a", "1": "b"}),
        ({"1": "b", 1: "a", "1_": "c"}, {"1": "b", "1__": "a", "1_": "c"}),
        (
            {None: 1, "None": 2, "x": {True: 3, "True": 4}},
            {"None_": 1, "None": 2, "x": {"True_": 3, "True": 4}},
        ),
    ],
)
def test_keys_of_one_text_lose_no_value(value: object, shown: object) -> None:
    assert plain.plain(value) == shown
    assert json.loads(plain.dumps(value)) == shown
