from __future__ import annotations

import pytest
from concurra_core.engine.retries import asked, delay_before_next, may_retry
from concurra_core.model.errors import RemoteError, TaskTimeout, TransferError, WorkerCrashed
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


def test_only_named_exceptions_are_tried_again() -> None:
    retry = Retry(2, on=(OSError, KeyError))
    assert may_retry(retry, 1, Raised(FileNotFoundError(), ""))
    assert not may_retry(retry, 1, Raised(ValueError(), ""))


def test_one_name_among_others_is_enough() -> None:
    retry = Retry(2, on=(OSError, TaskTimeout))
    assert may_retry(retry, 1, TimedOut(1.0))
    assert not may_retry(retry, 1, Crashed("SIGSEGV"))
    assert may_retry(Retry(2, on=(TaskTimeout, WorkerCrashed)), 1, Crashed("SIGSEGV"))


def test_what_stands_for_another_exception_is_tried_again_by_the_classes_of_that() -> None:
    stand_in = Raised(RemoteError.named("Fussy", "no", ("app.Fussy", "builtins.OSError")), "")
    assert may_retry(Retry(2, on=OSError), 1, stand_in)
    assert not may_retry(Retry(2, on=ValueError), 1, stand_in)
    assert not may_retry(Retry(2, on=OSError), 1, Raised(RemoteError.named("Fussy", "no"), ""))


def test_one_predicate_that_says_yes_is_enough() -> None:
    retry = Retry(2, on=(lambda error: False, lambda error: True))
    assert may_retry(retry, 1, asked(retry, Raised(ValueError(), "")))


def test_predicates_are_asked_before() -> None:
    retry = Retry(2, on=(KeyError, lambda error: "again" in str(error)))
    assert may_retry(retry, 1, asked(retry, Raised(ValueError("try again"), "")))
    assert not may_retry(retry, 1, asked(retry, Raised(ValueError("no"), "")))
    assert may_retry(retry, 1, asked(retry, Raised(KeyError("x"), "")))
    for fault in (TimedOut(1.0), Raised(ValueError(), "")):
        assert asked(Retry(2), fault) is fault
        assert asked(Retry(1, on=lambda error: True), fault) is fault


def test_a_predicate_that_raises_says_no_and_leaves_a_note() -> None:
    def broken(error: BaseException) -> bool:
        raise LookupError("no such thing")

    retry = Retry(2, on=broken)
    fault = Raised(ValueError("x"), "")
    assert not may_retry(retry, 1, asked(retry, fault))
    (note,) = fault.error.__notes__
    assert note.startswith(
        "the predicate test_a_predicate_that_raises_says_no_and_leaves_a_note.<locals>.broken of "
    )
    assert note.endswith("Retry.on raised LookupError: no such thing, which is taken as a no")


def test_every_predicate_that_raises_is_told_and_the_others_are_asked() -> None:
    class Picky:
        def __call__(self, error: BaseException) -> bool:
            raise KeyError(1)

        def __repr__(self) -> str:
            return "<picky>"

    class Unnoted(ValueError):
        def add_note(self, note: str, /) -> None:
            raise RuntimeError("no notes")

    first = "the predicate <picky> of Retry.on raised KeyError: 1, which is taken as a no"
    found = asked(Retry(2, on=(Picky(), lambda error: True)), Raised(Unnoted("x"), "Traceback\n"))
    assert isinstance(found, Raised)
    assert (found.wanted, found.doubt, found.trace) == (True, first, f"Traceback\n{first}\n")
    found = asked(Retry(2, on=(Picky(), Picky())), Raised(Unnoted("x"), ""))
    assert isinstance(found, Raised)
    assert (found.wanted, found.doubt, found.trace) == (False, f"{first}; {first}", "")


def test_a_seed_makes_jitter_exact() -> None:
    retry = Retry(5, delay=10.0, jitter=0.5, seed=7)
    delays = [delay_before_next(retry, attempt, 3) for attempt in (1, 2, 3)]
    assert delays == [delay_before_next(retry, attempt, 3) for attempt in (1, 2, 3)]
    assert len(set(delays)) == 3
    assert delays != [delay_before_next(retry, attempt, 4) for attempt in (1, 2, 3)]
    assert all(5.0 <= delay <= 10.0 for delay in delays)
    assert delay_before_next(retry, 1) == delay_before_next(retry, 1, 0)
    loose = Retry(5, delay=10.0, jitter=1.0)
    assert len({delay_before_next(loose, 1) for _ in range(9)}) > 1
    assert 0.0 <= delay_before_next(loose, 1) <= 10.0


def test_a_delay_too_large_for_a_float_is_capped() -> None:
    assert delay_before_next(Retry(9, delay=2.0, factor=1e300, max_delay=9.0), 5) == 9.0
