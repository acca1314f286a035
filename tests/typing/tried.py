# pyright: strict
"""Callables of every kind, to be wired rightly and wrongly. Never run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from types import ModuleType
from typing import (
    Any,
    Generic,
    Literal,
    NamedTuple,
    ParamSpec,
    Protocol,
    TypedDict,
    TypeVar,
    overload,
)

import attrs
from concurra_core import (
    CommandResult,
    Outcome,
)

T = TypeVar("T")
K = TypeVar("K")
P = ParamSpec("P")
Number = TypeVar("Number", int, float)


class Animal:
    def __init__(self, name: str = "") -> None:
        self.name = name


class Dog(Animal): ...


class Movie(TypedDict):
    name: str
    year: int


class Point(NamedTuple):
    x: int
    y: int = 0


@dataclass
class Box(Generic[T]):
    content: T

    def open(self) -> T:
        return self.content


@attrs.frozen
class User:
    name: str
    age: int = 0


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Service:
    def serve(self, number: int) -> str:
        return str(number)

    async def serve_later(self, number: int) -> str:
        return str(number)

    @classmethod
    def started(cls, number: int) -> Service:
        return cls()

    @staticmethod
    def shown(number: int) -> str:
        return str(number)


class Doer:
    def __call__(self, number: int) -> str:
        return str(number)


class LaterDoer:
    async def __call__(self, number: int) -> str:
        return str(number)


def nothing() -> None: ...
def fetch(name: str) -> bytes:
    return name.encode()


def parse(raw: bytes) -> list[int]:
    return [*raw]


def square(number: int) -> int:
    return number**2


def half(number: float) -> float:
    return number / 2


def both(number: int, text: str) -> tuple[int, str]:
    return number, text


def either(value: int | str) -> str:
    return str(value)


def maybe(number: int | None) -> str:
    return str(number)


def show(value: object) -> str:
    return str(value)


def with_default(number: int, text: str = "", *, places: int = 0) -> float:
    return round(number, places)


def total(numbers: list[int]) -> int:
    return sum(numbers)


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def mean_of_any(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def spread(numbers: Iterable[float]) -> float:
    return max(numbers)


def starred(*numbers: int) -> int:
    return sum(numbers)


def merge(one: list[int], other: list[int]) -> list[int]:
    return one + other


def name_of(animal: Animal) -> str:
    return animal.name


def name_of_anything(thing: Named) -> str:
    return thing.name


def first(items: Sequence[T]) -> T:
    return items[0]


def same(value: T) -> T:
    return value


def pair(one: T, other: K) -> tuple[T, K]:
    return one, other


def doubled(number: Number) -> Number:
    return number * 2


def made(kind: type[T]) -> T:
    return kind()


def unpacked(box: Box[T]) -> T:
    return box.content


def count_words(optional_words: list[str | None]) -> int:
    return len(optional_words)


def score(facts: dict[str, object]) -> int:
    return len(facts)


def lookup(mapping: Mapping[str, float], facts: dict[str, Any]) -> int:
    return len(mapping) + len(facts)


def opened(mode: Literal["r", "w"]) -> int:
    return len(mode)


def title(movie: Movie) -> str:
    return movie["name"]


def verdict(outcome: Outcome[int]) -> str:
    return outcome.status.value


def verdicts(outcomes: Sequence[Outcome[object]]) -> int:
    return len(outcomes)


def lines(result: CommandResult) -> int:
    return len(str(result["stdout"]).splitlines())


def apply(function: Callable[[int], str]) -> str:
    return function(3)


def counted(limit: int) -> Iterator[int]:
    yield from range(limit)


def version_of(module: ModuleType) -> str:
    return str(module)


def anything() -> Any:
    return None


def someday() -> Awaitable[int]:
    return asyncio.get_event_loop().create_future()


async def fetch_later(name: str) -> bytes:
    return name.encode()


async def mean_later(numbers: list[float], mode: Literal["fast", "exact"] = "exact") -> float:
    return mean(numbers)


async def first_later(items: list[T]) -> T:
    return items[0]


def decorated(function: Callable[P, T]) -> Callable[P, T]:
    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    return inner


@decorated
def wrapped(number: int, text: str = "") -> float:
    return float(number)


@cache
def cached(number: int) -> str:
    return str(number)


@overload
def turned(value: int) -> str: ...
@overload
def turned(value: str) -> int: ...
def turned(value: int | str) -> int | str:
    return str(value) if isinstance(value, int) else int(value)


def eight(
    a: int, b: str, c: bytes, d: float, e: bool, f: None, g: list[int], h: dict[str, int]
) -> tuple[int, dict[str, int]]:
    return a, h
