"""When a task that did not go well is tried again: `Retry`, frozen and checked at the door."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from concurra_core.model.checks import at_least_one, items_in, period_field, ratio, whole_in
from concurra_core.model.quoting import quoted

# What a retry may be for: an exception type, or a function that is asked about the exception.
RetryOn: TypeAlias = type[BaseException] | Callable[[BaseException], object]


def _conditions(value: object) -> tuple[RetryOn, ...]:
    """Return what *on* says as a tuple; one condition alone stands for itself."""
    if callable(value):
        value = (value,)
    if not isinstance(value, Iterable) or isinstance(value, str | bytes):
        raise TypeError(f"on must be exception types or predicates, not {quoted(value)}")
    given = items_in("on", value)
    if not given:
        raise ValueError(
            f"on must name what is tried again, not {quoted(value)}; leave it out for any exception, or leave out the retry"
        )
    for condition in given:
        if not callable(condition) or (
            isinstance(condition, type) and not issubclass(condition, BaseException)
        ):
            raise TypeError(f"on must hold exception types or predicates, not {quoted(condition)}")
    return given


def _jitter(_: object, field: attrs.Attribute[float], value: object) -> None:
    ratio(f"{field.name}, a share of the delay,", value, most=1.0)


def _factor(_: object, field: attrs.Attribute[float], value: object) -> None:
    ratio(field.name, value)


def _seed(_: object, field: attrs.Attribute[int | None], value: object) -> None:
    if value is not None and whole_in(value) is None:
        raise TypeError(f"{field.name} must be an int or None, not {quoted(value)}")


@attrs.frozen
class Retry:
    """How often, when and after what a task is tried again. Between two attempts no worker is held.

    Args:
        attempts: most attempts in all, the first one included; 1 is no retry.
        delay: seconds before the first retry.
        factor: what the delay is multiplied by from one retry to the next (exponential backoff).
        max_delay: seconds no delay exceeds.
        jitter: the share of each delay, 0 to 1, that is left to chance: 0.5 waits half to the whole of it.
        on: exception types, or predicates that are asked about the exception. A task that ran over its limit or whose
            worker died is tried again only if `TaskTimeout` or `WorkerCrashed` is named here.
        seed: makes the jitter the same in every run.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of its range, or *on* is empty.

    >>> Retry(3, delay=0.5, factor=2.0, on=OSError).on
    (<class 'OSError'>,)
    """

    attempts: int = attrs.field(default=1, validator=at_least_one)
    delay: float = attrs.field(default=0.0, kw_only=True, validator=period_field)
    factor: float = attrs.field(default=1.0, kw_only=True, validator=_factor)
    max_delay: float = attrs.field(default=3600.0, kw_only=True, validator=period_field)
    jitter: float = attrs.field(default=0.0, kw_only=True, validator=_jitter)
    on: tuple[RetryOn, ...] = attrs.field(default=(BaseException,), kw_only=True, converter=_conditions)
    seed: int | None = attrs.field(default=None, kw_only=True, validator=_seed)


NO_RETRY = Retry()


def asks(retry: Retry) -> bool:
    """Return whether *retry* has predicates, which are asked about each exception."""
    return any(not isinstance(condition, type) for condition in retry.on)
