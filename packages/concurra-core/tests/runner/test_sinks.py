from __future__ import annotations

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
