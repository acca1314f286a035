"""What every backend must do, whoever runs the tasks. The cluster adapter to come passes this unchanged."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pytest
from concurra_core.model.events import TaskEnded, TaskRetrying, TaskStarted
from concurra_core.model.halt import Halt
from concurra_core.testing import RecordingSink
from kits import Kit


def statuses(results: Mapping[Hashable, Mapping[str, object]]) -> dict[object, object]:
    return {label: result["status"] for label, result in results.items()}


def test_tasks_run_and_results_stand_in_the_order_of_adding(kit: Kit) -> None:
    runner = kit.runner(max_concurrency=3)
    for label in ("c", "a", "b"):
        kit.ok(runner, label)
    results = runner.run(verify=False)
    assert list(results) == ["c", "a", "b"]
    assert set(kit.marks()) == {"a", "b", "c"}
    for name, result in results.items():
        assert result["status"] == "Successful"
        assert result["execution_mode"] == kit.kind
        assert f"value of {name}" in str(result["result"])
        assert result["attempts"] == 1


def test_one_at_a_time_runs_in_the_order_of_adding(kit: Kit) -> None:
    runner = kit.runner(max_concurrency=1)
    labels = [f"t{number}" for number in range(8)]
    for label in labels:
        kit.ok(runner, label)
    runner.run(verify=False)
    assert kit.marks() == labels


def test_dependencies_hold_whatever_the_order_of_adding(kit: Kit) -> None:
    runner = kit.runner(max_concurrency=4)
    kit.ok(runner, "last", depends_on=["left", "right"])
    kit.ok(runner, "left", depends_on=["first"])
    kit.ok(runner, "right", depends_on=["first"])
    kit.ok(runner, "first")
    runner.run(verify=False)
    marks = kit.marks()
    assert marks[0] == "first"
    assert marks[3] == "last"


def test_a_failure_is_one_tasks_own_and_skips_what_needs_it(kit: Kit) -> None:
    runner = kit.runner(max_concurrency=2)
    kit.bad(runner, "bad")
    kit.ok(runner, "behind", depends_on=["bad"])
    kit.ok(runner, "beside")
    results = runner.run(verify=False)
    assert statuses(results) == {"bad": "Failed", "behind": "Terminated", "beside": "Successful"}
    assert str(results["bad"]["trace"]).startswith("Traceback (most recent call last):\n")
    assert "'bad'" in str(results["behind"]["error"])
    assert results["behind"]["execution_mode"] is None
    assert "behind" not in kit.marks()


def test_a_failing_task_is_tried_again_as_often_as_it_was_told(kit: Kit) -> None:
    runner = kit.runner(max_concurrency=2, task_retries=2)
    kit.bad(runner, "bad")
    kit.bad(runner, "once", task_retries=0)
    results = runner.run(verify=False)
    assert sorted(kit.marks()) == ["bad", "bad", "bad", "once"]
    assert (results["bad"]["attempts"], results["bad"]["retried"]) == (3, True)
    assert len(results["bad"]["retry_errors"]) == 2
    assert (results["once"]["attempts"], results["once"]["retry_errors"]) == (1, [])


def test_events_tell_each_start_retry_and_end_in_order(kit: Kit) -> None:
    sink = RecordingSink()
    runner = kit.runner(max_concurrency=1, sinks=[sink])
    kit.bad(runner, "bad", task_retries=1)
    kit.ok(runner, "ok")
    runner.run(verify=False)
    assert [(type(event), getattr(event, "attempt", None)) for event in sink.events[1:-1]] == [
        (TaskStarted, 1),
        (TaskRetrying, 1),
        (TaskStarted, 2),
        (TaskEnded, 2),
        (TaskStarted, 1),
        (TaskEnded, 1),
    ]
    moments = [event.monotonic for event in sink.events]
    assert moments == sorted(moments)


def test_a_time_limit_ends_one_task_alone(stoppable: Kit) -> None:
    runner = stoppable.runner(max_concurrency=2, timeout=0.5)
    stoppable.hang(runner, "stuck")
    stoppable.ok(runner, "behind", depends_on=["stuck"])
    stoppable.ok(runner, "beside")
    results = runner.run(verify=False)
    assert statuses(results) == {"stuck": "Terminated", "behind": "Terminated", "beside": "Successful"}
    assert str(results["stuck"]["error"]).startswith("TimeoutError: ")
    assert results["stuck"]["trace"] is None
    assert results["stuck"]["duration_seconds"] >= 0.5
    assert results["stuck"]["attempts"] == 1


def test_the_slot_of_a_stuck_task_is_filled_again(stoppable: Kit) -> None:
    runner = stoppable.runner(max_concurrency=1, timeout=0.5)
    for number in range(3):
        stoppable.hang(runner, f"stuck{number}")
    stoppable.ok(runner, "after")
    results = runner.run(verify=False)
    assert [result["status"] for result in results.values()] == ["Terminated"] * 3 + ["Successful"]


def test_fail_fast_stops_what_runs_and_starts_nothing_more(stoppable: Kit) -> None:
    runner = stoppable.runner(max_concurrency=2, fast_fail=True)
    stoppable.hang(runner, "stuck")
    stoppable.bad(runner, "bad")
    stoppable.ok(runner, "never")
    stoppable.ok(runner, "behind", depends_on=["bad"])
    results = runner.run(verify=False)
    assert statuses(results) == {
        "stuck": "Terminated",
        "bad": "Failed",
        "never": "Terminated",
        "behind": "Terminated",
    }
    for label in ("stuck", "never", "behind"):
        assert str(results[label]["error"]).startswith("TimeoutError: ")
    assert "'bad'" in str(results["behind"]["error"])
    assert stoppable.marks() == ["bad"]


def test_an_abort_ends_everything(stoppable: Kit) -> None:
    runner = stoppable.runner(max_concurrency=1)
    stoppable.hang(runner, "stuck")
    stoppable.ok(runner, "never")
    runner.execute_in_background()
    stoppable.await_hanging("stuck")
    assert runner.get_active_runner_count() == 1
    assert runner.is_running()
    results = runner.abort()
    assert not runner.is_running()
    assert runner.get_active_runner_count() == 0
    assert statuses(results) == {"stuck": "Terminated", "never": "Terminated"}
    for result in results.values():
        assert str(result["error"]).startswith("RuntimeError: aborted ")
    assert results["never"]["start_time"] is None
    assert runner.get_background_results(verify=False) is results
    assert runner.abort() is results


def test_a_deadline_ends_the_whole_run(stoppable: Kit) -> None:
    runner = stoppable.runner(max_concurrency=1, deadline=0.7)
    stoppable.hang(runner, "stuck")
    stoppable.ok(runner, "never")
    results = runner.run(verify=False)
    assert statuses(results) == {"stuck": "Terminated", "never": "Terminated"}
    for result in results.values():
        assert "at the run's deadline of 0.7 seconds" in str(result["error"])


def test_a_soft_halt_starts_nothing_more(stoppable: Kit) -> None:
    runner = stoppable.runner(max_concurrency=1, halt=Halt.soon())
    stoppable.ok(runner, "first")
    stoppable.bad(runner, "bad", depends_on=["first"])
    for number in range(3):
        stoppable.ok(runner, f"never{number}", depends_on=["first"])
    results = runner.run(verify=False)
    assert (results["first"]["status"], results["bad"]["status"]) == ("Successful", "Failed")
    assert {results[f"never{number}"]["status"] for number in range(3)} == {"Terminated"}


@pytest.mark.parametrize("total", [40])
def test_a_wide_graph_between_two_tasks(kit: Kit, total: int) -> None:
    runner = kit.runner(max_concurrency=4)
    kit.ok(runner, "head")
    labels = [f"t{number}" for number in range(total)]
    for label in labels:
        kit.ok(runner, label, depends_on=["head"])
    kit.ok(runner, "tail", depends_on=labels)
    results = runner.run(verify=False)
    assert {result["status"] for result in results.values()} == {"Successful"}
    assert kit.marks()[0] == "head"
    assert kit.marks()[-1] == "tail"
