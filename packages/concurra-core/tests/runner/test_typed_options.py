"""What a `TaskRunner` takes over from the typed face: named limits, halts, skips, and one verdict on all of them."""

from __future__ import annotations

import logging
import threading
from typing import Any

import concurra
import pytest
from concurra import Halt, RunStatus, Skip, TaskState
from runners import Records, quiet, raiser


def lock() -> object:
    return threading.Lock()


@pytest.mark.parametrize("command", [False, True])
def test_tasks_of_a_runner_share_named_limits(command: bool) -> None:
    inside: list[int] = []
    most: list[int] = []

    def query(number: int) -> None:
        inside.append(number)
        most.append(len(inside))
        threading.Event().wait(0.01)
        inside.remove(number)

    runner = quiet(max_concurrency=4, limits={"db": 1})
    for number in range(4):
        runner.add_function(query, (number,), uses={"db": 1})
    if command:
        runner.add_command(["true"], uses={"db": 1})
        runner.add_shell_command("true", uses={"db": 1})
    results = runner.run(verify=False)
    assert {result["status"] for result in results.values()} == {"Successful"}
    assert max(most) == 1


def test_a_task_that_uses_more_than_there_is_is_refused_before_anything_runs() -> None:
    ran: list[str] = []
    runner = quiet(limits={"db": 1})
    runner.add_task(ran.append, "first")
    runner.add_function(ran.append, ("second",), key="second", uses={"db": 2})
    with pytest.raises(concurra.DefinitionError, match="task 'second' uses 2 of 'db', but there is only 1"):
        runner.run(verify=False)
    assert ran == []


def test_what_add_task_does_not_know_still_goes_to_the_task() -> None:
    runner = quiet()
    runner.add_task(dict, label="a", uses={"db": 1})
    runner.add_func(dict, key="b", uses=2)
    results = runner.run(verify=False)
    assert [results[label]["result"] for label in "ab"] == [{"uses": {"db": 1}}, {"uses": 2}]


def test_the_workflow_of_a_runner_keeps_what_tasks_use() -> None:
    runner = quiet(limits={"db": 1})
    runner.add_function(dict, key="a", uses={"db": 1})
    flow = runner.workflow()
    assert flow.tasks()[0].uses == {"db": 1}
    assert [str(problem) for problem in flow.validate(limits={})] == [
        "task 'a' uses 'db', of which there is no limit; say limits={'db': 1}"
    ]
    assert flow.run(**runner.settings).succeeded


@pytest.mark.parametrize(
    ("uses", "error", "words"),
    [
        ("db", TypeError, "uses must be a mapping such as"),
        ({"db": 0}, ValueError, r"uses\['db'\] must be 1 or more, not 0"),
        ({1: 1}, TypeError, r"uses must map names \(str\) to whole numbers, but holds the name 1"),
    ],
)
def test_wrong_uses_are_refused_where_they_are_said(uses: Any, error: type[Exception], words: str) -> None:
    runner = quiet(limits={"db": 1})
    with pytest.raises(error, match=words):
        runner.add_function(dict, uses=uses)
    with pytest.raises(error, match=words):
        runner.add_command(["true"], uses=uses)
    with pytest.raises(error, match=words):
        runner.add_shell_command("true", uses=uses)
    assert len(runner) == 0


@pytest.mark.parametrize(
    ("options", "waiting", "behind"),
    [
        (
            {"fast_fail": True},
            "TimeoutError: terminated by fast_fail before it started: task 'bad' failed",
            "TimeoutError: terminated by fast_fail: dependency 'bad' did not succeed",
        ),
        (
            {"halt": Halt.now()},
            "TimeoutError: halted before it started: task 'bad' failed",
            "TimeoutError: halted: dependency 'bad' did not succeed",
        ),
        (
            {"halt": Halt.soon()},
            "TimeoutError: halted before it started: task 'bad' failed",
            "TimeoutError: halted: dependency 'bad' did not succeed",
        ),
        ({}, None, "RuntimeError: skipped: dependency 'bad' did not succeed"),
    ],
)
def test_results_name_fast_fail_only_where_it_was_set(
    options: dict[str, Any], waiting: str | None, behind: str
) -> None:
    runner = quiet(max_concurrency=1, **options)
    bad = runner.add_task(raiser(ValueError("no")), label="bad")
    runner.add_task(int, label="waiting")
    runner.add_task(str, bad, label="behind")
    results = runner.run(verify=False)
    assert [results[label]["error"] for label in ("waiting", "behind")] == [waiting, behind]


def test_a_task_that_skips_itself_is_terminated_and_counts_in_every_verdict() -> None:
    runner = quiet(task_retries=2)
    runner.add_task(raiser(Skip("nothing new")), label="new")
    results = runner.run(verify=False)
    assert [results["new"][key] for key in ("status", "has_failed", "error", "attempts")] == [
        "Terminated",
        True,
        "Skip: nothing new",
        1,
    ]
    report = runner.report
    assert report["new"].status is TaskState.SKIPPED
    assert (report.status, list(report.failed)) == (RunStatus.FAILED, ["new"])
    for verdict in (report.raise_for_failures, lambda: runner.verify(raise_exception=True)):
        with pytest.raises(concurra.RunFailedError) as caught:
            verdict()
        assert list(caught.value.failures) == ["new"]
    # The same task of a workflow is no failure: that is what a skip is there.
    other = quiet()
    other.add_task(raiser(Skip("nothing new")), label="new")
    assert other.workflow().run().succeeded


def test_the_log_of_a_runner_agrees_with_its_report() -> None:
    records = Records()
    logger = logging.getLogger("test.skips")
    logger.propagate = False
    logger.addHandler(records)
    runner = quiet(logger=logger)
    runner.add_task(raiser(Skip("nothing new")), label="new")
    runner.run()
    (record,) = records.records
    assert record.levelno == logging.ERROR
    assert "Task 'new' failed with error: Skip: nothing new" in record.getMessage()


@pytest.mark.parametrize("retries", [0, 2])
def test_what_cannot_be_handed_over_was_never_begun_anywhere(retries: int) -> None:
    ended: list[concurra.TaskEnded] = []

    def sink(event: concurra.Event) -> None:
        assert not isinstance(event, concurra.TaskStarted)
        if isinstance(event, concurra.TaskEnded):
            ended.append(event)

    runner = quiet(use_multiprocessing=True, task_retries=retries, sinks=[sink])
    runner.add_task(str, threading.Lock(), label="lock")
    result = runner.run(verify=False)["lock"]
    assert result["status"] == "Failed"
    assert result["error"].startswith("TransferError: argument 0 (a lock) cannot be pickled")
    assert [result[key] for key in ("attempts", "retried", "execution_mode", "start_time", "end_time")] == [
        0,
        False,
        None,
        None,
        None,
    ]
    told = runner.report["lock"]
    assert (told.attempts, told.on, told.worker, told.started, told.seconds) == (0, None, None, None, 0.0)
    assert [(event.attempt, event.on, event.worker, event.seconds) for event in ended] == [
        (0, None, None, 0.0)
    ]


def test_a_result_that_cannot_come_back_has_its_worker() -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_task(lock, label="lock")
    runner.run(verify=False)
    told = runner.report["lock"]
    assert isinstance(told.error, concurra.TransferError)
    assert (told.attempts, told.on, type(told.worker)) == (1, "process", int)
