"""From a plan to a run that can start: who runs which lane, and who listens. Both faces start their runs here."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Final

import attrs

from concurra_core.backends.base import Backend
from concurra_core.backends.threads import ThreadBackend
from concurra_core.engine.ready import lanes_of
from concurra_core.graph.plan import Plan
from concurra_core.model.command import Output
from concurra_core.model.halt import NEVER
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.retry import asks
from concurra_core.model.sink import Sink
from concurra_core.model.task import Task
from concurra_core.model.worker import WorkerOptions
from concurra_core.reporting.dispatch import Dispatcher, Listener
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.talk import Talk
from concurra_core.runner.execution import Execution

if TYPE_CHECKING:
    from concurra_core.backends.headstart import HeadStart
    from concurra_core.reporting.feed import EventFeed


# Seconds after which a gathering sink is asked again at the latest: a wait takes no more than the system can count.
_LONG: Final = 3600.0


@attrs.frozen(kw_only=True)
class Launch:
    """What a run is started with.

    Args:
        options: what holds for the whole run.
        log: where lines go.
        sinks: whoever is told of every event.
        backend: runs the tasks of *main* in place of the library's own.
        main: the lane that *backend* is for.
        worker: what holds for every worker process.
        output: where commands write that do not keep their output.
        lines: log the lines of a `TaskRunner`.
        progress: log progress lines, among these.
        log_errors: log each exception when it happens.
    """

    options: RunOptions
    log: LogOut
    sinks: Sequence[Sink] = ()
    backend: Backend | None = None
    main: Lane = Lane.THREAD
    worker: WorkerOptions | None = None
    output: Output | None = None
    lines: bool = False
    progress: bool = False
    log_errors: bool = False

    def head_start(
        self, kinds: Iterable[TaskOptions], told: Iterable[TaskOptions]
    ) -> AbstractContextManager[HeadStart | None]:
        """Return the context in which to plan and open a run: its template, if it needs one, starts meanwhile.

        Args:
            kinds: the distinct options that tasks may have.
            told: those of the tasks, each in turn; looked at only as far as needed.
        """
        own = self.backend is not None and self.main is Lane.PROCESS
        lane = Lane.PROCESS
        if own or not (any(kind.lane is lane for kind in kinds) and any(kind.lane is lane for kind in told)):
            return nullcontext()
        # Sockets and what else it takes, for runs that have worker processes.
        from concurra_core.backends.headstart import HeadStart

        return HeadStart(WorkerOptions() if self.worker is None else self.worker)

    def execution(self, tasks: list[Task], plan: Plan, head_start: HeadStart | None = None) -> Execution:
        """Return the run of *tasks*, which the run may add to. Nothing else has started yet but what *head_start* has."""
        clock = time.perf_counter
        wall = time.time() - clock()  # noqa: TID251 - the run's one offset to the wall clock
        kinds = plan.kinds
        lanes = lanes_of(kinds)
        run_id = os.urandom(8).hex()
        feed = self._feed(tasks, run_id, wall)
        context = copy_context()
        summons: list[Callable[[], object]] = []
        return Execution(
            tasks,
            plan,
            self.options,
            {lane: self._backend_for(lane, context, summons, tasks, head_start) for lane in lanes},
            dispatcher=self._dispatcher(tasks, kinds, feed, context.copy(), clock),
            every_task=bool(self.sinks),
            clock=clock,
            wall=wall,
            run_id=run_id,
            summons=summons,
            log=self.log,
        )

    def _backend_for(
        self,
        lane: Lane,
        context: Context,
        summons: Sequence[Callable[[], object]],
        tasks: Sequence[Task],
        head_start: HeadStart | None,
    ) -> Backend:
        # What only some runs need is imported for these only: subprocess, sockets, shared memory, asyncio.
        name = self.options.name
        if self.backend is not None and lane is self.main:
            return self.backend
        if lane is Lane.COMMAND:
            from concurra_core.backends.commands import CommandBackend

            return CommandBackend(name, self.output)
        if lane is Lane.PROCESS:
            from concurra_core.backends.processes import ProcessBackend

            def calls() -> Iterable[Callable[..., object]]:
                return [task.call for task in tasks if task.options.lane is lane]

            return ProcessBackend(name, self.worker, calls, head_start)
        if lane is Lane.ASYNC:
            from concurra_core.backends.aio import AsyncBackend

            return AsyncBackend(name, context)
        if lane is Lane.INLINE:
            from concurra_core.backends.caller import CallerBackend

            return CallerBackend(context, lambda: [summon() for summon in summons])
        return ThreadBackend(name, context)

    def _dispatcher(
        self,
        tasks: Sequence[Task],
        kinds: Sequence[TaskOptions],
        feed: EventFeed | None,
        context: Context,
        clock: Callable[[], float],
    ) -> Dispatcher | None:
        """Return what delivers the notes, None if nobody listens."""
        listeners = self._listeners(tasks, kinds)
        if feed is None:
            return Dispatcher(listeners, self.options.name, context) if listeners else None
        flush = feed.flush

        def rest() -> float | None:
            moment = flush(clock())
            return None if moment is None else min(max(0.0, moment - clock()), _LONG)

        return Dispatcher([*listeners, feed], self.options.name, context, rest)

    def _listeners(self, tasks: Sequence[Task], kinds: Sequence[TaskOptions]) -> list[Listener]:
        """Return whoever hears of the run beside the sinks."""
        listeners: list[Listener] = []
        name = self.options.name
        if Lane.PROCESS in lanes_of(kinds):
            from concurra_core.reporting.echo import Echo

            listeners.append(Echo(self.log))
        if any(asks(kind.retry) for kind in kinds):
            from concurra_core.reporting.doubts import Doubts

            listeners.append(Doubts(self.log))
        progress = self.progress and self.log.enabled(logging.INFO)
        if self.lines and (progress or self.log_errors or self.options.halt != NEVER):
            listeners.append(Talk(self.log, name, tasks, progress, self.log_errors))
        return listeners

    def _feed(self, tasks: Sequence[Task], run_id: str, wall: float) -> EventFeed | None:
        if not self.sinks:
            return None
        # The events, for those who listen.
        from concurra_core.reporting.feed import EventFeed

        return EventFeed(self.sinks, tasks, run_id, self.options.name, wall, self.log)
