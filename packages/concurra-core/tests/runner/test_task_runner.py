from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable

import concurra
import pytest
from concurra_core.testing import RecordingSink

KEYS = [
    "task_name",
    "start_time",
    "end_time",
    "duration",
    "duration_seconds",
    "result",
    "error",
    "trace",
    "status",
    "has_failed",
    "output",
    "execution_mode",
    "warning",
    "attempts",
    "task_retries",
    "retried",
    "retry_errors",
]


def quiet(**options: object) -> concurra.TaskRunner:
    return concurra.TaskRunner(progress_stats=False, **options)  # type: ignore[arg-type] # options of the runner


def raiser(error: BaseException) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


# -- construction --------------------------------------------------------------------------------------


def test_parameters_may_be_given_by_place() -> None:
    runner = concurra.TaskRunner(3, "mine", 1.5, False, True, False, None, True, False, 2)
    assert (runner.max_concurrency, runner.name) == (3, "mine")


def test_concurrency_defaults_to_the_processors() -> None:
    assert concurra.TaskRunner().max_concurrency == os.cpu_count()


@pytest.mark.parametrize("wrong", [True, 1.0, "2", [1]])
def test_concurrency_is_an_int(wrong: object) -> None:
    with pytest.raises(TypeError, match="max_concurrency must be an int or None"):
        concurra.TaskRunner(max_concurrency=wrong)  # type: ignore[arg-type] # the point of the test


def test_concurrency_below_one_becomes_one_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert concurra.TaskRunner(max_concurrency=-3).max_concurrency == 1
    assert [(record.levelname, "max_concurrency=-3" in record.message) for record in caplog.records] == [
        ("WARNING", True)
    ]


@pytest.mark.parametrize("wrong", [0, -1, math.inf, math.nan])
def test_a_timeout_is_above_zero_and_finite(wrong: float) -> None:
    with pytest.raises(ValueError, match="timeout must be above 0"):
        concurra.TaskRunner(timeout=wrong)


@pytest.mark.parametrize("wrong", ["1", True])
def test_a_timeout_is_a_number(wrong: object) -> None:
    with pytest.raises(TypeError, match="timeout must be a number"):
        concurra.TaskRunner(timeout=wrong)  # type: ignore[arg-type] # the point of the test


def test_a_logger_can_log() -> None:
    with pytest.raises(TypeError, match="logger must have the methods info, warning and error"):
        concurra.TaskRunner(logger=print)  # type: ignore[arg-type] # the point of the test


def test_a_sink_can_be_called() -> None:
    with pytest.raises(TypeError, match=r"sinks\[1\] must be callable"):
        concurra.TaskRunner(sinks=[print, 3])  # type: ignore[list-item] # the point of the test


def test_processes_come_with_the_next_release() -> None:
    with pytest.raises(ValueError, match="come with the next release"):
        concurra.TaskRunner(use_multiprocessing=True)


# -- results -------------------------------------------------------------------------------------------


def test_a_result_has_exactly_these_keys_and_is_json() -> None:
    runner = quiet()
    runner.add_task(lambda: 16, label="square_4")
    runner.add_task(raiser(ZeroDivisionError("division by zero")), label="bad")
    runner.add_task(lambda: 1, label="behind", depends_on=["bad"])
    results = runner.run(verify=False)
    for result in results.values():
        assert type(result) is dict
        assert list(result) == KEYS
    assert json.loads(json.dumps(results, indent=4)) == results
    good, bad, behind = results.values()
    assert good | {"start_time": "", "end_time": ""} == {
        "task_name": "<lambda>",
        "start_time": "",
        "end_time": "",
        "duration": "0.0 sec",
        "duration_seconds": 0.0,
        "result": 16,
        "error": None,
        "trace": None,
        "status": "Successful",
        "has_failed": False,
        "output": 16,
        "execution_mode": "thread",
        "warning": None,
        "attempts": 1,
        "task_retries": 0,
        "retried": False,
        "retry_errors": [],
    }
    assert bad["error"] == "ZeroDivisionError: division by zero"
    assert bad["trace"].startswith("Traceback (most recent call last):\n")
    assert bad["trace"].endswith("ZeroDivisionError: division by zero\n")
    assert "concurra_core" not in bad["trace"]
    assert (bad["status"], bad["has_failed"], bad["result"]) == ("Failed", True, None)
    assert (behind["start_time"], behind["end_time"], behind["duration_seconds"]) == (None, None, 0.0)
    assert (behind["execution_mode"], behind["attempts"], behind["trace"]) == (None, 0, None)


def test_no_tasks_no_results() -> None:
    assert concurra.TaskRunner().run() == {}


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), BaseException("x")])
def test_whatever_a_task_raises_is_its_own_failure_and_retried(error: BaseException) -> None:
    runner = quiet(task_retries=1)
    runner.add_task(raiser(error), label="bad")
    runner.add_task(lambda: 1, label="good")
    results = runner.run(verify=False)
    assert results["bad"]["error"].startswith(type(error).__name__)
    assert (results["bad"]["status"], results["bad"]["attempts"]) == ("Failed", 2)
    assert results["good"]["status"] == "Successful"


def test_a_timeout_error_of_the_tasks_own_is_a_plain_failure() -> None:
    runner = quiet()
    runner.add_task(raiser(TimeoutError("mine")), label="x")
    result = runner.run(verify=False)["x"]
    assert (result["status"], result["error"]) == ("Failed", "TimeoutError: mine")
    assert result["trace"] is not None


def test_a_task_that_works_at_last_is_a_success_with_a_past() -> None:
    left = [OSError("one"), OSError("two")]

    def flaky() -> str:
        if left:
            raise left.pop(0)
        return "done"

    runner = quiet(task_retries=5)
    runner.add_task(flaky, label="x")
    result = runner.run(verify=False)["x"]
    assert (result["status"], result["result"], result["error"]) == ("Successful", "done", None)
    assert (result["attempts"], result["task_retries"], result["retried"]) == (3, 5, True)
    assert result["retry_errors"] == ["OSError: one", "OSError: two"]


def test_labels_of_any_kind_live_together() -> None:
    runner = quiet()
    labels: list[object] = [1, "1", 1.5, ("a", 2), frozenset({3}), None.__class__]
    for label in labels:
        runner.add_task(lambda: None, label=label, depends_on=labels[: labels.index(label)])
    assert list(runner.run(verify=False)) == labels


def test_a_late_result_is_ignored(gate: threading.Event) -> None:
    ended = threading.Event()

    def stuck() -> str:
        gate.wait(30)
        ended.set()
        return "late"

    runner = quiet(timeout=0.05)
    runner.add_task(stuck, label="x")
    result = runner.run(verify=False)["x"]
    before = dict(result)
    gate.set()
    assert ended.wait(10)
    assert result == before
    assert result["error"] == "TimeoutError: task exceeded its time limit of 0.05 seconds"


@pytest.mark.parametrize("_", range(100))
def test_what_fast_fail_struck_in_time_never_begins(_: int) -> None:
    returned = threading.Event()
    late: list[bool] = []
    runner = quiet(max_concurrency=4, fast_fail=True)
    runner.add_task(raiser(ValueError("no")), label="bad")
    for number in range(8):
        runner.add_task(lambda: late.append(returned.is_set()), label=number)
    results = runner.run(verify=False)
    returned.set()
    for result in results.values():
        assert 0.0 <= result["duration_seconds"] < 60.0
        assert (
            (result["start_time"] is None) == (result["attempts"] == 0) == (result["execution_mode"] is None)
        )
    assert not any(late)


# -- phases --------------------------------------------------------------------------------------------


def test_a_runner_runs_once() -> None:
    runner = quiet()
    runner.add_task(lambda: 1, label="x")
    results = runner.run(verify=False)
    for again in (runner.run, runner.execute, runner.execute_in_background):
        with pytest.raises(RuntimeError, match="a runner runs once"):
            again()
    with pytest.raises(RuntimeError, match="after the start"):
        runner.add_task(lambda: 2)
    assert runner.get_background_results(verify=False) is results


@pytest.mark.parametrize("call", ["get_background_results", "abort", "verify"])
def test_what_makes_no_sense_before_the_start_says_so(call: str) -> None:
    runner = quiet()
    with pytest.raises(RuntimeError, match="has not been started"):
        getattr(runner, call)()
    assert not runner.is_running()
    assert runner.get_active_runner_count() == 0
    runner.add_task(lambda: 1, label="x")
    assert runner.run(verify=False)["x"]["result"] == 1


def test_a_refused_start_leaves_the_runner_as_it_was() -> None:
    runner = quiet()
    runner.add_task(lambda: 1, label="b", depends_on=["a"])
    with pytest.raises(ValueError, match="unknown dependency 'a' of 'b'"):
        runner.run()
    runner.add_task(lambda: 2, label="a")
    assert list(runner.run(verify=False)) == ["b", "a"]


def test_a_ring_is_refused_before_anything_runs() -> None:
    ran: list[str] = []
    runner = quiet()
    runner.add_task(ran.append, "x", label="x")
    for label, need in (("a", "c"), ("b", "a"), ("c", "b")):
        runner.add_task(ran.append, label, label=label, depends_on=[need])
    with pytest.raises(ValueError, match="circular dependency: a -> b -> c -> a"):
        runner.run()
    assert not ran


def test_background_runs_tell_how_they_stand(gate: threading.Event) -> None:
    started = threading.Event()

    def task() -> str:
        started.set()
        assert gate.wait(10)
        return "done"

    runner = quiet(max_concurrency=2)
    runner.add_task(task, label="x")
    runner.add_task(lambda: 1, depends_on=["x"])
    runner.execute_in_background()
    assert started.wait(10)
    assert runner.is_running()
    assert runner.get_active_runner_count() == 1
    with pytest.raises(RuntimeError, match="execution is still in progress"):
        runner.verify()
    gate.set()
    results = runner.get_background_results(verify=False)
    assert not runner.is_running()
    assert results["x"]["result"] == "done"
    assert runner.get_background_results(verify=False) is results


def test_a_background_run_ends_by_itself() -> None:
    sink = RecordingSink()
    ended = threading.Event()

    def watch(event: concurra.Event) -> None:
        if isinstance(event, concurra.RunEnded):
            ended.set()

    runner = quiet(sinks=[sink, watch])
    runner.add_task(lambda: 1)
    runner.execute_in_background()
    assert ended.wait(10)
    runner._execution.awaited.wait()  # type: ignore[union-attr] # started above; nobody has asked for results
    assert not runner.is_running()


def test_several_threads_get_the_same_results(gate: threading.Event) -> None:
    runner = quiet()
    runner.add_task(gate.wait, 10, label="x")
    runner.execute_in_background()
    got: list[object] = []
    threads = [
        threading.Thread(target=lambda: got.append(runner.get_background_results(verify=False)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)
    assert len(got) == 4
    assert all(results is got[0] for results in got)


def test_an_abort_from_inside_a_task_is_harmless() -> None:
    inside: list[object] = []
    runner = quiet(max_concurrency=1)

    def task() -> None:
        inside.append(runner.abort())

    runner.add_task(task, label="a")
    runner.add_task(lambda: 1, label="b")
    results = runner.run(verify=False)
    assert [result["error"] for result in results.values()] == [
        "RuntimeError: aborted by abort() while it ran",
        "RuntimeError: aborted by abort() before it started",
    ]


def test_a_task_cannot_wait_for_its_own_run() -> None:
    runner = quiet()
    runner.add_task(runner.get_background_results, label="x")
    result = runner.run(verify=False)["x"]
    assert result["error"].startswith("LifecycleError: a task cannot wait for the run it belongs to")


def test_an_abort_before_the_start_is_carried_out_leaves_events_in_order() -> None:
    sink = RecordingSink()
    runner = quiet(sinks=[sink])
    runner.add_task(lambda: 1, label="x")
    execution = runner._prepare()
    execution.open()
    runner._execution = execution
    runner.abort()
    execution.start()
    assert isinstance(sink.events[0], concurra.RunStarted)
    assert isinstance(sink.events[-1], concurra.RunEnded)


def test_an_abort_after_the_end_changes_nothing() -> None:
    runner = quiet()
    runner.add_task(lambda: 1, label="x")
    results = runner.run(verify=False)
    assert runner.abort() is results
    assert results["x"]["status"] == "Successful"


def test_a_runner_runs_inside_a_task_of_another() -> None:
    def inner(depth: int) -> int:
        if not depth:
            return 1
        runner = quiet(max_concurrency=1)
        runner.add_task(inner, depth - 1, label="x")
        return 1 + int(runner.run(verify=False)["x"]["result"])

    assert inner(5) == 6


def test_execute_is_run() -> None:
    runner = quiet()
    runner.add_task(lambda: 1, label="x")
    assert runner.execute(verify=False)["x"]["result"] == 1


# -- sinks ---------------------------------------------------------------------------------------------


def test_sinks_hear_everything_before_run_returns() -> None:
    sink = RecordingSink()
    runner = quiet(max_concurrency=1, name="mine", sinks=[sink])
    runner.add_task(lambda: 1, label="a")
    runner.add_task(raiser(ValueError("no")), label="b")
    runner.add_task(lambda: 1, label="c", depends_on=["b"])
    runner.run(verify=False)
    first, last = sink.events[0], sink.events[-1]
    assert isinstance(first, concurra.RunStarted)
    assert isinstance(last, concurra.RunEnded)
    assert (first.name, first.total) == ("mine", 3)
    assert (last.succeeded, last.failed) == (1, 2)
    ended = {event.label: event for event in sink.of(concurra.TaskEnded)}
    assert ended["a"].status is concurra.TaskState.SUCCEEDED
    assert (ended["a"].reason, ended["a"].error_type, ended["a"].trace) == (None, None, None)
    assert (ended["b"].reason, ended["b"].error_type) == ("ValueError: no", "ValueError")
    assert ended["c"].status is concurra.TaskState.SKIPPED
    assert ended["c"].seconds == 0.0
    assert len({event.run_id for event in sink.events}) == 1
    assert all(
        abs(event.wall - event.monotonic - (first.wall - first.monotonic)) < 1e-3 for event in sink.events
    )


def test_a_sink_that_raises_is_reported_once_and_costs_nobody_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(event: concurra.Event) -> None:
        raise SystemExit(str(event))

    sink = RecordingSink()
    runner = quiet(sinks=[broken, sink])
    for _ in range(5):
        runner.add_task(lambda: 1)
    results = runner.run(verify=False)
    assert {result["status"] for result in results.values()} == {"Successful"}
    assert len(sink.events) == 12
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_sink_may_call_the_runner_back() -> None:
    runner: concurra.TaskRunner

    def abort(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskEnded):
            runner.abort()

    sink = RecordingSink()
    runner = quiet(max_concurrency=1, sinks=[abort, sink])
    for _ in range(3):
        runner.add_task(lambda: 1)
    runner.run(verify=False)
    assert isinstance(sink.events[-1], concurra.RunEnded)
