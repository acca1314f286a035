"""Code of the user's that runs where nobody called it: finalizers of results, the words of exceptions, backends."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable

import concurra
from concurra import Skip, TaskState, Workflow


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
    flow.add(threading.Event().wait, label="beside", on="process")
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
            locked.append(runs[0]._execution._combiner.lock.locked())
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
    assert str(pickle.loads(pickle.dumps(outcome)).error) == "(its message cannot be shown)"
