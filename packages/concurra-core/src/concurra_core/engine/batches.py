"""Handing out and settling tasks by the batch, for backends whose workers are far away.

A worker that holds a batch runs its tasks one after the other, so it takes up one slot, whatever it holds: it gets
the slot with its first task, from `take`, and gives it up with `rest`. A task whose open dependencies are all held by
one worker may *ride*: it is handed to that worker before they have ended, and is begun only if they succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from concurra_core.engine.ready import LAST
from concurra_core.engine.scheduler import Scheduler
from concurra_core.model.options import Lane
from concurra_core.model.outcome import Aborted, Halted, Raised, TimedOut
from concurra_core.model.state import TaskState
from concurra_core.model.task import Report, Task

_WAITING, _RUNNING, _STOPPING = TaskState.WAITING, TaskState.RUNNING, TaskState.STOPPING

# Added to the open dependencies of a task that rides, so that it is never queued when the last of them ends.
_RIDING = 1 << 40
# A task that frees more than this many others is where work spreads to other workers: they do not ride.
_NARROW = 8


class BatchScheduler(Scheduler):
    """The scheduler, with the stimuli of workers that hold many tasks at a time."""

    __slots__ = ()

    def exchange(
        self, lane: Lane, reports: Iterable[Report], most: int, held: Callable[[], Sequence[Task]]
    ) -> list[Task]:
        """End the attempts that *reports* tell of, and hand the same worker up to *most* further tasks.

        *held* gives what the worker holds after the reports, in the order of its work.
        """
        self.settle(reports)
        return self.more(lane, most, held()) if most > 0 else []

    def settle(self, reports: Iterable[Report]) -> None:
        """End the attempts that *reports* tell of. The slot of the worker stays its own."""
        note = self._note_every
        for task, attempt, started, ended, value, fault in reports:
            if (task.state is not _RUNNING or task.attempt != attempt) and not self._revives(
                task, attempt, started, ended
            ):
                continue
            if task.begun != attempt:
                if note is None:
                    task.started, task.begun = started, attempt
                else:
                    self._began(task, attempt, started)
            if fault is None:
                freed = self._complete(task, value, ended)
                if freed >= 0:
                    self._queue(self._tasks[freed])
            else:
                self._end_attempt(task, fault, ended)
        self._spread()

    def _revives(self, task: Task, attempt: int, started: float, ended: float) -> bool:
        """Return whether a report on *task*, which is not running any more, counts: it is stopped, and was over before.

        If it was not, the report ends it the way that was decided when it was stopped.
        """
        if task.state is not _STOPPING or task.attempt != attempt:
            return False
        fault = task.fault
        in_time = isinstance(fault, TimedOut) and 0 <= ended - started <= fault.limit
        if in_time or (isinstance(fault, Aborted | Halted) and ended <= self._stopped_at):
            task.state, task.fault = _RUNNING, None
            return True
        if task.begun != attempt:
            self._began(task, attempt, started)
        task.started = started
        self._let_go(task)
        self._stopped(task, ended)
        return False

    def more(self, lane: Lane, most: int, held: Sequence[Task]) -> list[Task]:
        """Hand up to *most* further tasks to a worker that holds a slot, and *held*, in the order of its work.

        Ready tasks come first, shared evenly with the other slots; where there are no more, those that can ride.
        """
        batch: list[Task] = []
        if self._over:
            return batch
        queue = self._queues[lane]
        if queue.alike and not queue.heap:  # batches take turns, as tasks do that are handed out singly
            return [self._claim(self._tasks[index]) for index in queue.deal(most, self._slots)]
        priority = held[-1].options.priority if held else None
        for _ in range(min(most, -(-len(queue) // self._slots))):
            if self._only is None and self._must_wait(lane, queue.best(), bool(batch or held)):
                break
            task = self._tasks[queue.pop()]
            if self._ranked and priority not in (None, task.options.priority):
                queue.push(task.index)  # it may begin elsewhere before what is held, or is to begin after it
                break
            priority = task.options.priority
            batch.append(self._claim(task))
        if len(batch) < most and not queue:
            self._ride(lane, batch, most, held)
        return batch

    def rest(self) -> None:
        """Take back the slot of a worker that holds nothing any more."""
        self._give_back()

    def rejected(self, task: Task, attempt: int, fault: Raised, now: float) -> None:
        """Take back *task*, which cannot be handed to a worker of its lane: it moves to another lane, or fails.

        No attempt has begun, so none is used up.
        """
        if task.state is _RUNNING and task.attempt == attempt:
            if task.options.fallback is None:
                self._let_go(task)
                task.attempt -= 1
                task.state = _WAITING
                self._fail(task, fault, now)
                self._spread()
                return
            task.options = attrs.evolve(
                task.options, lane=task.options.fallback, fallback=None, moved=str(fault.error)
            )
        self.given_back(task, attempt, now, slot=False)

    def _must_wait(self, lane: Lane, best: int, behind: bool) -> bool:
        """Return whether the task with rank *best* of *lane* cannot join a batch now; *behind*: not as its first."""
        if best == LAST or self._is_beaten(best):
            return True
        # Shares of a limit are not taken for a task that would keep them while it waits in a batch.
        return behind and self._meter is not None and self._meter.is_limited(lane)

    def _claim(self, task: Task) -> Task:
        task.state = _RUNNING
        task.attempt += 1
        return task

    def _ride(self, lane: Lane, batch: list[Task], most: int, held: Sequence[Task]) -> None:
        """Add tasks of *lane* to *batch* that wait for nothing but what is in it or in *held*."""
        tasks, waits = self._tasks, self._waits
        line = [task for task in (*held, *batch) if task.state is _RUNNING]
        carried: dict[
            int, int
        ] = {}  # of tasks that wait, how many of their open dependencies are in the line
        for task in line:  # grows while it is read
            behind = self._successors[task.index]
            if len(behind) > _NARROW:
                continue
            for successor in behind:
                count = carried[successor] = carried.get(successor, 0) + 1
                waiting = tasks[successor]
                if count == waits[successor] and waiting.state is _WAITING and self._may_ride(waiting, lane):
                    waits[successor] += _RIDING
                    batch.append(self._claim(waiting))
                    line.append(waiting)
                    if len(batch) >= most:
                        return

    def _may_ride(self, task: Task, lane: Lane) -> bool:
        """Return whether *task* may be handed over before what it waits for has ended."""
        limited = self._meter is not None and bool(self._meter.demand(task.options))
        options = task.options
        may_begin = options.lane is lane and options.timeout != 0
        return may_begin and not limited and task.index not in self._tolerant

    def _requeue(self, task: Task) -> None:
        waits = self._waits
        if waits[task.index] >= _RIDING:
            waits[task.index] -= _RIDING
            if waits[task.index]:
                return  # it waits for its dependencies again
        self._queue(task)

    def _rides(self, task: Task) -> bool:
        if task.state is not _RUNNING or not self._waits[task.index] > _RIDING:
            return False
        task.attempt -= 1
        return True
