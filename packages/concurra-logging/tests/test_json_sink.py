"""Every event is one line of JSON, whoever else uses structlog, and wherever the lines go."""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime
from typing import Any

import pytest
import structlog
from concurra_core import TaskRunner
from concurra_logging import JsonSink
from log_events import lines_of, loaded
from made_events import ended, run_ended, run_started, started


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
        ("run.progress", None, None),
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
    assert len(lines) == 2 * (1 + 20 + 20 + 2)
    assert all(line["run_name"] == line["label"][0] for line in lines if "label" in line)


def test_the_default_is_stderr_as_it_is_when_the_run_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sink = JsonSink()
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    sink(run_started())
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


def test_events_that_come_together_are_written_together() -> None:
    class Stream(io.StringIO):
        def __init__(self) -> None:
            super().__init__()
            self.sizes: list[int] = []

        def write(self, text: str, /) -> int:
            self.sizes.append(text.count("\n"))
            return super().write(text)

    stream = Stream()
    sink = JsonSink(stream, progress=None)
    sink.collect(run_started())
    for number in range(600):
        sink.collect(started(number))
    assert stream.sizes == [500]
    sink.flush(12.5)
    sink.flush(12.5)
    sink.collect(run_ended())
    assert stream.sizes == [500, 101, 1]
    assert loaded(stream.getvalue())[-1]["event"] == "run.ended"
