"""Letting go of results that no task needs any more. Pure."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from concurra_core.graph.plan import Plan
from concurra_core.model.state import TaskState
from concurra_core.model.task import RELEASED, Task


class Release:
    """Count who still needs each result, and drop it after the last one, unless it is to be kept.

    Args:
        tasks: the records by index, which may grow.
        joins: for tasks that bring the results of others together, which; see `Plan`. Those of a spread come in later.
        dropped: takes the results. Whoever empties it may run the user's code: what is not referred to any more is
            finalized there.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        joins: MutableMapping[int, Sequence[int] | None],
        dropped: list[object],
    ) -> None:
        self._tasks = tasks
        self._dropped = dropped
        self._joins = joins
        self._uses = [0] * len(tasks)  # how many tasks that have not ended take the result
        for task in tasks:
            for source in self._sources(task):
                self._uses[source] += 1
        self._taken = bytearray(map(bool, self._uses))  # whether any task ever did

    def expect(self, spread: Task, items: range) -> None:
        """Take in the tasks that *spread* made of what it took; it takes their results now."""
        if items:
            self._give_up(spread.sources())
        self._uses.extend([1] * len(items))
        self._taken.extend(b"\1" * len(items))

    def after(self, task: Task) -> None:
        """Drop the results that *task*, which has ended, was the last to need; its own if nobody does."""
        self._give_up(self._sources(task))
        self._drop(task)

    def _sources(self, task: Task) -> Sequence[int]:
        # A join of nothing takes what its arguments name: none, or, of a spread, what it makes its tasks of.
        return self._joins.get(task.index) or task.sources()

    def _give_up(self, sources: Sequence[int]) -> None:
        for source in sources:
            self._uses[source] -= 1
            self._drop(self._tasks[source])

    def _drop(self, task: Task) -> None:
        if self._uses[task.index] or task.state is not TaskState.SUCCEEDED:
            return
        keep = task.options.keep
        if keep is False or (keep is None and self._taken[task.index]):
            self._dropped.append(task.value)
            task.value = RELEASED


def release_of(
    tasks: Sequence[Task],
    plan: Plan,
    joins: MutableMapping[int, Sequence[int] | None],
    dropped: list[object],
) -> Release | None:
    """Return who lets go of results, None if every task's result is kept anyway."""
    keeps = {kind.keep for kind in plan.kinds}
    if keeps == {True} or (
        False not in keeps and not joins and not any(task.takes_results for task in tasks)
    ):
        return None
    return Release(tasks, joins, dropped)
