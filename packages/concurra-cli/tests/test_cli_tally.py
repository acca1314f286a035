"""How a run stands, by its events alone."""

from __future__ import annotations

from collections.abc import Hashable

import attrs
import made_events
import pytest
from concurra_cli.tally import Running, Tally
from concurra_core import Event, TaskState, Workflow


def started(label: Hashable, now: float) -> Event:
    return attrs.evolve(made_events.started(label), monotonic=now)


def ended(label: Hashable, now: float, status: TaskState = TaskState.SUCCEEDED) -> Event:
    return attrs.evolve(made_events.ended(label, status), monotonic=now)


def begun(total: int, now: float) -> Event:
    return attrs.evolve(made_events.run_started(total), monotonic=now)


def tally_of(total: int) -> Tally:
    flow = Workflow()
    for index in range(total):
        flow.add(print, label=index, timeout=7)
    tally = Tally(flow.tasks())
    tally(begun(total, 100.0))
    return tally


def test_a_task_keeps_its_place_and_leaves_it_to_another() -> None:
    tally = tally_of(4)
    for index in range(3):
        tally(started(index, 100.0 + index))
    tally(ended(1, 103.0))
    assert tally.standing(103.0).rows == (Running(0, 100.0, 7.0), None, Running(2, 102.0, 7.0))
    tally(started(3, 104.0))
    assert tally.standing(104.0).rows[1] == Running(3, 104.0, 7.0)


def test_a_task_that_is_tried_again_does_not_run_meanwhile() -> None:
    tally = tally_of(1)
    tally(started(0, 100.0))
    tally(attrs.evolve(made_events.retrying(0), monotonic=101.0))
    assert tally.standing(102.0).rows == (None,)
    assert tally.standing(102.0).done == 0


def test_rate_and_eta_are_those_of_the_last_seconds() -> None:
    tally = tally_of(100)
    assert (tally.standing(100.0).rate, tally.standing(100.0).eta) == (None, None)
    for index in range(20):  # one a second for a while
        tally(ended(index, 101.0 + index))
    standing = tally.standing(120.0)
    assert (standing.rate, standing.eta) == (1.0, 80.0)
    for index in range(20, 60):  # then four
        tally(ended(index, 120.0 + (index - 19) / 4))
    assert tally.standing(130.0).rate == 4.0
    tally(ended(60, 130.1, TaskState.FAILED))
    tally(ended(61, 130.1, TaskState.SKIPPED))
    standing = tally.standing(130.1)
    assert (standing.done, standing.failed, standing.ended[TaskState.SKIPPED]) == (62, 1, 1)


@pytest.mark.parametrize("label", ["each", 7, ("each", 1)])
def test_tasks_that_a_map_makes_are_counted_when_they_come(label: Hashable) -> None:
    flow = Workflow()
    raw = flow.add(range, 3, label="raw")
    flow.map(abs, raw, label=label, timeout=3)
    tally = Tally(flow.tasks(), flow.map_of)
    tally(begun(2, 0.0))
    item = f"{label}[0]"
    tally(started(item, 1.0))
    assert (tally.standing(1.0).total, tally.standing(1.0).rows) == (3, (Running(item, 1.0, 3.0),))
    totals: list[int] = []
    whole = Tally(flow.tasks(), flow.map_of)
    report = flow.run(sinks=[whole, lambda event: totals.append(whole.standing(event.monotonic).total)])
    assert (totals[-1], whole.standing(0.0).done, len(report)) == (5, 5, 5)
