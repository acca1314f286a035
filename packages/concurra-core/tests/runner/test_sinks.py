from __future__ import annotations

import threading
from contextvars import ContextVar
from unittest.mock import Mock

import attrs
import concurra
import pytest
from concurra_core.testing import RecordingSink
from runners import quiet, raiser


def test_sinks_hear_everything_before_run_returns() -> None:
    sink = RecordingSink()
    runner = quiet(max_concurrency=1, name="mine", sinks=[sink])
    runner.add_task(lambda: 1, label="a")
    runner.add_task(raiser(ValueError("no")), label="b")
    runner.add_task(lambda: 1, label="c", depends_on=["b"])
    runner.run(verify=False)
    first, last = sink.events[0], sink.events[-1]
    assert isinstance(first, concurra.RunStarted)
    assert isinstance(last, concurra.RunEnded)
    assert (first.name, first.total) == ("mine", 3)
    assert (last.succeeded, last.failed) == (1, 2)
    ended = {event.label: event for event in sink.of(concurra.TaskEnded)}
    assert ended["a"].status is concurra.TaskState.SUCCEEDED
    assert (ended["a"].reason, ended["a"].error_type, ended["a"].trace) == (None, None, None)
    assert (ended["b"].reason, ended["b"].error_type) == ("ValueError: no", "ValueError")
    assert ended["c"].status is concurra.TaskState.SKIPPED
    assert ended["c"].seconds == 0.0
    assert len({event.run_id for event in sink.events}) == 1
    assert all(
        abs(event.wall - event.monotonic - (first.wall - first.monotonic)) < 1e-3 for event in sink.events
    )


def test_a_sink_that_raises_is_reported_once_and_costs_nobody_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(event: concurra.Event) -> None:
        raise SystemExit(str(event))

    sink = RecordingSink()
    runner = quiet(sinks=[broken, sink])
    for _ in range(5):
        runner.add_task(lambda: 1)
    results = runner.run(verify=False)
    assert {result["status"] for result in results.values()} == {"Successful"}
    assert len(sink.events) == 12
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_sink_may_call_the_runner_back() -> None:
    runner: concurra.TaskRunner

    def abort(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskEnded):
            runner.abort()

    sink = RecordingSink()
    runner = quiet(max_concurrency=1, sinks=[abort, sink])
    for _ in range(3):
        runner.add_task(lambda: 1)
    runner.run(verify=False)
    assert isinstance(sink.events[-1], concurra.RunEnded)


@attrs.define(eq=False)
class Gathering:
    """Takes down what it is told; asks to be told again after *every* seconds."""

    every: float | None = None
    told: list[str] = attrs.field(factory=list)
    again: threading.Event = attrs.field(factory=threading.Event)
    flushes: int = 0

    def __call__(self, event: concurra.Event, /) -> None:
        raise AssertionError(event)

    def collect(self, event: concurra.Event, /) -> None:
        self.told.append(type(event).__name__)

    def flush(self, now: float, /) -> float | None:
        self.told.append("flush")
        self.flushes += 1
        if self.flushes > 50:
            self.again.set()
        return None if self.every is None else now + self.every


def test_a_sink_that_gathers_is_told_when_nothing_more_waits() -> None:
    sink, other = Gathering(), RecordingSink()
    runner = quiet(sinks=[sink, other])
    for _ in range(20):
        runner.add_task(lambda: 1)
    runner.run(verify=False)
    assert [word for word in sink.told if word != "flush"] == [type(event).__name__ for event in other.events]
    assert sink.told[-1] == "flush"


def test_a_sink_is_told_again_when_it_asked_for_it_even_if_nothing_happens() -> None:
    sink = Gathering(every=0.001)
    runner = quiet(sinks=[sink])
    runner.add_task(lambda: sink.again.wait(20))
    assert runner.run(verify=False)[0]["result"] is True


def test_what_flush_raises_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Gathering):
        def flush(self, now: float, /) -> float | None:
            raise OSError("full")

    sink = Broken()
    runner = quiet(sinks=[sink])
    for _ in range(5):
        runner.add_task(lambda: 1)
    runner.run(verify=False)
    assert sink.told.count("TaskEnded") == 5
    assert caplog.text.count("raised OSError: full on flush") == 1


def test_a_mock_that_answers_to_any_name_is_called_as_any_sink() -> None:
    sink = Mock()
    runner = quiet(sinks=[sink])
    runner.add_task(lambda: 1)
    runner.run(verify=False)
    assert sink.call_count == 4


def test_a_sink_is_called_in_the_context_that_the_run_was_started_in() -> None:
    request: ContextVar[str] = ContextVar("request", default="none")
    seen: set[str] = set()
    token = request.set("r-7")
    runner = quiet(sinks=[lambda event: seen.add(request.get())])
    runner.add_task(lambda: 1)
    runner.run(verify=False)
    request.reset(token)
    assert seen == {"r-7"}


def test_a_retry_tells_what_was_raised() -> None:
    sink = RecordingSink()
    runner = quiet(sinks=[sink], task_retries=1)
    runner.add_task(raiser(ValueError("no")), label="b")
    runner.run(verify=False)
    (retry,) = sink.of(concurra.TaskRetrying)
    assert (retry.error, retry.error_type) == ("ValueError: no", "ValueError")
    assert retry.trace is not None
    assert retry.trace.startswith("Traceback (most recent call last):\n")


@pytest.mark.parametrize("moment", [float("inf"), 1e10, 1e300])
def test_a_sink_may_ask_to_be_told_again_never(moment: float) -> None:
    class Never(Gathering):
        def flush(self, now: float, /) -> float | None:
            super().flush(now)
            return now + moment

    sink = Never()
    runner = quiet(sinks=[sink])
    runner.add_task(lambda: 1)
    assert runner.run(verify=False)[0]["result"] == 1
    assert "RunEnded" in sink.told
