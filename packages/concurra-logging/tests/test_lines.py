"""What the lines say: the same whichever way they are made, and all of it in the schema."""

from __future__ import annotations

import io
import sys
from collections.abc import Hashable
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

import concurra
import pytest
from concurra_core import SCHEMA_VERSION, Event, TaskState
from concurra_logging import JsonSink, schema
from concurra_logging.fields import HEAD, LEVELS, NAMES, fields_of
from jsonschema import Draft202012Validator
from log_events import lines_of, loaded
from made_events import ended, failed, retrying, run_ended, run_started, started

VALIDATOR = Draft202012Validator(schema())
TERMINAL = {state.value for state in TaskState} - {"waiting", "running", "stopping"}
COMMON = {"timestamp": "2023-11-14T22:13:20.250000Z", "schema": 1, "run_id": "f00d", "run_name": "etl"}


def fields_in_schema(event: str) -> list[str]:
    described = schema()
    return [*described["properties"], *described["$defs"][event]["required"]]


def check(line: dict[str, Any], *context: str) -> None:  # Any: what JSON holds
    VALIDATOR.validate(line)
    assert sorted(line) == sorted([*fields_in_schema(line["event"]), *context])


def test_the_schema_is_one_and_says_its_version() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["properties"]["schema"]["const"] == SCHEMA_VERSION == 1
    assert tuple(schema()["properties"]) == HEAD
    events = [ref["$ref"].removeprefix("#/$defs/") for ref in schema()["oneOf"]]
    assert {name for event in events for name in fields_in_schema(event)} == NAMES
    assert set(schema()["$defs"]["status"]["enum"]) == {state.value for state in LEVELS} == TERMINAL


def test_the_schema_refuses_what_is_not_so() -> None:
    (line,) = lines_of(started())
    for change in (
        {"event": "task.begun"},
        {"attempt": "1"},
        {"timestamp": "2023-11-14 22:13:20"},
        {"schema": 2},
    ):
        assert not VALIDATOR.is_valid({**line, **change}), change
    del line["label"]
    assert not VALIDATOR.is_valid(line)


FAILURE = {
    "reason": "ValueError: no",
    "error_type": "ValueError",
    "error_message": "no",
    "trace": "Traceback ...",
}
ENDS = {"status": "failed", "seconds": 0.000012, "worker": "etl-0", "on": "thread"}


def told(event: str, level: str = "info", **fields: object) -> dict[str, object]:
    return {**COMMON, "event": event, "level": level, **fields}


def test_the_line_of_each_event() -> None:
    lines = lines_of(run_started(), started(), retrying(), failed(), run_ended(), progress=None)
    again = {**FAILURE, "seconds": 0.25, "delay": 0.5}
    assert lines == [
        told("run.started", total=3),
        told("task.started", label="a", attempt=1),
        told("task.retrying", "warning", label="a", attempt=1, **again),
        told("task.ended", "error", label="a", attempt=2, **FAILURE, **ENDS),
        told("run.ended", "error", total=3, succeeded=2, failed=1, seconds=1.5),
    ]
    for line in lines:
        check(line)
        assert tuple(line)[: len(HEAD)] == HEAD


EVENTS: list[Event] = [
    run_started(),
    started(),
    started(7),
    started('tab\tnew\nline \u2028 \U0001f600 \\ "'),
    ended(),
    ended(("a", 1)),
    ended(worker=4711, on="process"),
    ended(worker=None, on=None),
    ended(status=TaskState.SKIPPED, reason="RuntimeError: skipped", worker=None, on=None),
    ended(status=TaskState.TIMED_OUT, reason="TimeoutError: too long"),
    ended(status=TaskState.CRASHED, reason="RuntimeError: worker died", worker=1),
    ended(status=TaskState.CANCELLED, reason="RuntimeError: aborted by you"),
    failed(),
    retrying(),
    run_ended(),
    run_ended(0),
]


@pytest.mark.parametrize("trace", [True, False])
def test_the_prepared_lines_say_what_the_fields_say(trace: bool) -> None:
    for event in EVENTS:
        level, name, fields = fields_of(event, trace=trace)
        *_, line = lines_of(run_started(), event, trace=trace, progress=None)
        assert line == {**COMMON, "level": level, "event": name, **fields}
        check(line)


def test_progress_is_in_the_schema_before_anything_has_ended_too() -> None:
    lines = [line for line in lines_of(run_started(), run_ended()) if line["event"] == "run.progress"]
    lines += [line for line in lines_of(run_started(), ended(at=1.0), run_ended(at=2.0)) if "eta" in line]
    assert [line["eta"] for line in lines] == [None, 4.0]
    for line in lines:
        check(line)


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


class Color(StrEnum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("a\nb", "a\nb"),
        (7, 7),
        (1.5, 1.5),
        (10**30, 10**30),
        (True, "True"),
        (None, "None"),
        (("a", 1), "('a', 1)"),
        (frozenset({1}), "frozenset({1})"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("\ud800", "\ud800"),
        (Loud("quiet"), "quiet"),
        (Color.RED, "red"),
        (Number.ONE, 1),
    ],
)
def test_labels_that_json_does_not_know_are_text(label: Hashable, shown: object) -> None:
    for line in lines_of(started(label), ended(label), failed(label), progress=None):
        assert (line["label"], type(line["label"])) == (shown, type(shown))
        check(line)


def test_a_label_without_a_text_is_shown_as_an_object() -> None:
    (line,) = lines_of(ended(Broken()))
    assert "Broken object at" in line["label"]


def test_context_is_on_every_line_and_is_made_json() -> None:
    context = {
        "site": "b\u00fcro",
        "ratio": float("nan"),
        "when": datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - as a user has it
        "tags": {"x": (1, Broken, float("inf"))},
        "modules": sys.modules,
    }
    for line in lines_of(*EVENTS, context=context):
        assert line["site"] == "b\u00fcro"
        assert line["ratio"] == "nan"
        assert line["when"] == "2026-01-02 03:04:05"
        assert line["tags"] == {"x": [1, str(Broken), "inf"]}
        check(line, *context)


def test_a_rich_run_is_in_the_schema() -> None:
    stream = io.StringIO()
    flow = concurra.Workflow(name="rich")
    flow.add(len, "abc", label="thread")
    flow.add(len, "abc", label=("process", 1), on="process")
    flow.add(int, "x", label="failed", retry=concurra.Retry(2))
    flow.add(_dies, label="crashed", on="process")
    flow.add(_coroutine, label="coroutine")
    flow.add(print, label="skipped", after=["failed"])
    flow.add(_declines, label="declined")
    flow.command(["true"], label="command")
    numbers = flow.map(abs, [1, -2], label="numbers")
    flow.add(sum, numbers, label=7)
    flow.run(max_concurrency=3, sinks=[JsonSink(stream, context={"site": "b"}, progress=0.05)])
    lines = loaded(stream.getvalue())
    for line in lines:
        check(line, "site")
    assert {line["event"] for line in lines} == {
        ref["$ref"].removeprefix("#/$defs/") for ref in schema()["oneOf"]
    }
    ends = {line["label"]: line["status"] for line in lines if line["event"] == "task.ended"}
    assert {name: ends[name] for name in ("failed", "crashed", "skipped", "declined", "command")} == {
        "failed": "failed",
        "crashed": "crashed",
        "skipped": "skipped",
        "declined": "skipped",
        "command": "succeeded",
    }
    places = {line["on"] for line in lines if line["event"] == "task.ended"}
    assert places >= {"thread", "process", "subprocess", "async", None}


def _dies() -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def _declines() -> None:
    raise concurra.Skip("nothing to do")


async def _coroutine() -> int:
    return 1
