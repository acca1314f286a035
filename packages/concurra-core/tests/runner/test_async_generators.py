"""An async generator function runs nothing when it is called: it is refused where it is added."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import concurra
import pytest
from concurra import Workflow
from runners import quiet


async def numbers(_item: int = 0) -> AsyncIterator[int]:
    yield 3


class Source:
    async def stream(self) -> AsyncIterator[int]:
        yield 3

    @staticmethod
    async def still() -> AsyncIterator[int]:
        yield 3

    async def __call__(self) -> AsyncIterator[int]:
        yield 3


def plain(_item: int = 0) -> Iterator[int]:
    yield from (1, 2)


REFUSED = (
    "is an async generator function, whose items nobody would take; add a coroutine function that returns"
)
SHAPES: list[Callable[..., object]] = [
    numbers,
    functools.partial(numbers, 3),
    Source().stream,
    Source.still,
    Source(),
    functools.partial(functools.partial(Source().stream)),
]


@pytest.mark.parametrize("call", SHAPES)
def test_every_way_to_add_refuses_it_and_is_as_before(call: Callable[..., Any]) -> None:
    flow, runner = Workflow(), quiet()
    source = flow.add(list[int], label="source")
    ways: list[Callable[[], object]] = [
        lambda: flow.add(call),
        lambda: flow.add(call, on="thread"),
        lambda: flow.map(call, [1], limit=1),
        lambda: flow.map(call, source),
        lambda: runner.add_task(call),
        lambda: runner.add_func(call),
        lambda: runner.add_function(call),
        lambda: runner.add_work([(len, ["abc"]), (call,)]),
    ]
    for way in ways:
        with pytest.raises(TypeError, match=REFUSED):
            way()
    assert (len(flow), len(runner)) == (1, 0)
    assert runner.add_task(len, "abc").label == 0


def test_the_error_names_the_function_and_the_item() -> None:
    with pytest.raises(TypeError, match=r"work\[1\]: numbers is an async generator function"):
        quiet().add_work([(len, ["abc"]), (numbers,)])
    with pytest.raises(TypeError, match=r"^Source.stream is an async generator function"):
        Workflow().add(Source().stream)


def test_a_generator_is_a_value_like_any_other() -> None:
    flow = Workflow()
    ref = flow.add(plain)
    texts = flow.map(str, ref)
    assert flow.run()[texts].value == ["1", "2"]
    runner = concurra.TaskRunner(progress_stats=False)
    runner.add_task(plain, label="plain")
    assert list(runner.run(verify=False)["plain"]["result"]) == [1, 2]
