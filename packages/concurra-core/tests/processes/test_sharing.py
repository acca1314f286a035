"""What a worker holds and has not begun runs elsewhere, if it is in a long task and somebody has nothing to do."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import concurra
import pytest
from concurra_core.backends import pool
from concurra_core.backends.pace import LOOK, Pace
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


@pytest.mark.parametrize("listening", [False, True], ids=["nobody listens", "a sink listens"])
def test_who_is_late_gives_back_what_it_holds_though_nobody_is_idle(listening: bool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FIFO)
    flow = concurra.Workflow()
    for _ in range(60):
        flow.add(abs, 1)
    waiting = flow.add(wait, str(tmp_path))
    behind = flow.add(release, str(tmp_path))
    last = [flow.add(spend, 0.002) for _ in range(600)][-1]  # so that the other worker is busy for long
    sinks = [lambda event: None] if listening else []
    report = flow.run(max_concurrency=2, on="process", deadline=30, sinks=sinks)
    assert report[waiting].value == "go on"
    times = [report[task].started or FAR for task in (behind, last)]
    assert times == sorted(times)


def test_what_goes_first_does_not_wait_behind_a_long_task_while_others_begin(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FIFO)
    flow = concurra.Workflow()
    for _ in range(60):
        flow.add(abs, 1, priority=5)
    waiting = flow.add(wait, str(tmp_path), priority=4)
    urgent = [flow.add(abs, 1, priority=3) for _ in range(10)]
    last = flow.add(release, str(tmp_path))
    report = flow.run(max_concurrency=2, on="process", deadline=30)
    assert report[waiting].value == "go on"
    starts = [report[task].started or FAR for task in (*urgent, last)]
    assert starts[-1] == max(starts)
