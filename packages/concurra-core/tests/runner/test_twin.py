"""A `TaskRunner` as a `Workflow`: the same tasks, looked at and run with other settings."""

from __future__ import annotations

import os
import threading
from typing import cast

import pytest
from concurra_core import (
    CycleError,
    Halt,
    LifecycleError,
    Retry,
    RunStatus,
    TaskRunner,
    TaskState,
    WorkerOptions,
    Workflow,
)
from concurra_core.testing import RecordingSink


def fail() -> None:
    raise ValueError("no")


def test_it_has_the_tasks_by_the_same_refs_and_labels() -> None:
    runner = TaskRunner(name="words")
    words = runner.add_task(str.split, "the sea", label="split")
    count = runner.add_task(len, words, label="count")
    flow = runner.workflow()
    assert (flow.name, len(flow), flow.text()) == ("words", 2, "split\ncount  takes split\n")
    assert flow.run()[count].value == 2
    assert [*flow.select("+count").run()] == ["split", "count"]
    assert runner.run(verify=False)["count"]["result"] == 2


def test_the_report_has_the_results_as_the_runner_tells_them() -> None:
    def runner() -> TaskRunner:
        made = TaskRunner(progress_stats=False)
        bad = made.add_task(fail, label="bad", task_retries=1)
        made.add_task(len, bad, label="after")
        made.add_command(["echo", "hi"], label="echo")
        return made

    timeless = {"start_time", "end_time", "duration", "duration_seconds", "trace"}
    told = [
        {
            label: {key: value for key, value in result.items() if key not in timeless}
            for label, result in results.items()
        }
        for results in (runner().run(verify=False), runner().workflow().run().results())
    ]
    assert told[0] == told[1]
    assert [len(result) for result in runner().workflow().run().results().values()] == [17, 17, 17]


def test_a_result_that_was_dropped_is_told_as_none() -> None:
    flow = Workflow()
    flow.add(len, flow.add(list, "abc", label="raw"), label="size")
    results = flow.run().results()
    assert (results["raw"]["result"], results["raw"]["output"], results["size"]["result"]) == (None, None, 3)


def test_every_result_is_kept_as_the_runner_keeps_it() -> None:
    runner = TaskRunner()
    raw = runner.add_task(list, "ab", label="raw")
    runner.add_task(len, raw, label="size")
    assert runner.workflow().run()["raw"].value == ["a", "b"]


def test_its_settings_are_what_the_runner_was_told() -> None:
    sink = RecordingSink()
    worker = WorkerOptions(max_tasks=1)
    runner = TaskRunner(
        max_concurrency=3,
        timeout=4,
        fast_fail=True,
        use_multiprocessing=True,
        task_retries=2,
        sinks=[sink],
        worker=worker,
        grace=0.5,
        limits={"db": 1},
        deadline=9,
    )
    settings = runner.settings
    assert settings.pop("logger") is not None
    assert settings == {
        "max_concurrency": 3,
        "limits": {"db": 1},
        "timeout": 4.0,
        "grace": 0.5,
        "retry": Retry(3),
        "deadline": 9.0,
        "halt": Halt.now(),
        "sinks": (sink,),
        "backend": None,
        "worker": worker,
        "on": "process",
    }


def test_what_was_said_of_a_task_holds_over_what_the_run_says() -> None:
    runner = TaskRunner(task_retries=2, timeout=30)
    runner.add_task(fail, label="its runner's")
    runner.add_task(fail, label="its own", task_retries=0)
    runner.add_task(fail, label="the same, but said", task_retries=2)
    flow = runner.workflow()
    assert [task.attempts for task in flow.tasks(retry=Retry(2))] == [2, 1, 3]
    assert [task.timeout for task in flow.tasks(timeout=1)] == [1.0, 1.0, 1.0]
    settings = runner.settings
    settings["retry"] = Retry(2)
    report = flow.run(**settings)
    assert [result.attempts for result in report.values()] == [2, 1, 3]


def test_a_retry_that_is_said_of_a_task_is_none_if_it_is_said_to_be() -> None:
    runner = TaskRunner()
    runner.add_task(fail, label="never again", task_retries=0)
    runner.add_task(fail, label="nothing said")
    report = runner.workflow().run(retry=Retry(3))
    assert [result.attempts for result in report.values()] == [1, 3]


def test_its_callables_run_where_the_run_says_and_its_commands_where_they_must() -> None:
    runner = TaskRunner()
    runner.add_task(os.getpid, label="pid")
    runner.add_command(["true"], label="true")
    report = runner.workflow().run(on="process")
    assert (report["pid"].on, report["true"].on) == ("process", "subprocess")
    assert report["pid"].value != os.getpid()


def test_what_cannot_be_pickled_falls_back_to_a_thread_here_too() -> None:
    runner = TaskRunner(use_multiprocessing=True, fallback_to_thread_on_pickle_error=True)
    runner.add_task(type, threading.Lock(), label="lock")
    report = runner.workflow().run(**runner.settings)
    assert report["lock"].on == "thread_fallback"


def test_a_runner_that_was_started_has_none() -> None:
    runner = TaskRunner(progress_stats=False)
    runner.run(verify=False)
    with pytest.raises(LifecycleError, match="has been started"):
        runner.workflow()


def test_a_selected_ring_is_a_ring() -> None:
    flow = Workflow()
    flow.add(len, "a", label="a", after=["b"])
    flow.add(len, "b", label="b", after=["a"])
    flow.add(len, "c", label="c")
    part = flow.select("a", "b")
    assert [problem.kind for problem in part.validate()] == ["cycle"]
    with pytest.raises(CycleError):
        part.run()


def test_an_abort_at_once_leaves_out_the_grace() -> None:
    flow = Workflow()
    flow.shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", label="stubborn", grace=60)
    begun = threading.Event()
    run = flow.start(sinks=[lambda event: begun.set() if type(event).__name__ == "TaskStarted" else None])
    assert begun.wait(20)
    run.abort("for a test")
    run.abort(at_once=True)
    report = run.wait()
    assert (report.status, report["stubborn"].status) == (RunStatus.CANCELLED, TaskState.CANCELLED)
    assert "for a test" in cast(str, report["stubborn"].reason)


def test_a_planned_task_tells_all_that_is_known() -> None:
    flow = Workflow()
    raw = flow.add(
        list, "ab", label="raw", uses={"db": 2}, cpus=2, tags=["t"], priority=3, expected_seconds=5
    )
    each = flow.map(str, raw, label="each", limit=1, timeout=3)
    flow.gather([each], label="all")
    flow.add(print, label="last", after=["nobody", each.outcome()], allow_failure=True)
    told = {task.label: task for task in flow.tasks(on="process")}
    assert (told["raw"].uses, told["raw"].cpus, told["raw"].tags) == ({"db": 2}, 2, ("t",))
    assert (told["raw"].priority, told["raw"].expected_seconds, told["raw"].on) == (3, 5.0, "process")
    assert (told["each"].kind, told["each"].on, told["each"].timeout, told["each"].uses) == (
        "map",
        "process",
        3.0,
        {},
    )
    assert (told["all"].kind, told["all"].on, told["all"].after) == ("join", None, ("each",))
    assert (told["last"].after, told["last"].allow_failure) == (("each", "nobody"), True)
