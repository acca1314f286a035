"""`run.progress` comes by time, counts right, and comes once more before the end."""

from __future__ import annotations

import io
import threading

import pytest
from concurra_core import TaskRunner, TaskState
from concurra_logging import JsonSink
from log_events import Line, lines_of, loaded
from made_events import ended, failed, retrying, run_ended, run_started, started


def progress_of(lines: list[Line]) -> list[Line]:
    names = ("total", "done", "failed", "running", "waiting", "rate", "eta", "seconds")
    return [{name: line[name] for name in names} for line in lines if line["event"] == "run.progress"]


def test_it_counts_what_has_ended_what_runs_and_what_waits() -> None:
    lines = lines_of(
        run_started(6),
        started("a"),
        started("b"),
        started("c"),
        retrying("b", at=1),
        ended("a", at=2),
        failed("c", at=4),
        started("d", at=5),
    )
    assert progress_of(lines) == [
        {
            "total": 6,
            "done": 2,
            "failed": 1,
            "running": 1,
            "waiting": 3,
            "rate": 0.4,
            "eta": 10.0,
            "seconds": 5.0,
        }
    ]
    assert lines[-1]["timestamp"] == "2023-11-14T22:13:25.250000Z"


def test_what_was_stopped_while_it_waited_for_another_attempt_does_not_run() -> None:
    lines = lines_of(
        run_started(2),
        started("a"),
        retrying("a"),
        ended("a", TaskState.CANCELLED, at=5),
        started("b", at=10),
    )
    assert [(line["running"], line["waiting"]) for line in progress_of(lines)] == [(0, 1), (1, 0)]


def test_the_total_grows_with_what_a_map_adds() -> None:
    lines = lines_of(run_started(1), started("a"), started("b"), started("c", at=5))
    assert [(line["total"], line["waiting"]) for line in progress_of(lines)] == [(3, 0)]


def test_there_is_one_before_the_end_and_none_if_none_is_wanted() -> None:
    events = (run_started(0), run_ended(0, at=1))
    assert [line["event"] for line in lines_of(*events)] == ["run.started", "run.progress", "run.ended"]
    assert [line["event"] for line in lines_of(*events, progress=None)] == ["run.started", "run.ended"]


def test_a_sink_says_when_it_is_due() -> None:
    stream = io.StringIO()
    sink = JsonSink(stream, progress=2)
    assert sink.flush(0.0) is None
    sink.collect(run_started())  # at 12.5
    assert stream.getvalue() == ""
    assert sink.flush(13.0) == 14.5
    assert sink.flush(15.0) == 17.0
    sink.collect(run_ended(at=3))
    assert sink.flush(99.0) is None
    assert [line["event"] for line in loaded(stream.getvalue())] == [
        "run.started",
        "run.progress",
        "run.progress",
        "run.ended",
    ]


def test_it_comes_while_nothing_happens() -> None:
    told = threading.Event()

    class Stream(io.StringIO):
        def write(self, text: str, /) -> int:
            if text.count('"running":1') and '"eta":null' in text:
                told.set()
            return super().write(text)

    runner = TaskRunner(progress_stats=False, sinks=[JsonSink(Stream(), progress=0.01)])
    runner.add_task(told.wait, 20)
    assert runner.run(verify=False)[0]["result"] is True


@pytest.mark.parametrize(
    ("progress", "error", "message"),
    [
        ("5", TypeError, "progress must be a number of seconds, or None for no progress, not '5'"),
        (True, TypeError, "not True"),
        (0, ValueError, "progress must be a finite number of seconds above 0, or None, not 0"),
        (float("inf"), ValueError, "not inf"),
        (float("nan"), ValueError, "not nan"),
    ],
)
def test_a_period_that_is_none_is_refused(progress: float, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        JsonSink(progress=progress)
