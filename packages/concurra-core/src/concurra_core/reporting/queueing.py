"""When tasks could start: what they waited for, and how long for a slot. Read off the records when asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from concurra_core.model.outcome import Aborted, Halted, Skipped
from concurra_core.model.task import Growth, Task

_NO_GROWTH: Final[Growth] = (0.0, range(0))


class Queueing:
    """Know when each of *tasks*, the records of a run that is over, could start.

    Args:
        tasks: the records, by index.
        start: seconds on the run's clock when it began.
        grown: the items of maps that made them in the run, by the index of the map, in the order of their coming in.
    """

    def __init__(self, tasks: Sequence[Task], start: float, grown: Mapping[int, Growth]) -> None:
        self._tasks = tasks
        self._start = start
        self._grown = grown
        # Items are numbered as they come in: those of each map follow its first one.
        self._moments = [when for when, items in grown.values() if items]
        self._firsts = [items.start for _, items in grown.values() if items]

    def queued(self, task: Task) -> float | None:
        """Return when all that *task* waited for had settled, on the run's clock; None if it never could start."""
        if isinstance(task.fault, Skipped):
            return None
        place = bisect_right(self._firsts, task.index)
        if place:  # an item: it waited for its map to make it
            return self._moments[place - 1]
        needs = self._needs(task)
        queued = max((self._tasks[need].ended for need in needs), default=self._start)
        if not task.attempt and self._is_cut_off(task, needs, queued):
            return None
        return queued

    def waited(self, task: Task) -> float | None:
        """Return seconds between that moment and its start; None if it never started, or more than once."""
        queued = self.queued(task) if task.attempt == 1 else None
        return None if queued is None else max(0.0, task.started - queued)

    def _needs(self, task: Task) -> Sequence[int]:
        _, items = self._grown.get(task.index, _NO_GROWTH)
        if items:  # it waits for these now, which have what it waited for
            return self._tasks[items.start].needs
        return task.needs

    def _is_cut_off(self, task: Task, needs: Sequence[int], queued: float) -> bool:
        """Return whether the run was stopped before all that *task* waits for had settled."""
        stopped = any(isinstance(self._tasks[need].fault, Aborted | Halted) for need in needs)
        return stopped or queued > (task.ended or self._start)
