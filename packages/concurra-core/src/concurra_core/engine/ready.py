"""The tasks that could start now, best first: one queue a lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush, heappushpop
from typing import Final

from concurra_core.engine.meter import Meter
from concurra_core.graph.plan import Plan
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.task import Task

# Above every rank there can be.
LAST: Final = 1 << 62


class ReadyQueue:
    """Hand out ready tasks in the order of start; works on ranks, the places in that order.

    Tasks that are ready from the beginning lie sorted in a list, since their order is known; only what is
    released later goes through a heap. A wide graph without edges never touches the heap.

    >>> ready = ReadyQueue([2, 0, 1], roots=[0, 2])
    >>> ready.push(1)
    >>> [ready.pop(), ready.pop(), ready.pop(), ready.pop()]
    [2, 0, 1, -1]
    """

    __slots__ = ("_hands", "_ranks", "_undealt", "alike", "heap", "order", "roots")

    _hands: int  # how many piles there still are, once some were made

    def __init__(
        self,
        order: Sequence[int],
        roots: Iterable[int],
        ranks: Sequence[int] | None = None,
        *,
        alike: bool = False,
    ) -> None:
        """Take the *order* of start (indexes, best first) and the indexes that wait for nothing.

        They are *alike* if nothing that runs waits for another, none goes before another, and all are in this queue.
        """
        if ranks is None:
            ranks = _ranks_of(order)
        self.order = order
        self._ranks = ranks
        self.alike = alike
        # Ranks, the best at the end of the roots, but for piles, and at the head of the heap. Both are open, and so is the
        # order: the scheduler's hot path has `pop` and `exchange` written out.
        if roots is order and isinstance(order, range):  # nobody waits for anybody
            self.roots = list(order)[::-1]
        else:
            self.roots = sorted([ranks[index] for index in roots], reverse=True)
        self.heap: list[int] = []
        self._undealt = len(self.roots)  # how many of the roots are in no pile yet

    def push(self, index: int) -> None:
        """Add the task with *index*."""
        heappush(self.heap, self._ranks[index])

    def pop(self) -> int:
        """Remove the best task and return its index, -1 if there is none."""
        heap, roots = self.heap, self.roots
        if heap and (not roots or heap[0] < roots[-1]):
            return self.order[heappop(heap)]
        return self.order[roots.pop()] if roots else -1

    def exchange(self, index: int) -> int:
        """Add the task with *index* and remove the best one; return the index of that."""
        heap, roots = self.heap, self.roots
        rank = self._ranks[index]
        if heap:
            rank = heappushpop(heap, rank)
        if roots and roots[-1] < rank:
            heappush(heap, rank)
            rank = roots.pop()
        return self.order[rank]

    def deal(self, most: int, hands: int) -> list[int]:
        """Remove up to *most* tasks, as good as those that the other *hands* get; return their indexes, best first.

        So cards are dealt: of what comes next, each of as many calls as there are hands gets a pile, in which there is
        one of the best, one of the next best, and so on. For tasks that are *alike*, while none has come back.

        >>> ready = ReadyQueue(range(8), roots=range(8))
        >>> ready.deal(2, hands=2), ready.deal(2, hands=2), ready.deal(2, hands=2)
        ([0, 2], [1, 3], [4, 6])
        """
        roots, order = self.roots, self.order
        if len(roots) <= self._undealt:
            self._undealt, self._hands = max(0, len(roots) - most * hands), hands
            cards = roots[self._undealt :][::-1]
            piles = [card for hand in range(hands) for card in cards[hand::hands]]
            roots[self._undealt :] = piles[::-1]
        rest = len(roots) + (self._undealt - len(roots)) // self._hands
        self._hands = max(1, self._hands - 1)
        pile = sorted(roots[rest:])
        del roots[rest:]
        roots[self._undealt : self._undealt] = pile[: most - 1 : -1]  # what is too much goes under all piles
        return [order[rank] for rank in pile[:most]]

    def best(self) -> int:
        """Return the rank of the best task, `LAST` if there is none."""
        heap, roots = self.heap, self.roots
        if heap and (not roots or heap[0] < roots[-1]):
            return heap[0]
        return roots[-1] if roots else LAST

    def clear(self) -> None:
        """Forget all tasks."""
        self.heap.clear()
        self.roots.clear()

    def __len__(self) -> int:
        return len(self.heap) + len(self.roots)


class MeteredQueue(ReadyQueue):
    """The ready tasks of one lane of a run in which some take shares of named limits, or come in while it goes on.

    What comes in later takes the rank of the task that it belongs to; among equals the index decides.
    """

    __slots__ = ("_guests", "_lane", "_meter", "_tasks")

    def __init__(
        self,
        order: Sequence[int],
        roots: Iterable[int],
        lane: Lane,
        tasks: Sequence[Task],
        meter: Meter,
    ) -> None:
        """Take, after those of `ReadyQueue`, the *lane*, the records by index, and who knows limits and ranks."""
        super().__init__(order, (), meter.ranks)
        self._lane = lane
        self._tasks = tasks
        self._meter = meter
        self._guests: dict[int, list[int]] = {}  # by rank, a heap of the indexes that share it
        for index in roots:
            self.push(index)

    def push(self, index: int) -> None:
        rank = self._ranks[index]
        if index >= len(self.order):
            heappush(self._guests.setdefault(rank, []), index)
        self._meter.add(self._lane, self._meter.demand(self._tasks[index].options), rank)

    def pop(self) -> int:
        rank = self._meter.take(self._lane)
        if rank < 0:
            return -1
        guests = self._guests.get(rank)
        return heappop(guests) if guests else self.order[rank]

    def best(self) -> int:
        line = self._meter.first(self._lane)
        return LAST if line is None else line.ranks[0]

    def clear(self) -> None:
        self._meter.clear(self._lane)

    def __len__(self) -> int:
        return self._meter.queued(self._lane)


def lanes_of(kinds: Iterable[TaskOptions]) -> list[Lane]:
    """Return each lane that tasks with options of these *kinds* may come to run in."""
    lanes = (lane for kind in kinds for lane in (kind.lane, kind.fallback))
    return [lane for lane in dict.fromkeys(lanes) if lane is not None and lane is not Lane.NONE]


def has_no_time(plan: Plan) -> bool:
    """Return whether there are tasks with a time limit of zero seconds: these never begin, and are in no queue."""
    return any(kind.timeout == 0 for kind in plan.kinds)


def queues_of(tasks: Sequence[Task], plan: Plan, meter: Meter | None = None) -> dict[Lane, ReadyQueue]:
    """Return a queue for each lane that *tasks* use, filled with what waits for nothing."""
    roots: dict[Lane, Sequence[int]] = dict.fromkeys(lanes_of(plan.kinds), ())
    ready: Sequence[int] = plan.order
    if any(plan.waits):
        ready = [index for index, wait in enumerate(plan.waits) if not wait]
    if has_no_time(plan):
        ready = [index for index in ready if tasks[index].options.timeout != 0]
    if len(roots) == 1 and not plan.joins:
        roots[plan.kinds[0].lane] = ready
    else:
        for lane in roots:
            roots[lane] = [index for index in ready if tasks[index].options.lane is lane]
    ranks = _ranks_of(plan.order)
    alike = len(roots) == 1 and (isinstance(ready, range) or (bool(plan.joins) and plan.is_flat))
    if meter is not None:
        meter.ranks = list(ranks)
        return {lane: MeteredQueue(plan.order, first, lane, tasks, meter) for lane, first in roots.items()}
    return {lane: ReadyQueue(plan.order, first, ranks, alike=alike) for lane, first in roots.items()}


def _ranks_of(order: Sequence[int]) -> Sequence[int]:
    """Return for each index its place in *order*."""
    if isinstance(order, range):
        return order
    ranks = [0] * len(order)
    for rank, index in enumerate(order):
        ranks[index] = rank
    return ranks
