"""What a worker holds and has not begun runs elsewhere, if it is in a long task and somebody has nothing to do."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import concurra
import pytest
from concurra_core.backends import pool
from concurra_core.backends.pace import LOOK, Pace
from concurra_core.model.task import Report
from platforms import needs_processes

pytestmark = needs_processes

TASKS = 60
FIFO = "the others have ended"
FAR = datetime.max.replace(tzinfo=UTC)


def spend(seconds: float) -> None:
    """Use the processor."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def toil(folder: str, number: int, seconds: float) -> None:
    """Use the processor, leave a file, and release the one that waits if all others have."""
    spend(seconds)
    Path(folder, f"{number}").touch()
    if len(os.listdir(folder)) == TASKS:
        release(folder)


def release(folder: str) -> None:
    Path(folder, FIFO).write_text("go on")


def wait(folder: str) -> str:
    return Path(folder, FIFO).read_text()


@pytest.mark.parametrize("listening", [False, True], ids=["nobody listens", "a sink listens"])
@pytest.mark.parametrize("seconds", [0.0002, 0.005])
def test_nothing_waits_behind_a_task_that_waits_for_all_others(
    listening: bool, seconds: float, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / FIFO)
    flow = concurra.Workflow()
    waiting = None
    for number in range(TASKS):
        if number == TASKS // 4:
            waiting = flow.add(wait, str(tmp_path))
        else:
            flow.add(toil, str(tmp_path), number, seconds)
    sinks = [lambda event: None] if listening else []
    report = flow.run(max_concurrency=2, on="process", deadline=30, sinks=sinks)
    assert report.succeeded
    assert waiting is not None
    assert report[waiting].value == "go on"


@pytest.mark.parametrize("seconds", [0.0002, 0.005])
def test_who_has_nothing_to_do_has_others_looked_at(
    seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "is_late", lambda *_: False)
    made = Pace.__init__

    def blind(pace: Pace, *, patient: bool) -> None:
        """Look by itself at a worker that was handed work: never in this test."""
        made(pace, patient=patient)
        assert patient
        pace.look = 1000.0

    monkeypatch.setattr(Pace, "__init__", blind)
    if seconds > LOOK:  # then nobody waits for that look either
        monkeypatch.setattr(pool, "LOOK", 1000.0)
    test_nothing_waits_behind_a_task_that_waits_for_all_others(False, seconds, tmp_path)


def test_who_is_late_gives_back_what_it_holds_though_nobody_is_idle(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FIFO)
    flow = concurra.Workflow()
    for _ in range(60):
        flow.add(abs, 1)
    waiting = flow.add(wait, str(tmp_path))
    behind = flow.add(release, str(tmp_path))
    last = [flow.add(spend, 0.002) for _ in range(600)][-1]  # so that the other worker is busy for long
    report = flow.run(max_concurrency=2, on="process", deadline=30)
    assert report[waiting].value == "go on"
    times = [report[task].started or FAR for task in (behind, last)]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("patient", "seconds", "many", "short"),
    [(False, 1e-5, 100, True), (False, 5e-3, 1, True), (True, 5e-3, 20, True), (True, 0.015, 6, True),
     (False, 0.05, 1, False), (True, 0.05, 2, False), (True, 0.5, 1, False)],
)  # fmt: skip
def test_batches_are_small_where_somebody_waits(
    patient: bool, seconds: float, many: int, short: bool
) -> None:
    pace = Pace(patient=patient)
    assert (pace.many, pace.is_known_to_be_short) == (1, False)
    pace.measure([cast(Report, (cast(Any, None), 1, 8.0, 8.0 + seconds, None, None))])
    assert abs(pace.many - many) <= 1
    assert pace.is_known_to_be_short is short
    assert pace.is_worth_a_recall is (seconds > 0.003)


def test_a_batch_is_late_where_there_was_time_for_a_large_one() -> None:
    assert [Pace(patient=True).is_late(1.0, now) for now in (1.0, 1.03, 1.2)] == [False, False, True]
    assert not Pace(patient=False).is_late(1.0, 99.0)


def test_a_pace_takes_what_is_shorter_at_once_and_what_is_longer_by_and_by() -> None:
    pace = Pace(patient=False)
    for seconds, many in [(1e-3, 1), (1e-5, 100), (1e-3, 3)]:
        pace.measure([cast(Report, (cast(Any, None), 1, 0.0, seconds, None, None))])
        assert abs(pace.many - many) <= 1
