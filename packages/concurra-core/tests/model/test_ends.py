"""What a later task, and the report, are told of an end."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from concurra_core.model.ends import error_for, reason_for, words_for
from concurra_core.model.errors import (
    RemoteError,
    RunFailedError,
    TaskCancelled,
    TaskSkipped,
    TaskTimeout,
    WorkerCrashed,
)
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.outcome import (
    Aborted,
    Crashed,
    Declined,
    Fault,
    Halted,
    Raised,
    Skipped,
    TimedOut,
)
from concurra_core.model.ref import Ref
from concurra_core.model.settled import Outcome
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task
from concurra_core.reporting.wording import error_of


class Unnamed:
    def __repr__(self) -> str:
        raise LookupError("no name")


def task(index: int, label: object = None) -> Task:
    return Task(index, f"t{index}" if label is None else label, print, (), None, DEFAULT_TASK)


TASKS = [task(0), task(1), task(2)]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Crashed("SIGSEGV"), WorkerCrashed, "worker died: SIGSEGV"),
        (TimedOut(2.5), TaskTimeout, "task exceeded its time limit of 2.5 seconds"),
        (TimedOut(0.0), TaskTimeout, "task was not started: its time limit is 0 seconds"),
        (Aborted("by abort()"), TaskCancelled, "aborted by abort() before it started"),
        (Aborted("by abort()", running=True), TaskCancelled, "aborted by abort() while it ran"),
        (Halted(1, fast=True), TaskCancelled, "terminated by fast_fail before it started: task 't1' failed"),
        (Halted(1), TaskCancelled, "halted before it started: task 't1' failed"),
        (Skipped(1, 1), TaskSkipped, "dependency 't1' did not succeed"),
        (Skipped(1, 2), TaskSkipped, "dependency 't1' did not succeed; the first that did not was 't2'"),
        (Declined("holiday"), TaskSkipped, "it skipped itself: holiday"),
        (Declined(""), TaskSkipped, "it skipped itself"),
    ],
)
def test_each_end_has_its_error(fault: Fault, kind: type[Exception], words: str) -> None:
    error = error_for(fault, TASKS[0], TASKS)
    assert (type(error), str(error)) == (kind, words)


def test_what_was_raised_is_its_own_error() -> None:
    error = ValueError("no")
    assert error_for(Raised(error, ""), TASKS[0], TASKS) is error


def test_a_label_that_cannot_be_shown_harms_nobody() -> None:
    error = error_for(Halted(0), task(1), [task(0, Unnamed())])
    assert "object at" in str(error)


def test_it_waited_for_another_attempt() -> None:
    waiting = task(0)
    waiting.attempt = 1
    waiting.retry_after(TimedOut(1.0))
    assert str(error_for(Aborted("x"), waiting, TASKS)) == "aborted x before its next attempt"


def test_a_map_that_had_made_its_items_waited_for_these() -> None:
    waiting = task(0)
    waiting.attempt = 1
    assert str(error_for(Aborted("x"), waiting, TASKS)) == "aborted x before all its items had ended"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Crashed("SIGSEGV"), "RuntimeError: "),
        (TimedOut(2.5), "TimeoutError: "),
        (TimedOut(0.0), "TimeoutError: "),
        (Aborted("by abort()", running=True), "RuntimeError: "),
        (Halted(1), "TimeoutError: "),
        (Halted(1, running=True, fast=True), "TimeoutError: "),
        (Skipped(1, 2), "RuntimeError: skipped: "),
        (Skipped(1, 2, fast=True), "TimeoutError: terminated by fast_fail: "),
        (Skipped(1, 1, fast=False), "TimeoutError: halted: "),
        (Raised(ValueError("no"), ""), "ValueError: "),
    ],
)
def test_the_words_are_the_same_wherever_an_end_is_told(fault: Fault, told: str) -> None:
    words = words_for(fault, TASKS[0], TASKS)
    error = error_for(fault, TASKS[0], TASKS)
    assert str(error) == words
    assert reason_for(fault, TASKS[0], TASKS) == f"{type(error).__name__}: {words}"
    assert error_of(fault, TASKS[0], TASKS) == told + words


def refs_to(ended: Task) -> tuple[Ref[Any], list[Task]]:
    return Ref(None, ended), [ended]


def test_an_outcome_tells_of_success() -> None:
    ended = task(0)
    ended.state, ended.value = TaskState.SUCCEEDED, 7
    ref, tasks = refs_to(ended)
    outcome = ref.outcome()._taken_from(tasks)
    assert isinstance(outcome, Outcome)
    assert (outcome.succeeded, outcome.unwrap(), outcome.label) == (True, 7, "t0")
    assert (ref.optional()._taken_from(tasks), ref.or_else(3)._taken_from(tasks)) == (7, 7)


def test_an_outcome_tells_of_failure() -> None:
    ended = task(0)
    ended.state, ended.fault = TaskState.FAILED, Raised(ValueError("no"), "")
    ref, tasks = refs_to(ended)
    outcome = ref.outcome()._taken_from(tasks)
    assert isinstance(outcome, Outcome)
    assert not outcome.succeeded
    with pytest.raises(ValueError, match="no"):
        outcome.unwrap()
    assert (ref.optional()._taken_from(tasks), ref.or_else(3)._taken_from(tasks)) == (None, 3)


def test_refs_say_how_much_they_need() -> None:
    owner, kept = object(), task(4)
    ref: Ref[int] = Ref(owner, kept)
    assert [each._needs_success for each in (ref, ref.outcome(), ref.optional())] == [True, False, False]
    assert [repr(each) for each in (ref.outcome(), ref.or_else(3))] == [
        "Ref('t4').outcome()",
        "Ref('t4').or_else(3)",
    ]
    moved = ref.or_else(3)._moved_to("other", task(5))
    assert (moved.label, moved._belongs_to("other"), moved._taken_from([task(0)] * 6)) == ("t5", True, 3)


class Stubborn(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} {b}")


def test_an_outcome_can_travel_whatever_its_error_is() -> None:
    good = Outcome(label="a", status=TaskState.SUCCEEDED, value=3)
    assert pickle.loads(pickle.dumps(good)) == good  # noqa: S301 - our own bytes
    plain = Outcome[int](label="a", status=TaskState.FAILED, error=ValueError("no"))
    assert repr(pickle.loads(pickle.dumps(plain)).error) == "ValueError('no')"  # noqa: S301 - as above
    bad = Outcome[int](label="a", status=TaskState.FAILED, error=Stubborn(1, 2))
    error = pickle.loads(pickle.dumps(bad)).error  # noqa: S301 - as above
    assert isinstance(error, RemoteError)
    assert (type(error).__name__, str(error)) == ("Stubborn", "1 2")


def test_a_failed_run_is_a_group() -> None:
    error = RunFailedError("text", {"a": 1}, [ValueError("x"), SystemExit(3)])
    assert [type(each).__name__ for each in error.exceptions] == ["ValueError", "SystemExit"]
    assert isinstance(error.exceptions[1].__cause__, SystemExit)
    matched, rest = error.split(ValueError)
    assert matched is not None
    assert rest is not None
    assert (type(matched), str(rest)) == (ExceptionGroup, "text (1 sub-exception)")


def test_a_ref_does_not_travel_and_says_what_does() -> None:
    with pytest.raises(
        TypeError, match=r"Ref\('t0'\) stands for a result among .*; hand over what flow.gather"
    ):
        pickle.dumps(Ref(object(), task(0)))
