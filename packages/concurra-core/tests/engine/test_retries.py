from __future__ import annotations

import pytest
from concurra_core.engine.retries import delay_before_next, may_retry
from concurra_core.model.errors import TransferError
from concurra_core.model.outcome import Aborted, Crashed, Fault, Halted, Raised, Skipped, TimedOut
from concurra_core.model.retry import Retry


@pytest.mark.parametrize("fault", [Aborted("x"), Crashed("x"), Halted(0), Skipped(0, 0), TimedOut(1.0)])
def test_only_what_was_raised_is_retried(fault: Fault) -> None:
    assert not may_retry(Retry(attempts=5), 1, fault)


def test_what_cannot_be_pickled_is_not_tried_again() -> None:
    assert not may_retry(Retry(attempts=5), 1, Raised(TransferError("a lock"), ""))


def test_attempts_are_counted() -> None:
    fault = Raised(SystemExit(3), "")
    assert [may_retry(Retry(attempts=3), attempt, fault) for attempt in (1, 2, 3)] == [True, True, False]


def test_no_delay_is_no_delay() -> None:
    assert delay_before_next(Retry(attempts=9), 9) == 0.0


def test_delays_grow_up_to_their_cap_however_large() -> None:
    retry = Retry(attempts=9, delay=2.0, factor=10.0, max_delay=30.0)
    assert [delay_before_next(retry, attempt) for attempt in (1, 2, 3, 10_000)] == [2.0, 20.0, 30.0, 30.0]
