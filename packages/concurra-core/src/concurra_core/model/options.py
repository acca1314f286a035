"""What a user may say about a task and about a run, frozen and checked at the door.

Tasks with the same options share one `TaskOptions` object, so options cost a registered task eight bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import attrs

from concurra_core.model.checks import at_least_one, flag_field, integer_field, limit_field, period_field
from concurra_core.model.halt import NEVER, Halt
from concurra_core.model.retry import NO_RETRY, Retry


class Lane(Enum):
    """The kind of worker a task needs. A run has one backend a lane."""

    INLINE = "inline"
    THREAD = "thread"
    PROCESS = "process"
    FALLBACK = "thread_fallback"  # a thread, for what could not be pickled
    COMMAND = "subprocess"
    ASYNC = "async"  # a coroutine, on the run's event loop
    NONE = "none"  # no worker: a task that only brings the results of others together


@attrs.frozen(kw_only=True)
class TaskOptions:
    """One task's options; tasks that say the same share one object.

    Args:
        lane: the kind of worker the task needs.
        timeout: seconds one attempt may run, counted from its start; None for no limit.
        grace: seconds between asking a process to end and ending it.
        retry: when the task is tried again.
        priority: higher starts earlier among the ready tasks.
        expected_seconds: the declared duration, 1 where nothing is declared.
        declared: there is a declared duration.
        keep: keep the result until the end of the run, needed or not; None keeps what no other task takes.
        uses: how much it takes of which named limits while it runs, sorted by name.
        cpus: how many of the run's slots it takes while it runs.
        tags: words it can be selected by.
        allow_failure: the verdict on the run does not count it.
        fallback: the lane that takes the task if its own cannot, None if there is none.
        moved: why the task came to the fallback.
    """

    lane: Lane = Lane.THREAD
    timeout: float | None = attrs.field(default=None, validator=limit_field)
    grace: float = attrs.field(default=1.0, validator=period_field)
    retry: Retry = NO_RETRY
    priority: int = attrs.field(default=0, validator=integer_field)
    expected_seconds: float = attrs.field(default=1.0, validator=period_field)
    declared: bool = attrs.field(default=False, validator=flag_field)
    keep: bool | None = None
    uses: tuple[tuple[str, int], ...] = ()
    cpus: int = attrs.field(default=1, validator=at_least_one)
    tags: tuple[str, ...] = ()
    allow_failure: bool = attrs.field(default=False, validator=flag_field)
    fallback: Lane | None = None
    moved: str | None = None


@attrs.frozen(kw_only=True)
class RunOptions:
    """One run's options, as they hold for every task of it.

    Args:
        slots: most tasks running at once.
        name: what log lines and events call the run.
        halt: which failures stop the run.
        limits: the named limits, and how much there is of each.
        deadline: seconds the whole run may take; None for no limit.
    """

    slots: int = attrs.field(validator=at_least_one)
    name: str = "Concurra"
    halt: Halt = NEVER
    limits: Mapping[str, int] = attrs.field(factory=dict)
    deadline: float | None = attrs.field(default=None, validator=limit_field)


# The private limit of inline tasks: the thread that waits for the run is one. No user's limit begins so.
INLINE: Final = "\0inline"

# What `TaskRunner` says of a task: every result is kept.
DEFAULT_TASK: Final = TaskOptions(keep=True)
