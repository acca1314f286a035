"""Points in time that something must happen at, by key. Pure: the present is always an argument."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

# Dropped deadlines stay in the heap until they are this many more than the live ones.
_SLACK = 64


class Deadlines:
    """At most one deadline a key; the soonest is known at any time. Times are seconds on the caller's clock.

    >>> deadlines = Deadlines()
    >>> deadlines.set(7, 4.0)
    >>> deadlines.next(), deadlines.overdue(4.0), deadlines.next()
    (4.0, [7], None)
    """

    def __init__(self) -> None:
        self._due: dict[int, float] = {}
        # Invariant: every (when, key) of _due is in the heap; what else is there is stale.
        self._heap: list[tuple[float, int]] = []

    def set(self, key: int, when: float) -> None:
        """Let *key* fall due at *when*, in place of any earlier word on it."""
        self._due[key] = when
        heappush(self._heap, (when, key))

    def drop(self, key: int) -> None:
        """Forget the deadline of *key*, if there is one."""
        if self._due.pop(key, None) is not None and len(self._heap) > 2 * len(self._due) + _SLACK:
            self._heap = [(when, live) for live, when in self._due.items()]
            heapify(self._heap)

    def of(self, key: int) -> float | None:
        """Return when *key* falls due, None if it does not."""
        return self._due.get(key)

    def clear(self) -> None:
        """Forget every deadline."""
        self._due.clear()
        self._heap.clear()

    def next(self) -> float | None:
        """Return when the soonest deadline falls due, None if there is none."""
        heap = self._heap
        while heap and self._due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def overdue(self, now: float) -> list[int]:
        """Remove and return the keys that fell due at *now* or before, the longest overdue first."""
        keys = []
        while (when := self.next()) is not None and when <= now:
            key = heappop(self._heap)[1]
            del self._due[key]
            keys.append(key)
        return keys
