"""The sink of examples/otel_spans.py, run by examples/otel_run.py, makes the spans it says, against the SDK itself. Without it this is skipped."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import concurra
import pytest
from concurra_core.testing import RecordingSink

pytest.importorskip("opentelemetry.sdk")

EXAMPLES = Path(__file__).parent.parent / "examples"
NO = "ValueError: could not convert string to float: "


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(EXAMPLES)
    yield importlib.import_module("otel_run")
    for name in ("otel_run", "otel_spans"):
        del sys.modules[name]


def test_the_sink_has_some_twenty_lines() -> None:
    """As the guide says; without blank lines and what is said about it."""
    text = (EXAMPLES / "otel_spans.py").read_text(encoding="utf-8")
    lines = text[text.index("class SpanSink") :].splitlines()
    assert len([line for line in lines if line and '"""' not in line]) <= 25


def test_the_example_prints_a_line_for_each_span(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "otel_run.py")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=50,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "3.5: OK, None",
        f"four: ERROR, {NO}'four'",
        f"five: ERROR, {NO}'five'",
        f"five: ERROR, {NO}'five'",
        "parse: ERROR, 3 of 4 tasks did not succeed",
    ]


def test_spans_lie_in_one_another_and_at_the_moments_of_the_events(example: ModuleType) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, record = InMemorySpanExporter(), RecordingSink()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    runner: concurra.TaskRunner = example.flow(example.SpanSink(provider.get_tracer("test")), record)
    runner.run(verify=False)
    provider.shutdown()
    *tasks, run = exporter.get_finished_spans()
    assert [(span.name, (span.attributes or {})["attempt"]) for span in tasks] == [
        ("3.5", 1),
        ("four", 1),
        ("five", 1),
        ("five", 2),
    ]
    context: Any = run.context  # Any: None only of a span that never began
    for span in tasks:
        assert span.parent is not None
        assert (span.parent.span_id, span.context.trace_id) == (context.span_id, context.trace_id)
    (never,) = run.events
    assert never.name == "sum: skipped"
    assert (run.attributes or {})["run_id"] == record.events[0].run_id
    first, last = record.events[0], record.events[-1]
    assert (run.start_time, run.end_time) == (int(first.wall * 1e9), int(last.wall * 1e9))
    begins = [int(event.wall * 1e9) for event in record.of(concurra.TaskStarted)]
    assert [span.start_time for span in tasks] == begins
