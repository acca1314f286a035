"""When tasks could start and how long they waited for a slot, on the clock of a simulation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from concurra import Event, Retry, RunReport, TaskEnded, TaskState, Workflow
from concurra.testing import Fake, simulate

RAN, CANCELLED = TaskState.SUCCEEDED, TaskState.CANCELLED


def times(report: RunReport, *labels: str) -> list[tuple[float | None, float | None]]:
    """Return when tasks could start, in seconds from the start of the run, and how long they waited then."""
    results = [report[label] for label in labels]
    epoch = min(datetime.max.replace(tzinfo=UTC), *(result.ended for result in report.values()))
    return [
        (None if each.queued is None else round((each.queued - epoch).total_seconds(), 3), each.waited)
        for each in results
    ]


def busy_flow() -> Workflow:
    """One slot: the map over what *source* found comes to its turn after a task of ten seconds."""
    flow = Workflow()
    source = flow.add(list[int], [1, 2], label="source", priority=2)
    flow.add(int, label="long", priority=1, expected_seconds=10, after=["source"])
    flow.map(str, source, label="items", expected_seconds=2)
    return flow


def test_the_items_of_a_map_wait_from_when_they_were_made() -> None:
    report = simulate(busy_flow(), max_concurrency=1).report
    assert times(report, "long", "items", "items[0]", "items[1]") == [(0, 0), (0, 10), (10, 0), (10, 2)]
    assert report.queue_wait == pytest.approx((0 + 0 + 10 + 0 + 2) / 5)


def test_a_map_of_nothing_and_one_of_many_are_told_apart() -> None:
    flow = Workflow()
    flow.map(str, flow.add(list[int], label="empty"), label="none")
    flow.map(str, flow.add(list[int], [1], label="one"), label="first", expected_seconds=1)
    pair = flow.add(list[int], [1, 2], label="two", expected_seconds=4)
    flow.map(str, pair, label="second", expected_seconds=1)
    report = simulate(flow, max_concurrency=1).report
    assert report["none"].value == []
    begun = {label: report[label].started for label in report}
    assert begun["two"] is not None
    for label in ("first[0]", "second[0]", "second[1]"):
        result, begin = report[label], begun[label]
        assert result.queued is not None
        assert begin is not None
        assert result.waited == pytest.approx((begin - result.queued).total_seconds(), abs=1e-3)
        assert result.queued == begun[label.partition("[")[0]]  # making takes no time here


def test_what_the_deadline_stops_is_told_how_far_it_was() -> None:
    events: list[Event] = []
    flow = busy_flow()
    flow.add(len, "x", label="behind", after=["items"])
    flow.add(int, label="again", retry=Retry(9, delay=3600), priority=3)
    fakes = {"again": Fake(fails=9, takes=0)}
    report = simulate(flow, fakes, max_concurrency=1, deadline=11, sinks=[events.append]).report
    deadline = "TaskCancelled: aborted at the run's deadline of 11 seconds"
    told = {label: report[label].reason for label in ("items", "items[0]", "items[1]", "behind", "again")}
    assert told == {
        "items": f"{deadline} before all its items had ended",
        "items[0]": f"{deadline} while it ran",
        "items[1]": f"{deadline} before it started",
        "behind": f"{deadline} before it started",
        "again": f"{deadline} before its next attempt",
    }
    assert [report[label].attempts for label in told] == [1, 1, 0, 0, 1]
    assert times(report, "items[1]", "behind") == [(10, None), (None, None)]
    assert {event.label: event.reason for event in events if isinstance(event, TaskEnded)} == {
        label: result.reason for label, result in report.items()
    }


def test_a_map_of_nothing_takes_no_earlier_task_for_an_item() -> None:
    flow = Workflow()
    source = flow.add(list[int], label="source", expected_seconds=3)
    flow.add(int, label="at once", expected_seconds=0)
    flow.add(int, label="beside", expected_seconds=1)
    flow.map(str, source, label="none")
    report = simulate(flow, max_concurrency=3).report
    assert times(report, "source", "beside", "none") == [(0, 0), (0, 0), (3, 0)]
