"""Notes: what the engine leaves behind for those who tell, as small tuples that cost the hot path little.

`reporting` turns notes into events and log lines, later and on a thread of its own. Engine and reporting do
not know one another; this is the word they share.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias

import attrs

from concurra_core.model.outcome import Fault
from concurra_core.model.task import Task


class NoteKind(Enum):
    """What a note tells. The last field of the note depends on it."""

    RUN_STARTED = auto()  # number of tasks
    TASK_STARTED = auto()  # attempt
    TASK_RETRYING = auto()  # a RetryDetail
    TASK_ENDED = auto()  # None: the task's record says it all
    PROGRESS = auto()  # number of tasks that have ended
    HALTED = auto()  # None: the first failure stops the run
    DELETED = auto()  # None: this running task is stopped because of it
    SAID = auto()  # (1 for stdout or 2 for stderr, bytes): what a task wrote in another process
    LOGGED = auto()  # a pickle of the fields of a log record, from another process
    RUN_ENDED = auto()  # number of tasks that did not succeed


@attrs.frozen
class RetryDetail:
    """The *attempt* that failed with *fault* after *seconds*, and *delay*, the seconds until the next one."""

    attempt: int
    fault: Fault
    seconds: float
    delay: float


# (kind, seconds on the run's clock, the task or None, what the kind says)
Note: TypeAlias = tuple[NoteKind, float, Task | None, object]
Notebook: TypeAlias = Callable[[Note], object]
