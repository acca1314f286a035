"""How attempts end that did not go well: once more, or for good. The scheduler builds on it."""

from __future__ import annotations

import attrs

from concurra_core.engine.retries import delay_before_next, may_retry
from concurra_core.engine.stopping import Stopping
from concurra_core.model.halt import FAIL_FAST, strikes
from concurra_core.model.notes import NoteKind, RetryDetail
from concurra_core.model.outcome import OWN_FAILURES, Aborted, Fault, Halted, TimedOut
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_WAITING = TaskState.WAITING


class Attempts(Stopping):
    """Begin attempts, and end them without success."""

    __slots__ = ()

    def _began(self, task: Task, attempt: int, now: float) -> None:
        """Write down that *attempt* began."""
        task.started = now
        task.begun = attempt
        if self._note_every is not None:
            self._note_every((NoteKind.TASK_STARTED, now, task, attempt))

    def _end_attempt(self, task: Task, fault: Fault, now: float) -> None:
        """End an attempt that did not go well, or try again."""
        self._let_go(task)
        self._fail_or_retry(task, fault, now)

    def _fail_or_retry(self, task: Task, fault: Fault, now: float) -> None:
        retry = task.options.retry
        if not self._over and may_retry(retry, task.attempt, fault):
            self._retry(task, fault, delay_before_next(retry, task.attempt, task.index), now)
        else:
            self._fail(task, fault, now)

    def _retry(self, task: Task, fault: Fault, delay: float, now: float) -> None:
        """Send *task* back to wait for its next attempt."""
        if self._note is not None:
            detail = RetryDetail(task.attempt, fault, now - task.started, delay)
            self._note((NoteKind.TASK_RETRYING, now, task, detail))
        task.state = _WAITING
        task.ended = now
        task.retry_after(fault)
        if delay:
            self._set_deadline_of(task.index, now + delay)
        else:
            self._queue(task)

    def _fail(self, task: Task, fault: Fault, now: float) -> None:
        """End *task* without success, and with it all that needed it, or the whole run."""
        self._end(task, fault, now)
        halts = False
        if isinstance(fault, OWN_FAILURES) and not task.options.allow_failure:
            self.struck += 1
            halts = not self._over and strikes(self._halt, self.struck, len(self._tasks))
        fast = self._halt is FAIL_FAST
        self._skip_descendants(task, now, fast=fast if halts else None)
        if halts:
            if self._note is not None and self._halt.stops_running:
                self._note((NoteKind.HALTED, now, task, None))
            self._stop_all(Halted(task.index, fast=fast), now, running=self._halt.stops_running)
        if self.done >= self._mark:
            self._pass_marks(now)

    def _stopped(self, task: Task, now: float, *, ran: bool = True) -> None:
        """End *task*, whose worker has let go, the way that was decided when it was stopped; *ran*: it had begun."""
        fault = task.fault
        assert fault is not None  # noqa: S101 - Invariant: a task that is stopping knows why
        if isinstance(fault, Aborted | Halted) and fault.running is not ran:
            task.fault = fault = attrs.evolve(fault, running=ran)
            if ran:
                self._note_deleted(task, fault, now)
        if isinstance(fault, TimedOut) and not self._over:
            self._fail_or_retry(task, fault, now)
        else:
            self._fail(task, fault, now)
