"""The doors of `concurra`, read off its public names: a new one, or a new parameter, is among them by itself."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, Final

import attrs
import concurra
from concurra import (
    DefinitionError,
    Halt,
    Ref,
    Retry,
    Run,
    Runner,
    RunReport,
    TaskRunner,
    WorkerOptions,
    Workflow,
)
from doors import Door

SILENT: Final = logging.getLogger("strange.silent")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False

# What users are handed and do not make, and what is a type for checkers only.
HANDED: Final = [
    "SCHEMA_VERSION",
    "AddOptions",
    "BufferingSink",
    "CommandResult",
    "CurrentTask",
    "Event",
    "Outcome",
    "PlannedTask",
    "Problem",
    "RunEnded",
    "RunSettings",
    "RunStarted",
    "RunStatus",
    "Sink",
    "TaskEnded",
    "TaskResult",
    "TaskRetrying",
    "TaskStarted",
    "TaskState",
    "WorkflowPlan",
]
_GIVEN: Final = {
    "task": int,
    "f": int,
    "work": [(int,)],
    "call": int,
    "items": ["1"],
    "refs": [],
    "default": 1,
    "key": "first",
    "failures": 1,
    "ratio": None,
    "stops_running": True,
    "target": "a:b",
    "module": "no_such_module",
    "results": {},
}
# What is not tried, and why.
SPARED: Final = {
    "backend": {"obliging"},  # it promises to run tasks, and does not
    "use_multiprocessing": {"True"},  # good, and tens of milliseconds; the suite of processes has it
    "items": {"long"},  # good, and a task a letter
}


def runner() -> TaskRunner:
    made = TaskRunner(progress_stats=False, logger=SILENT)
    made.add_task(int, label="first")
    return made


def run_runner() -> TaskRunner:
    made = runner()
    made.run(verify=False)
    return made


def workflow() -> Workflow:
    made = Workflow()
    made.add(int, label="first")
    return made


def run() -> concurra.Run:
    made = workflow().start()
    made.wait()
    return made


def runs_still(subject: TaskRunner, _: object = None) -> None:
    """The runner ends every task in one of three ways, or says which of them can never start."""
    if not _was_run(subject):
        subject.add_task(int)
        try:
            subject.run(verify=False)
        except DefinitionError as error:
            told = str(error)
        else:
            told = ""
        if told:
            assert "uses" in told or "unknown dependency" in told
            return
    results = subject.get_background_results(verify=False)
    assert len(results) == len(subject)
    assert {result["status"] for result in results.values()} <= {"Successful", "Failed", "Terminated"}


def _was_run(subject: TaskRunner) -> bool:
    try:
        subject.workflow()
    except concurra.LifecycleError:
        return True
    return False


def flows_still(subject: Workflow, made: object) -> None:
    """The workflow runs, and so does one that was made of it, or each says in advance why not."""
    for flow in (subject, made):
        if isinstance(flow, Workflow):
            problems = flow.validate(max_concurrency=4, limits={})
            try:
                report = flow.run(logger=SILENT, max_concurrency=4)
            except DefinitionError:
                assert problems
            else:
                assert len([result.status for result in report.values()]) == len(report)
                assert str(report)


def used(use: Callable[[Any], object]) -> Callable[[Any, Any], object]:
    """Use what was made, if it was."""
    return lambda _, made: None if made is None else use(made)


def called(name: str) -> Callable[[Any], Callable[..., Any]]:
    def call(subject: Any) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(subject, name)
        if inspect.iscoroutinefunction(method):
            return functools.wraps(method)(lambda *args, **kwargs: asyncio.run(method(*args, **kwargs)))
        return method

    return call


def methods(
    cls: type, make: Callable[[], Any], end: Callable[[Any, Any], object], **given: Any
) -> list[Door]:
    return [
        Door(f"{cls.__name__}.{name}", make, called(name), end, {**_GIVEN, **given})
        for name, _ in inspect.getmembers(cls, callable)
        if not name.startswith("_")
    ]


def made(what: Callable[..., Any], end: Callable[[Any, Any], object]) -> Door:
    return Door(what.__qualname__, lambda: None, lambda _: what, end, _GIVEN)


def nothing(*_: object) -> None:
    """What there is to be seen was returned."""


# Methods whose subject must have run.
_AFTERWARDS: Final = {"abort", "get_background_results", "verify"}
_PROGRAM: Final = ["true"]

DOORS: Final = [
    *(
        attrs.evolve(door, make=run_runner) if door.name.rpartition(".")[2] in _AFTERWARDS else door
        for door in methods(TaskRunner, runner, runs_still, command="true")
    ),
    *methods(Workflow, workflow, flows_still, line="true"),
    *methods(Run, run, nothing),
    *methods(Runner, Runner, nothing, flow=workflow()),
    *methods(Ref, lambda: workflow().add(int), nothing),
    *methods(RunReport, lambda: run().report, nothing),
    *methods(Halt, lambda: Halt, used(lambda halt: workflow().run(halt=halt))),
    made(TaskRunner, used(runs_still)),
    made(Workflow, used(lambda flow: flows_still(flow, None))),
    made(Runner, used(lambda runner: runner.run(workflow()))),
    made(Halt, used(lambda halt: workflow().run(halt=halt))),
    made(Retry, used(lambda retry: workflow().run(retry=retry))),
    made(WorkerOptions, used(lambda options: workflow().run(worker=options))),
    made(concurra.results_table, nothing),
    made(concurra.on_worker_import, nothing),
    made(concurra.current_task, nothing),
]
# The programs of commands in exec form.
for place, door in enumerate(DOORS):
    if door.name in {"TaskRunner.add_command", "Workflow.command"}:
        DOORS[place] = attrs.evolve(door, given={**door.given, "command": _PROGRAM, "line": _PROGRAM})
