"""The typed face: named limits, and what is refused before anything runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from concurra import Workflow
from small_tasks import double, value


def test_named_limits_hold_across_kinds() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def count() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.002)
        with lock:
            running -= 1

    async def count_too() -> None:
        count()

    flow = Workflow()
    for _ in range(8):
        flow.add(count, uses={"db": 1})
        flow.add(count_too, uses={"db": 1})
        flow.add(count, uses={"db": 2})
    assert flow.run(max_concurrency=8, limits={"db": 2}).succeeded
    assert 1 <= most <= 2


def test_what_can_never_start_is_an_error_before_the_run() -> None:
    flow = Workflow()
    flow.add(value, uses={"db": 3})
    flow.add(value, cpus=9)
    with pytest.raises(ValueError, match="uses 3 of 'db', but there is only 2") as caught:
        flow.run(limits={"db": 2}, max_concurrency=2)
    assert "takes cpus=9, but max_concurrency is 2" in str(caught.value)
    assert flow.run(limits={"db": 3}, max_concurrency=9).succeeded


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"max_concurrency": 0}, ValueError, "max_concurrency must be 1 or more"),
        ({"max_concurrency": True}, TypeError, "max_concurrency must be an int"),
        ({"max_concurency": 1}, TypeError, "'max_concurency' is no setting of a run"),
        ({"limits": {"db": 0}}, ValueError, r"limits\['db'\] must be 1 or more"),
        ({"deadline": -1}, ValueError, "deadline must be 0 or more"),
        ({"halt": "now"}, TypeError, "halt must be a Halt"),
        ({"retry": 3}, TypeError, "retry must be a Retry"),
        ({"on": "async"}, ValueError, 'on="async" is for coroutine functions'),
        ({"on": "gpu"}, ValueError, "on must be one of"),
        ({"sinks": print}, TypeError, "sinks must be an iterable"),
        ({"worker": {}}, TypeError, "worker must be a WorkerOptions"),
        ({"logger": 7}, TypeError, "logger must have the methods"),
    ],
)
def test_settings_are_checked_at_the_door(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    flow = Workflow()
    flow.add(value)
    with pytest.raises(error, match=words):
        flow.run(**settings)


def test_wrong_wirings_are_refused_where_they_are_made() -> None:
    flow = Workflow()
    add: Callable[..., Any] = flow.add
    ref = flow.add(value)
    other = Workflow()
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: add(3), "task must be callable, not 3"),
        (lambda: add(value, timout=3), "'timout' is no option of a task"),
        (lambda: add(value, after="value"), "after must be an iterable of labels"),
        (lambda: other.add(double, ref), "belongs to another workflow"),
        (lambda: flow.map(3, [1]), "map needs a callable first"),  # type: ignore[call-overload] # the point
        (lambda: flow.map(value, 3), "map needs an iterable of items"),  # type: ignore[call-overload] # the point
        (lambda: flow.map(value, [1], limit=0), "limit must be 1 or more"),
        (lambda: flow.command(["true"], on="process"), "a command runs in a process of its own"),
        (lambda: Workflow(name=3), "name must be a str"),  # type: ignore[arg-type] # the point
    ]
    for call, words in wrong:
        with pytest.raises((TypeError, ValueError), match=words):
            call()
    assert len(flow) == 1
