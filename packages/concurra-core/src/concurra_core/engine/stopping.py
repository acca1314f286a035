"""Stopping tasks: one, or all, and the moments at which that falls due. The scheduler builds on it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from concurra_core.engine.commands import Alarm, Kill
from concurra_core.engine.deadlines import Deadlines
from concurra_core.engine.handout import Handout
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook, NoteKind
from concurra_core.model.options import RunOptions
from concurra_core.model.outcome import Aborted, Fault, Halted
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_WAITING, _RUNNING, _STOPPING = TaskState.WAITING, TaskState.RUNNING, TaskState.STOPPING


class Stopping(Handout):
    """Decide the end of tasks before their workers have let go of them.

    The arguments are those of `Scheduler`.
    """

    __slots__ = ("_alarm", "_hard", "_stopped_at", "deadlines")

    _stopped_at: float  # when all was stopped; there is none before

    def __init__(
        self,
        tasks: Sequence[Task],
        plan: Plan,
        options: RunOptions,
        note: Notebook | None,
        *,
        every_task: bool,
        marks: Sequence[int],
    ) -> None:
        super().__init__(tasks, plan, options, note, every_task=every_task, marks=marks)
        self.deadlines = Deadlines()  # of running tasks their limit, of waiting ones their next attempt
        self._hard = False  # what runs is being stopped too
        self._alarm: float | None = None  # when the runner will call tick, as far as it was told

    def abort(self, why: str, now: float) -> None:
        """Stop everything: what has not ended ends as aborted, *why* continuing the word "aborted"."""
        self._stop_all(Aborted(why), now)

    def hurry(self) -> None:
        """Ask again, without any grace, for the end of all that is being stopped."""
        self.outbox.extend(Kill(task, task.attempt, 0.0) for task in self._tasks if task.state is _STOPPING)

    def _stop(self, task: Task, fault: Fault) -> None:
        """Decide the end of a running task and have its worker let go of it."""
        task.state = _STOPPING
        task.fault = fault
        self.outbox.append(Kill(task, task.attempt, task.options.grace))

    def _stop_all(self, fault: Aborted | Halted, now: float, *, running: bool = True) -> None:
        """End all tasks that wait, start nothing more; with *running*, stop all that run."""
        if self._hard or self.done >= len(self._tasks):
            return
        self._hard = running
        self._stopped_at = now
        self.cut = self.cut or fault
        self._start_nothing()
        for task in self._tasks:
            if task.state is _RUNNING:
                if not running:
                    continue
                self.deadlines.drop(task.index)
                began = task.begun == task.attempt  # as far as that is known: `_stopped` knows for sure
                self._stop(task, attrs.evolve(fault, running=began))
                if began:
                    self._note_deleted(task, fault, now)
            elif task.state is _WAITING:
                self.deadlines.drop(task.index)
                self._end(task, fault, now)
        if self.done >= self._mark:
            self._pass_marks(now)

    def _expect_nothing_of(self, task: Task) -> None:
        self._set_deadline_of(task.index, 0.0)  # overdue since ever: `tick` ends it

    def _set_deadline_of(self, key: int, when: float) -> None:
        self.deadlines.set(key, when)
        self._set_alarm()

    def _let_go(self, task: Task) -> None:
        self.deadlines.drop(task.index)
        super()._let_go(task)

    def _set_alarm(self) -> None:
        """Have `tick` called at the soonest deadline, unless it will be called by then anyway."""
        when = self.deadlines.next()
        if when is not None and (self._alarm is None or when < self._alarm):
            self._alarm = when
            self.outbox.append(Alarm(when))

    def _note_deleted(self, task: Task, fault: Fault, now: float) -> None:
        """Note that a task that was on is stopped because of another's failure."""
        if self._note is not None and isinstance(fault, Halted):
            self._note((NoteKind.DELETED, now, task, None))
