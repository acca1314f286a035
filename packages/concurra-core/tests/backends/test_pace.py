"""How much a worker is handed at a time, and when it speaks."""

from __future__ import annotations

from typing import cast

import pytest
from concurra_core.backends.pace import Pace
from concurra_core.model.task import Report


def measure(pace: Pace, seconds: float) -> Pace:
    """Tell *pace* of a task that took *seconds*."""
    pace.measure([cast(Report, (None, 1, 8.0, 8.0 + seconds, None, None))])
    return pace


@pytest.mark.parametrize(
    ("patient", "seconds", "many", "short"),
    [(False, 1e-5, 100, True), (False, 5e-3, 1, True), (True, 5e-3, 20, True), (True, 0.015, 6, True),
     (False, 0.05, 1, False), (True, 0.05, 2, True), (True, 0.5, 1, False)],
)  # fmt: skip
def test_batches_are_small_where_somebody_waits(
    patient: bool, seconds: float, many: int, short: bool
) -> None:
    pace = Pace(patient=patient)
    assert (pace.many, pace.is_known_to_be_short) == (1, False)
    measure(pace, seconds)
    assert abs(pace.many - many) <= 1
    assert pace.is_known_to_be_short is short
    assert pace.is_worth_a_recall is (seconds > 0.003)


def test_a_batch_is_late_where_there_was_time_for_a_large_one() -> None:
    assert [Pace(patient=True).is_late(1.0, now, now) for now in (1.0, 1.03, 1.2)] == [False, False, True]
    assert [Pace(patient=False).is_late(1.0, now, now) for now in (1.0, 1.01, 1.03)] == [False, False, True]


@pytest.mark.parametrize("patient", [False, True])
@pytest.mark.parametrize(("seconds", "most"), [(0.001, 0.019), (0.1, 0.39)])
def test_what_waits_behind_a_task_that_takes_far_longer_than_most_begins_elsewhere(
    patient: bool, seconds: float, most: float
) -> None:
    pace = measure(Pace(patient=patient), seconds)
    assert [pace.is_late(5.0 + most, 5.0, 5.0 + most * part) for part in (1.0, 1.1)] == [False, True]


def test_a_pace_takes_what_is_shorter_at_once_and_what_is_longer_by_and_by() -> None:
    pace = Pace(patient=False)
    for seconds, many in [(1e-3, 1), (1e-5, 100), (1e-3, 3)]:
        measure(pace, seconds)
        assert abs(pace.many - many) <= 1


def test_a_worker_speaks_as_it_gets_on_where_somebody_waits() -> None:
    assert measure(Pace(patient=False), 5e-3).manner(20) == (0.002, False)


@pytest.mark.parametrize(
    ("seconds", "count", "manner"),
    [(0.005, 20, (0.09, True)), (0.005, 3, (0.005, True)), (1e-5, 256, (0.00254, True)), (1e-6, 256, (0.002, True)),
     (0.05, 2, (0.002, False)), (0.5, 1, (0.002, False))],
)  # fmt: skip
def test_a_worker_speaks_just_before_the_end_of_a_large_batch(
    seconds: float, count: int, manner: tuple[float, bool]
) -> None:
    pace = Pace(patient=True)
    assert pace.manner(count) == (0.002, False)
    assert measure(pace, seconds).manner(count) == pytest.approx(manner)


@pytest.mark.parametrize(("seconds", "most"), [(0.004, 4), (0.02, 1), (9.0, 1), (1e-6, 10_000)])
def test_the_next_batch_is_handed_out_when_the_one_before_is_nearly_over(seconds: float, most: int) -> None:
    pace = Pace(patient=True)
    assert [pace.is_nearly_over(left) for left in (0, 1, 2)] == [True, True, False]
    measure(pace, seconds)
    assert [pace.is_nearly_over(left) for left in (most, most + 2)] == [True, most > 100]
