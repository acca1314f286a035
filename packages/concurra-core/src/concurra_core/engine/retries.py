"""Whether and when a failed attempt is followed by another. Pure."""

from __future__ import annotations

from concurra_core.model.errors import TransferError
from concurra_core.model.retry import Retry
from concurra_core.model.outcome import Fault, Raised


def may_retry(retry: Retry, attempt: int, fault: Fault) -> bool:
    """Return whether another attempt follows *attempt* (counted from 1) that ended with *fault*.

    Only what the callable raised is retried: time limits, aborts, skips and dead workers are not, nor is what
    cannot be pickled, which it could not the next time either.

    >>> may_retry(Retry(attempts=1), 1, Raised(OSError(), "")), may_retry(Retry(attempts=1), 2, Raised(OSError(), ""))
    (True, False)
    """
    return (
        isinstance(fault, Raised) and attempt <= retry.attempts and not isinstance(fault.error, TransferError)
    )


def delay_before_next(retry: Retry, attempt: int) -> float:
    """Return seconds to wait after *attempt* (counted from 1): exponential backoff, capped.

    >>> [delay_before_next(Retry(attempts=4, delay=1.0, factor=2.0, max_delay=5.0), n) for n in (1, 2, 3, 4)]
    [1.0, 2.0, 4.0, 5.0]
    """
    if not retry.delay:
        return 0.0
    try:
        grown = retry.delay * retry.factor ** (attempt - 1)
    except OverflowError:
        return retry.max_delay
    return min(grown, retry.max_delay)
