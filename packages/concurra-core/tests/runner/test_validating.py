"""What `validate` finds wrong before anything runs."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from concurra_core import (
    DefinitionError,
    Problem,
    Workflow,
)
from previewed import added, etl, two


def told(flow: Workflow, **said: Any) -> list[str]:
    return [str(problem) for problem in flow.validate(**said)]


def test_a_sound_workflow_has_no_problem() -> None:
    assert etl().validate() == []
    assert etl().validate(max_concurrency=1, limits={}, on="process") == []
    assert Workflow().validate() == []


def test_every_problem_is_found_at_once() -> None:
    flow = Workflow()
    flow.add(int, label="a", after=["b", "nobody"])
    flow.add(int, label="b", after=["a"])
    flow.add(int, label="c", after=["d"])
    flow.add(int, label="d", after=["e"])
    flow.add(int, label="e", after=["c", "bb"])
    added(flow, two, (1,), {"label": "f", "uses": {"db": 2}})
    added(flow, int, (threading.Lock(),), {"label": "g", "on": "process", "cpus": 4})
    problems = flow.validate(limits={"db": 1}, max_concurrency=2)
    assert [(problem.kind, problem.labels) for problem in problems] == [
        ("unknown", ("a",)),
        ("unknown", ("e",)),
        ("cycle", ("a", "b", "a")),
        ("cycle", ("c", "e", "d", "c")),
        ("limit", ("f",)),
        ("limit", ("g",)),
        ("arguments", ("f",)),
        ("pickle", ("g",)),
    ]
    known = "known labels: 'a', 'b', 'c', 'd', 'e', 'f', 'g'"
    assert [str(problem) for problem in problems] == [
        f"unknown dependency 'nobody' of 'a'; {known}",
        f"unknown dependency 'bb' of 'e'; did you mean 'b'? {known}",
        "circular dependency: a -> b -> a",
        "circular dependency: c -> e -> d -> c",
        "task 'f' uses 2 of 'db', but there is only 1; say limits={'db': 2}, or use less",
        "task 'g' takes cpus=4, but max_concurrency is 2; say max_concurrency=4, or cpus=2",
        "task 'f': two(first, second) cannot be called with what it is given: "
        "missing a required argument: 'second'",
        "task 'g': argument 0 (a lock) cannot be pickled for a worker process: TypeError: cannot pickle "
        "'_thread.lock' object; pass plain data and open connections, locks and files inside the task, "
        "or run it on a thread",
    ]


def test_a_problem_is_a_frozen_value() -> None:
    problem = Problem(kind="limit", labels=("a",), message="no")
    assert problem == Problem(kind="limit", labels=("a",), message="no")
    with pytest.raises(AttributeError):
        problem.message = "yes"  # type: ignore[misc] # the point of the test


def test_validating_changes_nothing_and_can_be_repeated() -> None:
    flow = etl()
    before = flow.text()
    assert flow.validate(on="process") == flow.validate(on="process") == []
    assert flow.text() == before
    assert flow.run().succeeded


def test_limits_are_looked_at_only_where_they_are_known() -> None:
    flow = Workflow()
    flow.add(int, label="a", uses={"db": 3}, cpus=9)
    flow._map(int, [1, 2], 1, {"label": "m", "uses": {"gpu": 1}})
    flow._map(int, flow.add(list), 1, {"label": "later", "uses": {"gpu": 2}})
    flow.add(int, on="inline")
    assert flow.validate() == []
    assert told(flow, limits={"db": 3, "gpu": 2}) == []
    assert told(flow, limits={}) == [
        "task 'a' uses 'db', of which there is no limit; say limits={'db': 3}",
        "task 'm[0]' uses 'gpu', of which there is no limit; say limits={'gpu': 1} (the same holds for 'm[1]')",
        "task 'later' uses 'gpu', of which there is no limit; say limits={'gpu': 2}",
    ]
    assert told(flow, max_concurrency=8) == [
        "task 'a' takes cpus=9, but max_concurrency is 8; say max_concurrency=9, or cpus=8"
    ]
    with pytest.raises(DefinitionError, match="task 'a' takes cpus=9, but max_concurrency is 8"):
        flow.run(max_concurrency=8, limits={"db": 3, "gpu": 2})


def test_tasks_with_the_same_problem_have_one() -> None:
    flow = Workflow()
    flow._map(two, range(9), None, {"label": "m"})
    (problem,) = flow.validate()
    assert len(problem.labels) == 9
    assert problem.message == (
        "task 'm[0]': two(first, second) cannot be called with what it is given: missing a required argument: "
        "'second' (the same holds for 'm[1]', 'm[2]', 'm[3]', 'm[4]', 'm[5]' and 3 more)"
    )


class Callables:
    def method(self, only: object) -> object:
        return only

    def __call__(self, first: object, /, *rest: object, flag: bool = False) -> object:
        return first


class Strange:
    @property
    def __signature__(self) -> object:
        raise RuntimeError("mine")

    def __call__(self) -> None: ...


async def coroutine(one: object) -> object:
    return one


@pytest.mark.parametrize(
    ("call", "args", "end"),
    [
        (two, (1, 2), None),
        (two, (1, 2, 3), "two(first, second) cannot be called with what it is given: too many positional arguments"),
        (functools.partial(two, 1), (2,), None),
        (functools.partial(two, 1), (2, 3), "too many positional arguments"),
        (lambda: 1, (1,), "<lambda>() cannot be called with what it is given: too many positional arguments"),
        (Callables().method, (1,), None),
        (Callables().method, (), "method(only) cannot be called with what it is given: missing a required argument: 'only'"),
        (Callables(), (1, 2, 3), None),
        (Callables(), (), "Callables(first, /, *rest, flag) cannot be called with what it is given: missing a required argument: 'first'"),
        (coroutine, (), "missing a required argument: 'one'"),
        (range, (1, 2, 3, 4), None),  # C tells no signature
        (Strange(), (1,), None),
    ],
)  # fmt: skip
def test_arguments_are_tried_on_the_signature(
    call: Callable[..., object], args: tuple[object, ...], end: str | None
) -> None:
    flow = Workflow()
    added(flow, call, args, {"label": "a"})
    problems = told(flow)
    assert len(problems) == (end is not None)
    assert all(problem.startswith("task 'a': ") and problem.endswith(end or "") for problem in problems)


def test_refs_count_as_arguments_and_so_does_an_item() -> None:
    flow = Workflow()
    raw = flow.add(list[int], label="raw")
    added(flow, two, (raw,), {"label": "one"})
    added(flow, two, (raw, raw.outcome()), {"label": "both"})
    flow._map(two, raw, None, {"label": "items"})
    flow._map(len, raw, None, {"label": "fine"})
    flow._gather([raw, raw], "all")
    flow.command(["true"])
    assert [problem.labels for problem in flow.validate()] == [("one", "items")]


def test_what_must_go_to_a_process_is_pickled_by_the_lane_it_will_have() -> None:
    lock = threading.Lock()
    flow = Workflow()
    raw = flow.add(list[int], label="raw")
    added(flow, two, (raw, {"conn": [lock]}), {"label": "default"})
    added(flow, two, (raw, lock), {"label": "thread", "on": "thread"})
    flow._map(functools.partial(two, lock), raw, None, {"label": "items", "on": "process"})
    flow._map(lambda item: (lock, item), [1, 2], None, {"label": "known", "on": "process"})
    added(flow, two, (raw, lambda: 1), {"label": "by value", "on": "process"})
    (partial, function) = flow.validate()
    assert [partial.kind, function.kind] == ["pickle", "pickle"]
    assert (partial.labels, function.labels) == (("items",), ("known[0]", "known[1]"))
    assert "task 'items': the callable" in partial.message
    assert "task 'known[0]': the function " in function.message
    assert function.message.endswith("or run it on a thread (the same holds for 'known[1]')")
    first = flow.validate(on="process")[0]
    assert first.labels == ("default",)
    assert "argument 1['conn'][0] (a lock) cannot be pickled for a worker process" in first.message
    assert len(flow.validate(on="thread")) == 2


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"max_concurrency": 0}, ValueError),
        ({"max_concurrency": True}, TypeError),
        ({"limits": ["db"]}, TypeError),
        ({"limits": {"db": 0}}, ValueError),
        ({"on": "moon"}, ValueError),
    ],
)
def test_what_is_said_of_the_run_is_checked(said: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        etl().validate(**said)
