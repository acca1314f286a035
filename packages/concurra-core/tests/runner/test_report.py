"""The typed report: of both faces, as data and as words."""

from __future__ import annotations

from datetime import UTC, datetime

import concurra
import pytest
from concurra import RunFailedError, RunStatus, TaskState, Workflow


def value(number: int = 1) -> int:
    return number


def boom() -> int:
    raise ValueError("no")


def remote() -> int:
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("then") from error


def test_a_report_is_a_mapping_in_the_order_of_adding() -> None:
    flow = Workflow("etl")
    a, b = flow.add(value, label="a"), flow.add(value, 2, label=("b", 1))
    report = flow.run()
    assert list(report) == ["a", ("b", 1)]
    assert report["a"].value == report[a].value == 1
    assert report[b].label == ("b", 1)
    assert ("a" in report, "c" in report, len(report)) == (True, False, 2)
    assert dict(report)["a"].value == 1


def test_a_ref_of_another_flow_is_not_found() -> None:
    flow, other = Workflow(), Workflow()
    flow.add(value)
    ref = other.add(value)
    with pytest.raises(KeyError, match="another workflow"):
        flow.run()[ref]


def test_a_result_tells_all_there_is_to_know() -> None:
    before = datetime.now(UTC)
    flow = Workflow()
    first = flow.add(value, tags=["fast"])
    second = flow.add(value, after=[first], label="second")
    report = flow.run()
    result = report[second]
    assert (result.status, result.reason, result.error, result.trace) == (
        TaskState.SUCCEEDED,
        None,
        None,
        None,
    )
    assert (result.attempts, result.retry_errors, result.on, result.worker) == (1, (), "thread", "workflow-0")
    assert report[first].tags == ("fast",)
    assert result.queued is not None
    assert result.started is not None
    assert before <= result.queued <= result.started <= result.ended <= datetime.now(UTC)
    assert result.queued == report[first].ended
    assert result.waited is not None
    assert 0 <= result.waited < 5
    assert str(result).startswith("succeeded second (0.")


def test_what_never_ran_says_because_of_whom() -> None:
    flow = Workflow()
    bad = flow.add(boom)
    skipped = flow.add(value, bad)
    result = flow.run()[skipped]
    assert (result.because, result.started, result.queued, result.waited) == ("boom", None, None, None)
    assert (result.on, result.worker, result.seconds) == (None, None, 0.0)
    assert str(result) == "skipped   value TaskSkipped: dependency 'boom' did not succeed"


def test_the_verdict_in_words() -> None:
    flow = Workflow("etl")
    flow.add(value, flow.add(boom))
    flow.add(value, label="fine")
    report = flow.run()
    assert report.status is RunStatus.FAILED
    assert report.counts == {TaskState.FAILED: 1, TaskState.SKIPPED: 1, TaskState.SUCCEEDED: 1}
    lines = str(report).splitlines()
    assert lines[0].startswith("etl: failed in ")
    assert lines[0].endswith("; 3 tasks: 1 failed, 1 skipped, 1 succeeded")
    assert [line.split()[0] for line in lines[1:]] == ["failed", "skipped"]
    assert repr(report).startswith("<RunReport etl: failed in")


def test_many_failures_are_not_all_listed() -> None:
    flow = Workflow()
    for _ in range(30):
        flow.add(boom)
    report = flow.run()
    assert str(report).splitlines()[-1] == "  and 10 more"
    assert len(report.failed) == 30


def test_failures_are_raised_as_a_group_with_a_line_for_each() -> None:
    flow = Workflow("etl")
    flow.add(value, flow.add(boom))
    flow.add(remote, on="process")
    report = flow.run()
    with pytest.raises(RunFailedError) as caught:
        report.raise_for_failures()
    error = caught.value
    assert [repr(each) for each in error.exceptions] == ["ValueError('no')", "ValueError('then')"]
    assert str(error).splitlines()[0].startswith("etl: failed in")
    assert len(str(error).splitlines()) == 4
    assert set(error.failures) == {"boom", "value", "remote"}
    cause = error.exceptions[1].__cause__
    assert cause is not None
    assert "KeyError: 'first'" in str(cause)
    assert "in remote" in str(cause)
    matched = error.subgroup(ValueError)
    assert matched is not None
    report = flow.run()
    with pytest.raises(ExceptionGroup):
        report.raise_for_failures()


def test_a_run_without_tasks() -> None:
    report = Workflow("none").run()
    assert (report.succeeded, report.makespan, report.busy, report.queue_wait) == (True, 0.0, 0.0, 0.0)
    assert (report.critical_path, str(report)) == ((), "none: succeeded in 0.00 s; 0 tasks")


def test_figures_of_a_run() -> None:
    flow = Workflow()
    first = flow.add(value, label="first")
    long = flow.add(sum, flow.add(range, 2_000_000, label="numbers", after=[first]), label="long")
    flow.add(value, label="short", after=[first])
    flow.add(value, long, label="end")
    report = flow.run(max_concurrency=2)
    assert report.critical_path == ("first", "numbers", "long", "end")
    assert 0 < report.busy <= 1
    assert 0 <= report.queue_wait < report.makespan
    assert report["long"].seconds <= report.makespan


def test_a_runner_has_the_same_report() -> None:
    runner = concurra.TaskRunner(progress_stats=False)
    ref = runner.add_task(value, 3, label="a")
    runner.add_task(boom, label="b")
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = runner.report
    runner.run(verify=False)
    report = runner.report
    assert (report[ref].value, report["b"].status, report.status) == (3, TaskState.FAILED, RunStatus.FAILED)
    assert report.name == "Concurra"
    with pytest.raises(RunFailedError):
        report.raise_for_failures()


@pytest.mark.parametrize("aborted", [False, True])
def test_a_runner_raises_whatever_kept_its_tasks_from_success(aborted: bool) -> None:
    runner = concurra.TaskRunner(timeout=None if aborted else 0.05, progress_stats=False)
    runner.add_task(lambda: concurra.current_task().cancelled.wait(20), label="a")
    runner.add_task(value, label="b", depends_on=["a"])
    runner.execute_in_background()
    if aborted:
        runner.abort()
    with pytest.raises(RunFailedError) as caught:
        runner.get_background_results(verify=False, raise_exception=True)
    kinds = [type(error) for error in caught.value.exceptions]
    assert kinds == ([concurra.TaskCancelled] * 2 if aborted else [concurra.TaskTimeout])
    assert set(caught.value.failures) == {"a", "b"}


def test_the_critical_path_of_a_map_names_the_item() -> None:
    flow = Workflow()
    flow.map(value, flow.add(lambda: [10, 30], label="list"), label="m")
    report = flow.run(max_concurrency=2)
    last = max(("m[0]", "m[1]"), key=lambda label: report[label].ended)
    assert report.critical_path == ("list", last, "m")


def test_a_run_whose_deadline_is_now_takes_no_time() -> None:
    flow = Workflow()
    flow.add(value)
    report = flow.run(deadline=0)
    assert report.status in {RunStatus.TIMED_OUT, RunStatus.SUCCEEDED}  # whichever comes first
    assert 0 <= report.makespan < 5


def test_an_aborted_run_says_so() -> None:
    runner = concurra.TaskRunner(progress_stats=False)
    runner.add_task(value)
    runner.execute_in_background()
    runner.get_background_results(verify=False)
    runner.abort()
    assert runner.report.status is RunStatus.SUCCEEDED  # it was over
    flow = Workflow()
    flow.add(lambda: concurra.current_task().cancelled.wait(20), label="stuck")
    run = flow.start()
    run.abort("because of the test")
    assert run.wait().status is RunStatus.CANCELLED


def test_a_ref_to_a_task_that_was_added_later_is_not_found() -> None:
    flow = Workflow()
    flow.map(str.upper, flow.add(lambda: ["x", "y"]), label="m", keep=True)
    report = flow.run()
    for late in [flow.add(value, label=f"late-{number}") for number in range(3)]:
        assert late not in report
        assert report.get(late) is None
        with pytest.raises(
            KeyError, match=r"Ref\('late-.'\) was added after this run of 'workflow' had begun"
        ):
            report[late]
    assert flow.run()[late].value == 1
