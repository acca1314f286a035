"""Values that nobody means to give, of every kind: each made anew, for some can be used only once."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import enum
import fractions
import logging
import math
import pathlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final, NoReturn

from concurra import Halt, Ref, Retry, TaskRunner, WorkerOptions, Workflow
from hypothesis import strategies as st


class HostileError(Exception):
    """What the hostile values raise: seen by a caller, it has gone through the library's hands."""


def refuse(*_: object, **__: object) -> NoReturn:
    raise HostileError("hostile")


class Unprintable:
    """Neither its `repr` nor its `str` works."""

    __repr__ = __str__ = refuse


class Hostile(Unprintable):
    """Nothing can be asked of it."""

    __bool__ = __eq__ = __hash__ = __len__ = __lt__ = __le__ = __gt__ = __ge__ = __iter__ = __getattr__ = (
        refuse
    )


class Twin:
    """Like every other of its kind to a dict, until it is compared."""

    __eq__ = refuse

    def __hash__(self) -> int:
        return 7


class Undecided:
    """Neither true nor false."""

    __bool__ = refuse


class HostileNumber(int):
    __lt__ = __le__ = __gt__ = __ge__ = __repr__ = __str__ = __float__ = refuse


class HostileMapping(Mapping[Any, Any]):
    __getitem__ = __iter__ = __len__ = refuse


class HostileList(list[Any]):
    __iter__ = __len__ = __repr__ = __getitem__ = refuse


class Impostor:
    """Says of itself that it is of another class, as mocks with a specification do."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    @property  # type: ignore[misc] # a lie
    def __class__(self) -> type:
        return self._kind


class Obliging:
    """Has whatever is asked for, and does nothing."""

    def __getattr__(self, name: str) -> Obliging:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> None:
        return None


class Level(enum.IntEnum):
    ONE = 1


class Word(enum.StrEnum):
    THREAD = "thread"


def failing() -> Iterator[object]:
    yield 1
    raise HostileError("in the middle")


async def coroutine(*_: object) -> None:
    """Do nothing, later."""


async def yielding(*_: object) -> AsyncIterator[int]:
    yield 1


def nested(depth: int) -> list[Any]:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    return deep


def ring() -> list[Any]:
    around: list[Any] = []
    around.append(around)
    return around


def foreign() -> Ref[Any]:
    return Workflow().add(int)


STRANGE: Final[Mapping[str, Callable[[], Any]]] = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "0": lambda: 0,
    "1": lambda: 1,
    "-1": lambda: -1,
    "2": lambda: 2,
    "huge": lambda: 10**5000,
    "-huge": lambda: -(10**5000),
    "2**63": lambda: 2**63,
    "1e6": lambda: 10**6,
    "0.5": lambda: 0.5,
    "-0.0": lambda: -0.0,
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "-inf": lambda: -math.inf,
    "1e308": lambda: 1e308,
    "tiny": lambda: 5e-324,
    "complex": lambda: 1j,
    "decimal": lambda: decimal.Decimal(1),
    "fraction": lambda: fractions.Fraction(1, 2),
    "timedelta": lambda: dt.timedelta(seconds=1),
    "level": lambda: Level.ONE,
    "word": lambda: Word.THREAD,
    "empty": lambda: "",
    "text": lambda: "a",
    "spaces": lambda: " \t",
    "lines": lambda: "a\nb\x1b[31m",
    "null": lambda: "a\0b",
    "surrogate": lambda: "\ud800",
    "long": lambda: "x" * 100_000,
    "tag": lambda: "tag:*",
    "glob": lambda: "[!",
    "bytes": lambda: b"a",
    "bytearray": lambda: bytearray(b"a"),
    "memoryview": lambda: memoryview(b"a"),
    "path": lambda: pathlib.Path("no/such/path"),
    "()": lambda: (),
    "[]": list,
    "{}": dict,
    "[1]": lambda: [1],
    "[[]]": lambda: [[]],
    "[None]": lambda: [None],
    "('a',)": lambda: ("a",),
    "{'a': 1}": lambda: {"a": 1},
    "{'a': nan}": lambda: {"a": math.nan},
    "{1: 1}": lambda: {1: 1},
    "{'': ''}": lambda: {"": ""},
    "{'a': 'b'}": lambda: {"a": "b"},
    "{'=': 'b'}": lambda: {"=": "b"},
    "{'a', 'b'}": lambda: {"a", "b"},
    "frozenset": frozenset,
    "range": lambda: range(3),
    "iterator": lambda: iter([int]),
    "generator": lambda: (item for item in ("a", "b")),
    "failing": failing,
    "nested": lambda: nested(100_000),
    "ring": ring,
    "[huge]": lambda: [10**5000],
    "{'a': huge}": lambda: {"a": 10**5000},
    "{'a': -huge}": lambda: {"a": -(10**5000)},
    "object": object,
    "function": lambda: refuse,
    "lambda": lambda: lambda *_, **__: None,
    "type": lambda: int,
    "int.__add__": lambda: int.__add__,
    "coroutine function": lambda: coroutine,
    "async generator function": lambda: yielding,
    "exception": lambda: ValueError("no"),
    "exception type": lambda: ValueError,
    "module": lambda: asyncio,
    "logger": lambda: logging.getLogger("strange"),
    "ellipsis": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
    "retry": lambda: Retry(2),
    "halt": Halt.now,
    "worker": WorkerOptions,
    "workflow": Workflow,
    "runner": lambda: TaskRunner(progress_stats=False),
    "ref": foreign,
    "unprintable": Unprintable,
    "[unprintable]": lambda: [Unprintable()],
    "{'a': unprintable}": lambda: {"a": Unprintable()},
    "{unprintable: 1}": lambda: {Unprintable(): 1},
    "hostile": Hostile,
    "[hostile]": lambda: [Hostile()],
    "{'a': hostile}": lambda: {"a": Hostile()},
    "twin": Twin,
    "[twin]": lambda: [Twin()],
    "undecided": Undecided,
    "hostile number": lambda: HostileNumber(1),
    "hostile mapping": HostileMapping,
    "hostile list": lambda: HostileList([1]),
    "as int": lambda: Impostor(int),
    "as bool": lambda: Impostor(bool),
    "obliging": Obliging,
}


def anything() -> st.SearchStrategy[Any]:
    """Return whatever literals there are, in containers of containers."""
    text = st.text(
        "ab[+]\0\n\x1b", max_size=5
    )  # a few letters: the table of all of them takes seconds to make
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | text | st.binary(max_size=9)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(text | st.integers(), inner, max_size=3)
        ),
        max_leaves=6,
    )
