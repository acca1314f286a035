"""Who runs next: ready tasks, free slots, and the wake-ups of workers. The scheduler builds on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from concurra_core.engine.commands import Wake
from concurra_core.engine.ledger import Ledger
from concurra_core.engine.meter import meter_of
from concurra_core.engine.ready import LAST, has_no_time, queues_of
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_RUNNING = TaskState.RUNNING


class _Nobody:
    """For every task, no successors."""

    def __getitem__(self, index: int, /) -> Sequence[int]:
        return ()


_NOBODY: Final = _Nobody()


class Handout(Ledger):
    """Hand ready tasks to workers, at most as many at a time as there are slots.

    The arguments are those of `Scheduler`.
    """

    __slots__ = (
        "_meter",
        "_no_time",
        "_only",
        "_queues",
        "_ranked",
        "_several",
        "_slots",
        "_waking",
        "running",
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
        super().__init__(tasks, plan, options, note, every_task=every_task, marks=marks)
        self.running = 0  # slots that are taken
        self._slots = options.slots
        self._waking = False  # Invariant: one wake-up in flight at most
        self._meter = meter_of(plan, options)
        self._queues = queues_of(tasks, plan, self._meter)
        self._no_time = has_no_time(plan)
        # The one queue there is, if nothing but the order decides what starts: the hot path.
        metered = self._meter is not None or bool(plan.joins)
        plain = len(self._queues) == 1 and not metered and not self._no_time
        self._several = len(self._queues) > 1
        self._ranked = plan.is_ranked
        self._only = next(iter(self._queues.values())) if plain else None

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
        # `exchange` and `pop` are written out where the one queue is empty, or nothing has come to it.
        if queue is None:
            queue = self._queues[lane]
            if self._several and self._is_beaten(queue.best()):
                self._give_back()  # a better task waits in another lane
                return None
            index = queue.pop()
        elif freed >= 0:
            index = queue.exchange(freed) if queue.roots or queue.heap else freed
        elif queue.roots and not queue.heap:
            index = queue.order[queue.roots.pop()]
        else:
            index = queue.pop()
        if index < 0:
            self._give_back()
            return None
        task = self._tasks[index]
        task.state = _RUNNING
        task.attempt += 1
        if (
            self.running < self._slots
            and not self._waking
            and (self._only is None or queue.roots or queue.heap)
        ):
            self._spread()
        return task

    def _is_beaten(self, best: int) -> bool:
        """Return whether a task that could start is better than the one with rank *best*."""
        return any(queue.best() < best for queue in self._queues.values())

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
            if task.options.timeout == 0:
                self._expect_nothing_of(task)
                return
            queue = self._queues[task.options.lane]
        queue.push(task.index)

    def _expect_nothing_of(self, task: Task) -> None:
        """Do with *task*, which is ready and has no time at all, what is done with such tasks."""

    def _requeue(self, task: Task) -> None:
        """Put *task*, which was handed out and not begun, back where it was."""
        self._queue(task)

    def _start_nothing(self) -> None:
        self._over = True
        self._successors = _NOBODY  # what still ends frees nothing any more
        for queue in self._queues.values():
            queue.clear()

    def _let_go(self, task: Task) -> None:
        """Take back what *task*, which was handed out and is not any more, took of the named limits."""
        if self._meter is not None:
            self._meter.give_back(task.options)
