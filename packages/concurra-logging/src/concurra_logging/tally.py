"""How far a run is: counted from its events."""

from __future__ import annotations

from collections.abc import Hashable

import attrs
from concurra_core import Event, RunStarted, TaskEnded, TaskRetrying, TaskStarted, TaskState


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is.

    Args:
        total: number of tasks, as far as it is known: a map may add to it.
        done: how many have ended, whatever way.
        failed: how many of these did not succeed.
        running: how many are running.
        waiting: how many have not begun, or wait for another attempt.
        rate: tasks that ended in a second, on average since the start; 0.0 before the first has.
        eta: seconds until all have ended, if it goes on so; None before the first has.
        seconds: seconds since the start.
        wall: seconds since the epoch.
    """

    total: int
    done: int
    failed: int
    running: int
    waiting: int
    rate: float
    eta: float | None
    seconds: float
    wall: float


class Tally:
    """Count the events of one run.

    >>> tally = Tally(0.0)
    >>> tally.of(2.0, wall=2.0).done
    0
    """

    def __init__(self, began: float) -> None:
        self.began = began  # seconds on the run's clock
        self.total = 0
        self.done = 0
        self.failed = 0
        self.running: set[Hashable] = set()

    def count(self, event: Event) -> None:
        """Take *event* into account."""
        # Not by match, which is slower: a run has two such events a task.
        if event.__class__ is TaskStarted:
            self.running.add(event.label)
        elif event.__class__ is TaskEnded:
            self.running.discard(event.label)
            self.done += 1
            if event.status is not _SUCCEEDED:
                self.failed += 1
        elif isinstance(event, TaskRetrying):
            self.running.discard(event.label)
        elif isinstance(event, RunStarted):
            self.began, self.total = event.monotonic, event.total

    def of(self, now: float, *, wall: float) -> Progress:
        """Return how far the run is at *now*, which is *wall* seconds since the epoch."""
        running = len(self.running)
        total = max(self.total, self.done + running)
        seconds = max(0.0, now - self.began)
        rate = self.done / seconds if seconds else 0.0
        return Progress(
            total=total,
            done=self.done,
            failed=self.failed,
            running=running,
            waiting=total - self.done - running,
            rate=rate,
            eta=(total - self.done) / rate if rate else None,
            seconds=seconds,
            wall=wall,
        )


_SUCCEEDED = TaskState.SUCCEEDED
