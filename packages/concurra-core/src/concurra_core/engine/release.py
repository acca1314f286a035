"""Letting go of results that no task needs any more. Pure."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from concurra_core.graph.plan import Plan
from concurra_core.model.task import RELEASED, Task


class Release:
    """Count who still needs each result, and drop it after the last one, unless it is to be kept.

    Args:
        tasks: the records by index, which may grow.
        joins: for tasks that bring the results of others together, which; see `Plan`.
    """

    def __init__(self, tasks: Sequence[Task], joins: MutableMapping[int, Sequence[int] | None]) -> None:
        self._tasks = tasks
        self._joins = joins
        self._uses = [0] * len(tasks)  # how many tasks that have not ended take the result
        for task in tasks:
            for source in self._sources(task):
                self._uses[source] += 1
        self._taken = bytearray(map(bool, self._uses))  # whether any task ever did

    def expect(self, items: range) -> None:
        """Take in tasks whose results one join takes."""
        self._uses.extend([1] * len(items))
        self._taken.extend(b"\1" * len(items))

    def after(self, task: Task) -> None:
        """Drop the results that *task*, which has ended, was the last to need; its own if nobody does."""
        for source in self._sources(task):
            self._uses[source] -= 1
            self._drop(self._tasks[source])
        self._drop(task)

    def _sources(self, task: Task) -> Sequence[int]:
        sources = self._joins.get(task.index)
        return task.sources() if sources is None else sources

    def _drop(self, task: Task) -> None:
        if self._uses[task.index]:
            return
        keep = task.options.keep
        if keep is False or (keep is None and self._taken[task.index]):
            task.value = RELEASED


def release_of(
    tasks: Sequence[Task], plan: Plan, joins: MutableMapping[int, Sequence[int] | None]
) -> Release | None:
    """Return who lets go of results, None if every task's result is kept anyway."""
    keeps = {kind.keep for kind in plan.kinds}
    if keeps == {True} or (False not in keeps and not joins and not any(task.wires for task in tasks)):
        return None
    return Release(tasks, joins)
