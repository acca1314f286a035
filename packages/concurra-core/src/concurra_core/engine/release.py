"""Letting go of results that no task needs any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from concurra_core.model.options import TaskOptions
from concurra_core.model.task import RELEASED, Task


class Release:
    """Count who still needs each result, and drop it after the last one, unless it is to be kept."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._uses = [0] * len(tasks)
        for task in tasks:
            for source in task.sources():
                self._uses[source] += 1

    def after(self, task: Task) -> None:
        """Drop the results that *task*, which has ended, was the last to need; its own if nobody does."""
        for source in task.sources():
            self._uses[source] -= 1
            self._drop(self._tasks[source])
        self._drop(task)

    def _drop(self, task: Task) -> None:
        if not self._uses[task.index] and not task.options.keep:
            task.value = RELEASED


def release_of(tasks: Sequence[Task], kinds: Sequence[TaskOptions]) -> Release | None:
    """Return who lets go of results, None if every task's result is kept anyway."""
    return None if all(kind.keep for kind in kinds) else Release(tasks)
