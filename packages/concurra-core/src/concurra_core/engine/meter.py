"""Named limits: who may start when tasks take shares of what there is only so much of. Pure.

A task takes all it needs at once, before a worker is given to it, and gives it back when it leaves the worker: nobody
holds one share while waiting for another, so nothing can deadlock. And nothing starves: what the best of the ready
tasks lacks is not given to those that come after it, which may overtake it only where they need none of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Final, TypeAlias

import attrs

from concurra_core.graph.plan import Plan
from concurra_core.model.options import Lane, RunOptions, TaskOptions

# How much of which limit, sorted by name.
Demand: TypeAlias = tuple[tuple[str, int], ...]

_SLOTS: Final = (
    ""  # the name of the limit that the slots are, where tasks take several; no user's limit is called so
)


@attrs.define(eq=False)
class Line:
    """The ready tasks of one lane that need the same, by rank."""

    lane: Lane
    demand: Demand
    ranks: list[int] = attrs.field(factory=list)


class Meter:
    """Know what is free of each limit, and which line of ready tasks may send its best one.

    >>> meter = Meter({"db": 2})
    >>> for rank, share in enumerate([1, 2, 1]):
    ...     meter.add(Lane.THREAD, (("db", share),), rank)
    >>> meter.take(Lane.THREAD), meter.take(Lane.THREAD)  # what the big one lacks is kept for it
    (0, -1)
    """

    def __init__(self, limits: Mapping[str, int], *, by_slots: bool = False) -> None:
        self.ranks: list[int] = []  # of every task by index; grows with the run
        self._free = dict(limits)
        self._by_slots = by_slots
        self._lines: dict[tuple[Lane, Demand], Line] = {}

    def demand(self, options: TaskOptions) -> Demand:
        """Return what a task with *options* takes."""
        return ((_SLOTS, options.cpus), *options.uses) if self._by_slots else options.uses

    def add(self, lane: Lane, demand: Demand, rank: int) -> None:
        """Queue the task with *rank*, which takes *demand*, for *lane*."""
        line = self._lines.get((lane, demand))
        if line is None:
            line = self._lines[lane, demand] = Line(lane, demand)
        heappush(line.ranks, rank)

    def first(self, lane: Lane) -> Line | None:
        """Return the line of *lane* whose best task may start and is better than that of its others."""
        waiting = [line for line in self._lines.values() if line.ranks]
        if len(waiting) > 1:
            waiting.sort(key=_best)
        elif waiting and not waiting[0].demand:  # nearly always
            return waiting[0] if waiting[0].lane is lane else None
        kept: set[str] = set()
        for line in waiting:
            lacks = [name for name, share in line.demand if name in kept or self._free[name] < share]
            if not lacks:
                if line.lane is lane:
                    return line
            else:  # but slots are of use to others as long as it waits for something else
                kept.update(name for name, _ in line.demand if name != _SLOTS or name in lacks)
        return None

    def take(self, lane: Lane) -> int:
        """Remove the best task of *lane* that may start, take what it needs, and return its rank; -1 for none."""
        line = self.first(lane)
        if line is None:
            return -1
        for name, share in line.demand:
            self._free[name] -= share
        return heappop(line.ranks)

    def is_limited(self, lane: Lane) -> bool:
        """Return whether the next task of *lane* takes shares of a limit."""
        line = self.first(lane)
        return line is not None and bool(line.demand)

    def give_back(self, options: TaskOptions) -> None:
        """Take back what a task with *options* took."""
        for name, share in self.demand(options):
            self._free[name] += share

    def queued(self, lane: Lane) -> int:
        """Return the number of ready tasks of *lane*."""
        return sum(len(line.ranks) for line in self._lines.values() if line.lane is lane)

    def clear(self, lane: Lane) -> None:
        """Forget the ready tasks of *lane*."""
        for line in self._lines.values():
            if line.lane is lane:
                line.ranks.clear()


def _best(line: Line) -> int:
    return line.ranks[0]


def meter_of(plan: Plan, options: RunOptions) -> Meter | None:
    """Return who meters the tasks of *plan*, None if their order alone decides."""
    by_slots = any(kind.cpus > 1 for kind in plan.kinds)
    if not by_slots and not plan.spreads and not any(kind.uses for kind in plan.kinds):
        return None
    limits = {**options.limits, **plan.limits}
    return Meter({**limits, _SLOTS: options.slots} if by_slots else limits, by_slots=by_slots)
