"""Joins, and runs that grow: tasks that bring the results of others together, and that first make those others.

A *join* runs nothing and takes no slot: when all it waits for is there, it has its value. A *spread* is a join that
runs first, and returns the records of new tasks; they come in below it, so nothing has to be planned anew and no
ring can close. They start at the place in the order that the spread had.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from concurra_core.engine.batches import BatchScheduler
from concurra_core.engine.scheduler import Scheduler
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.outcome import Fault
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_WAITING: Final = TaskState.WAITING


class GrowingScheduler(BatchScheduler):
    """The scheduler of runs with joins. *tasks* must be a list of the run's own: it grows."""

    __slots__ = ("_all", "_behind", "_planned", "_ranks", "_ready_joins", "_spreads")

    def __init__(self, tasks: list[Task], plan: Plan, *args: Any, **kwargs: Any) -> None:
        super().__init__(tasks, plan, *args, **kwargs)
        self._all = tasks
        self._planned = len(tasks)  # what comes behind was made by spreads
        self._spreads = set(plan.spreads)  # those that have not run
        self._ready_joins: list[Task] = []
        self._successors = self._behind = list(plan.successors)
        self._ranks = [] if self._meter is None else self._meter.ranks  # with spreads there is a meter

    def begin(self, now: float) -> None:
        super().begin(now)
        if self._over:
            return
        self._ready_joins += [self._tasks[index] for index in self._joins if self._is_due(index)]
        self._join_all(now)
        self._spread()

    def _is_due(self, index: int) -> bool:
        return not self._waits[index] and index not in self._spreads

    def _complete(self, task: Task, value: object, now: float) -> int:
        if task.index in self._spreads:
            self._spreads.discard(task.index)
            self._grow(task, value, now)
        else:
            super()._complete(task, value, now)
            self._forget(task)
        self._join_all(now)
        return -1  # with joins there is more than one queue to choose from: what was freed lies in its own

    def _end(self, task: Task, fault: Fault, now: float) -> None:
        super()._end(task, fault, now)
        self._forget(task)

    def _forget(self, task: Task) -> None:
        """Let go of what *task*, which has ended, was made of: part of the result of another, which nobody needs."""
        if task.index >= self._planned:
            self.dropped.append(task.args)
            task.args = ()

    def _skip_descendants(self, task: Task, now: float, *, fast: bool | None) -> None:
        super()._skip_descendants(task, now, fast=fast)
        self._join_all(now)  # some need only that all have settled

    def _queue(self, task: Task) -> None:
        if self._runs(task):
            super()._queue(task)
        else:
            self._ready_joins.append(task)

    def _let_go(self, task: Task) -> None:
        if self._runs(task):  # else it took no share of anything
            super()._let_go(task)

    def _runs(self, task: Task) -> bool:
        return task.index not in self._joins or task.index in self._spreads

    def _may_ride(self, task: Task, lane: Lane) -> bool:
        return task.index not in self._joins and super()._may_ride(task, lane)

    def _grow(self, spread: Task, value: object, now: float) -> None:
        """Let the tasks that *spread* made come in; it waits for them from now on."""
        assert isinstance(value, list)  # noqa: S101 - Invariant: what is called for a spread returns records
        super()._let_go(spread)
        if self._over and self.cut is not None:
            self._end(spread, self.cut, now)
            self._pass_marks(now)
            return
        first = len(self._all)
        items = range(first, first + len(value))
        for index, task in zip(items, value, strict=True):
            task.index, task.needs = index, spread.needs
        if items:
            spread.needs = tuple(items)
        self._all.extend(value)
        self._grow_books(spread, items)
        self.grown[spread.index] = now, items
        spread.state = _WAITING
        for task in value:
            self._queue(task)
        if not value:
            self._ready_joins.append(spread)

    def _grow_books(self, spread: Task, items: range) -> None:
        total = len(items)
        self._waits.extend([0] * total)
        self._waits[spread.index] = total
        self._behind.extend([(spread.index,)] * total)
        self._ranks.extend([self._ranks[spread.index]] * total)
        self._joins[spread.index] = items
        if self._release is not None:
            self._release.expect(spread, items)
        self._expect(total)

    def _join_all(self, now: float) -> None:
        """Complete the joins that all results are there for; each may make another one due. Iterative."""
        while self._ready_joins:
            join = self._ready_joins.pop()
            if not join.attempt:
                join.attempt = 1
                self._began(join, 1, now)
            sources = self._joins[join.index]
            tasks = self._tasks
            value = [*join.arguments(tasks)] if sources is None else [tasks[index].value for index in sources]
            Scheduler._complete(self, join, value, now)  # noqa: SLF001 - its base, without what comes on top here


def scheduler_of(
    tasks: list[Task],
    plan: Plan,
    options: RunOptions,
    *,
    note: Notebook | None,
    every_task: bool,
    marks: Sequence[int],
) -> BatchScheduler:
    """Return the scheduler for *plan*. Not one class for all: what few runs need costs the others nothing."""
    kind = GrowingScheduler if plan.joins else BatchScheduler
    return kind(tasks, plan, options, note=note, every_task=every_task, marks=marks)
