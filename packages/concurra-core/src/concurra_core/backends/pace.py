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
_AT_LEISURE: Final = 0.1  # seconds, in place of these, where nobody waits; looks are a bit later
_SHORT_AT_LEISURE: Final = 0.04
_WEIGHT: Final = 0.3  # of the latest batch in the mean duration of tasks


class Pace:
    """The pace of a run's workers, measured by what its tasks take.

    A supervisor that is woken for every task of some milliseconds takes a thirtieth of a processor from these. Where
    no task waits for another, or goes before another, and nobody listens to what becomes of each, it has time: batches
    are larger, and are told when they are over. What such a batch holds back is taken back when it is late.

    Args:
        patient: nobody waits for the end of a single task.

    Attributes:
        look: seconds after which the pool looks at a worker that gets on.
        patience: seconds after which a worker says that there is something to read, if its batch goes on.
    """

    def __init__(self, *, patient: bool) -> None:
        self.patient = patient
        self.patience = _AT_LEISURE if patient else _PATIENCE
        self.look = LOOK + _AT_LEISURE if patient else LOOK
        self._ahead = _AT_LEISURE if patient else _AHEAD
        self._short = _SHORT_AT_LEISURE if patient else _SHORT
        self._mean: float | None = None  # seconds that a task takes

    @property
    def is_known_to_be_short(self) -> bool:
        """Whether tasks are so short that a worker is to have the next batch before it has ended one."""
        return self._mean is not None and self._mean <= self._short

    @property
    def many(self) -> int:
        """How many tasks make a batch."""
        return 1 if self._mean is None else max(1, min(MOST, int(self._ahead / max(self._mean, 1e-9))))

    @property
    def is_worth_a_recall(self) -> bool:
        """Whether what waits behind a task waits longer than it takes to look."""
        return self._mean is not None and self._mean >= LOOK

    def is_late(self, handed_at: float, now: float) -> bool:
        """Return whether a worker that was handed work then should have asked for more by *now*."""
        return self.patient and now >= handed_at + self.look

    def measure(self, reports: Sequence[Report]) -> None:
        """Learn from what has ended."""
        mean = sum([ended - began for _, _, began, ended, _, _ in reports]) / len(reports)
        # Shorter at once, longer by and by: a first call imports, and what gets stuck behind a long task is recalled.
        known = self._mean
        self._mean = mean if known is None or mean < known else known + _WEIGHT * (mean - known)
