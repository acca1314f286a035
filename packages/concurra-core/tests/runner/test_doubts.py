"""A predicate of `Retry` that raises: the task fails as it did, and the predicate is told of."""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection
from typing import Any

import pytest
from concurra import Event, Retry, TaskEnded, TaskRetrying, Workflow
from concurra.testing import simulate
from runners import Records

DOUBT = "the predicate broken of Retry.on raised ZeroDivisionError: division by zero, which is taken as a no"


def broken(_error: BaseException) -> bool:
    return bool(1 / 0)


def boom() -> int:
    raise ValueError("no")


def heard(flow: Workflow, sinks: Collection[Any] = ()) -> tuple[Any, list[str]]:
    """Return the report of *flow* and the warnings that were logged."""
    records = Records()
    logger = logging.Logger("own")  # noqa: LOG001 - the test's own, known to nobody else
    logger.addHandler(records)
    report = flow.run(logger=logger, sinks=sinks)
    return report, [record.getMessage() for record in records.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize("on", ["thread", "process"])
def test_a_predicate_that_raises_is_told_wherever_its_task_is(on: Any) -> None:
    events: list[Event] = []
    flow = Workflow()
    flow.add(boom, label="boom", on=on, retry=Retry(3, on=broken))
    flow.add(boom, label="twin", on=on, retry=Retry(3, on=broken))
    report, warnings = heard(flow, [events.append])
    result = report["boom"]
    assert (result.reason, result.attempts) == ("ValueError: no", 1)
    assert result.warning == DOUBT
    assert str(result.trace).endswith(f"ValueError: no\n{DOUBT}\n")
    assert result.error.__notes__ == [DOUBT]
    assert len(warnings) == 1  # once for the same words
    assert warnings[0].endswith(f"failed, and {DOUBT}")
    ended = next(event for event in events if isinstance(event, TaskEnded))
    assert str(ended.trace).endswith(f"{DOUBT}\n")


def test_the_other_conditions_are_asked_all_the_same() -> None:
    events: list[Event] = []
    flow = Workflow()
    on = (broken, functools.partial(broken), lambda error: "no" in str(error))
    flow.add(boom, label="boom", retry=Retry(2, on=on))
    flow.add(boom, label="typed", retry=Retry(2, on=(broken, ValueError)))
    report, warnings = heard(flow, [events.append])
    assert [report[label].attempts for label in ("boom", "typed")] == [2, 2]
    assert f"{DOUBT}; the predicate functools.partial(" in report["boom"].warning
    assert len(warnings) == 2
    retrying = [event for event in events if isinstance(event, TaskRetrying)]
    assert all(DOUBT in str(event.trace) for event in retrying)


def test_a_simulation_tells_it_in_the_result() -> None:
    flow = Workflow()
    flow.add(boom, label="boom", retry=Retry(3, on=broken))
    assert simulate(flow).report["boom"].warning == DOUBT


class Closed(Exception):
    """Takes no notes."""

    def add_note(self, note: str) -> None:
        raise TypeError(note)


def closed() -> int:
    raise Closed


def test_an_exception_that_takes_no_notes_stays_as_it_is() -> None:
    flow = Workflow()
    flow.add(closed, retry=Retry(3, on=broken), label="closed")
    report, warnings = heard(flow)
    assert report["closed"].reason == "Closed"
    assert len(warnings) == 1


def test_a_predicate_that_answers_says_nothing() -> None:
    flow = Workflow()
    flow.add(boom, label="boom", retry=Retry(2, on=lambda error: False))
    report, warnings = heard(flow)
    assert (report["boom"].warning, warnings) == (None, [])
