"""`TaskRunner`, the drop-in face. Thin: it checks what the user says, and shows what became of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from concurra_core.backends.base import Backend
from concurra_core.graph.demands import check_demands
from concurra_core.graph.plan import make_plan
from concurra_core.model.checks import demands, limit
from concurra_core.model.errors import LifecycleError
from concurra_core.model.halt import Halt
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.quoting import spelled
from concurra_core.model.sink import Sink
from concurra_core.model.worker import WorkerOptions
from concurra_core.reporting.log import LoggerLike, LogOut, checked_logger
from concurra_core.reporting.results import Results, results_of
from concurra_core.runner.at_exit import abort_at_exit, abort_at_sigterm
from concurra_core.runner.checks import (
    check_switches,
    checked_backend,
    checked_halt,
    checked_sinks,
    checked_slots,
    checked_worker,
)
from concurra_core.runner.execution import Execution
from concurra_core.runner.interrupts import Interrupts
from concurra_core.runner.launch import Launch
from concurra_core.runner.twin import Twin
from concurra_core.runner.verdict import tell_verdict
from concurra_core.runner.within import is_within_a_run

if TYPE_CHECKING:
    from concurra_core.backends.headstart import HeadStart
    from concurra_core.reporting.report import RunReport


class TaskRunner(Twin):
    """Run callables and commands in parallel, in dependency order, once.

    Args:
        max_concurrency: most tasks running at once; None for the number of processors. Below 1 becomes 1.
        name: what log lines call the runner.
        timeout: seconds any one task may run, counted from its start; None for no limit.
        progress_stats: log progress lines.
        fast_fail: at the first failure stop everything.
        use_multiprocessing: run callables in worker processes; no main guard is needed.
        logger: where lines go; the logger ``concurra.core`` by default.
        log_errors: also log each exception, with its traceback, when it happens.
        fallback_to_thread_on_pickle_error: a task that cannot be pickled for a worker process runs on a thread.
        task_retries: further attempts after an exception.
        sinks: callables that receive every event of the run, in order, on a thread of their own.
        backend: runs the callables in place of the threads or processes.
        worker: what holds for every worker process.
        grace: seconds between asking a process, a worker or a command, to end and ending it.
        limits: how much there is of each named limit; `add_function` and commands take what they use of it as *uses*.
        deadline: seconds the whole run may take; None for no limit.
        halt: which failures stop the run, in place of *fast_fail*.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of its range.

    >>> runner = TaskRunner(max_concurrency=2, progress_stats=False)
    >>> half = runner.add_task(lambda: 21, label="half")
    >>> whole = runner.add_task(lambda x: x * 2, half, label="whole")
    >>> runner.run(verify=False)["whole"]["result"]
    42
    """

    def __init__(
        self,
        max_concurrency: int | None = None,
        name: str | None = None,
        timeout: float | None = None,
        progress_stats: bool = True,
        fast_fail: bool = False,
        use_multiprocessing: bool = False,
        logger: LoggerLike | None = None,
        log_errors: bool = False,
        fallback_to_thread_on_pickle_error: bool = False,
        task_retries: int = 0,
        *,
        sinks: Iterable[Sink] = (),
        backend: Backend | None = None,
        worker: WorkerOptions | None = None,
        grace: float = 1.0,
        limits: Mapping[str, int] | None = None,
        deadline: float | None = None,
        halt: Halt | None = None,
    ) -> None:
        check_switches(
            progress_stats=progress_stats,
            fast_fail=fast_fail,
            use_multiprocessing=use_multiprocessing,
            log_errors=log_errors,
            fallback_to_thread_on_pickle_error=fallback_to_thread_on_pickle_error,
        )
        self._log = LogOut(checked_logger(logger))
        self.name = "Concurra" if name is None else spelled(name)
        self.max_concurrency = checked_slots(max_concurrency, self._log)
        lane = Lane.PROCESS if use_multiprocessing else Lane.THREAD
        fallback = Lane.FALLBACK if use_multiprocessing and fallback_to_thread_on_pickle_error else None
        super().__init__(
            lane=lane, fallback=fallback, timeout=timeout, task_retries=task_retries, grace=grace
        )
        self._launch = Launch(
            options=RunOptions(
                slots=self.max_concurrency,
                name=self.name,
                halt=checked_halt(halt, fast_fail=fast_fail),
                limits=dict(demands("limits", {} if limits is None else limits)),
                deadline=limit("deadline", deadline),
            ),
            log=self._log,
            sinks=checked_sinks(sinks),
            backend=checked_backend(backend),
            main=lane,
            worker=checked_worker(worker),
            lines=True,
            progress=progress_stats,
            log_errors=log_errors,
        )
        self._mutex = threading.Lock()
        self._execution: Execution | None = None
        self._results: list[Results] = []  # the first one there is

    # -- running ---------------------------------------------------------------------------------------

    def run(
        self, verify: bool = True, raise_exception: bool = False, error_message: str | None = None
    ) -> Results:
        """Run all tasks and return the results, by label, in the order of adding.

        Args:
            verify: log the report.
            raise_exception: raise `RunFailedError` if a task did not succeed.
            error_message: the heading of the report of failures.

        Raises:
            RuntimeError: the runner has been started before.
            TypeError: *verify* or *raise_exception* is not True or False; nothing has run.
            ValueError: the graph is broken; nothing has run, and the runner can still be mended.
            RunFailedError: with *raise_exception*, a task did not succeed.
            KeyboardInterrupt: Ctrl-C; running tasks were stopped, the results so far are kept.
        """
        check_switches(verify=verify, raise_exception=raise_exception)
        with Interrupts() as interrupts:
            results = self._await(interrupts, self._start())
        self._report(results, verify, raise_exception, error_message)
        return results

    execute = run

    def execute_in_background(self) -> None:
        """Start all tasks and return at once.

        Raises:
            RuntimeError: the runner has been started before.
            ValueError: the graph is broken.
            KeyboardInterrupt: Ctrl-C, or what a handler of the program's raised; what had begun was stopped.
        """
        execution: Execution | None = None
        abort_at_sigterm()  # first: a moment without it would be one in which commands are left behind
        try:
            with Interrupts():
                execution = self._start()
        except BaseException:
            if execution is not None:  # struck on the way out
                with Interrupts() as interrupts:
                    execution.abort("by a signal")
                    self._await(interrupts, execution)
            raise

    def get_background_results(
        self, verify: bool = True, raise_exception: bool = False, error_message: str | None = None
    ) -> Results:
        """Wait until all tasks have ended and return the results; otherwise as `run`.

        Raises:
            RuntimeError: the runner has not been started, or the caller is one of its own tasks.
            RunFailedError: with *raise_exception*, a task did not succeed.
        """
        check_switches(verify=verify, raise_exception=raise_exception)
        execution = self._running_or_ended()
        execution.check_may_wait()
        with Interrupts() as interrupts:
            results = self._await(interrupts, execution)
        self._report(results, verify, raise_exception, error_message)
        return results

    def is_running(self) -> bool:
        """Return whether the runner was started and a task has not ended."""
        return self._execution is not None and not self._execution.ended

    def get_active_runner_count(self) -> int:
        """Return the number of tasks running now."""
        return 0 if self._execution is None else self._execution.active

    def abort(self) -> Results:
        """Stop everything and return the results. Harmless when repeated, late, or from inside a task.

        From a finalizer that has struck the run's own work, return an empty dict: it cannot wait for that.

        Raises:
            RuntimeError: the runner has not been started.
        """
        execution = self._running_or_ended()
        with Interrupts() as interrupts:
            execution.abort("by abort()")
            if is_within_a_run() and not execution.ended:
                return {}
            interrupts.wait(execution.awaited, first=execution.hurry, second=execution.hurry)
        return self._collect(execution)

    @property
    def report(self) -> RunReport:
        """The typed report, with all there is to know of each task and of the run as a whole.

        Raises:
            RuntimeError: the runner has not been started, or execution is still in progress.
        """
        return self._over().report(self._registry, strict=True)

    def verify(self, raise_exception: bool = False, error_message: str | None = None) -> None:
        """Log the report; with *raise_exception*, raise it if a task did not succeed.

        Raises:
            RuntimeError: the runner has not been started, or execution is still in progress.
            RunFailedError: with *raise_exception*, a task did not succeed.
        """
        check_switches(raise_exception=raise_exception)
        self._report(self._collect(self._over()), True, raise_exception, error_message)

    # -- behind the face -------------------------------------------------------------------------------

    def _running_or_ended(self) -> Execution:
        if self._execution is None:
            raise LifecycleError(
                "the runner has not been started; call run() or execute_in_background() first"
            )
        return self._execution

    def _over(self) -> Execution:
        execution = self._running_or_ended()
        if not execution.ended:
            raise LifecycleError("execution is still in progress; wait for it with get_background_results()")
        return execution

    def _start(self) -> Execution:
        with self._mutex:
            if self._execution is not None:
                raise LifecycleError("a runner runs once; make a new TaskRunner for another run")
            self._registry.seal()
            try:
                told = (task.options for task in self._registry.tasks)
                with self._launch.head_start(self._options.values(), told) as head_start:
                    execution = self._prepare(head_start)
                    execution.open()
            except BaseException:
                self._registry.seal(False)
                raise
            self._execution = execution
        abort_at_exit(execution, self._log)
        execution.start()
        return execution

    def _prepare(self, head_start: HeadStart | None = None) -> Execution:
        tasks, plan = list(self._registry.tasks), make_plan(self._registry)
        if self._limited:
            check_demands(tasks, {}, self._launch.options, {})
        return self._launch.execution(tasks, plan, head_start)

    def _await(self, interrupts: Interrupts, execution: Execution) -> Results:
        abort = partial(execution.abort, "by a signal")
        interrupts.wait(execution.completion, first=abort, second=execution.hurry)
        results = self._collect(execution)  # while backends close and listeners hear the rest
        interrupts.wait(execution.awaited, first=abort, second=execution.hurry)
        return results

    def _collect(self, execution: Execution) -> Results:
        """Return the one results dict of this runner."""
        if not self._results:  # without a lock: a finalizer may ask for them while they are made
            self._results.append(results_of(self._registry.tasks, execution.wall, execution.soft))
        return self._results[0]

    def _report(self, results: Results, verify: bool, raise_exception: bool, heading: str | None) -> None:
        tell_verdict(
            self._registry.tasks,
            results,
            self._log,
            verify=verify,
            raise_exception=raise_exception,
            heading=heading,
        )
