"""Who runs next: ready tasks, free slots, and the wake-ups of workers. The scheduler builds on it."""

from __future__ import annotations

from collections.abc import Sequence

from concurra_core.engine.commands import Wake
from concurra_core.engine.ledger import Ledger
from concurra_core.engine.ready import LAST, queues_of
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook
from concurra_core.model.options import Lane
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_RUNNING = TaskState.RUNNING


class Handout(Ledger):
    """Hand ready tasks to workers, at most *slots* at a time.

    The arguments are those of `Scheduler`.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        plan: Plan,
        slots: int,
        note: Notebook | None,
        *,
        halt: Halt,
        every_task: bool,
        marks: Sequence[int],
    ) -> None:
        super().__init__(tasks, plan, note, halt=halt, every_task=every_task, marks=marks)
        self.running = 0  # tasks handed out and not ended
        self._slots = slots
        self._waking = False  # Invariant: one wake-up in flight at most
        self._queues = queues_of(tasks, plan)
        self._only = next(iter(self._queues.values())) if len(self._queues) == 1 else None

    def take(self, lane: Lane) -> Task | None:
        """Hand the best ready task of *lane* to a worker that was woken, if a slot is free for it."""
        self._waking = False
        if self.running >= self._slots:
            return None
        self.running += 1
        return self._hand_over(lane)

    def unwoken(self) -> None:
        """The worker asked for could not be had: ask again when a task ends."""
        self._waking = False

    def _hand_over(self, lane: Lane, freed: int = -1) -> Task | None:
        """Fill the slot the caller holds with the next task of its *lane*, or give the slot back.

        *freed* is the index of a ready task that is in no queue, -1 for none.
        """
        queue = self._only
        if queue is None:
            queue = self._queues[lane]
            best = queue.best()
            if any(other.best() < best for other in self._queues.values()):
                self._give_back()  # a better task waits in another lane
                return None
        index = queue.pop() if freed < 0 else queue.exchange(freed)
        if index < 0:
            self._give_back()
            return None
        task = self._tasks[index]
        task.state = _RUNNING
        task.attempt += 1
        if (
            self.running < self._slots
            and not self._waking
            and (queue.roots or queue.heap or self._only is None)
        ):
            self._spread()
        return task

    def _give_back(self) -> None:
        self.running -= 1
        self._spread()

    def _spread(self) -> None:
        """Ask for one more worker while there is ready work, a free slot, and no wake-up in flight."""
        if self._waking or self.running >= self._slots or not self._queues:
            return
        lane, queue = min(self._queues.items(), key=lambda item: item[1].best())
        if queue.best() < LAST:
            self._waking = True
            self.outbox.append(Wake(lane))

    def _queue(self, task: Task) -> None:
        """Put *task* among the ready ones of its lane."""
        queue = self._only
        if queue is None:
            queue = self._queues[task.options.lane]
        queue.push(task.index)

    def _requeue(self, task: Task) -> None:
        """Put *task*, which was handed out and not begun, back where it was."""
        self._queue(task)

    def _start_nothing(self) -> None:
        self._over = True
        for queue in self._queues.values():
            queue.clear()
