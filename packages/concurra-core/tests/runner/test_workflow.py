"""The typed face: labels, options, edges, maps, and what may run it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import math
import threading
import weakref
from collections.abc import Callable
from typing import Any

import concurra
import pytest
from concurra import Halt, Outcome, Retry, RunEnded, RunStatus, Skip, TaskState, Workflow
from concurra_core.model.ref import Ref


def value(number: int = 1) -> int:
    return number


def boom(*_: object) -> int:
    raise ValueError("no")


def double(number: int) -> int:
    return 2 * number


def test_labels_are_the_names_of_functions_and_numbered_from_the_second_on() -> None:
    flow = Workflow()
    flow.add(value, label="value-2")
    refs = [flow.add(value), flow.add(value), flow.add(value), flow.gather([]), flow.map(value, [1])]
    assert [ref.label for ref in refs] == ["value", "value-3", "value-4", "gather", "value-5"]
    assert [label for label in flow.run() if "[" in str(label)] == ["value-5[0]"]
    assert (len(flow), repr(flow)) == (7, "<Workflow 'workflow': 7 tasks>")


def test_results_flow_along_refs() -> None:
    flow = Workflow()
    one = flow.add(value, 1)
    four = flow.add(double, flow.add(double, one))
    total = flow.add(sum, flow.gather([one, four]))
    report = flow.run(max_concurrency=2)
    assert (report[total].value, report[four].attempts, report.succeeded) == (5, 1, True)


def test_what_a_failure_means_is_in_the_edge() -> None:
    flow = Workflow()
    bad = flow.add(boom)
    needs = flow.add(double, bad, label="needs")
    told = flow.add(lambda outcome: type(outcome.error), bad.outcome(), label="told")
    none = flow.add(lambda number: number, bad.optional(), label="none")
    other = flow.add(double, bad.or_else(21), label="other")
    after = flow.add(value, 3, label="after", after=[bad.outcome()])
    never = flow.add(value, 3, label="never", after=[bad])
    report = flow.run()
    assert report[needs].status is report[never].status is TaskState.SKIPPED
    assert report[needs].because == "boom"
    assert [report[ref].value for ref in (told, none, other, after)] == [ValueError, None, 42, 3]


def test_an_outcome_is_handed_to_processes_too() -> None:
    flow = Workflow()
    bad, good = flow.add(boom), flow.add(value, 3)
    told = flow.add(described, bad.outcome(), good.outcome(), on="process")
    assert flow.run()[told].value == ["failed ValueError('no')", "succeeded 3"]


def described(*outcomes: Outcome[int]) -> list[str]:
    return [f"{each.status.value} {each.value if each.succeeded else each.error!r}" for each in outcomes]


def test_a_task_may_skip_itself_and_that_is_no_failure() -> None:
    def skip() -> int:
        raise Skip("holiday")

    flow = Workflow()
    skipped = flow.add(skip)
    behind = flow.add(double, skipped)
    beside = flow.add(value, 3)
    report = flow.run(halt=Halt.now())
    assert report.succeeded
    assert [report[ref].status.value for ref in (skipped, behind, beside)] == [
        "skipped",
        "skipped",
        "succeeded",
    ]
    assert report[skipped].reason == "TaskSkipped: it skipped itself: holiday"
    report.raise_for_failures()


def test_a_task_that_may_fail_leaves_the_verdict_alone() -> None:
    flow = Workflow()
    bad = flow.add(boom, allow_failure=True)
    report = flow.run()
    assert (report.succeeded, report[bad].status) == (True, TaskState.FAILED)
    behind = flow.add(double, bad)  # this one may not
    assert list(flow.run().failed) == [behind.label]


def test_a_map_over_a_result_has_a_task_for_each_item() -> None:
    flow = Workflow()
    squares = flow.map(lambda number: number**2, flow.add(range, 5), label="square")
    kept = flow.map(double, squares, label="double", keep=True)
    empty = flow.map(double, flow.add(list[int]), label="nothing")
    report = flow.run(max_concurrency=3)
    assert report[kept].value == [0, 2, 8, 18, 32]
    assert report["double[3]"].value == 18
    assert report[empty].value == []
    assert len(report) == 3 + 2 + 5 + 5


def test_the_items_of_a_map_have_retries_limits_and_failures_of_their_own() -> None:
    tries: list[int] = []

    def picky(number: int) -> int:
        tries.append(number)
        if number == 2 or tries.count(number) == 1:
            raise ValueError(number)
        return number

    flow = Workflow()
    got = flow.map(picky, flow.add(range, 4), label="picky", retry=Retry(2), limit=1)
    total = flow.add(sum, got.or_else([7]), label="total")
    report = flow.run()
    assert sorted(tries) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [report[f"picky[{number}]"].status.value for number in range(4)].count("failed") == 1
    assert (report[got].status, report[got].because, report[total].value) == (
        TaskState.SKIPPED,
        "picky[2]",
        7,
    )


def test_what_a_map_cannot_go_through_fails_it() -> None:
    def broken() -> Any:
        yield 1
        raise LookupError("no more")

    flow = Workflow()
    number: Ref[Any] = flow.add(value, 7)
    one = flow.map(double, number, label="one")
    two = flow.map(double, flow.add(broken), label="two")
    report = flow.run()
    assert "map needs the result of its source to be iterable, not int" in str(report[one].error)
    assert repr(report[two].error) == "LookupError('no more')"


def test_the_private_limit_of_a_map_survives_a_refused_one() -> None:
    flow = Workflow()
    flow.map(value, [1, 2, 3], label="m", limit=3)
    with pytest.raises(concurra.DuplicateLabelError):
        flow.map(value, [1], label="m", limit=1)
    assert flow.run().succeeded


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


def test_a_timeout_is_tried_again_when_it_is_named() -> None:
    release = threading.Event()
    tries: list[int] = []

    def second_time() -> str:
        tries.append(1)
        if len(tries) == 1:
            release.wait(20)
        return "done"

    flow = Workflow()
    ref = flow.add(second_time, timeout=0.05, retry=Retry(2, on=concurra.TaskTimeout))
    result = flow.run()[ref]
    release.set()
    assert (result.value, result.attempts) == ("done", 2)
    assert result.retry_errors == ("TaskTimeout: task exceeded its time limit of 0.05 seconds",)


def test_a_crash_is_tried_again_when_it_is_named() -> None:
    flow = Workflow()
    crash = flow.add(crashes, on="process", retry=Retry(2, on=(concurra.WorkerCrashed,)))
    plain = flow.add(crashes, on="process", retry=Retry(2), label="plain")
    report = flow.run()
    assert (report[crash].attempts, report[plain].attempts) == (2, 1)
    assert report[crash].status is TaskState.CRASHED
    assert isinstance(report[crash].error, concurra.WorkerCrashed)


def crashes() -> None:
    import os

    os._exit(7)


def test_the_deadline_of_a_run_ends_it() -> None:
    hang = threading.Event()
    flow = Workflow()
    stuck = flow.add(lambda: hang.wait(20), label="stuck")
    never = flow.add(value, after=[stuck])
    report = flow.run(deadline=0.1)
    hang.set()
    assert report.status is concurra.RunStatus.TIMED_OUT
    assert "at the run's deadline of 0.1 seconds while it ran" in str(report[stuck].reason)
    assert report[never].attempts == 0
    with pytest.raises(concurra.RunFailedError) as caught:
        report.raise_for_failures()
    assert [type(error) for error in caught.value.exceptions] == [concurra.TaskCancelled] * 2


def test_a_soft_halt_lets_what_runs_finish() -> None:
    failed = threading.Event()

    def slow() -> str:
        assert failed.wait(20)
        return "finished"

    def hear(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskEnded) and event.label == "boom":
            failed.set()

    flow = Workflow()
    running = flow.add(slow)
    flow.add(boom)
    never = [flow.add(value, label=number) for number in range(5)]
    report = flow.run(max_concurrency=2, halt=Halt.soon(), sinks=[hear])
    assert report[running].value == "finished"
    assert {report[ref].status for ref in never} == {TaskState.CANCELLED}
    assert report[never[0]].because == "boom"


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
        assert not run._execution._summons
