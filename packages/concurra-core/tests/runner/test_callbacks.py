"""Code of the user's that runs where nobody called it: finalizers of results, the words of exceptions, backends."""

from __future__ import annotations

import contextvars
import pickle
import select
import signal
import threading
from collections.abc import Callable
from typing import Any

import concurra
import pytest
from concurra import Skip, TaskState, Workflow
from concurra_core.backends.base import Host
from concurra_core.backends.caller import CallerBackend
from concurra_core.backends.inline import InlineBackend
from concurra_core.backends.threads import ThreadBackend
from concurra_core.engine.batches import BatchScheduler
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.settings import Defaults
from concurra_core.reporting.results import results_of
from concurra_core.runner.execution import Execution


class Last:
    """A result that calls *then* when it goes."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.then = then

    def __del__(self) -> None:
        self.then()


def test_a_result_that_goes_may_call_the_run() -> None:
    runs: list[concurra.Run] = []
    ready = threading.Event()

    def make() -> Last:
        assert ready.wait(10)
        return Last(lambda: runs[0].abort("by a result"))

    def fail() -> None:
        raise ValueError("no")

    flow = Workflow()
    made = flow.add(make)
    flow.add(len, "abc", after=[made], label="between")  # the worker has let go of the result then
    flow.add(fail, after=["between"])
    skipped = flow.add(id, made, after=["fail"])
    cancelled = flow.add(len, "abc", after=[skipped.outcome(), "beside"])
    flow.add(select.select, [], [], [], label="beside", on="process")
    runs.append(flow.start(max_concurrency=2))
    ready.set()
    report = runs[0].wait()
    assert report[skipped].status is TaskState.SKIPPED
    assert "by a result" in str(report[cancelled].reason)


def test_what_a_skip_says_is_asked_outside_of_the_lock() -> None:
    runs: list[concurra.Run] = []
    ready = threading.Event()
    locked: list[bool] = []

    class Asks(Skip):
        def __str__(self) -> str:
            locked.append(not runs[0]._execution._combiner.baton)
            return "not today"

    def skips() -> None:
        assert ready.wait(10)
        raise Asks

    flow = Workflow()
    task = flow.add(skips)
    runs.append(flow.start())
    ready.set()
    assert "not today" in str(runs[0].wait()[task].reason)
    assert locked
    assert not any(locked)


def test_exceptions_that_cannot_be_shown_are_held_and_sent_all_the_same() -> None:
    class Mute(BaseException):
        def __str__(self) -> str:
            raise RuntimeError("not told")

    group = concurra.RunFailedError("one of one", {"a": None}, [Mute()])
    assert str(group.exceptions[0]) == "(its message cannot be shown)"
    outcome = concurra.Outcome[int](label="a", status=TaskState.FAILED, error=Mute())
    sent = pickle.loads(pickle.dumps(outcome))  # noqa: S301 - our own bytes
    assert str(sent.error) == "(its message cannot be shown)"


class Unclosing(ThreadBackend):
    """Raises when it is closed, before or after it has said that it is."""

    def __init__(self, says: bool) -> None:
        super().__init__("unclosing", contextvars.copy_context())
        self.says = says

    def close(self, then: Callable[[], object]) -> None:
        super().close(then if self.says else lambda: None)
        raise ValueError("a bug in close")


@pytest.mark.parametrize("says", [False, True])
def test_a_backend_that_fails_to_close_is_told_of_and_the_run_ends(
    says: bool, caplog: pytest.LogCaptureFixture
) -> None:
    flow = Workflow()
    task = flow.add(len, "abc")
    assert flow.run(backend=Unclosing(says))[task].value == 3
    assert "for thread tasks did not close: ValueError: a bug in close" in caplog.text


class Unopening(InlineBackend):
    def open(self, host: Host, lane: Lane, workers: int) -> None:
        raise RuntimeError("a bug in open")


def test_what_was_made_ready_is_closed_when_a_backend_fails_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[CallerBackend] = []
    monkeypatch.setattr(CallerBackend, "close", lambda self, then: closed.append(self))
    flow = Workflow()
    flow.add(len, "abc", on="inline")
    flow.add(len, "abc", on="thread")
    with pytest.raises(RuntimeError, match="a bug in open"):
        flow.run(backend=Unopening())
    assert len(closed) == 1


def test_a_workflow_may_be_added_to_while_it_runs() -> None:
    flow = Workflow()
    first = flow.add(len, "abc")
    flow.gather([first])
    defaults, options = Defaults(), RunOptions(slots=1)
    _, plan = flow._prepared(defaults, options)
    books = [dict(plan.joins), dict(plan.tolerant), dict(plan.limits)]
    flow.gather([first.optional()])
    flow.add(len, "abc", after=[first.outcome()])
    flow.map(len, ["abc"], limit=1)
    assert [plan.joins, plan.tolerant, plan.limits] == books


@pytest.mark.parametrize("face", ["workflow", "runner"])
def test_ctrl_c_while_a_run_starts_stops_what_has_begun(face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Execution] = []
    start = Execution.start

    def struck(execution: Execution) -> None:
        begun.append(execution)
        start(execution)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Execution, "start", struck)
    never = threading.Event()
    flow, runner = Workflow(), concurra.TaskRunner(progress_stats=False)
    flow.add(waits, never)
    runner.add_task(waits, never)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            flow.start() if face == "workflow" else runner.execute_in_background()
        assert begun[0].ended
    finally:
        never.set()
        signal.signal(signal.SIGINT, handler)


def waits(event: threading.Event) -> None:
    event.wait(20)


def test_a_bug_that_strikes_the_watchdog_fails_the_run_instead_of_its_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def tick(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(BatchScheduler, "tick", tick)
    flow = concurra.Workflow()
    release = threading.Event()
    ref = flow.add(release.wait, timeout=0.01)
    result = flow.run()[ref]
    release.set()
    assert result.reason is not None
    assert "no worker is left to run this task: ZeroDivisionError: a bug" in result.reason


def test_a_finalizer_may_abort_the_run_while_its_lock_is_held() -> None:
    runs: list[concurra.Run] = []
    flow = Workflow()
    ready = threading.Event()
    flow.add(ready.wait, label="first")
    for _ in range(20):
        flow.add(abs, 1)
    runs.append(flow.start(max_concurrency=1))
    lock = runs[0]._execution._combiner
    lock.ask(runs[0].abort)  # what the collector may do in the midst of any business
    report = runs[0].wait()
    ready.set()
    assert report.status is concurra.RunStatus.CANCELLED
    assert report["first"].status is TaskState.CANCELLED


def test_a_finalizer_may_abort_a_runner_whose_lock_is_held() -> None:
    runner = concurra.TaskRunner(1, progress_stats=False)
    ready = threading.Event()
    runner.add_task(ready.wait, label="first")
    runner.add_task(abs, 1, label="second")
    runner.execute_in_background()
    assert runner._execution is not None
    assert runner._execution._combiner.ask(runner.abort) == {}  # it cannot wait for what it has struck
    results = runner.get_background_results(verify=False)
    ready.set()
    assert [result["status"] for result in results.values()] == ["Terminated", "Terminated"]


def test_a_finalizer_may_ask_for_results_while_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = concurra.TaskRunner(1, progress_stats=False)
    runner.add_task(abs, -1, label="one")
    make = results_of
    asked: list[object] = []

    def struck(*args: Any) -> Any:
        if not asked:
            asked.append(None)
            asked.append(runner.abort())
        return make(*args)

    monkeypatch.setattr("concurra_core.runner.task_runner.results_of", struck)
    results = runner.run(verify=False)
    assert results["one"]["result"] == 1
    assert asked[1] is results
