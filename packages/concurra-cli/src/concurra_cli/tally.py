"""How a run stands, kept up by its events: what has ended and how, what runs, how fast, how much longer."""

from __future__ import annotations

import heapq
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple

from concurra_core import Event, PlannedTask, RunStarted, TaskEnded, TaskRetrying, TaskStarted, TaskState

_WINDOW: Final = 10.0  # seconds that the rate is taken over
_STEP: Final = 0.2  # seconds between two samples of it
_SOON: Final = 0.5  # seconds; before, a rate says nothing
FAILURES: Final = frozenset({TaskState.FAILED, TaskState.CRASHED, TaskState.TIMED_OUT})


class Running(NamedTuple):
    """A task that runs: since when, and how long it may, in seconds."""

    label: Hashable
    since: float
    limit: float | None


class Standing(NamedTuple):
    """How a run stands at a moment. *rows* has a place for each task that runs, which it keeps; None is a free one."""

    total: int
    ended: Counter[TaskState]
    rows: tuple[Running | None, ...]
    rate: float | None  # tasks a second
    eta: float | None  # seconds

    @property
    def done(self) -> int:
        """Number of tasks that have ended."""
        return self.ended.total()

    @property
    def failed(self) -> int:
        """Number of tasks that failed of their own."""
        return sum(self.ended[state] for state in FAILURES)


class Tally:
    """Count. It is a sink: events come on a thread of the run; whoever looks may be on any other.

    Args:
        tasks: the tasks of the run, as far as they are known before it.
        map_of: tells the map that made a task of another label, as `Workflow.map_of` does.
    """

    def __init__(
        self, tasks: Iterable[PlannedTask], map_of: Callable[[Hashable], Hashable] = lambda _: None
    ) -> None:
        self._limits = {task.label: task.timeout for task in tasks}
        self._map_of = map_of
        self._lock = threading.Lock()
        self._total = len(self._limits)
        self._ended: Counter[TaskState] = Counter()
        self._rows: list[Running | None] = []
        self._places: dict[Hashable, int] = {}
        self._free: list[int] = []  # a heap: the topmost free place first
        self._samples: deque[tuple[float, int]] = deque()

    def __call__(self, event: Event, /) -> None:
        """Take *event* in."""
        with self._lock:
            match event:
                case RunStarted(total=total):
                    self._total = total
                    self._samples.append((event.monotonic, 0))
                case TaskStarted():
                    self._start(event)
                case TaskRetrying(label=label):
                    self._leave(label)
                case TaskEnded(label=label, status=status):
                    self._know(label)
                    self._leave(label)
                    self._ended[status] += 1
                    self._sample(event.monotonic)

    def standing(self, now: float) -> Standing:
        """Return how the run stands *now*, on the clock of its events."""
        with self._lock:
            rate = self._rate(now)
            left = self._total - self._ended.total()
            eta = left / rate if rate else None
            return Standing(self._total, self._ended.copy(), tuple(self._rows), rate, eta)

    def _know(self, label: Hashable) -> None:
        """A map over a result makes tasks that nobody knew of before."""
        if label not in self._limits:
            self._limits[label] = self._limits.get(self._map_of(label))
            self._total += 1

    def _start(self, event: TaskStarted) -> None:
        self._know(event.label)
        running = Running(event.label, event.monotonic, self._limits[event.label])
        if self._free:
            place = heapq.heappop(self._free)
            self._rows[place] = running
        else:
            place = len(self._rows)
            self._rows.append(running)
        self._places[event.label] = place

    def _leave(self, label: Hashable) -> None:
        place = self._places.pop(label, None)
        if place is not None:
            self._rows[place] = None
            heapq.heappush(self._free, place)

    def _sample(self, now: float) -> None:
        if not self._samples or now - self._samples[-1][0] >= _STEP:
            self._samples.append((now, self._ended.total()))
        while len(self._samples) > 1 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()

    def _rate(self, now: float) -> float | None:
        done = self._ended.total()
        if not self._samples or not done:
            return None
        since, before = self._samples[0]
        if done == before or now < since + _SOON:  # nothing for a while, or too soon
            return None
        return (done - before) / (now - since)
