"""Tasks that were sent to a worker process together, as the run sees them, and the one that it is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import attrs

from concurra_core.model.task import Task


@attrs.define(eq=False)
class Batch:
    """Tasks that were sent together.

    Args:
        number: the batch's; every one of a worker has its own.
        first: the sequence number of its first task.
        tasks: each with its attempt.
        read: how many of them are known to have ended.
        end: how many the worker may run; what comes behind was recalled.
        cursor: the byte of the slate where the next result lies.
    """

    number: int
    first: int
    tasks: Sequence[tuple[Task, int]]
    end: int
    cursor: int
    read: int = 0

    @property
    def left(self) -> int:
        """How many of them are not known to have ended."""
        return self.end - self.read


class Running(NamedTuple):
    """What a worker is in: an *attempt* of *task* that *began* then, seconds on the run's clock.

    *phase* is `PREPARING` or `RETURNING`, 0 in the call itself.
    """

    task: Task
    attempt: int
    began: float
    phase: int
