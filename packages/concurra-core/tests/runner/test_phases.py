from __future__ import annotations

import threading

import concurra
import pytest
from concurra_core.testing import RecordingSink
from runners import quiet


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


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
