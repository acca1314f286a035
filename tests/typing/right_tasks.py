# pyright: strict
"""Tasks that are wired right: no checker may complain of any line, and each must see the type that stands here.

Read by `tests/test_typing.py`, never run.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable, Iterator
from functools import partial, reduce
from pathlib import Path
from typing import (
    Any,
    ParamSpec,
    TypeVar,
    assert_type,
)

from concurra_core import (
    Outcome,
    Ref,
    Workflow,
)
from tried import (
    Box,
    Doer,
    Dog,
    LaterDoer,
    Point,
    Service,
    User,
    anything,
    apply,
    both,
    cached,
    count_words,
    counted,
    doubled,
    eight,
    either,
    fetch,
    fetch_later,
    first,
    first_later,
    half,
    lookup,
    made,
    maybe,
    mean,
    mean_later,
    mean_of_any,
    name_of,
    name_of_anything,
    nothing,
    opened,
    pair,
    parse,
    same,
    score,
    show,
    someday,
    spread,
    square,
    starred,
    title,
    total,
    turned,
    unpacked,
    version_of,
    with_default,
    wrapped,
)

T = TypeVar("T")
K = TypeVar("K")
P = ParamSpec("P")
Number = TypeVar("Number", int, float)


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
