"""Flows in virtual time: schedules of hours, mishaps, limits and orders, without waiting for any of them."""

from __future__ import annotations

import asyncio
from typing import Any

import concurra
import pytest
from concurra import Halt, Retry, Skip, TaskState, Workflow
from concurra.testing import Fake, HangError, RecordingSink, Simulation, simulate


def loading(**options: Any) -> Workflow:
    """Return a flow of two: `load`, with *options*, and `count`, which takes its result."""
    flow = Workflow()
    flow.add(len, flow.add(dict, label="load", **options), label="count")
    return flow


def never() -> None:
    raise AssertionError("a function with a fake was called")


def test_an_hour_of_backoff_passes_at_once() -> None:
    flow = loading(retry=Retry(7, delay=60, factor=2, max_delay=1200))
    run = simulate(flow, {"load": Fake(fails=6)})
    assert [start for start, label, _ in run.starts if label == "load"] == [
        0.0,
        60.0,
        180.0,
        420.0,
        900.0,
        1860.0,
        3060.0,
    ]
    assert run.seconds == 3060.0
    assert run.report.succeeded
    assert run.report["load"].attempts == 7


def test_fails_counts_attempts_and_true_is_every_one() -> None:
    flow = loading(retry=Retry(3))
    assert simulate(flow, {"load": Fake(fails=2, then={"a": 1})}).report["count"].value == 1
    run = simulate(flow, {"load": Fake(fails=True)})
    assert run.report["load"].reason == "FakeFailure: its fake fails"
    assert run.report["load"].attempts == 3
    run.assert_never_ran("count")


def test_raises_says_with_what_and_retry_asks_for_it() -> None:
    flow = loading(retry=Retry(3, on=OSError))
    failed = simulate(flow, {"load": Fake(raises=ValueError("no"))}).report["load"]
    assert (failed.attempts, repr(failed.error)) == (1, "ValueError('no')")
    assert simulate(flow, {"load": Fake(raises=OSError, fails=2)}).report.succeeded


def test_takes_is_in_virtual_seconds_and_slots_are_as_in_a_run() -> None:
    flow = Workflow()
    flow.map(str, range(4), label="m")
    run = simulate(flow, {"m": Fake(takes=30)}, max_concurrency=2)
    assert run.seconds == 60.0
    run.assert_at_most(2, "m")
    assert simulate(flow, {"m": Fake(takes=30)}, max_concurrency=4).seconds == 30.0


def test_declared_seconds_are_taken_unless_the_fake_says_otherwise() -> None:
    flow = loading(expected_seconds=90)
    assert simulate(flow).seconds == 90.0
    assert simulate(flow, {"load": Fake(takes=1)}).seconds == 1.0


def test_what_takes_longer_than_its_limit_is_timed_out_at_the_limit() -> None:
    run = simulate(loading(timeout=10), {"load": Fake(takes=30)})
    assert run.report["load"].status is TaskState.TIMED_OUT
    assert run.seconds == 10.0


@pytest.mark.parametrize(
    ("settings", "status", "seconds"),
    [({"timeout": 20}, "timed_out", 20.0), ({"deadline": 300}, "cancelled", 300.0)],
)
def test_what_hangs_is_ended_by_a_limit(settings: Any, status: str, seconds: float) -> None:
    run = simulate(loading(), {"load": Fake(hangs=True)}, **settings)
    assert (run.report["load"].status.value, run.seconds) == (status, seconds)


def test_a_hang_that_nothing_ends_is_told_instead_of_waited_for() -> None:
    with pytest.raises(HangError, match=r"'load' \(attempt 1, since 0 s\); waiting: 'count'") as caught:
        simulate(loading(), {"load": Fake(hangs=True)})
    assert (caught.value.hanging, caught.value.waiting) == ((("load", 1, 0.0),), ("count",))


def test_a_hang_once_is_mended_by_a_retry_after_the_limit() -> None:
    flow = loading(timeout=20, retry=Retry(2, on=concurra.TaskTimeout))
    run = simulate(flow, {"load": Fake(hangs=1)})
    assert run.report.succeeded
    assert run.starts[1] == (20.0, "load", 2)


def test_a_crash_is_one_of_a_worker() -> None:
    run = simulate(loading(retry=Retry(3)), {"load": Fake(crashes=True)})
    assert run.report["load"].status is TaskState.CRASHED
    assert isinstance(run.report["load"].error, concurra.WorkerCrashed)
    assert run.report["load"].attempts == 1
    named = loading(retry=Retry(3, on=concurra.WorkerCrashed))
    assert simulate(named, {"load": Fake(crashes=2)}).report["load"].attempts == 3


def test_mishaps_come_in_their_order() -> None:
    flow = loading(timeout=5, retry=Retry(4, on=(Exception, concurra.TaskTimeout, concurra.WorkerCrashed)))
    run = simulate(flow, {"load": Fake(hangs=1, crashes=1, fails=1)})
    told = [error.partition(":")[0] for error in run.report["load"].retry_errors]
    assert told == ["TaskTimeout", "WorkerCrashed", "FakeFailure"]
    assert run.report.succeeded


def test_call_stands_for_the_function_with_its_arguments() -> None:
    flow = Workflow()
    words = flow.add(str.split, "a b c", label="words")
    flow.add(never, label="never")
    total = flow.add(len, words, label="total")
    run = simulate(flow, {words: Fake(call=str.upper), "never": Fake(then=None)})
    assert run.report[total].value == 5
    assert run.report[words].succeeded


def test_a_call_may_skip_its_task() -> None:
    def skip(*_: object) -> None:
        raise Skip("nothing new")

    run = simulate(loading(), {"load": Fake(call=skip)})
    assert run.report.succeeded
    assert run.report["count"].status is TaskState.SKIPPED


def test_commands_need_a_fake_and_come_to_its_result() -> None:
    flow = Workflow()
    flow.shell("exit 3", label="build")
    with pytest.raises(
        concurra.DefinitionError, match=r"runs no command; .* such as fake\('build'\): 'build'"
    ):
        simulate(flow)
    assert simulate(flow, {"build": Fake()}).report["build"].value["returncode"] == 0


def test_the_same_seed_gives_the_same_run_and_others_other_orders() -> None:
    def orders(seed: int) -> list[Any]:
        flow = Workflow()
        for name in "abcdef":
            flow.add(str, name, label=name)
        events = simulate(flow, seed=seed, max_concurrency=6).events
        return [event.label for event in events if isinstance(event, concurra.TaskEnded)]

    assert orders(3) == orders(3)
    assert len({tuple(orders(seed)) for seed in range(10)}) > 3
    assert all(sorted(orders(seed)) == list("abcdef") for seed in range(10))


def test_the_seed_decides_jitter() -> None:
    def delay(seed: int) -> float:
        return simulate(
            loading(retry=Retry(2, delay=100, jitter=1)), {"load": Fake(fails=1)}, seed=seed
        ).seconds

    assert delay(1) == delay(1) != delay(2)
    assert 0 <= delay(1) <= 100


def test_coroutines_sleep_in_virtual_time_and_are_cancelled_for_real() -> None:
    seen = []

    async def patient() -> str:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        return "done"

    flow = Workflow()
    one = flow.add(patient)
    run = simulate(flow)
    assert (run.report[one].value, run.seconds, seen) == ("done", 3600.0, [])
    assert simulate(flow, timeout=60).report[one].status is TaskState.TIMED_OUT
    assert seen == ["cancelled"]


def test_an_abort_comes_at_its_moment() -> None:
    run = Simulation(loading()).fake("load", takes=50).abort_at(20, "by hand").run()
    assert run.seconds == 20.0
    assert run.report.status.value == "cancelled"
    assert run.report["load"].reason == "TaskCancelled: aborted by hand while it ran"


def test_halts_and_named_limits_are_those_of_a_run() -> None:
    flow = Workflow()
    flow.map(str, range(6), label="m", uses={"db": 1})
    fakes = {"m": Fake(takes=1), "m[1]": Fake(fails=True)}
    run = simulate(flow, fakes, max_concurrency=6, limits={"db": 1}, halt=Halt.soon())
    run.assert_at_most(1)
    assert [label for _, label, _ in run.starts] == ["m[0]", "m[1]"]


def test_a_simulation_changes_neither_the_flow_nor_the_next_run() -> None:
    flow = loading()
    simulation = Simulation(flow, seed=4).fake("load", fails=1)
    assert not simulation.run().report.succeeded
    assert not simulation.run().report.succeeded
    assert flow.run().succeeded


def test_sinks_and_the_report_have_the_virtual_times() -> None:
    sink = RecordingSink()
    run = simulate(loading(), {"load": Fake(takes=7200)}, sinks=[sink])
    assert [type(event) for event in sink.events] == [type(event) for event in run.events]
    assert run.report["load"].seconds == 7200.0
    assert run.report["count"].started is not None
    assert run.report["count"].started.isoformat() == "2000-01-01T02:00:00+00:00"
