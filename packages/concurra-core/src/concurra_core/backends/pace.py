"""How much a worker is handed at a time, and how soon the pool hears of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from concurra_core.backends.worker.slate import MOST
from concurra_core.model.task import Report

LOOK: Final = 0.003  # seconds after which the pool looks at a worker that gets on, where somebody waits
_PATIENCE: Final = 0.002  # seconds after which a worker says that there is something to read, there
_AHEAD: Final = 0.001  # seconds of work in a batch, there
_SHORT: Final = 0.02  # seconds; a worker whose tasks take longer is handed the next one when it asks
_AT_LEISURE: Final = 0.1  # seconds, in place of these, where nobody waits
_LATE: Final = 1.5  # times as long, and what such a batch still holds is taken back
_OVERDUE: Final = 0.02  # seconds after which a task is a long one, if most are short; else
_LONG: Final = 4  # times as long as most
_TAIL: Final = 0.02  # seconds of work at hand, or one task, with which a worker is handed the next batch
_FEW: Final = 2  # tasks that a worker still holds when it speaks
_WEIGHT: Final = 0.3  # of the latest batch in the mean duration of tasks


class Pace:
    """The pace of a run's workers, measured by what its tasks take.

    A supervisor that is woken for every task of some milliseconds takes a thirtieth of a processor from these. Where
    no task waits for another, or goes before another, and nobody listens to what becomes of each, it has time: batches
    are larger, and are told shortly before they are over. What such a batch holds back is taken back when it is late.

    Args:
        patient: nobody waits for the end of a single task.

    Attributes:
        look: seconds after which the pool looks at a worker that gets on.
    """

    def __init__(self, *, patient: bool) -> None:
        self.patient = patient
        self.look = LOOK + _LATE * _AT_LEISURE if patient else LOOK
        self._ahead = _AT_LEISURE if patient else _AHEAD
        self._short = _AT_LEISURE if patient else _SHORT
        self._mean: float | None = None  # seconds that a task takes

    @property
    def is_known_to_be_short(self) -> bool:
        """Whether tasks are so short that a worker is to have the next batch before it has ended one."""
        return self._mean is not None and self._mean <= self._short

    @property
    def many(self) -> int:
        """How many tasks make a batch."""
        return 1 if self._mean is None else max(1, min(MOST, int(self._ahead / max(self._mean, 1e-9))))

    def manner(self, count: int) -> tuple[float, bool]:
        """Return after how many seconds a worker says that there is something to read, if its batch of *count* goes on.

        And whether it leaves the end untold if it has the next one: where there is time it speaks once a batch, just
        before the end, so that it need not wait for the next.
        """
        if not self.patient or self._mean is None or count <= _FEW:
            return _PATIENCE, False
        return max(_PATIENCE, (count - _FEW) * self._mean), True

    def is_nearly_over(self, left: int) -> bool:
        """Return whether a worker that has *left* tasks is to be handed more: what it holds keeps its place in the order."""
        return left <= 1 or (self._mean is not None and left * self._mean <= _TAIL)

    @property
    def is_worth_a_recall(self) -> bool:
        """Whether what waits behind a task waits longer than it takes to look."""
        return self._mean is not None and self._mean >= LOOK

    @property
    def overdue(self) -> float:
        """Seconds after which a task is a long one, and what waits behind it is to begin elsewhere."""
        return max(_OVERDUE, _LONG * (self._mean or 0.0))

    def is_late(self, handed_at: float, since: float, now: float) -> bool:
        """Return whether others are to begin what waits at a worker that is in a task *since* then.

        That is a long one, or the worker, which was handed work at *handed_at*, should have asked for more by *now*.
        """
        return now >= since + self.overdue or now >= handed_at + (self.look if self.patient else self.overdue)

    def measure(self, reports: Sequence[Report]) -> None:
        """Learn from what has ended."""
        mean = sum([ended - began for _, _, began, ended, _, _ in reports]) / len(reports)
        # Shorter at once, longer by and by: a first call imports, and what gets stuck behind a long task is recalled.
        known = self._mean
        self._mean = mean if known is None or mean < known else known + _WEIGHT * (mean - known)
