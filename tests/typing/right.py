# pyright: strict
"""Wirings that are right: no checker may complain of any line, and each must see the type that stands here.

Read by `tests/test_typing.py`, never run.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce, wraps
from pathlib import Path
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
    Unpack,
    assert_type,
    overload,
)

import attrs
from concurra_core import (
    AddOptions,
    CommandResult,
    Outcome,
    Ref,
    Retry,
    Runner,
    RunReport,
    RunSettings,
    TaskRunner,
    Workflow,
)
from concurra_core.testing import Fake, Simulate, SimulatedRun, simulate

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


def functions(flow: Workflow) -> None:
    assert_type(flow.add(nothing), Ref[None])
    raw = flow.add(fetch, "users.csv")
    assert_type(raw, Ref[bytes])
    rows = flow.add(parse, raw)
    assert_type(rows, Ref[list[int]])
    number = flow.add(square, 3)
    assert_type(flow.add(square, number), Ref[int])
    assert_type(flow.add(half, number), Ref[float])
    assert_type(flow.add(half, 3), Ref[float])
    assert_type(flow.add(both, number, "a"), Ref[tuple[int, str]])
    assert_type(flow.add(with_default, number), Ref[float])
    assert_type(flow.add(with_default, number, flow.add(str, number)), Ref[float])
    assert_type(flow.add(starred), Ref[int])
    assert_type(flow.add(starred, 1, number, 2, number), Ref[int])
    assert_type(flow.add(wrapped, number), Ref[float])
    assert_type(flow.add(cached, number), Ref[str])
    assert_type(flow.add(turned, number), Ref[str])
    assert_type(flow.add(turned, "3"), Ref[int])
    assert_type(flow.add(counted, number), Ref[Iterator[int]])
    assert_type(flow.add(anything), Ref[Any])
    assert_type(flow.add(someday), Ref[Awaitable[int]])
    assert_type(
        flow.add(eight, number, "b", raw, 1, True, None, rows, {"h": 8}), Ref[tuple[int, dict[str, int]]]
    )


def coroutines(flow: Workflow, words: list[str]) -> None:
    raw = flow.add(fetch_later, "users.csv")
    assert_type(raw, Ref[bytes])
    rows = flow.add(parse, raw)
    assert_type(flow.add(first_later, rows), Ref[int])
    assert_type(flow.add(mean_later, [1, 2]), Ref[float])
    assert_type(flow.add(mean_later, [0.5], "fast"), Ref[float])
    assert_type(flow.add(asyncio.sleep, 1), Ref[None])
    assert_type(flow.add(asyncio.sleep, 1, "x"), Ref[str])
    assert_type(flow.add(Service().serve_later, 3), Ref[str])
    assert_type(flow.add(LaterDoer(), 3), Ref[str])
    assert_type(flow.add(partial(fetch_later, "a")), Ref[bytes])
    assert_type(flow.add(lambda: fetch_later("a")), Ref[bytes])
    assert_type(flow.map(fetch_later, words, limit=3), Ref[list[bytes]])
    assert_type(flow.map(mean_later, [[1, 2], [3]]), Ref[list[float]])


def callables(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(flow.add(User, "Ann"), Ref[User])
    assert_type(flow.add(User, flow.add(str, number), number), Ref[User])
    assert_type(flow.add(Point, number), Ref[Point])
    assert_type(flow.add(Box[int], number), Ref[Box[int]])
    assert_type(flow.add(Box, number), Ref[Box[int]])
    assert_type(flow.add(Box(3).open), Ref[int])
    assert_type(flow.add(Doer(), number), Ref[str])
    assert_type(flow.add(Service().serve, number), Ref[str])
    assert_type(flow.add(Service.serve, Service(), number), Ref[str])
    assert_type(flow.add(Service.started, number), Ref[Service])
    assert_type(flow.add(Service.shown, number), Ref[str])
    assert_type(flow.add(partial(both, text="b"), number), Ref[tuple[int, str]])
    assert_type(flow.add(partial(both, 1), "b"), Ref[tuple[int, str]])
    assert_type(flow.add(partial(with_default, places=2), number), Ref[float])
    assert_type(flow.add(lambda: 3.5), Ref[float])
    assert_type(flow.add(lambda x: x * 2, number), Ref[int])
    assert_type(flow.add(lambda x, y: (x, y), number, "b"), Ref[tuple[int, str]])
    assert_type(flow.add(lambda xs: max(xs), numbers), Ref[int])  # noqa: PLW0108 - it is lambdas that are tried
    assert_type(flow.add(lambda text: text.upper(), flow.add(str, number)), Ref[str])


def of_the_library(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(flow.add(len, numbers), Ref[int])
    assert_type(flow.add(square, flow.add(sum, numbers)), Ref[int])
    assert_type(flow.add(max, numbers), Ref[int])
    assert_type(flow.add(max, number, 3), Ref[int])
    assert_type(flow.add(sorted, numbers), Ref[list[int]])
    assert_type(flow.add(list, numbers), Ref[list[int]])
    assert_type(flow.add(set, numbers), Ref[set[int]])
    assert_type(flow.add(dict, flow.add(zip, numbers, numbers)), Ref[dict[int, int]])
    assert_type(flow.add(abs, number), Ref[int])
    assert_type(flow.add(print, number, "a"), Ref[None])
    assert_type(flow.add(reduce, math.gcd, numbers), Ref[int])
    assert_type(flow.add(math.sqrt, number), Ref[float])
    assert_type(flow.add(int, "3"), Ref[int])
    assert_type(flow.add(str.upper, flow.add(str, number)), Ref[str])
    assert_type(flow.add(str.split, "to be"), Ref[list[str]])
    assert_type(flow.add(",".join, flow.add(str.split, "to be")), Ref[str])
    assert_type(flow.add(json.dumps, numbers), Ref[str])
    assert_type(flow.add(json.loads, "3"), Ref[Any])
    assert_type(flow.add(square, flow.add(json.loads, "3")), Ref[int])
    assert_type(flow.add(total, flow.add(json.loads, "[]")), Ref[int])
    assert_type(flow.add(Path, "a"), Ref[Path])
    assert_type(flow.add(Path.read_text, flow.add(Path, "a")), Ref[str])
    assert_type(flow.add(Path("a").write_text, flow.add(str, number)), Ref[int])
    assert_type(flow.add(re.sub, "a", "b", "c"), Ref[str])


def generics(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(flow.add(first, numbers), Ref[int])
    assert_type(flow.add(first, ["a"]), Ref[str])
    assert_type(flow.add(same, number), Ref[int])
    assert_type(flow.add(same, number.outcome()), Ref[Outcome[int]])
    assert_type(flow.add(pair, number, "a"), Ref[tuple[int, str]])
    assert_type(flow.add(doubled, number), Ref[int])
    assert_type(flow.add(made, Dog), Ref[Dog])
    assert_type(flow.add(unpacked, Box("a")), Ref[str])
    assert_type(flow.add(unpacked, flow.add(Box, number)), Ref[int])


def generic_caller(
    flow: Workflow, function: Callable[[T], K], value: T, ref: Ref[T], refs: list[Ref[T]]
) -> None:
    assert_type(flow.add(function, value), Ref[K])
    assert_type(flow.add(function, ref), Ref[K])
    assert_type(flow.map(function, refs), Ref[list[K]])
    assert_type(flow.gather(refs), Ref[list[T]])


def subtypes(
    flow: Workflow, number: Ref[int], numbers: Ref[list[int]], mixed: int | Ref[int], loose: Any
) -> None:
    dog = flow.add(Dog)
    assert_type(flow.add(name_of, dog), Ref[str])
    assert_type(flow.add(name_of, Dog()), Ref[str])
    assert_type(flow.add(name_of_anything, dog), Ref[str])
    assert_type(flow.add(mean_of_any, numbers), Ref[float])
    assert_type(flow.add(spread, numbers), Ref[float])
    assert_type(flow.add(spread, flow.add(counted, 3)), Ref[float])
    assert_type(flow.add(spread, (x for x in (1, 2))), Ref[float])
    assert_type(flow.add(spread, range(3)), Ref[float])
    assert_type(flow.add(either, number), Ref[str])
    assert_type(flow.add(maybe, number), Ref[str])
    assert_type(flow.add(maybe, None), Ref[str])
    assert_type(flow.add(show, number), Ref[str])
    assert_type(flow.add(show, None), Ref[str])
    assert_type(flow.add(square, mixed), Ref[int])
    assert_type(flow.add(square, loose), Ref[int])
    assert_type(flow.add(apply, str), Ref[str])
    assert_type(flow.add(apply, show), Ref[str])
    assert_type(flow.add(version_of, math), Ref[str])


def literals(flow: Workflow, number: Ref[int]) -> None:
    assert_type(flow.add(total, []), Ref[int])
    assert_type(flow.add(mean, [1, 2]), Ref[float])
    assert_type(flow.add(mean_of_any, (1, 2)), Ref[float])
    assert_type(flow.add(count_words, ["a", "b"]), Ref[int])
    assert_type(flow.add(score, {"a": 1, "b": 2}), Ref[int])
    assert_type(flow.add(lookup, {"a": 1}, {"a": 1, "b": "c"}), Ref[int])
    assert_type(flow.add(lookup, {}, {}), Ref[int])
    assert_type(flow.add(opened, "r"), Ref[int])
    assert_type(flow.add(title, {"name": "Metropolis", "year": 1927}), Ref[str])
    assert_type(flow.add(partial(mean, [1, 2])), Ref[float])


def unsure(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(number.outcome(), Ref[Outcome[int]])
    assert_type(number.optional(), Ref[int | None])
    assert_type(number.or_else("none"), Ref[int | str])
    nothing_less = numbers.or_else([])
    assert_type(nothing_less, Ref[list[int]])
    assert_type(flow.add(verdict, number.outcome()), Ref[str])
    assert_type(flow.add(maybe, number.optional()), Ref[str])
    assert_type(flow.add(either, number.or_else("none")), Ref[str])
    assert_type(flow.add(square, number.or_else(0)), Ref[int])
    assert_type(flow.add(merge, numbers, numbers.or_else([])), Ref[list[int]])
    assert_type(flow.add(merge, numbers, nothing_less), Ref[list[int]])
    assert_type(flow.add(show, number.outcome()), Ref[str])
    assert_type(flow.add(verdicts, flow.gather([number.outcome(), number.outcome()])), Ref[int])


def gathered(flow: Workflow, number: Ref[int], raw: Ref[bytes]) -> None:
    assert_type(flow.gather([number, number]), Ref[list[int]])
    assert_type(flow.gather((number, number), label="all"), Ref[list[int]])
    assert_type(flow.gather(flow.add(square, n) for n in range(3)), Ref[list[int]])
    assert_type(flow.gather({"a": number}.values()), Ref[list[int]])
    assert_type(flow.add(total, flow.gather([number, number])), Ref[int])
    assert_type(flow.add(mean, flow.gather([number, number])), Ref[float])
    assert_type(flow.add(mean_of_any, flow.gather([number])), Ref[float])
    assert_type(flow.add(max, flow.gather([number])), Ref[int])
    assert_type(flow.map(show, flow.gather([number, raw])), Ref[list[str]])


def mapped(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(flow.map(square, numbers), Ref[list[int]])
    assert_type(flow.map(square, [1, 2]), Ref[list[int]])
    assert_type(flow.map(square, [1, number]), Ref[list[int]])
    assert_type(flow.map(square, [number, number]), Ref[list[int]])
    assert_type(flow.map(square, (1, 2), limit=4), Ref[list[int]])
    assert_type(flow.map(square, range(3), limit=None), Ref[list[int]])
    assert_type(flow.map(square, (x for x in range(3))), Ref[list[int]])
    assert_type(flow.map(square, {1, 2}, cpus=2, on="process"), Ref[list[int]])
    assert_type(flow.map(square, []), Ref[list[int]])
    assert_type(flow.map(square, flow.add(tuple, numbers)), Ref[list[int]])
    assert_type(flow.map(square, flow.add(counted, 3)), Ref[list[int]])
    assert_type(flow.map(square, numbers.or_else([])), Ref[list[int]])
    assert_type(flow.map(square, flow.map(square, numbers)), Ref[list[int]])
    assert_type(flow.map(half, numbers), Ref[list[float]])
    assert_type(flow.map(str, numbers), Ref[list[str]])
    assert_type(flow.map(maybe, [1, None, number]), Ref[list[str]])
    assert_type(flow.map(verdict, [number.outcome()]), Ref[list[str]])
    assert_type(flow.map(name_of, [Dog()]), Ref[list[str]])
    assert_type(flow.map(opened, ["r", "w"]), Ref[list[int]])
    assert_type(flow.map(title, [{"name": "Metropolis", "year": 1927}]), Ref[list[str]])
    assert_type(flow.map(partial(both, text="b"), numbers), Ref[list[tuple[int, str]]])
    assert_type(flow.map(lambda x: x * 2, numbers), Ref[list[int]])
    assert_type(flow.map(lambda x: x * 2, [1, number]), Ref[list[int]])
    assert_type(flow.map(Box, numbers), Ref[list[Box[int]]])
    assert_type(flow.map(first, [["a"], ["b"]]), Ref[list[str]])


def commands(flow: Workflow, path: Path) -> None:
    listed = flow.command(["ls", "-l"], cwd=path, env={"LANG": "C"}, check=False)
    assert_type(listed, Ref[CommandResult])
    assert_type(flow.command(("ls", "-l"), text=False, label="list", after=[listed]), Ref[CommandResult])
    assert_type(flow.shell("ls | wc -l", timeout=3), Ref[CommandResult])
    assert_type(flow.add(lines, listed), Ref[int])
    assert_type(flow.map(lines, [listed, listed]), Ref[list[int]])


def options(flow: Workflow, number: Ref[int]) -> None:
    one = flow.add(square, 3, label=("square", 3), after=["warm up", number, number.outcome()], timeout=3)
    assert_type(one, Ref[int])
    two = flow.add(square, 3, grace=0.5, retry=Retry(3, on=OSError), on="process", uses={"db": 1}, cpus=2)
    assert_type(two, Ref[int])
    three = flow.add(square, 3, priority=-1, expected_seconds=60, tags={"nightly"}, keep=True)
    assert_type(three, Ref[int])
    four = flow.add(nothing, allow_failure=True, timeout=None, on=None, label=None)
    assert_type(four, Ref[None])


def nightly(
    flow: Workflow, call: Callable[[int], float], number: int, **said: Unpack[AddOptions]
) -> Ref[float]:
    return flow.add(call, number, **said)


def keywords_in_a_dict(flow: Workflow, runner: TaskRunner) -> None:
    said: AddOptions = {"timeout": 3, "tags": ["nightly"], "uses": {"db": 1}}
    assert_type(flow.add(square, 3, **said), Ref[int])
    assert_type(nightly(flow, math.sqrt, 3, **said), Ref[float])
    settings: RunSettings = {"max_concurrency": 2, "limits": {"db": 2}}
    assert_type(flow.run(**settings), RunReport)
    assert_type(Runner(**settings).run(flow), RunReport)
    runner.add_function(square, (3,), uses={"db": 1})
    runner.add_command(["ls"], uses={"db": 1})


def tests_of_a_flow(flow: Workflow, number: Ref[int], fixture: Simulate) -> None:
    fakes = {number: Fake(then=3, takes=2.5), "load": Fake(raises=OSError, fails=2)}
    assert_type(simulate(flow, fakes, seed=3, limits={"db": 1}), SimulatedRun)
    run = fixture(flow, {"load": Fake(hangs=True)}, deadline=60)
    assert_type(run.report[number].value, int)
    run.assert_ran_before(number, "load")
