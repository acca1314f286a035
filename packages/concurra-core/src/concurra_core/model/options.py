"""What a user may say about a task and about a run, frozen and checked at the door.

Tasks with the same options share one `TaskOptions` object, so options cost a registered task eight bytes.
"""

from __future__ import annotations

import math
import sys
from enum import Enum
from typing import Final

import attrs


class Lane(Enum):
    """The kind of worker a task needs. A run has one backend a lane."""

    INLINE = "inline"
    THREAD = "thread"
    COMMAND = "subprocess"


def seconds(name: str, value: object) -> float | None:
    """Return *value* as a time limit in seconds; None stays None.

    Raises:
        TypeError: *value* is neither an int nor a float (a bool is neither here).
        ValueError: *value* is not above zero, or not finite.

    >>> seconds("timeout", 4), seconds("timeout", None)
    (4.0, None)
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds (int or float) or None, not {value!r}")
    # The largest float, not infinity: an int may be finite and still too large for a float.
    if not 0 < value <= sys.float_info.max:
        raise ValueError(f"{name} must be above 0 and finite, in seconds, not {value!r}; None means no limit")
    return float(value)


def count(name: str, value: object, *, least: int = 0) -> int:
    """Return *value* as a whole number of at least *least*.

    Raises:
        TypeError: *value* is not an int (a bool is none here).
        ValueError: *value* is below *least*.

    >>> count("task_retries", 3)
    3
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value!r}")
    return value


def _seconds(_: object, field: attrs.Attribute[float | None], value: object) -> None:
    seconds(field.name, value)


def _count(_: object, field: attrs.Attribute[int], value: object) -> None:
    count(field.name, value)


def _at_least_one(_: object, field: attrs.Attribute[int], value: object) -> None:
    count(field.name, value, least=1)


def _finite(_: object, field: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value < math.inf:
        raise ValueError(f"{field.name} must be 0 or more and finite, not {value!r}")


@attrs.frozen(kw_only=True)
class Retry:
    """How often and when a task that raised is tried again.

    Args:
        attempts: further attempts after the first one.
        delay: seconds before the first retry; no worker is held meanwhile.
        factor: what the delay is multiplied by from one retry to the next.
        max_delay: seconds no delay exceeds.
    """

    attempts: int = attrs.field(default=0, validator=_count)
    delay: float = attrs.field(default=0.0, validator=_finite)
    factor: float = attrs.field(default=1.0, validator=_finite)
    max_delay: float = attrs.field(default=3600.0, validator=_finite)


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
        keep: keep the result until the end of the run, needed or not.
    """

    lane: Lane = Lane.THREAD
    timeout: float | None = attrs.field(default=None, validator=_seconds)
    grace: float = attrs.field(default=1.0, validator=_finite)
    retry: Retry = Retry()
    priority: int = 0
    expected_seconds: float = attrs.field(default=1.0, validator=_finite)
    keep: bool = True


@attrs.frozen(kw_only=True)
class RunOptions:
    """One run's options, as they hold for every task of it.

    Args:
        slots: most tasks running at once.
        name: what log lines and events call the run.
        fail_fast: stop everything at the first failure.
    """

    slots: int = attrs.field(validator=_at_least_one)
    name: str = "Concurra"
    fail_fast: bool = False


DEFAULT_TASK: Final = TaskOptions()
