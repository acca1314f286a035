"""Wrong words of a user: each is refused where it is said, with the value, the place and the way out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import concurra
import pytest
from concurra import Halt, Retry, Runner, WorkerOptions, Workflow

WRONG: Any = "x"  # on purpose
WRONG_OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"timout": 3}, TypeError, "'timout' is no option of a task; there are after, allow_failure, cpus"),
    ({"base": 3}, TypeError, "a keyword argument of the function is bound with functools.partial"),
    ({"label": [1]}, TypeError, r"label must be hashable, not \[1\]; use a str or an int"),
    ({"after": "a"}, TypeError, r"after must be an iterable of labels, not 'a'; write after=\['a'\]"),
    ({"after": 3}, TypeError, "after must be an iterable of labels, not 3"),
    ({"after": [[1]]}, TypeError, r"after holds \[1\], which is no label"),
    ({"timeout": "3"}, TypeError, r"timeout must be a number of seconds \(int or float\) or None, not '3'"),
    ({"timeout": True}, TypeError, "timeout must be a number of seconds"),
    ({"timeout": -1}, ValueError, "timeout must be 0 or more, in seconds, not -1; math.inf means no limit"),
    ({"timeout": math.nan}, ValueError, "timeout must be 0 or more, in seconds, not nan"),
    ({"grace": math.inf}, ValueError, "grace must be 0 or more and finite, in seconds, not inf"),
    ({"retry": 3}, TypeError, r"retry must be a Retry, such as Retry\(3\), not 3"),
    (
        {"on": "threads"},
        ValueError,
        "on must be one of 'thread', 'process', 'async', 'inline', not 'threads'",
    ),
    ({"on": 3}, TypeError, "on must be one of 'thread', 'process', 'async', 'inline', not 3"),
    ({"uses": ["db"]}, TypeError, r"uses must be a mapping such as \{'db': 1\}, not \['db'\]"),
    ({"cpus": 0}, ValueError, "cpus must be 1 or more, not 0"),
    ({"priority": 1.5}, TypeError, "priority must be an int, not 1.5"),
    ({"expected_seconds": -1}, ValueError, "expected_seconds must be 0 or more"),
    ({"tags": "x"}, TypeError, r"tags must be an iterable of str, not 'x'; write tags=\['x'\]"),
    ({"keep": 1}, TypeError, "keep must be True or False, not 1"),
    ({"allow_failure": "yes"}, TypeError, "allow_failure must be True or False, not 'yes'"),
]


@pytest.mark.parametrize(("options", "error", "words"), WRONG_OPTIONS)
def test_every_way_to_add_refuses_wrong_options_and_is_as_before(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    flow = Workflow()
    adders: list[Callable[..., object]] = [
        lambda **said: flow.add(int, **said),
        lambda **said: flow.map(int, ["1", "2"], **said),
        lambda **said: flow.map(int, source, **said),
    ]
    if "on" not in options:
        adders.append(lambda **said: flow.shell("true", **said))
    source = flow.add(list[str], label="source")
    for add in adders:
        with pytest.raises(error, match=words):
            add(**options)
    assert [task.label for task in flow.tasks()] == ["source"]
    assert flow.add(int).label == "int"  # the numbers of refused tasks are free


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"check": "no"}, "check must be True or False, not 'no'"),
        ({"text": 1}, "text must be True or False, not 1"),
        ({"capture_output": None}, "capture_output must be True or False, not None"),
        ({"cwd": 3}, "cwd must be a path or None, not 3"),
        ({"env": {"A": 1}}, "env must map str to str, but holds 'A': 1"),
        ({"on": "thread"}, "a command runs in a process of its own; leave out on='thread'"),
    ],
)
def test_commands_refuse_wrong_options(options: Any, words: str) -> None:
    flow = Workflow()
    with pytest.raises(TypeError, match=words):
        flow.command(["true"], **options)
    assert len(flow) == 0


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        (
            {"backend": "thread"},
            TypeError,
            "backend must be an object with capabilities, open, wake, kill, close",
        ),
        ({"timeout": "x"}, TypeError, "timeout must be a number of seconds"),
        (
            {"deadline": -1},
            ValueError,
            "deadline must be 0 or more, in seconds, not -1; math.inf means no limit",
        ),
        ({"sinks": print}, TypeError, r"sinks must be an iterable of callables, .*; write sinks=\[<built-in"),
        ({"sinks": [3]}, TypeError, r"sinks\[0\] must be callable with an event, not 3"),
        ({"limits": {"db": 1.5}}, TypeError, r"limits\['db'\] must be an int, not 1.5"),
        ({"sinks": 0}, TypeError, "sinks must be an iterable of callables, not 0"),
        ({"limits": ""}, TypeError, "limits must be a mapping such as"),
        ({"halt": "yes"}, TypeError, "halt must be a Halt, such as"),
        ({"halt": Halt}, TypeError, "halt must be a Halt, such as"),
        ({"worker": 3}, TypeError, "worker must be a WorkerOptions or None, not 3"),
        ({"logger": 3}, TypeError, "logger must have the methods info, warning and error, not 3"),
        ({"on": 3}, TypeError, "on must be one of"),
    ],
)
def test_every_way_to_run_refuses_wrong_settings(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    ran: list[int] = []
    flow = Workflow()
    flow.add(ran.append, 1)
    for run in (flow.run, flow.start, Runner):
        with pytest.raises(error, match=words):
            run(**settings)
    with pytest.raises(error, match=words):
        asyncio.run(flow.run_async(**settings))
    assert ran == []


def test_a_task_runner_refuses_a_wrong_backend() -> None:
    with pytest.raises(TypeError, match=r"backend must be an object with .*, not 3; it has no capabilities"):
        concurra.TaskRunner(backend=3)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize("flow", [3, None, concurra.TaskRunner(progress_stats=False)])
def test_a_runner_runs_workflows_only(flow: Any) -> None:
    for run in (Runner().run, Runner().start, lambda flow: asyncio.run(Runner().run_async(flow))):
        with pytest.raises(TypeError, match=r"a Runner runs a Workflow, not .*; a TaskRunner has one"):
            run(flow)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Retry(0), ValueError, "attempts must be 1 or more, not 0"),
        (lambda: Retry(3, factor=WRONG), TypeError, "factor must be a finite number of 0 or more, not 'x'"),
        (lambda: Retry(3, factor=-1), ValueError, "factor must be a finite number of 0 or more, not -1"),
        (
            lambda: Retry(3, jitter=2),
            ValueError,
            "jitter, a share of the delay, must be a number from 0 to 1, not 2",
        ),
        (lambda: Retry(3, delay=-1), ValueError, "delay must be 0 or more and finite, in seconds, not -1"),
        (lambda: Retry(3, on="OSError"), TypeError, "on must be exception types or predicates"),
        (lambda: Halt(WRONG, None, stops_running=True), TypeError, "failures must be an int, not 'x'"),
        (
            lambda: Halt(1, WRONG, stops_running=True),
            TypeError,
            "ratio must be a number from 0 to 1, not 'x'",
        ),
        (
            lambda: Halt(1, None, stops_running=WRONG),
            TypeError,
            "stops_running must be True or False, not 'x'",
        ),
        (lambda: Halt.now(ratio=2), ValueError, "ratio must be a number from 0 to 1, not 2"),
        (lambda: Halt.soon(0), ValueError, "failures must be 1 or more, not 0"),
        (lambda: WorkerOptions(max_tasks=0), ValueError, "max_tasks must be 1 or more, not 0"),
        (
            lambda: WorkerOptions(start_method="spawn"),
            ValueError,
            "start_method must be one of template, fork",
        ),
        (
            lambda: concurra.results_table(WRONG),
            TypeError,
            r"results must be what a runner returned, .*, not 'x'",
        ),
    ],
)
def test_what_is_frozen_is_checked_at_the_door(
    make: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        make()


def test_an_abort_says_why_in_words() -> None:
    flow = Workflow()
    flow.add(int)
    run = flow.start()
    with pytest.raises(TypeError, match="why must be a str that continues the word 'aborted', not 3"):
        run.abort(3)  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(TypeError, match="at_once must be True or False, not 'x'"):
        run.abort(at_once="x")  # type: ignore[arg-type] # wrong on purpose
    assert run.wait().succeeded
    assert repr(run) == "<Run 'workflow': succeeded>"


def test_a_map_whose_items_would_wait_for_one_another_adds_nothing() -> None:
    flow = Workflow()
    with pytest.raises(concurra.CycleError, match=r"m\[1\] -> m\[1\]"):
        flow.map(int, ["1", "2"], label="m", after=["m[1]"])
    assert len(flow) == 0


def test_a_report_says_what_it_has_not() -> None:
    flow = Workflow(name="etl")
    flow.add(int, label="a")
    report = flow.run()
    with pytest.raises(KeyError, match="the report of 'etl' has no task 'b'; its labels are its keys"):
        report["b"]
    assert ("b" in report, report.get("b"), "a" in report) == (False, None, True)


def test_nothing_can_be_selected_of_nothing() -> None:
    with pytest.raises(concurra.SelectionError, match="no task matches 'a'; known labels: none"):
        Workflow().select("a")


def test_a_ref_in_a_container_is_a_problem_and_does_not_travel() -> None:
    flow = Workflow()
    one = flow.add(int, label="one")
    add: Callable[..., object] = flow.add  # a checker refuses these
    add(sum, [1, one], label="list")
    add(sum, {"a": one.or_else(3)}, label="dict", on="process")
    flow.add(sum, flow.gather([one]), label="right")
    problems = flow.validate()
    assert [(problem.kind, problem.labels) for problem in problems] == [
        ("arguments", ("list",)),
        ("arguments", ("dict",)),
        ("pickle", ("dict",)),
    ]
    assert str(problems[0]) == (
        "task 'list': argument 0 holds Ref('one') in a list, where the task gets the ref and not the result; "
        "hand over what flow.gather([...]) returns, or the ref itself"
    )
    assert "Ref('one').or_else(3) stands for a result among the positional arguments" in str(problems[2])


async def coroutine() -> int:
    return 3


def forgets() -> object:
    return coroutine()


@pytest.mark.parametrize("on", ["thread", "process", "inline"])
def test_a_function_that_returns_a_coroutine_by_mistake_is_told_so_everywhere(on: Any) -> None:
    flow = Workflow()
    flow.add(forgets, on=on, label="forgets")
    result = flow.run()["forgets"]
    assert isinstance(result.error, TypeError)
    assert "returned a coroutine, which nobody awaits; add the coroutine function itself" in str(result.error)
