"""`Runner`: how workflows are run, and `Run`: one run of one, while it goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from concurra_core.backends.base import Backend
from concurra_core.model.checks import count, demands, flag, limit, period
from concurra_core.model.command import Output
from concurra_core.model.errors import LifecycleError
from concurra_core.model.halt import Halt
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.quoting import quoted
from concurra_core.model.retry import Retry
from concurra_core.model.settings import Defaults, On, checked_lane, checked_retry
from concurra_core.model.sink import Sink
from concurra_core.model.worker import WorkerOptions
from concurra_core.reporting.log import LoggerLike, LogOut, checked_logger
from concurra_core.reporting.report import RunReport
from concurra_core.runner.at_exit import abort_at_exit, abort_at_sigterm
from concurra_core.runner.checks import (
    checked_backend,
    checked_halt,
    checked_output,
    checked_sinks,
    checked_worker,
)
from concurra_core.runner.execution import Execution
from concurra_core.runner.interrupts import Interrupts
from concurra_core.runner.launch import Launch
from concurra_core.runner.preview import Preview

if TYPE_CHECKING:
    from concurra_core.runner.workflow import Workflow


class RunSettings(TypedDict, total=False):
    """The keywords of `Workflow.run`, `Workflow.start`, `Workflow.run_async` and `Runner`.

    Args:
        max_concurrency: most tasks running at once, of all kinds together; None for the number of processors.
        limits: how much there is of each named limit that tasks use.
        timeout: seconds one attempt of a task may run that says nothing itself.
        grace: seconds between asking a process to end and ending it, for tasks that say nothing themselves; 1 if
            nothing is said here either.
        retry: when tasks are tried again that say nothing themselves.
        on: where tasks run that say nothing themselves; coroutine functions run on the event loop all the same.
        deadline: seconds the whole run may take; with 0 nothing is started.
        halt: which failures stop the run; none, by default.
        sinks: callables that receive every event of the run, in order, on a thread of their own.
        backend: runs the tasks that would run on threads, whether they say so or by default.
        worker: what holds for every worker process.
        output: where commands write that do not keep their output: called with the label of each when it starts,
            returns a descriptor that the library closes; None for where this program writes.
        logger: where the library reports what no task can, such as a sink that raises.
    """

    max_concurrency: int | None
    limits: Mapping[str, int] | None
    timeout: float | None
    grace: float | None
    retry: Retry | None
    on: On | None
    deadline: float | None
    halt: Halt | None
    sinks: Iterable[Sink]
    backend: Backend | None
    worker: WorkerOptions | None
    output: Output | None
    logger: LoggerLike | None


class Runner:
    """Run workflows with the same settings, any number of times.

    Raises:
        TypeError: a setting is not known, or of the wrong type.
        ValueError: a setting is out of its range.

    >>> from concurra_core import Runner, Workflow
    >>> flow = Workflow()
    >>> total = flow.add(sum, [1, 2, 3])
    >>> Runner(max_concurrency=2).run(flow)[total].value
    6
    """

    def __init__(self, **settings: Unpack[RunSettings]) -> None:
        unknown = sorted(set(settings) - set(RunSettings.__annotations__))
        if unknown:
            raise TypeError(
                f"{quoted(unknown[0])} is no setting of a run; there are {', '.join(sorted(RunSettings.__annotations__))}"
            )
        said: Mapping[str, Any] = settings
        self._max_concurrency = _slots(said.get("max_concurrency"))
        self._limits = dict(demands("limits", _or_else(said.get("limits"), {})))
        self._deadline = limit("deadline", said.get("deadline"))
        self._halt = checked_halt(said.get("halt"))
        self._defaults = _defaults(said)
        self._sinks = checked_sinks(_or_else(said.get("sinks"), ()))
        self._backend = checked_backend(said.get("backend"))
        self._worker = checked_worker(said.get("worker"))
        self._output = checked_output(said.get("output"))
        self._log = LogOut(checked_logger(said.get("logger")))

    def run(self, flow: Workflow) -> RunReport:
        """Run all tasks of *flow* and return the report.

        Raises:
            ValueError: the graph is broken, or a task can never get what it uses; nothing has run.
            KeyboardInterrupt: Ctrl-C; running tasks were stopped.
        """
        with Interrupts() as interrupts:
            run = self._begin(flow)
            run._await(interrupts)  # noqa: SLF001 - the other half of this file
        return run.report

    def start(self, flow: Workflow) -> Run:
        """Start all tasks of *flow* and return at once.

        Raises:
            ValueError: as `run`.
            KeyboardInterrupt: Ctrl-C, or what a handler of the program's raised; what had begun was stopped.
        """
        run: Run | None = None
        abort_at_sigterm()  # first: a moment without it would be one in which commands are left behind
        try:
            with Interrupts():
                run = self._begin(flow)
        except BaseException:
            if run is not None:  # struck on the way out: nobody will ever have a hold of it
                with Interrupts() as interrupts:
                    run._execution.abort("by a signal")  # noqa: SLF001 - the other half of this file
                    run._await(interrupts)  # noqa: SLF001 - as above
            raise
        return run

    async def run_async(self, flow: Workflow) -> RunReport:
        """Run all tasks of *flow* while the event loop of the caller goes on; inline tasks run on its thread.

        Cancelling the caller aborts the run.

        Raises:
            ValueError: as `run`.
        """
        from concurra_core.runner.awaiting import settled  # asyncio, for those who have it anyway

        run = self._begin(flow)
        await settled(run._execution)  # noqa: SLF001 - the other half of this file
        return run.report

    def _options_for(self, flow: Workflow) -> RunOptions:
        """Return what holds for the whole of a run of *flow*."""
        return RunOptions(
            slots=self._max_concurrency,
            name=flow.name,
            halt=self._halt,
            limits=self._limits,
            deadline=self._deadline,
        )

    def _begin(self, flow: Workflow) -> Run:
        if not isinstance(flow, Preview):  # the half of its class that does not import this file
            raise TypeError(
                f"a Runner runs a Workflow, not {quoted(flow)}; a TaskRunner has one: its workflow()"
            )
        options = self._options_for(flow)
        launch = Launch(
            options=options,
            log=self._log,
            sinks=self._sinks,
            backend=self._backend,
            worker=self._worker,
            output=self._output,
        )
        kinds, told = flow._kinds(self._defaults)  # noqa: SLF001 - the graph behind the face
        with launch.head_start(kinds, told) as head_start:
            tasks, plan = flow._prepared(self._defaults, options)  # noqa: SLF001 - as above
            execution = launch.execution(tasks, plan, head_start)
            execution.open()
        abort_at_exit(execution, self._log)
        execution.start()
        return Run(execution, flow._registry)  # noqa: SLF001 - as above


class Run:
    """A run of a workflow that was started. Made by `Workflow.start`.

    >>> from concurra_core import Workflow
    >>> flow = Workflow()
    >>> three = flow.add(len, "abc")
    >>> run = flow.start()
    >>> run.wait()[three].value, run.is_running
    (3, False)
    """

    def __init__(self, execution: Execution, owner: object) -> None:
        self._execution = execution
        self._owner = owner
        self._report: RunReport | None = None

    def __repr__(self) -> str:
        execution = self._execution
        told = f"going on, {execution.active} running" if self.is_running else self.report.status.value
        return f"<Run {execution.name!r}: {told}>"

    @property
    def is_running(self) -> bool:
        """Whether a task has not ended."""
        return not self._execution.ended

    @property
    def active(self) -> int:
        """Number of tasks running now."""
        return self._execution.active

    def wait(self) -> RunReport:
        """Wait until all tasks have ended, and return the report. Inline tasks run in the thread that waits.

        Raises:
            RuntimeError: the caller is a task of this very run.
            KeyboardInterrupt: Ctrl-C; running tasks were stopped, `report` has what there is.
        """
        self._execution.check_may_wait()
        with Interrupts() as interrupts:
            self._await(interrupts)
        return self.report

    def abort(self, why: str = "by abort()", *, at_once: bool = False) -> None:
        """Stop everything that has not ended. Does not wait. Harmless when repeated, late, or from inside a task.

        Args:
            why: continues the word "aborted" in the reason of what is stopped.
            at_once: leave out the grace: what is being stopped is ended now. A second abort can say so too.

        Raises:
            TypeError: an argument is of the wrong type.
        """
        if not isinstance(why, str):
            raise TypeError(f"why must be a str that continues the word 'aborted', not {quoted(why)}")
        flag("at_once", at_once)
        with Interrupts():  # a handler that raises is not to strike in the middle of it
            self._execution.abort(why)
            if at_once:
                self._execution.hurry()

    @property
    def report(self) -> RunReport:
        """The report of the run.

        Raises:
            RuntimeError: a task has not ended.
        """
        if self.is_running:
            raise LifecycleError("the run goes on; wait() for it first")
        if self._report is None:
            self._report = self._execution.report(self._owner)
        return self._report

    def _await(self, interrupts: Interrupts) -> None:
        execution = self._execution
        abort = partial(execution.abort, "by a signal")
        serve: Callable[[], object] | None = execution.lanes.served_by(interrupts.ring)
        wait = partial(interrupts.wait, first=abort, second=execution.hurry)
        try:
            wait(execution.completion, serve=serve)
        finally:
            execution.lanes.served_no_more_by(interrupts.ring)
        wait(execution.awaited)


def _or_else(said: Any, otherwise: Any) -> Any:
    return otherwise if said is None else said


def _slots(wanted: object) -> int:
    return (os.cpu_count() or 1) if wanted is None else count("max_concurrency", wanted, least=1)


def _defaults(said: Mapping[str, Any]) -> Defaults:
    checked: Mapping[str, Callable[[Any], Any]] = {
        "timeout": lambda value: limit("timeout", value),
        "grace": lambda value: period("grace", value),
        "retry": checked_retry,
        "on": checked_lane,
    }
    found = {name: check(said[name]) for name, check in checked.items() if said.get(name) is not None}
    if "on" in found:
        found["lane"] = found.pop("on")
    if found.get("lane") is Lane.ASYNC:
        raise ValueError('on="async" is for coroutine functions, which run there by themselves')
    return Defaults(**found)


NOTHING_SAID: Final = Defaults()
