"""Whether and when a failed attempt is followed by another. Pure."""

from __future__ import annotations

from contextlib import suppress
from types import FunctionType

import attrs

from concurra_core.model.errors import (
    RemoteError,
    Skip,
    TaskTimeout,
    TransferError,
    WorkerCrashed,
    message_of,
)
from concurra_core.model.outcome import Crashed, Declined, Fault, Raised, TimedOut, describe
from concurra_core.model.quoting import quoted
from concurra_core.model.retry import Retry


def may_retry(retry: Retry, attempt: int, fault: Fault) -> bool:
    """Return whether another attempt follows *attempt* (counted from 1) that ended with *fault*.

    What the callable raised is tried again if *retry* names its type, or a predicate was for it (see `asked`). Time
    limits and dead workers only if `TaskTimeout` or `WorkerCrashed` itself is named; aborts and skips never, nor what
    cannot be pickled, which it could not the next time either.

    >>> may_retry(Retry(2), 1, Raised(OSError(), "")), may_retry(Retry(2), 2, Raised(OSError(), ""))
    (True, False)
    >>> may_retry(Retry(2), 1, TimedOut(5.0)), may_retry(Retry(2, on=TaskTimeout), 1, TimedOut(5.0))
    (False, True)
    """
    if attempt >= retry.attempts:
        return False
    match fault:
        case Raised(error=error):
            return not isinstance(error, TransferError) and (fault.wanted or _is_named(retry, error))
        case TimedOut():
            return _names(retry, TaskTimeout)
        case Crashed():
            return _names(retry, WorkerCrashed)
        case _:
            return False


def _is_named(retry: Retry, error: BaseException) -> bool:
    kinds = [condition for condition in retry.on if isinstance(condition, type)]
    lineage = error.lineage if isinstance(error, RemoteError) else ()  # of what it stands for
    return any(
        isinstance(error, kind) or f"{kind.__module__}.{kind.__qualname__}" in lineage for kind in kinds
    )


def _names(retry: Retry, kind: type[BaseException]) -> bool:
    return any(isinstance(condition, type) and issubclass(condition, kind) for condition in retry.on)


def asked(retry: Retry, fault: Fault) -> Fault:
    """Return *fault* with the answers of the predicates in *retry* to it, a raised `Skip` as what it says.

    Both are the user's code: no lock is held. A predicate that raises is taken as a no: the exception and its traceback
    have a note of it.

    >>> asked(Retry(2, on=lambda error: error.errno == 11), Raised(OSError(11, "again"), "")).wanted
    True
    >>> asked(Retry(2), Raised(Skip("nothing new"), ""))
    Declined(why='nothing new')
    """
    if not isinstance(fault, Raised):
        return fault
    if isinstance(fault.error, Skip):
        return Declined(message_of(fault.error))
    if retry.attempts == 1:
        return fault
    predicates = [condition for condition in retry.on if not isinstance(condition, type)]
    if not predicates:
        return fault
    for predicate in predicates:
        try:
            if predicate(fault.error):
                return attrs.evolve(fault, wanted=True)
        except BaseException as error:  # noqa: BLE001 - whatever a user's predicate raises
            fault = _doubted(fault, predicate, error)
    return fault


def _doubted(fault: Raised, predicate: object, error: BaseException) -> Raised:
    """Return *fault* with a note that *predicate* raised *error* when it was asked."""
    name = predicate.__qualname__ if isinstance(predicate, FunctionType) else quoted(predicate)
    doubt = f"the predicate {name} of Retry.on raised {describe(error)}, which is taken as a no"
    with suppress(Exception):  # its class may refuse notes
        fault.error.add_note(doubt)
    return attrs.evolve(
        fault,
        trace=fault.trace and f"{fault.trace}{doubt}\n",
        doubt=f"{fault.doubt}; {doubt}" if fault.doubt else doubt,
    )


def delay_before_next(retry: Retry, attempt: int, index: int = 0) -> float:
    """Return seconds to wait after *attempt* (counted from 1): exponential backoff, capped, less the jitter.

    With a seed, the jitter depends on it, on the task's *index* and on the attempt alone.

    >>> [delay_before_next(Retry(5, delay=1.0, factor=2.0, max_delay=5.0), n) for n in (1, 2, 3, 4)]
    [1.0, 2.0, 4.0, 5.0]
    """
    if not retry.delay:
        return 0.0
    try:
        delay = min(retry.delay * retry.factor ** (attempt - 1), retry.max_delay)
    except OverflowError:
        delay = retry.max_delay
    if retry.jitter:
        # Only for those who want chance.
        from random import Random

        chance = Random(None if retry.seed is None else f"{retry.seed} {index} {attempt}")  # noqa: S311 - no secret
        delay *= 1 - retry.jitter * chance.random()
    return delay
