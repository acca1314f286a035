"""What retries leave to chance, left to the seed of a simulation: the same seed gives the same delays."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from concurra_core.model.options import TaskOptions
from concurra_core.model.task import Task


class SeededRetries:
    """Give the retries of tasks *seed*, where they have jitter and no seed of their own."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        # By the id of what was said: that, so that the id stays its own, and what holds.
        self._made: dict[int, tuple[TaskOptions, TaskOptions]] = {}

    def settle(self, tasks: Iterable[Task]) -> None:
        """Settle the retries of *tasks*, which have not begun."""
        for task in tasks:
            retry = task.options.retry
            if retry.jitter and retry.seed is None:
                task.options = self._seeded(task.options)

    def _seeded(self, options: TaskOptions) -> TaskOptions:
        if id(options) not in self._made:
            retry = attrs.evolve(options.retry, seed=self._seed)
            self._made[id(options)] = options, attrs.evolve(options, retry=retry)
        return self._made[id(options)][1]
