"""Who is there: one look at all processes serves everybody who is ended in the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from concurra_core.backends.worker.family import processes

if TYPE_CHECKING:
    from concurra_core.backends.worker.family import Process

_FRESH: Final = (
    0.01  # seconds that a look is good for: it takes some of them itself, with hundreds of processes
)


class Census:
    """Return all processes that have not ended, as they were a moment ago at most.

    Ending many at a time, each with a look of its own, would take the square of their number.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: Sequence[Process] = ()
        self._until = 0.0

    def __call__(self) -> Sequence[Process]:
        """Return pid, parent, group and session of each; nothing where there is no ``/proc``."""
        if not self._found or self._clock() > self._until:
            self._found = processes()
            self._until = self._clock() + _FRESH
        return self._found
