"""What a user may say about a task and about a run, frozen and checked at the door.

Tasks with the same options share one `TaskOptions` object, so options cost a registered task eight bytes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

import attrs


class Lane(Enum):
    """The kind of worker a task needs. A run has one backend a lane."""

    INLINE = "inline"
    THREAD = "thread"
    PROCESS = "process"
    FALLBACK = "thread_fallback"  # a thread, for what could not be pickled
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


def period(name: str, value: object) -> float:
    """Return *value* as seconds, 0 or more.

    Raises:
        TypeError: *value* is neither an int nor a float (a bool is neither here).
        ValueError: *value* is below zero, or not finite.

    >>> period("grace", 0)
    0.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds (int or float), not {value!r}")
    if not 0 <= value <= sys.float_info.max:
        raise ValueError(f"{name} must be 0 or more and finite, in seconds, not {value!r}")
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
        fallback: the lane that takes the task if its own cannot, None if there is none.
        moved: why the task came to the fallback.
    """

    lane: Lane = Lane.THREAD
    timeout: float | None = attrs.field(default=None, validator=_seconds)
    grace: float = attrs.field(default=1.0, validator=_finite)
    retry: Retry = Retry()
    priority: int = 0
    expected_seconds: float = attrs.field(default=1.0, validator=_finite)
    keep: bool = True
    fallback: Lane | None = None
    moved: str | None = None


# What numerical libraries read to know how many threads to use. Processes times threads would be too many.
THREAD_COUNTS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def _initializer(_: object, field: attrs.Attribute[Callable[[], object] | None], value: object) -> None:
    if value is not None and not callable(value):
        raise TypeError(f"{field.name} must be a callable without arguments or None, not {value!r}")


def _initializer_timeout(_: object, field: attrs.Attribute[float | None], value: object) -> None:
    seconds(field.name, value)


def _max_tasks(_: object, field: attrs.Attribute[int | None], value: object) -> None:
    if value is not None:
        count(field.name, value, least=1)


def _start_method(_: object, field: attrs.Attribute[str], value: object) -> None:
    if value not in START_METHODS:
        raise ValueError(f"{field.name} must be one of {', '.join(START_METHODS)}, not {value!r}")


def _env(_: object, field: attrs.Attribute[Mapping[str, str]], value: object) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{field.name} must be a mapping of str to str, not {value!r}")
    for name, text in value.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError(f"{field.name} must map str to str, but holds {name!r}: {text!r}")
        if not name or "=" in name or "\0" in name + text:
            raise ValueError(f"{field.name} holds what no environment can: {name!r}: {text!r}")


START_METHODS: Final = ("template", "fork")


@attrs.frozen(kw_only=True)
class WorkerOptions:
    """What holds for every worker process of a run.

    Args:
        initializer: called without arguments in each worker before its first task; if it fails, the run does.
        initializer_timeout: seconds that it may take, None for no limit; where it takes longer, it has failed.
        max_tasks: a worker is replaced after this many tasks, None for never; 1 gives each task a fresh process.
        start_method: "template" forks workers from a small process that has nothing of this one's threads and
            locks. "fork" forks them from this one, for large data that they are to inherit.
        env: environment variables of the workers, on top of the program's own. Variables that tell numerical
            libraries how many threads to use are 1 unless they are set there or here.

    >>> WorkerOptions(max_tasks=1).max_tasks
    1
    """

    initializer: Callable[[], object] | None = attrs.field(default=None, validator=_initializer)
    initializer_timeout: float | None = attrs.field(default=None, validator=_initializer_timeout)
    max_tasks: int | None = attrs.field(default=None, validator=_max_tasks)
    start_method: str = attrs.field(default="template", validator=_start_method)
    env: Mapping[str, str] = attrs.field(factory=dict, validator=_env)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return the whole environment of a worker of a program whose environment is *base*."""
        return {**dict.fromkeys(THREAD_COUNTS, "1"), **base, **self.env}


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
