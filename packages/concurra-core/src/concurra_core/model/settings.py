"""What a user may say of one task of a `Workflow`: the keywords of `add`, and how they meet what the run says."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypedDict

import attrs

from concurra_core.model.checks import count, demands, flag, integer, limit, period, words
from concurra_core.model.options import INLINE, Lane, TaskOptions
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref
from concurra_core.model.retry import NO_RETRY, Retry

On: TypeAlias = Literal["thread", "process", "async", "inline"]
LANES: Final = {
    "thread": Lane.THREAD,
    "process": Lane.PROCESS,
    "async": Lane.ASYNC,
    "inline": Lane.INLINE,
}
GRACE: Final = 1.0  # seconds, where neither a task nor its run says anything


class AddOptions(TypedDict, total=False):
    """The keywords of `Workflow.add`. What is left out, or None, is as the run has it.

    Args:
        label: any hashable, unique in its flow; by default the name of the function.
        after: tasks that must succeed first, by ref or label, also labels of tasks not yet added; a ref such as
            ``raw.outcome()`` needs only that the task has settled.
        timeout: seconds one attempt may run, counted from its start; 0 is no time at all: it times out
            without being started. Infinity is no limit.
        grace: seconds between asking a process to end and ending it.
        retry: when the task is tried again.
        on: where it runs. By default a coroutine function on the event loop, anything else on a thread.
        uses: how much it takes of which of the run's named limits while it runs.
        cpus: how many of the slots of ``max_concurrency`` it takes while it runs.
        priority: higher starts earlier among ready tasks; what a task waits for inherits its priority.
        expected_seconds: how long it will take, for a better order of start; 1 if nothing is said.
        tags: words it can be selected by.
        keep: keep its result until the end of the run; by default that of tasks whose result no other task takes.
        allow_failure: leave it out of the verdict on the run.
    """

    label: Hashable
    after: Iterable[Hashable | Ref[Any]] | None
    timeout: float | None
    grace: float | None
    retry: Retry | None
    on: On | None
    uses: Mapping[str, int] | None
    cpus: int | None
    priority: int | None
    expected_seconds: float | None
    tags: Iterable[str] | None
    keep: bool | None
    allow_failure: bool | None


@attrs.frozen(kw_only=True)
class Defaults:
    """What a run says of every task that says nothing itself; None where the run says nothing either."""

    timeout: float | None = None
    grace: float | None = None
    retry: Retry | None = None
    lane: Lane | None = None


@attrs.frozen(kw_only=True, cache_hash=True)
class Settings:
    """What a user said of one task, checked; None where he said nothing. Frozen, and the same for many tasks.

    *timed*: he said something of the time limit, if only that there is none; *declared*: of how long it will take.
    *fallback*: the lane that takes what cannot be sent to a worker process; only a `TaskRunner` can say it.
    """

    lane: Lane | None = None
    timed: bool = False
    timeout: float | None = None
    grace: float | None = None
    retry: Retry | None = None
    uses: tuple[tuple[str, int], ...] = ()
    cpus: int = 1
    priority: int = 0
    expected_seconds: float = 1.0
    declared: bool = False
    tags: tuple[str, ...] = ()
    keep: bool | None = None
    allow_failure: bool = False
    fallback: Lane | None = None

    def options(self, defaults: Defaults, otherwise: Lane) -> TaskOptions:
        """Return the options that hold: the task's over the run's, and *otherwise* the lane if neither names one."""
        grace = defaults.grace if self.grace is None else self.grace
        lane = self.lane or (otherwise if otherwise is not Lane.THREAD else defaults.lane) or Lane.THREAD
        return TaskOptions(
            lane=lane,
            timeout=self.timeout if self.timed else defaults.timeout,
            grace=GRACE if grace is None else grace,
            retry=self.retry or defaults.retry or NO_RETRY,
            priority=self.priority,
            expected_seconds=self.expected_seconds,
            declared=self.declared,
            keep=self.keep,
            uses=(*self.uses, (INLINE, 1)) if lane is Lane.INLINE else self.uses,
            cpus=self.cpus,
            tags=self.tags,
            allow_failure=self.allow_failure,
            fallback=self.fallback if lane is Lane.PROCESS else None,
        )


def settings_of(said: Mapping[str, Any]) -> Settings:
    """Return what the keywords *said* of a task, without `label` and `after`, checked.

    Raises:
        TypeError: a keyword is not known, or its value of the wrong type.
        ValueError: a value is out of its range.

    >>> settings_of({"on": "process", "cpus": 2}).cpus
    2
    """
    checked: dict[str, Any] = {}
    for name, value in said.items():
        if name not in _CHECKS:
            raise TypeError(
                f"{quoted(name)} is no option of a task; there are {', '.join(sorted(AddOptions.__annotations__))}; "
                "a keyword argument of the function is bound with functools.partial"
            )
        if value is not None:
            checked["lane" if name == "on" else name] = _CHECKS[name](value)
    return Settings(timed="timeout" in checked, declared="expected_seconds" in checked, **checked)


def checked_retry(value: object) -> Retry:
    """Return *value*, which must be a `Retry`.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, Retry):
        raise TypeError(f"retry must be a Retry, such as Retry(3), not {quoted(value)}")
    return value


def checked_lane(value: object) -> Lane:
    """Return the lane that *value* names.

    Raises:
        TypeError: it is no str.
        ValueError: it names none.
    """
    known = f"on must be one of {', '.join(map(repr, LANES))}, not {quoted(value)}"
    if not isinstance(value, str):
        raise TypeError(known)
    if value not in LANES:
        raise ValueError(known)
    return LANES[value]


_CHECKS: Final[Mapping[str, Callable[[object], object]]] = {
    "timeout": lambda value: limit("timeout", value),
    "grace": lambda value: period("grace", value),
    "retry": checked_retry,
    "on": checked_lane,
    "uses": lambda value: demands("uses", value),
    "cpus": lambda value: count("cpus", value, least=1),
    "priority": lambda value: integer("priority", value),
    "expected_seconds": lambda value: period("expected_seconds", value),
    "tags": lambda value: words("tags", value),
    "keep": lambda value: flag("keep", value),
    "allow_failure": lambda value: flag("allow_failure", value),
}
