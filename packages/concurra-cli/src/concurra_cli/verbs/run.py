"""``run``: run the tasks of a target, show how it goes on, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from concurra_core import RunReport, RunStatus, Sink, Workflow

from concurra_cli.answer import Answer
from concurra_cli.errors import SettingError
from concurra_cli.flow import Flow, load_flow
from concurra_cli.job import Call
from concurra_cli.output import NONE, STREAM, TaskOutput
from concurra_cli.rerun import rerun_words
from concurra_cli.results import document, table
from concurra_cli.screen import Screen, screen_of
from concurra_cli.status import Status
from concurra_cli.summary import summary
from concurra_cli.talk import tell
from concurra_cli.tally import Tally
from concurra_cli.teller import Teller
from concurra_cli.verbs.plan import plan_of

if TYPE_CHECKING:
    from concurra_cli.spool import Spool

_QUIETEST = -2  # not even a summary


def perform(call: Call) -> Answer:
    """Run the target, or show its plan for a dry run."""
    settings = call.settings
    log = settings.get("log-json")
    log = log and Path(log).absolute()  # code of the user's may go elsewhere from here on
    flow = load_flow(call.request.target, settings)
    if settings.on("dry-run"):
        return plan_of(flow)
    screen = screen_of(settings)
    report = _run(call, flow, screen, _logs(log))
    status: int = call.signals.status or _STATUS[report.status]
    rerun = rerun_words(flow, report, settings)
    written: dict[str, object] = {}
    if settings.on("json") or settings.get("report") is not None:
        written = document(flow.target, report, status, rerun)
    interrupted = call.signals.status is not None
    return Answer(
        status,
        written,
        None if interrupted or settings.on("json") else table(report, short=call.stdout.is_terminal),
        _last_words(report, screen, rerun),
    )


_STATUS = {
    RunStatus.SUCCEEDED: Status.SUCCEEDED,
    RunStatus.FAILED: Status.FAILED,
    RunStatus.CANCELLED: Status.FAILED,  # a task of the run's own aborted it
    RunStatus.TIMED_OUT: Status.LATE,
}


def _run(call: Call, flow: Flow, screen: Screen, logs: list[Sink]) -> RunReport:
    """Run *flow*, with everything that listens, and return the report."""
    settings = call.settings
    mode = settings.get("output")
    defaults = {name: flow.run[name] for name in ("timeout", "retry", "on") if name in flow.run}
    tally = Tally(flow.part.tasks(**defaults), flow.part.map_of)
    run = dict(flow.run)
    with ExitStack() as stack:
        spool = None
        if mode != STREAM:
            spool = _spool(mode, stack)
            run.update(worker=spool.worker(run.get("worker")), output=spool.command)
        sinks = [*flow.run.get("sinks", ()), *logs]
        # What is told goes by the stream of this moment, past what is kept of tasks: sinks are no task.
        output = TaskOutput(mode, call.stdout.talk, spool)
        if screen.live:
            from concurra_cli.board import Board  # rich, where there is a terminal

            stack.enter_context(Board(screen, tally, flow.part.name))
        stack.enter_context(output)
        sinks += [tally, Teller(screen, tally, output, _allowed(flow.part), tell)]
        call.signals.watch(partial(flow.part.start, **{**run, "sinks": sinks}))
        report = call.signals.settle()
        rest = output.rest()
        if rest:
            tell(rest)
        return report


def _allowed(flow: Workflow) -> Callable[[Hashable], bool]:
    """Return what tells of a label whether its task may fail, also of a task that a map over a result makes."""
    found = {task.label for task in flow.tasks() if task.allow_failure}
    return lambda label: label in found or flow.map_of(label) in found


def _spool(mode: str, stack: ExitStack) -> Spool:
    from concurra_cli.spool import Spool  # temporary files, where they are wanted

    return stack.enter_context(Spool(drop=mode == NONE))


def _logs(path: Path | None) -> list[Sink]:
    """Return the sink for ``--log-json``, in a list, if there is to be one."""
    if path is None:
        return []
    try:
        logging = import_module("concurra_logging")  # knows nothing of this package, nor this one of it
    except ImportError:
        raise SettingError(
            "--log-json needs concurra-logging: python -m pip install concurra-logging"
        ) from None
    try:
        sink: Sink = logging.JsonSink(path)
    except OSError as error:
        raise SettingError(f"--log-json: {str(path)!r} cannot be written: {error.strerror}") from None
    return [sink]


def _last_words(report: RunReport, screen: Screen, rerun: list[str] | None) -> str:
    if screen.verbosity <= _QUIETEST or (screen.verbosity < 0 and report.succeeded):
        return ""
    return summary(report, screen, rerun)
