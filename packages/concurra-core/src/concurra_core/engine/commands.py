"""What the scheduler wants done in the world, as values. The runner carries them out."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from concurra_core.model.options import Lane
from concurra_core.model.task import Task


@attrs.frozen
class Wake:
    """There is more ready work in *lane* than awake workers: wake or start one, which then takes a task."""

    lane: Lane


@attrs.frozen
class Kill:
    """End *attempt* of *task*, politely for *grace* seconds, and report it killed."""

    task: Task
    attempt: int
    grace: float


@attrs.frozen
class Alarm:
    """Call `tick` at *when* seconds on the run's clock; it is sooner than any alarm before it."""

    when: float


@attrs.frozen
class Finish:
    """Every task has ended."""


Command: TypeAlias = Wake | Kill | Alarm | Finish
