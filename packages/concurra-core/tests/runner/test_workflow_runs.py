"""Runs of a workflow: again, at once, from within, and what they tell and keep."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import math
import threading
import weakref

import concurra
import pytest
from concurra import RunEnded, RunStatus, TaskState, Workflow
from small_tasks import boom, double, value


def test_a_flow_runs_again_and_several_times_at_once() -> None:
    calls: list[int] = []
    flow = Workflow()
    one = flow.add(lambda: calls.append(1), label="one")
    bad = flow.add(boom)
    runs = [flow.start(), flow.start()]
    reports = [run.wait() for run in runs] + [flow.run()]
    assert len(calls) == 3
    assert [report[bad].status for report in reports] == [TaskState.FAILED] * 3
    later = flow.add(double, flow.add(value, 4), after=[one])
    assert flow.run()[later].value == 8
    with pytest.raises(KeyError):
        reports[0]["nobody"]


def test_a_run_tells_while_it_goes_on() -> None:
    go, on = threading.Event(), threading.Event()

    def wait() -> int:
        on.set()
        assert go.wait(20)
        return 5

    flow = Workflow()
    ref = flow.add(wait)
    run = flow.start(max_concurrency=1)
    on.wait(20)
    assert (run.is_running, run.active) == (True, 1)
    with pytest.raises(RuntimeError, match="the run goes on"):
        _ = run.report
    go.set()
    assert run.wait()[ref].value == 5
    assert run.wait() is run.report
    run.abort()  # late, and harmless


def test_a_task_cannot_wait_for_its_own_run_but_end_it() -> None:
    errors: list[BaseException] = []
    runs: list[concurra.Run] = []
    ready = threading.Event()

    def waits() -> None:
        ready.wait(20)
        try:
            runs[0].wait()
        except RuntimeError as error:
            errors.append(error)
        runs[0].abort("by a task")

    flow = Workflow()
    flow.add(waits)
    never = flow.add(value, after=["waits"])
    runs.append(flow.start())
    ready.set()
    report = runs[0].wait()
    assert "cannot wait for the run it belongs to" in str(errors[0])
    assert (report[never].status, report.status) == (TaskState.CANCELLED, concurra.RunStatus.CANCELLED)
    assert "by a task" in str(report[never].reason)


def test_inline_tasks_run_in_the_thread_that_waits_one_at_a_time() -> None:
    names: list[str] = []
    flow = Workflow()
    refs = [flow.add(lambda: names.append(threading.current_thread().name), on="inline") for _ in range(3)]
    flow.add(value)
    result: list[concurra.RunReport] = []
    waiter = threading.Thread(target=lambda: result.append(flow.run(max_concurrency=4)), name="waiter")
    waiter.start()
    waiter.join(20)
    assert names == ["waiter"] * 3
    assert [result[0][ref].on for ref in refs] == ["inline"] * 3


def test_the_run_says_where_tasks_go_that_do_not() -> None:
    flow = Workflow()
    here = flow.add(threading.get_ident, on="inline")
    there = flow.add(threading.get_ident)
    report = flow.run(on="process")
    assert (report[here].on, report[there].on) == ("inline", "process")


def test_a_task_speaks_before_its_run() -> None:
    flow = Workflow()
    hang = threading.Event()
    slow = flow.add(lambda: hang.wait(20), label="slow")
    fine = flow.add(lambda: hang.wait(0.2), label="fine", timeout=math.inf)
    none = flow.add(lambda: hang.wait(20), label="none", timeout=0)
    report = flow.run(timeout=0.05, max_concurrency=3)
    hang.set()
    assert [report[ref].status.value for ref in (slow, fine, none)] == ["timed_out", "succeeded", "timed_out"]


class Big:
    """An object that can be watched going."""


def test_results_go_as_soon_as_nobody_needs_them() -> None:
    alive: list[weakref.ref[Big]] = []

    def make() -> Big:
        big = Big()
        alive.append(weakref.ref(big))
        return big

    def look(big: Big) -> bool:
        return alive[0]() is big

    def gone() -> bool:
        gc.collect()
        return alive[0]() is None

    flow = Workflow()
    made = flow.add(make)
    seen = flow.add(look, made)
    after = flow.add(gone, after=[seen])
    report = flow.run(max_concurrency=1)
    assert (report[seen].value, report[after].value) == (True, True)
    with pytest.raises(RuntimeError, match="dropped when no task needed it any more; add it with keep=True"):
        _ = report[made].value
    kept = Workflow()
    first = kept.add(make, keep=True)
    kept.add(isinstance, first, Big)
    dropped = kept.add(make, keep=False, label="dropped")
    last = kept.run()
    assert isinstance(last[first].value, Big)
    with pytest.raises(RuntimeError, match="dropped"):
        _ = last[dropped].value


CITY: contextvars.ContextVar[str] = contextvars.ContextVar("city")


def test_what_a_thread_sets_in_its_context_stays_there() -> None:
    def set_it() -> str:
        seen = CITY.get("nowhere")
        CITY.set("Rome")
        return seen

    flow = Workflow()
    refs = [flow.add(set_it) for _ in range(3)]
    report = flow.run(max_concurrency=1)
    assert [report[ref].value for ref in refs] == ["nowhere"] * 3


def test_a_flow_within_a_task_of_another() -> None:
    def inner() -> list[int]:
        flow = Workflow()
        refs = flow.map(double, flow.add(range, 3))
        return flow.run(max_concurrency=2)[refs].value

    flow = Workflow()
    refs = [flow.add(inner, on="thread"), flow.add(inner, on="process"), flow.add(inner, on="inline")]
    report = flow.run(max_concurrency=3)
    assert [report[ref].value for ref in refs] == [[0, 2, 4]] * 3


def test_a_caller_that_is_cancelled_twice_still_waits_for_the_end() -> None:
    begun = threading.Event()

    async def stubborn() -> None:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    flow = Workflow()
    task = flow.add(stubborn)
    reports: list[object] = []

    async def main() -> None:
        run = asyncio.ensure_future(flow.run_async(sinks=[reports.append]))
        await asyncio.to_thread(begun.wait)
        for _ in range(2):
            run.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(main())
    assert isinstance(reports[-1], RunEnded)
    assert task.label == "stubborn"


def test_two_threads_that_wait_run_each_inline_task_once() -> None:
    for _ in range(20):
        flow = Workflow()
        done: list[int] = []
        for number in range(20):
            flow.add(done.append, number, on="inline")
        run = flow.start()
        other = threading.Thread(target=run.wait)
        other.start()
        report = run.wait()
        other.join()
        assert report.status is RunStatus.SUCCEEDED
        assert sorted(done) == list(range(20))
        assert not run._execution.lanes._summons
