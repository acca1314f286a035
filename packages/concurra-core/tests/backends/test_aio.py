"""What only coroutines do: they are cancelled for real, share a thread, and may misbehave on it."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from typing import Any

import concurra
import pytest

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


async def where() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


def test_all_coroutines_share_one_thread_and_run_at_the_same_time() -> None:
    met = asyncio.Barrier(3)

    async def meet() -> str:
        await met.wait()
        return await where()

    flow = concurra.Workflow("loop")
    refs = [flow.add(meet) for _ in range(3)]
    report = flow.run(max_concurrency=3)
    names = {report[ref].value for ref in refs}
    assert names == {"loop-loop-0"}
    assert report[refs[0]].on == "async"


def test_no_more_run_at_once_than_the_run_has_slots() -> None:
    running, most = 0, 0

    async def count() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    flow = concurra.Workflow()
    for _ in range(30):
        flow.add(count)
    assert flow.run(max_concurrency=4).succeeded
    assert most == 4


def test_a_cancelled_coroutine_cleans_up_before_the_run_is_over() -> None:
    seen: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            seen.append("cleaned up")

    flow = concurra.Workflow()
    ref = flow.add(hang, timeout=0.05)
    report = flow.run()
    assert report[ref].status is concurra.TaskState.TIMED_OUT
    assert seen == ["cancelled", "cleaned up"]
    assert "in hang" in report[ref].stack


def test_one_that_does_not_let_itself_be_cancelled_is_given_up() -> None:
    stop = threading.Event()

    async def stubborn() -> None:
        while not stop.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    async def after() -> str:
        return "ran"

    flow = concurra.Workflow()
    stuck = flow.add(stubborn, timeout=0.05, grace=0.05)
    next_one = flow.add(after)
    report = flow.run(max_concurrency=1)
    stop.set()
    assert report[stuck].status is concurra.TaskState.TIMED_OUT
    assert "may be still running" in str(report[stuck].warning)
    assert report[next_one].value == "ran"


def test_one_that_blocks_the_loop_holds_up_neither_threads_nor_its_own_end() -> None:
    release = threading.Event()

    async def blocks() -> None:
        release.wait(20)

    flow = concurra.Workflow()
    stuck = flow.add(blocks, timeout=0.1, grace=0.05)
    beside = flow.add(lambda: "ran", label="beside")
    later = flow.add(where, after=[beside])
    report = flow.run(max_concurrency=2)
    release.set()
    assert report[stuck].status is concurra.TaskState.TIMED_OUT
    assert "in blocks\n    release.wait(20)" in report[stuck].stack.split("File", 2)[1]
    assert "may be still running" in str(report[stuck].warning)
    assert report[beside].value == "ran"
    assert report[later].value.endswith("loop-1")


def test_contextvars_reach_coroutines_and_what_they_set_stays_theirs() -> None:
    async def look() -> str:
        seen = WHO.get()
        WHO.set("somebody else")
        await asyncio.sleep(0)
        return seen

    WHO.set("me")
    flow = concurra.Workflow()
    refs = [flow.add(look) for _ in range(3)]
    threads = [flow.add(WHO.get, label=f"thread {number}") for number in range(3)]
    report = flow.run(max_concurrency=1)
    assert {report[ref].value for ref in [*refs, *threads]} == {"me"}
    assert WHO.get() == "me"


def test_current_task_is_the_coroutines_own() -> None:
    async def me() -> tuple[object, int, float | None]:
        await asyncio.sleep(0)
        task = concurra.current_task()
        return task.label, task.attempt, task.remaining

    flow = concurra.Workflow()
    refs = [flow.add(me, label=label, timeout=60) for label in "ab"]
    report = flow.run()
    for ref, label in zip(refs, "ab", strict=True):
        told, attempt, remaining = report[ref].value
        assert (told, attempt) == (label, 1)
        assert remaining is not None
        assert 0 < remaining <= 60


def test_what_looks_like_a_coroutine_function_is_one() -> None:
    class Fetcher:
        async def fetch(self, what: str) -> str:
            return what

        async def __call__(self) -> str:
            return "called"

    flow = concurra.Workflow()
    refs = [
        flow.add(functools.partial(Fetcher().fetch, "partial")),
        flow.add(Fetcher().fetch, "method"),
        flow.add(Fetcher()),
    ]
    report = flow.run()
    assert [report[ref].value for ref in refs] == ["partial", "method", "called"]
    assert {report[ref].on for ref in refs} == {"async"}


def test_a_function_that_returns_a_coroutine_by_mistake_fails() -> None:
    flow = concurra.Workflow()
    ref = flow.add(lambda: where(), label="oops")  # noqa: PLW0108 - the mistake
    result = flow.run()[ref]
    assert result.status is concurra.TaskState.FAILED
    assert "returned a coroutine, which nobody awaits" in str(result.error)


def test_a_function_that_returns_one_on_purpose_says_so() -> None:
    flow = concurra.Workflow()
    ref = flow.add(lambda: where(), label="fine", on="async")  # noqa: PLW0108 - the point of the test
    plain = flow.add(lambda: 3, label="plain", on="async")
    report = flow.run()
    assert report[ref].on == "async"
    assert 'on="async" needs a coroutine function' in str(report[plain].error)


@pytest.mark.parametrize("on", ["thread", "process", "inline"])
def test_a_coroutine_function_runs_nowhere_else(on: Any) -> None:
    with pytest.raises(ValueError, match="a coroutine function runs on the event loop; leave out on="):
        concurra.Workflow().add(where, on=on)


def test_what_a_coroutine_raises_is_its_failure() -> None:
    async def bad() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def worse() -> None:
        raise SystemExit(3)

    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    flow = concurra.Workflow()
    refs = [flow.add(bad), flow.add(worse), flow.add(cancels_itself)]
    report = flow.run()
    assert [type(report[ref].error) for ref in refs] == [ValueError, SystemExit, asyncio.CancelledError]
    trace = str(report[refs[0]].trace).splitlines()
    assert trace[0] == "Traceback (most recent call last):"
    assert trace[1].endswith("in bad")


def test_tasks_that_coroutines_leave_behind_are_cancelled() -> None:
    ended = threading.Event()

    async def background() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    kept: list[asyncio.Task[None]] = []

    async def leaves() -> None:
        kept.append(asyncio.get_running_loop().create_task(background()))
        await asyncio.sleep(0)

    flow = concurra.Workflow()
    flow.add(leaves)
    assert flow.run().succeeded
    assert ended.is_set()


def test_a_runner_takes_coroutine_functions_too() -> None:
    runner = concurra.TaskRunner(progress_stats=False)
    runner.add_task(where, label="a")
    runner.add_func(where, key="b")
    runner.add_work([(where, (), {}, "c")])
    runner.add_task(len, "abc", label="d")
    results = runner.run(verify=False)
    assert [results[label]["execution_mode"] for label in "abcd"] == ["async", "async", "async", "thread"]


def test_a_flow_runs_inside_a_running_loop() -> None:
    async def main() -> tuple[str, str]:
        flow = concurra.Workflow()
        ref = flow.add(where)
        inline = flow.add(lambda: threading.current_thread().name, on="inline")
        ticked = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        report = await flow.run_async()
        await ticked
        return report[inline].value, flow.run()[ref].value

    name, other = asyncio.run(main())
    assert name == threading.current_thread().name
    assert other.startswith("workflow-loop")


def test_a_cancelled_caller_aborts_the_run() -> None:
    started = threading.Event()
    statuses: list[concurra.TaskState] = []

    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    async def main() -> None:
        flow = concurra.Workflow()
        flow.add(hang, label="stuck")
        sink: list[concurra.Event] = []
        waiting = asyncio.ensure_future(flow.run_async(sinks=[sink.append]))
        await asyncio.to_thread(started.wait, 20)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        statuses.extend(event.status for event in sink if isinstance(event, concurra.TaskEnded))

    asyncio.run(main())
    assert statuses == [concurra.TaskState.CANCELLED]


def test_the_worker_of_a_coroutine_is_the_thread_it_ran_on() -> None:
    flow = concurra.Workflow("told")
    ref = flow.add(where)
    result = flow.run()[ref]
    assert result.worker == result.value == "told-loop-0"
