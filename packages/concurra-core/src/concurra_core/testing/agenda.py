"""What is going to happen, by virtual moments. What falls on the same moment comes in an order left to chance."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

import attrs

from concurra_core.testing.doubles import FakeClock


@attrs.define(order=True)
class Item:
    """One thing that is going to happen *when*, unless it is dropped."""

    when: float
    lot: float
    place: int
    act: Callable[[], object] | None = attrs.field(order=False, repr=False)

    def drop(self) -> None:
        """Let it not happen."""
        self.act = None


class Agenda:
    """Let things happen one after the other, and time pass in between, without waiting.

    Args:
        clock: moved on to the moment of each thing that happens.
        chance: decides between things of the same moment.

    >>> agenda = Agenda(FakeClock(), Random(0))
    >>> said = []
    >>> item = agenda.at(3600.0, lambda: said.append("late"))
    >>> item = agenda.at(1.0, lambda: said.append("soon"))
    >>> while agenda.step():
    ...     pass
    >>> said, agenda.clock()
    (['soon', 'late'], 3600.0)
    """

    def __init__(self, clock: FakeClock, chance: Random) -> None:
        self.clock = clock
        self._chance = chance
        self._items: list[Item] = []
        self._added = 0

    def at(self, when: float, act: Callable[[], object]) -> Item:
        """Have *act* called at *when*."""
        self._added += 1
        item = Item(max(when, self.clock()), self._chance.random(), self._added, act)
        heappush(self._items, item)
        return item

    def soon(self, act: Callable[[], object]) -> Item:
        """Have *act* called before time passes."""
        return self.at(self.clock(), act)

    def step(self) -> bool:
        """Let the next thing happen; return False if nothing is going to."""
        while self._items:
            item = heappop(self._items)
            if item.act is not None:  # what was dropped takes no time either
                self.clock.now = item.when
                item.act()
                return True
        return False
