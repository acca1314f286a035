from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from concurra import Run, RunStatus, Workflow
from concurra_core.backends import threads
from concurra_core.runner.task_runner import TaskRunner


def test_never_more_threads_than_there_is_work_for() -> None:
    names: set[str] = set()
    meeting = threading.Barrier(3)

    def meet() -> None:
        names.add(threading.current_thread().name)
        meeting.wait(10)

    runner = TaskRunner(max_concurrency=50, name="few", progress_stats=False)
    for _ in range(3):
        runner.add_task(meet)
    before = threading.active_count()
    runner.run(verify=False)
    assert names == {"few-0", "few-1", "few-2"}
    assert threading.active_count() <= before + 3


def test_a_chain_is_run_by_one_thread() -> None:
    threads: list[int] = []
    runner = TaskRunner(max_concurrency=4, progress_stats=False)
    for number in range(100):
        runner.add_task(
            lambda: threads.append(threading.get_ident()), depends_on=[number - 1] if number else None
        )
    runner.run(verify=False)
    assert len(set(threads)) == 1


def test_idle_threads_go_when_the_run_is_over() -> None:
    names: list[threading.Thread] = []
    meeting = threading.Barrier(2)

    def meet() -> None:
        names.append(threading.current_thread())
        meeting.wait(10)

    runner = TaskRunner(max_concurrency=2, progress_stats=False)
    runner.add_task(meet, label="a")
    runner.add_task(meet, label="b")
    runner.add_task(lambda: None, depends_on=["a", "b"])
    runner.run(verify=False)
    for thread in names:
        thread.join(10)
        assert not thread.is_alive()


def test_a_thread_that_was_given_up_is_told_of_and_ends_when_it_comes_back() -> None:
    release = threading.Event()
    stuck: list[threading.Thread] = []

    def hang() -> str:
        stuck.append(threading.current_thread())
        release.wait(30)
        return "late"

    runner = TaskRunner(max_concurrency=1, timeout=0.05, progress_stats=False)
    runner.add_task(hang, label="stuck")
    runner.add_task(lambda: "fine", label="next")
    results = runner.run(verify=False)
    assert stuck[0].is_alive()
    assert "still running" in results["stuck"]["warning"]
    release.set()
    stuck[0].join(10)
    assert not stuck[0].is_alive()
    assert results["stuck"]["result"] is None
    assert results["next"]["result"] == "fine"


def make_scarce(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the runner named "scarce" start *left* worker threads, and no more."""
    start = threading.Thread.start
    budget = iter(range(left))

    def scarce(thread: threading.Thread) -> None:
        worker = "scarce" in thread.name and not thread.name.endswith("-events")
        if worker and next(budget, None) is None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)


@pytest.mark.parametrize("left", [1, 2])
def test_a_run_makes_do_with_the_threads_there_are(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make_scarce(left, monkeypatch)
    runner = TaskRunner(max_concurrency=4, name="scarce", progress_stats=False)
    for _ in range(200):
        runner.add_task(lambda: None)
    results = runner.run(verify=False)
    assert {result["status"] for result in results.values()} == {"Successful"}


def test_without_any_thread_every_task_fails_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    make_scarce(0, monkeypatch)
    runner = TaskRunner(max_concurrency=4, name="scarce", progress_stats=False)
    runner.add_task(lambda: None)
    runner.add_task(lambda: None)
    results = runner.run(verify=False)
    assert [result["error"] for result in results.values()] == [
        "BackendLostError: no worker is left to run this task: RuntimeError: can't start new thread"
    ] * 2


def test_without_a_thread_to_watch_limits_a_run_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    make_scarce(1, monkeypatch)
    release = threading.Event()
    runner = TaskRunner(max_concurrency=1, timeout=60, name="scarce", progress_stats=False)
    runner.add_task(release.wait, 30, label="a")
    runner.add_task(lambda: None, label="b")
    results = runner.run(verify=False)
    release.set()
    assert {result["error"].split(":")[0] for result in results.values()} == {"BackendLostError"}


def test_a_bug_in_the_machinery_fails_the_run_loudly_and_does_not_hang(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from concurra_core.engine.scheduler import Scheduler

    def broken(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr(Scheduler, "succeed", broken)
    runner = TaskRunner(max_concurrency=1, progress_stats=False)
    runner.add_task(lambda: None)
    runner.add_task(lambda: None)
    results = runner.run(verify=False)
    assert [result["error"] for result in results.values()] == [
        "BackendLostError: no worker is left to run this task: AssertionError: a bug"
    ] * 2
    assert all("in broken" in result["trace"] for result in results.values())


@pytest.fixture
def _unhurried() -> Iterator[None]:
    """No thread has to let another one in before it waits for something: else a busy machine decides the order."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_unhurried")
def test_the_second_task_does_not_begin_before_the_first_that_starts_its_thread() -> None:
    for _ in range(20):
        flow = Workflow()
        begun: list[int] = []
        for number in range(2):
            flow.add(begun.append, number)
        flow.run(max_concurrency=2)
        assert begun == [0, 1]


def test_a_failure_does_not_hold_what_came_after_it() -> None:
    seen: list[weakref.ref[Value]] = []

    def make() -> Value:
        made = Value()
        seen.append(weakref.ref(made))
        return made

    def fail() -> None:
        raise ValueError("its traceback has the frames of the worker")

    flow = Workflow()
    bad = flow.add(fail, priority=1)
    flow.add(id, flow.add(make))
    report = flow.run(max_concurrency=1)
    gc.collect()
    assert report[bad].error is not None
    assert [ref() for ref in seen] == [None]


class Value:
    """A result that can be seen to be gone."""


@pytest.mark.parametrize("place", ["worker", "watchdog"])
def test_an_abort_from_a_finalizer_under_a_lock_of_the_run_ends_it(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The collector may run a finalizer wherever something is made: here the making stands for it."""
    runs: list[Run] = []
    held, later = threading.Event(), threading.Event()
    make = threads._Worker.__init__
    start = threading.Thread.start

    def struck(self: threads._Worker, *args: Any) -> None:
        make(self, *args)
        if place == "worker" and runs:
            runs[0].abort()

    def struck_thread(self: threading.Thread) -> None:
        if place == "watchdog" and runs and self.name.endswith("watchdog"):
            other = threading.Thread(
                target=runs[0].abort, name="as on the new thread, before the starter goes on"
            )
            start(other)
            other.join()
        start(self)

    monkeypatch.setattr(threads._Worker, "__init__", struck)
    monkeypatch.setattr(threading.Thread, "start", struck_thread)
    flow = Workflow()
    first = flow.add(held.wait)
    for _ in range(3):
        flow.add(later.wait, after=[first], timeout=60)
    runs.append(flow.start(max_concurrency=4))
    held.set()
    assert runs[0].wait().status is RunStatus.CANCELLED
    later.set()
