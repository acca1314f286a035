"""The moment a task begins, against the moment it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context

import attrs
import concurra
import pytest
from concurra_core.backends.call import run_from
from concurra_core.backends.current import Seat
from concurra_core.backends.threads import ThreadBackend
from concurra_core.model.options import DEFAULT_TASK, Lane
from concurra_core.model.outcome import Fault, Raised
from concurra_core.model.state import TaskState
from concurra_core.model.task import Report, Task
from concurra_core.testing import FakeClock, simulate


@attrs.define
class FakeHost:
    """Takes down what it is told, and hands out nothing."""

    clock: Callable[[], float] = attrs.field(factory=FakeClock)
    run_id: str = "f00d"
    announce: bool = False
    halts: bool = False
    patient: bool = False
    begins: bool = True
    told: list[str] = attrs.field(factory=list)

    def take(self, lane: Lane) -> Task | None:
        return None

    def arguments(self, task: Task) -> tuple[object, ...]:
        return task.args

    def started(self, task: Task, attempt: int, now: float) -> bool:
        self.told.append(f"started by {task.worker}")
        if self.begins:
            task.begun = attempt
        return self.begins

    def finished(self, task: Task, attempt: int, value: object, now: float) -> Task | None:
        self.told.append(f"finished {value}")
        return None

    def failed(self, task: Task, attempt: int, fault: Fault, now: float) -> Task | None:
        self.told.append("failed")
        return None

    def before_stop(self, hold: Callable[[], object]) -> None:
        raise AssertionError(hold)

    def killed(
        self,
        task: Task,
        attempt: int,
        now: float,
        value: object = None,
        *,
        began: float | None = None,
        stack: str = "",
        still: bool = False,
        slot: bool = True,
    ) -> bool:
        self.told.append("killed")
        return True

    def given_back(self, task: Task, attempt: int, now: float, *, slot: bool = True) -> None:
        self.told.append("given back")
        task.attempt -= 1

    def lost(self, lane: Lane, error: BaseException) -> None:
        self.told.append("lost")

    def said(self, stream: int, data: bytes) -> None:
        raise AssertionError(data)

    def logged(self, record: bytes) -> None:
        raise AssertionError(record)

    def exchange(
        self, lane: Lane, reports: Sequence[Report], most: int, held: Callable[[], Sequence[Task]]
    ) -> list[Task]:
        raise AssertionError(reports)

    def settled(self, index: int) -> bool:
        raise AssertionError(index)

    def rest(self) -> None:
        raise AssertionError

    def rejected(self, task: Task, attempt: int, fault: Raised, now: float) -> None:
        raise AssertionError(task)


def handed_out(call: Callable[[], object], state: TaskState = TaskState.RUNNING) -> Task:
    task = Task(0, "x", call, (), None, DEFAULT_TASK)
    task.state, task.attempt = state, 1
    return task


def test_a_task_that_was_stopped_before_it_began_never_begins() -> None:
    ran: list[str] = []
    host, seat = FakeHost(), Seat()
    run_from(handed_out(lambda: ran.append("x"), TaskState.STOPPING), host, seat, copy_context(), "w")
    assert (ran, host.told, seat.task) == ([], ["given back"], None)


def test_the_host_may_call_it_off_when_it_is_asked() -> None:
    ran: list[str] = []
    host, seat = FakeHost(announce=True, begins=False), Seat()
    task = handed_out(lambda: ran.append("x"))
    run_from(task, host, seat, copy_context(), "w")
    assert (ran, host.told, seat.task) == ([], ["started by w", "given back"], None)
    assert task.worker is None


def test_a_task_that_began_can_be_seen_at_it() -> None:
    seat, seen = Seat(), list[object]()
    task = handed_out(lambda: seen.append(seat.task))
    host = FakeHost()
    run_from(task, host, seat, copy_context(), "w")
    assert seen == [task]
    assert host.told == ["finished None"]


def test_threads_tell_what_was_begun_from_what_was_not() -> None:
    backend, host = ThreadBackend(), FakeHost()
    backend.open(host, Lane.THREAD, 1)
    task = handed_out(print)
    backend.kill(task, 1, 1.0)
    task.begun = 1
    backend.kill(task, 1, 1.0)
    assert host.told == ["given back", "killed"]


class Unbound:
    """A proxy that stands for nothing yet."""

    @property  # type: ignore[misc] # as werkzeug's and other lazy objects do
    def __class__(self) -> type:
        raise RuntimeError("unbound")


@pytest.mark.parametrize("stage", [False, True])
def test_a_value_that_does_not_tell_its_class_is_a_value(stage: bool) -> None:
    flow = concurra.Workflow()
    flow.add(Unbound, label="x")
    report = simulate(flow).report if stage else flow.run()
    assert report["x"].status is concurra.TaskState.SUCCEEDED
