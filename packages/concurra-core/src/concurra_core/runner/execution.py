"""One run, from its start to its last task: the only file where engine, backends and reporting meet.

        TaskRunner, Runner, Run (any thread of the user's) ◀── Interrupts (Ctrl-C, SIGTERM, SIGHUP), at_exit
                     │ open, start, wait, abort                          results, report
                     ▼                                                        ▲
    ┌──────────── Execution ───────────────────────────────────────────┐      │
    │  Combiner ── Scheduler ── Task records  (one record a task) ─────┼──────┘
    │             │ outbox: Wake, Kill, Alarm, Finish     │ notes      │
    └─────┬───────┼───────────────┬───────────────────────┼────────────┘
          ▲       ▼               ▼                       ▼
   take, started  Backend.wake    Watchdog ── tick     Dispatcher ── Talk (log lines)
   finished,      Backend.kill    (a thread, once      (a thread, once  EventFeed (sinks)
   failed, killed │                a deadline exists)   somebody listens)
   given_back ... │   of worker processes, by the batch: exchange (what has ended for what is next), rest
          └── workers of the backend: threads, an event loop on a thread of its own, the thread that waits for the
              run (inline tasks), one supervisor of all commands, one of all worker processes

`Workflow.run` is a `Runner` made for one run, `Workflow.start` gives a `Run`.
Two flags tell the end: *ended*, every task has; *settled*, every note is delivered too. Who waits, waits for
the second; a listener, whose return the second needs, for the first.

Who holds what: the combiner's lock guards the scheduler and the records, and is held for one stimulus at a
time, never while a task, a handler or a sink runs. Commands are carried out outside of the lock, by whichever thread
comes first, most often the one whose stimulus caused them; there too go the results that no task needs any more. A
worker that ends a task gets the next one as the answer to its report.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from concurra_core.backends.base import Backend
from concurra_core.backends.current import seat_here
from concurra_core.backends.watchdog import Watchdog
from concurra_core.engine.commands import Alarm, Finish, Kill, Wake
from concurra_core.engine.growth import scheduler_of
from concurra_core.graph.plan import Plan
from concurra_core.model.errors import LifecycleError
from concurra_core.model.halt import NEVER
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.outcome import Raised
from concurra_core.model.task import Task
from concurra_core.reporting.dispatch import Dispatcher
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.progress import marks
from concurra_core.runner.closing import Backends
from concurra_core.runner.flag import Flag
from concurra_core.runner.hosting import HostSide, loss
from concurra_core.runner.within import is_within_a_run

if TYPE_CHECKING:
    from concurra_core.reporting.report import RunReport

_LAST_WORDS = 5.0  # seconds that listeners have when the program ends


class Execution(HostSide):
    """Run *tasks* by *plan* on *backends*; every method may be called from any thread.

    Args:
        tasks: the records, by index; the run's own list, for it may grow.
        plan: who waits for whom, and the order of start.
        options: what holds for the whole run.
        backends: one a lane that the tasks use.
        dispatcher: takes the notes, None if nobody listens.
        every_task: the listeners want the start and the end of every task, not of failures alone.
        clock: monotonic seconds; every time of the run is read from it.
        wall: what turns these into seconds since the epoch.
        run_id: what tells this run from every other.
        summons: called when the thread that waits for the run has something to run itself.
        log: takes what no task can tell of, such as a backend that fails to close.
    """

    def __init__(
        self,
        tasks: list[Task],
        plan: Plan,
        options: RunOptions,
        backends: Mapping[Lane, Backend],
        *,
        dispatcher: Dispatcher | None,
        every_task: bool,
        clock: Callable[[], float],
        wall: float,
        run_id: str,
        summons: list[Callable[[], object]],
        log: LogOut,
    ) -> None:
        scheduler = scheduler_of(
            tasks,
            plan,
            options,
            note=None if dispatcher is None else dispatcher.note,
            every_task=every_task,
            marks=marks(len(tasks)),
        )
        announce = every_task or any(kind.timeout is not None for kind in plan.kinds)
        super().__init__(
            tasks,
            scheduler,
            dispatcher,
            announce=announce,
            halts=options.halt != NEVER,
            plan=plan,
            clock=clock,
            run_id=run_id,
        )
        self._process = os.getpid()
        self.name = options.name
        self.options = options
        self.wall = wall
        self.began = 0.0  # when the run began, on its clock
        self.lanes = Backends(backends, options.name, log, summons)
        self._backends = backends
        self._ended = Flag()  # every task has ended
        self._settled = Flag()  # and every note is delivered: nothing more happens
        self._watchdog = Watchdog(self._tick, clock, f"{options.name}-watchdog")
        self._workers = options.slots if plan.spreads else min(options.slots, len(tasks))
        # The backends and the run itself; whoever takes the True, the last one there is, tells the end.
        self._to_close = [True] + [False] * len(backends)

    # -- what the faces call ---------------------------------------------------------------------------

    @property
    def active(self) -> int:
        """Number of tasks running now."""
        return 0 if self.ended else self._scheduler.running

    @property
    def soft(self) -> set[Lane]:
        """The lanes whose backend gives tasks up instead of ending them."""
        return {lane for lane, backend in self._backends.items() if not backend.capabilities.ends_tasks}

    @property
    def ended(self) -> bool:
        """Whether every task has ended."""
        return self._ended.is_set

    def open(self) -> None:
        """Get everything ready and note the start. Nobody else knows of the run yet."""
        tell = self._dispatcher
        self.lanes.open(self, self._workers, (lambda: None) if tell is None else tell.start)
        self.began = self.clock()
        self._combiner.ask(self._scheduler.begin, self.began)

    def start(self) -> None:
        """Start the run and return while it goes on."""
        self._carry_out()

    def report(self, owner: object, *, strict: bool = False) -> RunReport:
        """Return the report of the run, which is over.

        Args:
            owner: what the refs to its tasks belong to.
            strict: whatever did not succeed counts, what skipped itself too.
        """
        # The report, for those who ask for it.
        from concurra_core.reporting.report import RunReport

        return RunReport(
            self._tasks,
            owner=owner,
            name=self.name,
            run_id=self.run_id,
            slots=self.options.slots,
            start=self.began,
            wall=self.wall,
            cut=self.cut,
            grown=self.grown,
            soft=self.soft,
            strict=strict,
        )

    @property
    def completion(self) -> Flag:
        """The flag that says that every task has ended."""
        return self._ended

    @property
    def awaited(self) -> Flag:
        """The flag a caller can wait for: that nothing more happens, or, for a listener, that all tasks ended."""
        if self._dispatcher is not None and self._dispatcher.is_current:
            return self._ended
        return self._settled

    def check_may_wait(self) -> None:
        """Refuse a wait that would wait for itself, or for what goes on in another process.

        Raises:
            LifecycleError: the caller is one of the run's own tasks, or the child of a fork.
        """
        self._check_process()
        seat = seat_here()
        if not self.ended and seat is not None and any(seat.task is task for task in self._tasks):
            raise LifecycleError("a task cannot wait for the run it belongs to; it can abort() it")

    def when_settled(self, bell: Callable[[], object]) -> None:
        """Have *bell* called when nothing more happens."""
        self._settled.call(bell)

    def wait_at_exit(self) -> None:
        """Wait until every task has ended, and a moment for listeners: a program that ends, ends."""
        self._ended.wait()
        self._settled.wait(_LAST_WORDS)

    def _check_process(self) -> None:
        if not self.ended and os.getpid() != self._process:
            raise LifecycleError(
                "the run goes on in the process that started it; make a new runner after a fork"
            )

    def abort(self, why: str) -> None:
        """Stop everything that has not ended; *why* continues the word "aborted". Does not wait for that.

        Raises:
            LifecycleError: the caller is the child of a fork.
        """
        self._check_process()
        self._hold()
        self._leave_word(partial(self._scheduler.abort, why, self.clock()), within=is_within_a_run())

    def hurry(self) -> None:
        """End at once what is being stopped. Does not wait for that."""
        self._leave_word(self._scheduler.hurry, within=is_within_a_run())

    # -- what the scheduler wants done -----------------------------------------------------------------

    def _tick(self) -> None:
        try:
            if self._scheduler.is_out_of_time(self.clock()):
                self._hold()
            self._tell(self._scheduler.tick, self.clock())
        except BaseException as error:  # noqa: BLE001 - a bug of ours must not leave limits that nobody watches
            self._lose_all(error)

    def _carry_out(self) -> None:
        """Do what the scheduler left in its outbox. Not under the lock: commands call back."""
        outbox = self._scheduler.outbox
        while outbox:
            try:
                command = outbox.popleft()
            except IndexError:  # another thread was faster
                return
            match command:
                case Wake(lane=lane):
                    self._wake(lane)
                case Kill(task=task, attempt=attempt, grace=grace):
                    self._kill(task, attempt, grace)
                case Alarm(when=when):
                    self._watch(when)
                case Finish():
                    self._finish()

    def _wake(self, lane: Lane) -> None:
        """Have a backend take a task. One that cannot start a worker makes do with those it has."""
        try:
            self._backends[lane].wake()
        except RuntimeError as error:
            self._tell(self._unwoken, lane, loss(error))
        except Exception as error:  # noqa: BLE001 - a backend's bug must not be taken for a task's failure
            self.lost(lane, error)

    def _kill(self, task: Task, attempt: int, grace: float) -> None:
        try:
            self._backends[task.options.lane].kill(task, attempt, grace)
        except Exception as error:  # noqa: BLE001 - as above, and what is to end must not go on unwatched
            self.lost(task.options.lane, error)

    def _unwoken(self, lane: Lane, fault: Raised) -> None:
        self._scheduler.unwoken()
        if not self._scheduler.running:
            self._scheduler.lose(lane, fault, self.clock())

    def _watch(self, when: float) -> None:
        try:
            self._watchdog.at(when)
        except RuntimeError as error:  # no thread: a limit that nobody watches is worse than a run that fails
            self._lose_all(error)

    def _lose_all(self, error: BaseException) -> None:
        for lane in self._backends:
            self.lost(lane, error)

    def _finish(self) -> None:
        self._watchdog.close()
        self.lanes.close(self._closed)
        self._ended.set()
        self._closed()

    def _closed(self) -> None:
        """One more of those that must close before the last note has closed."""
        if not self._to_close.pop():  # one step that no thread can divide
            return
        if self._dispatcher is None:
            self._settled.set()
        else:
            self._dispatcher.close(self._settled.set)
