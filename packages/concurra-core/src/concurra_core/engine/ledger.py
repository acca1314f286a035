"""The end of tasks: terminal records, counts, progress, and the notes on them. The scheduler builds on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from concurra_core.engine.commands import Command, Finish
from concurra_core.engine.release import release_of
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook, NoteKind
from concurra_core.model.outcome import END_STATE, Fault, Raised, Skipped
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_WAITING = TaskState.WAITING


class Ledger:
    """Write each task's end once, and know how many have ended.

    The arguments are those of `Scheduler`.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        plan: Plan,
        note: Notebook | None,
        *,
        halt: Halt,
        every_task: bool,
        marks: Sequence[int],
    ) -> None:
        # What is to be done in the world. Appended to under the run's lock; whoever carries out pops left.
        self.outbox: deque[Command] = deque()
        self.done = 0  # tasks that have ended
        self.failures = 0  # of these, how many did not succeed
        self._tasks = tasks
        self._successors = plan.successors
        self._note = note
        self._note_every = note if every_task else None
        self._release = release_of(tasks, plan.kinds)
        self._marks = sorted(set(marks) | {len(tasks)}, reverse=True)  # the next one at the end
        self._mark = self._marks[-1]
        self._progress = bool(marks)
        self._halt = fail_fast
        self._over = False  # nothing starts any more

    def _end(self, task: Task, fault: Fault, now: float) -> None:
        """Write the terminal record of *task*, which did not succeed."""
        task.fault = fault
        if task.state is not _WAITING:  # what waits for another attempt ended when the last one did
            task.ended = now
        task.state = END_STATE[type(fault)]
        if isinstance(fault, Raised) and fault.value is not None:
            task.value = fault.value
        self.done += 1
        self.failures += 1
        if self._release is not None:
            self._release.after(task)
        if self._note is not None:
            self._note((NoteKind.TASK_ENDED, now, task, None))

    def _skip_descendants(self, task: Task, now: float) -> None:
        """Skip all that waited for *task*, directly or not. Iterative: chains may be long."""
        blocked = [task]
        for cause in blocked:  # grows while it is read
            for successor in self._successors[cause.index]:
                waiting = self._tasks[successor]
                if waiting.state is _WAITING or self._rides(waiting):
                    self._end(waiting, Skipped(cause.index, task.index, self._halt), now)
                    blocked.append(waiting)

    def _rides(self, task: Task) -> bool:
        """Return whether *task* was handed out together with what it waits for, and so cannot have begun."""
        return False

    def _pass_marks(self, now: float) -> None:
        """Note the progress made; announce the end when all tasks have ended."""
        marks = self._marks
        while marks and self.done >= marks[-1]:
            mark = marks.pop()
            if self._note is not None and self._progress:
                self._note((NoteKind.PROGRESS, now, None, mark))
            if not marks:
                self._over = True
                if self._note is not None:
                    self._note((NoteKind.RUN_ENDED, now, None, self.failures))
                self.outbox.append(Finish())
        self._mark = marks[-1] if marks else len(self._tasks) + 1
