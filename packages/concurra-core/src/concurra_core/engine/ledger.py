"""The end of tasks: terminal records, counts, progress, and the notes on them. The scheduler builds on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from concurra_core.engine.commands import Command, Finish
from concurra_core.engine.release import release_of
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook, NoteKind
from concurra_core.model.options import RunOptions
from concurra_core.model.outcome import END_STATE, Aborted, Fault, Halted, Raised, Skipped
from concurra_core.model.state import TaskState
from concurra_core.model.task import Growth, Task

_WAITING = TaskState.WAITING


class Successors(Protocol):
    """By the index of a task, the indexes of those that wait for it."""

    def __getitem__(self, index: int, /) -> Sequence[int]: ...


class Ledger:
    """Write each task's end once, and know how many have ended.

    The arguments are those of `Scheduler`.
    """

    # More attributes than the 30 that instances can share the keys of; in a dict of its own each costs more.
    __slots__ = (
        "_halt",
        "_joins",
        "_mark",
        "_marks",
        "_note",
        "_note_every",
        "_over",
        "_progress",
        "_release",
        "_successors",
        "_tasks",
        "_tolerant",
        "cut",
        "done",
        "dropped",
        "failures",
        "grown",
        "outbox",
        "struck",
    )

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
        # What is to be done in the world. Appended to under the run's lock; whoever carries out pops left.
        self.outbox: deque[Command] = deque()
        # Results that no task needs any more. Emptied by the runner when it does not hold the lock: see `Release`.
        self.dropped: list[object] = []
        self.done = 0  # tasks that have ended
        self.failures = 0  # of these, how many did not succeed
        self.struck = 0  # and how many of these failed of their own accord and count against the run
        self.grown: dict[int, Growth] = {}  # by the index of the task that made others
        self._tasks = tasks
        self._successors: Successors = plan.successors
        self._tolerant = plan.tolerant
        self._note = note
        self._note_every = note if every_task else None
        self._joins = dict(plan.joins)
        self._release = release_of(tasks, plan, self._joins, self.dropped)
        self._marks = sorted(set(marks) | {len(tasks)}, reverse=True)  # the next one at the end
        self._mark = self._marks[-1]
        self._progress = bool(marks)
        self._halt = options.halt
        self._over = False  # nothing starts any more
        # Why nothing starts any more, None as long as no abort, no halt and no deadline has stopped the run.
        self.cut: Aborted | Halted | None = None

    def _end(self, task: Task, fault: Fault, now: float) -> None:
        """Write the terminal record of *task*, which did not succeed."""
        task.fault = fault
        if task.state is not _WAITING or not task.attempt or task.index in self._joins:
            task.ended = now  # but what waits for another attempt ended when the last one did
        task.state = END_STATE[type(fault)]
        if isinstance(fault, Raised) and fault.value is not None:
            task.value = fault.value
        self.done += 1
        self.failures += 1
        if self._release is not None:
            self._release.after(task)
        if self._note is not None:
            self._note((NoteKind.TASK_ENDED, now, task, None))

    def _skip_descendants(self, task: Task, now: float, *, fast: bool | None) -> None:
        """Skip all that needed the success of *task*, directly or not; what needed only its end counts down.

        *fast*: as of `Skipped`. Iterative: chains may be long.
        """
        tolerant = self._tolerant
        blocked = [task]
        for cause in blocked:  # grows while it is read
            for successor in self._successors[cause.index]:
                waiting = self._tasks[successor]
                if tolerant and cause.index in tolerant.get(successor, ()):
                    self._count_down(waiting)
                elif waiting.state is _WAITING or self._rides(waiting):
                    self._end(waiting, Skipped(cause.index, task.index, fast), now)
                    blocked.append(waiting)

    def _count_down(self, task: Task) -> None:
        """One more of those that *task* waits for has settled."""

    def _rides(self, task: Task) -> bool:
        """Return whether *task* was handed out together with what it waits for, and so cannot have begun."""
        return False

    def _expect(self, more: int) -> None:
        """The run has *more* tasks than it began with."""
        self._marks[0] += more
        self._mark = self._marks[-1]

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
                    # Workers end tasks at moments of their own, which are not told in their order.
                    last = max([now, *(task.ended for task in self._tasks)])
                    self._note((NoteKind.RUN_ENDED, last, None, self.failures))
                self.outbox.append(Finish())
        self._mark = marks[-1] if marks else len(self._tasks) + 1
