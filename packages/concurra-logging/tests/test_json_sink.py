"""Every event is one line of JSON, whoever else uses structlog, and wherever the lines go."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Hashable
from datetime import datetime
from typing import Any

import pytest
import structlog
from concurra_core import (
    SCHEMA_VERSION,
    Event,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskRetrying,
    TaskRunner,
    TaskStarted,
    TaskState,
)
from concurra_logging import JsonSink

HEAD = {"timestamp": "2023-11-14T22:13:20.250000Z", "schema": 1, "run_id": "f00d"}


def ended(label: Hashable = "a") -> TaskEnded:
    return TaskEnded(
        run_id="f00d",
        label=label,
        attempt=2,
        status=TaskState.TIMED_OUT,
        reason="TimeoutError: too long",
        error_type=None,
        trace=None,
        worker="w-0",
        on="thread",
        seconds=0.5,
        monotonic=12.5,
        wall=1_700_000_000.25,
    )


def lines_of(*events: Event) -> list[dict[str, Any]]:  # Any: what JSON holds
    stream = io.StringIO()
    sink = JsonSink(stream)
    for event in events:
        sink(event)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_line_of_each_event() -> None:
    lines = lines_of(
        RunStarted(run_id="f00d", name="etl", total=3, monotonic=12.5, wall=1_700_000_000.25),
        TaskStarted(run_id="f00d", label="a", attempt=1, monotonic=12.5, wall=1_700_000_000.25),
        TaskRetrying(
            run_id="f00d",
            label="a",
            attempt=1,
            error="ValueError: no",
            seconds=0.25,
            delay=0.0,
            monotonic=12.5,
            wall=1_700_000_000.25,
        ),
        ended(),
        RunEnded(
            run_id="f00d",
            name="etl",
            total=3,
            succeeded=2,
            failed=1,
            seconds=1.5,
            monotonic=12.5,
            wall=1_700_000_000.25,
        ),
    )
    head = {**HEAD, "run_name": "etl"}
    assert lines == [
        {**head, "event": "run.started", "total": 3},
        {**head, "event": "task.started", "label": "a", "attempt": 1},
        {
            **head,
            "event": "task.retrying",
            "label": "a",
            "attempt": 1,
            "reason": "ValueError: no",
            "seconds": 0.25,
            "delay": 0.0,
        },
        {
            **head,
            "event": "task.ended",
            "label": "a",
            "attempt": 2,
            "status": "timed_out",
            "reason": "TimeoutError: too long",
            "error_type": None,
            "trace": None,
            "seconds": 0.5,
        },
        {**head, "event": "run.ended", "total": 3, "succeeded": 2, "failed": 1, "seconds": 1.5},
    ]
    assert all(list(line)[:5] == ["timestamp", "event", "schema", "run_id", "run_name"] for line in lines)
    assert SCHEMA_VERSION == 1


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("a\nb", "a\nb"),
        (7, 7),
        (("a", 1), "('a', 1)"),
        (frozenset({1}), "frozenset({1})"),
        ("\ud800", "\ud800"),
    ],
)
def test_labels_that_json_does_not_know_are_text(label: Hashable, shown: object) -> None:
    assert [line["label"] for line in lines_of(ended(label))] == [shown]


def test_a_run_makes_a_line_of_every_event_in_order() -> None:
    stream = io.StringIO()
    runner = TaskRunner(
        max_concurrency=1, name="etl", task_retries=1, progress_stats=False, sinks=[JsonSink(stream)]
    )
    bad = runner.add_task(int, "x", label="bad")
    runner.add_task(print, bad, label=("after", 1))
    runner.run(verify=False)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line.get("label"), line.get("status")) for line in lines] == [
        ("run.started", None, None),
        ("task.started", "bad", None),
        ("task.retrying", "bad", None),
        ("task.started", "bad", None),
        ("task.ended", "bad", "failed"),
        ("task.ended", "('after', 1)", "skipped"),
        ("run.ended", None, None),
    ]
    assert {line["run_name"] for line in lines} == {"etl"}
    assert len({line["run_id"] for line in lines}) == 1
    failure = lines[4]
    assert failure["error_type"] == "ValueError"
    assert failure["reason"].startswith("ValueError: invalid literal")
    assert failure["trace"].startswith("Traceback (most recent call last):\n")
    moments = [datetime.fromisoformat(line["timestamp"]) for line in lines]
    assert moments == sorted(moments)
    assert stream.getvalue().endswith("}\n")


def test_runs_may_share_a_sink() -> None:
    stream = io.StringIO()
    sink = JsonSink(stream)
    runners = [TaskRunner(name=name, progress_stats=False, sinks=[sink]) for name in ("a", "b")]
    for runner in runners:
        for number in range(20):
            runner.add_task(abs, number, label=f"{runner.name} {number}")
        runner.execute_in_background()
    for runner in runners:
        runner.get_background_results(verify=False)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == 2 * (1 + 20 + 20 + 1)
    assert all(line["run_name"] == line["label"][0] for line in lines if "label" in line)


def test_the_default_is_stderr_as_it_is_when_the_run_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sink = JsonSink()
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    sink(RunStarted(run_id="f00d", name="etl", total=3, monotonic=12.5, wall=1_700_000_000.25))
    assert json.loads(stream.getvalue())["event"] == "run.started"
    assert capsys.readouterr() == ("", "")


def test_without_stderr_nothing_is_written_to_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    JsonSink()(ended())
    assert capsys.readouterr().out == ""


def test_lines_are_whole_and_flushed() -> None:
    class Stream(io.StringIO):
        def __init__(self) -> None:
            super().__init__()
            self.calls: list[str] = []

        def write(self, text: str, /) -> int:
            self.calls.append(text)
            return len(text)

        def flush(self) -> None:
            self.calls.append("flush")

    stream = Stream()
    JsonSink(stream)(ended("a\nb"))
    line, flush = stream.calls
    assert (line.count("\n"), line[-1], flush) == (1, "\n", "flush")


def test_the_users_structlog_is_left_alone() -> None:
    def refuse(*args: object) -> dict[str, Any]:  # Any: as structlog has it
        raise structlog.DropEvent

    structlog.configure(
        processors=[refuse],
        wrapper_class=structlog.make_filtering_bound_logger(50),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    try:
        configured = structlog.get_config()
        structlog.contextvars.bind_contextvars(user="u")
        (line,) = lines_of(ended())
        assert structlog.get_config() == configured
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.reset_defaults()
    assert line["event"] == "task.ended"
    assert "user" not in line


def test_a_stream_that_fails_harms_no_task(caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO()
    stream.close()
    runner = TaskRunner(progress_stats=False, sinks=[JsonSink(stream)])
    runner.add_task(int, "1", label="one")
    assert runner.run(verify=False)["one"]["result"] == 1
    assert caplog.text.count("raised ValueError") == 1
