from __future__ import annotations

import json
import threading

import concurra
import pytest
from runners import quiet, raiser

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


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


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
