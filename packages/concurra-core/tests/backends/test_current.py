"""`current_task()`: what a task knows of itself, wherever it runs."""

from __future__ import annotations

import threading

import concurra
import pytest
from concurra_core.backends.current import Seat
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.task import Task
from concurra_core.testing import InlineBackend, RecordingSink
from process_tasks_current import (
    flaky,
    is_told_while_it_begins_to_wait,
    stops_by_itself,
    what_sigterm_does,
    who,
    whose,
    whose_coroutine,
)
from runners import quiet


def kinds() -> list[dict[str, object]]:
    return [{}, {"use_multiprocessing": True}, {"backend": InlineBackend()}]


@pytest.mark.parametrize("kind", kinds(), ids=["threads", "processes", "inline"])
def test_a_task_knows_its_label_its_attempt_and_its_limit(kind: dict[str, object]) -> None:
    runner = quiet(timeout=50, **kind)
    runner.add_task(who, label="me")
    runner.add_task(flaky, label=7, task_retries=1)
    results = runner.run(verify=False)
    label, attempt, remaining = results["me"]["result"]
    assert (label, attempt) == ("me", 1)
    assert 0 < remaining <= 50
    assert results[7]["result"] == (7, 2)


@pytest.mark.parametrize("kind", kinds()[:2], ids=["threads", "processes"])
def test_a_task_without_a_limit_has_no_end_in_sight(kind: dict[str, object]) -> None:
    runner = quiet(**kind)
    runner.add_task(who, label=("a", 1))
    label, _, remaining = runner.run(verify=False)["a", 1]["result"]
    assert (str(label), remaining) == ("('a', 1)", None)


def test_a_task_on_a_thread_hears_that_it_is_cancelled() -> None:
    heard = threading.Event()
    before = threading.Event()

    def wait() -> None:
        task = concurra.current_task()
        before.set()
        assert task.cancelled.wait(20)
        assert concurra.current_task().cancelled.is_set()
        heard.set()

    runner = quiet(timeout=0.1)
    runner.add_task(wait)
    runner.run(verify=False)
    assert before.is_set()
    assert heard.wait(20)


def test_a_task_in_a_process_may_stop_by_itself(tmp_path: object) -> None:
    flow = concurra.Workflow()
    # In the same worker, without a limit: its imports would count against one.
    ready = flow.add(whose, on="process")
    flow.add(stops_by_itself, str(tmp_path), label="x", on="process", timeout=0.3, after=[ready])
    result = flow.run(max_concurrency=1)["x"]
    assert str(result.error).startswith("task exceeded its time limit")
    with open(f"{tmp_path}/tidied", encoding="utf-8") as file:  # noqa: PTH123 - a name made in the task
        assert file.read() == "0.0"


def test_a_task_in_a_process_may_be_asked_to_stop_just_as_it_begins_to_wait() -> None:
    flow = concurra.Workflow()
    flow.add(is_told_while_it_begins_to_wait, label="x", on="process", timeout=10, grace=0)
    result = flow.run()["x"]
    assert result.value is True, result


@pytest.mark.parametrize("kind", kinds(), ids=["threads", "processes", "inline"])
def test_a_task_knows_its_run_as_the_events_do(kind: dict[str, object]) -> None:
    sink = RecordingSink()
    runner = quiet(sinks=[sink], **kind)
    runner.add_task(whose, label="me")
    runner.add_task(whose_coroutine, label="awaited")
    results = runner.run(verify=False)
    assert {results[label]["result"] for label in ("me", "awaited")} == {sink.events[0].run_id}


def test_a_task_of_the_typed_face_knows_its_run_too() -> None:
    flow = concurra.Workflow()
    flow.add(whose, label="thread")
    flow.add(whose, label="inline", on="inline")
    flow.add(whose, label="forked", on="process")
    report = flow.run(worker=concurra.WorkerOptions(start_method="fork"))
    assert [report[label].value for label in ("thread", "inline", "forked")] == [report.run_id] * 3


def test_who_asks_for_a_name_alone_gets_no_grace() -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_task(what_sigterm_does, label="x")
    assert runner.run(verify=False)["x"]["result"] == [True, False]


def test_each_task_of_a_batch_has_an_event_of_its_own() -> None:
    runner = quiet(use_multiprocessing=True, max_concurrency=1)
    for _ in range(50):
        runner.add_task(what_sigterm_does)
    assert [result["result"] for result in runner.run(verify=False).values()] == [[True, False]] * 50


def test_what_has_ended_is_to_stop() -> None:
    kept: list[concurra.CurrentTask] = []
    runner = quiet()
    runner.add_task(lambda: kept.append(concurra.current_task()))
    runner.run(verify=False)
    assert kept[0].cancelled.is_set()


def test_outside_of_a_task_there_is_none() -> None:
    with pytest.raises(concurra.LifecycleError, match="this thread runs none"):
        concurra.current_task()


def test_what_was_stopped_before_it_asked_hears_of_it_too() -> None:
    seat, task = Seat(), Task(0, "x", print, (), None, DEFAULT_TASK)
    seat.task = task
    seat.stop(task, 0)
    assert seat.event(task).is_set()
    task.attempt = 1
    assert not seat.event(task).is_set()
    seat.stop(task, 0)
    assert not seat.event(task).is_set()
