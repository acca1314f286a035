"""Coroutines that are stopped before they begin, and loops that are abandoned or cannot be had."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import concurra
import pytest
from concurra_core.backends.aio import AsyncBackend
from concurra_core.backends.aio_loop import Loop


async def nothing() -> None:
    await asyncio.sleep(0)


def test_a_coroutine_that_is_stopped_before_its_first_step_is_given_back_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []
    start = AsyncBackend._start
    flow, runs = concurra.Workflow(), list[concurra.Run]()
    known = threading.Event()

    def stopped_first(backend: AsyncBackend, attempt: Any) -> None:
        start(backend, attempt)  # its first step comes after what the loop does now
        known.wait(10)
        execution = runs[0]._execution
        execution._tell(execution._scheduler.abort, "now", execution.clock())  # here, and done at once

    monkeypatch.setattr(AsyncBackend, "_start", stopped_first)

    async def never() -> None:
        ran.append("x")

    ref = flow.add(never, grace=3600)
    runs.append(flow.start())
    known.set()
    result = runs[0].wait()[ref]
    assert ran == []
    assert (result.status, result.warning) == (concurra.TaskState.CANCELLED, None)


def test_an_abandoned_loop_ends_when_what_blocked_it_lets_go() -> None:
    release, threads = threading.Event(), list[threading.Thread]()

    async def blocks() -> None:
        threads.append(threading.current_thread())
        release.wait(20)

    flow = concurra.Workflow()
    flow.add(blocks, timeout=0.05, grace=0.01)
    flow.run()
    release.set()
    threads[0].join(10)
    assert not threads[0].is_alive()


def no_loops(after: int, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system give *after* loops, and no more."""
    make, budget = asyncio.new_event_loop, iter(range(after))

    def scarce() -> asyncio.AbstractEventLoop:
        if next(budget, None) is None:
            raise error
        return make()

    monkeypatch.setattr(asyncio, "new_event_loop", scarce)


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), RuntimeError("none")])
def test_without_a_loop_every_coroutine_fails_and_says_why(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_loops(0, error, monkeypatch)
    flow = concurra.Workflow()
    refs = [flow.add(nothing) for _ in range(3)]
    report = flow.run()
    assert {str(report[ref].reason) for ref in refs} == {
        f"BackendLostError: no worker is left to run this task: RuntimeError: no event loop: {error}"
    }


def test_without_a_second_loop_what_waited_behind_a_blocked_one_fails_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_loops(1, OSError(24, "Too many open files"), monkeypatch)
    release = threading.Event()

    async def blocks() -> None:
        release.wait(20)

    flow = concurra.Workflow()
    stuck = flow.add(blocks, timeout=0.1, grace=0.01)
    behind = flow.add(nothing)
    report = flow.run(max_concurrency=2)
    release.set()
    assert not report[stuck].succeeded
    assert "no event loop: [Errno 24] Too many open files" in str(report[behind].reason)


def test_a_loop_without_a_thread_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[asyncio.AbstractEventLoop]()
    make = asyncio.new_event_loop

    def keep() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asyncio, "new_event_loop", keep)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        Loop("scarce", print)
    assert made[0].is_closed()


def test_many_coroutines_that_are_stopped_share_one_thread_for_their_grace() -> None:
    begun = threading.Semaphore(0)

    async def hang() -> None:
        begun.release()
        await asyncio.Event().wait()

    flow = concurra.Workflow()
    for _ in range(100):
        flow.add(hang)
    run = flow.start(max_concurrency=100, grace=60)
    for _ in range(100):
        begun.acquire()
    before = threading.active_count()
    run.abort()
    assert threading.active_count() <= before + 1
    assert {result.status.value for result in run.wait().values()} == {"cancelled"}
