"""The stage: one simulated run, in one thread and in virtual time, under the scheduler of real runs.

                 take, started, finished, failed, killed, tick, abort
       Stage ─────────────────────────────────────────────────────────▶ Scheduler (as in a real run)
        │  ▲ ◀───────────── outbox: Wake, Kill, Alarm, Finish ────────────┘
        ▼  │ one thing after the other
       Agenda: the ends of attempts, wake-ups, kills, alarms, aborts, by virtual moments

It does what `runner.execution` does with backends, threads and a watchdog. An attempt runs whole when it begins, and
its end is told when its time is over; only coroutines live through it, on a loop of virtual time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from functools import partial
from random import Random
from types import CoroutineType
from typing import TYPE_CHECKING, Final

import attrs

from concurra_core.backends.call import not_awaited, withdraw
from concurra_core.backends.current import Seat, coroutine_seat, seated
from concurra_core.engine.commands import Alarm, Finish, Kill, Wake
from concurra_core.engine.growth import scheduler_of
from concurra_core.engine.ready import lanes_of
from concurra_core.graph.fan import Spread
from concurra_core.graph.plan import Plan
from concurra_core.model.halt import NEVER
from concurra_core.model.notes import Note
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.outcome import Crashed, Fault, capture
from concurra_core.model.state import TERMINAL
from concurra_core.model.task import Task
from concurra_core.runner.hosting import HostSide
from concurra_core.testing.agenda import Agenda, Item
from concurra_core.testing.chance import SeededRetries
from concurra_core.testing.doubles import FakeClock
from concurra_core.testing.errors import HangError
from concurra_core.testing.fakes import Fake, Part, failing, part_of, standing_for

if TYPE_CHECKING:
    import asyncio

    from concurra_core.testing.coroutines import Troupe

_WORKER: Final = "simulation"
_MOST_IDLE: Final = 100_000  # steps in a row that start and end nothing: a coroutine that polls for ever
_NO_FAKE: Final = Fake()


@attrs.define(eq=False)
class _Attempt:
    """An attempt under way."""

    task: Task
    number: int
    fake: Fake
    seat: Seat
    end: Item | None = None  # on the agenda: its end, or that it is given up; None as long as nothing ends it
    coroutine: asyncio.Task[None] | None = None
    killed: bool = False


class Stage(HostSide):
    """Run *tasks* by *plan*.

    Args:
        tasks: the records, by index; the run's own list, for it may grow.
        plan: who waits for whom, and the order of start.
        options: what holds for the whole run.
        cast: returns the fake of a task, None if it has none.
        seed: decides what comes first of what falls on the same moment, and how long jittered delays are.
        feed: takes the notes of the run, in order.
        run_id: what tells this run from every other.

    Raises:
        LifecycleError: there are coroutines, and the calling thread runs an event loop already.
    """

    def __init__(
        self,
        tasks: list[Task],
        plan: Plan,
        options: RunOptions,
        *,
        cast: Callable[[Task], Fake | None],
        seed: int,
        feed: Callable[[Note], object],
        run_id: str,
    ) -> None:
        clock = FakeClock()
        self._notes: deque[Note] = deque()
        scheduler = scheduler_of(tasks, plan, options, note=self._notes.append, every_task=True, marks=())
        halts = options.halt != NEVER
        super().__init__(
            tasks, scheduler, None, announce=True, halts=halts, plan=plan, clock=clock, run_id=run_id
        )
        self._cast = cast
        self._feed = feed
        self._retries = SeededRetries(seed)
        self._retries.settle(tasks)
        self._agenda = Agenda(clock, Random(seed))  # noqa: S311 - no secret
        self._context = copy_context()
        self._attempts: dict[int, _Attempt] = {}  # by the index of the task
        self._alarm: Item | None = None
        self._timer: Item | None = None
        self._finished = False
        self._idle = 0  # steps in a row that started and ended nothing
        self._troupe = _hired(clock) if Lane.ASYNC in lanes_of(plan.kinds) else None

    def play(self, aborts: Iterable[tuple[float, str]]) -> None:
        """Run all tasks; abort the run at the moments of *aborts*, for the reason that stands beside.

        Raises:
            HangError: nothing is left that could end the run.
        """
        try:
            self._tell(self._scheduler.begin, self.clock())
            for when, why in aborts:
                self._agenda.at(when, partial(self._abort, why))
            self._deliver()
            while not self._finished:
                self._idle += 1
                if not self._agenda.step() or self._idle > _MOST_IDLE:
                    raise self._hang()
                self._pump()
                self._deliver()
        finally:
            if self._troupe is not None:
                self._troupe.close()

    # -- what the scheduler wants done -------------------------------------------------------------------

    def _carry_out(self) -> None:
        outbox = self._scheduler.outbox
        while outbox:
            match outbox.popleft():
                case Wake(lane=lane):
                    self._agenda.soon(partial(self._wake, lane))
                case Kill() as kill:
                    self._agenda.soon(partial(self._strike, kill))
                case Alarm(when=when):
                    if self._alarm is not None:
                        self._alarm.drop()
                    self._alarm = self._agenda.at(when, self._tick)
                case Finish():
                    self._finished = True

    def _wake(self, lane: Lane) -> None:
        self._begin(self.take(lane))

    def _tick(self) -> None:
        self._alarm = None
        self._tell(self._scheduler.tick, self.clock())

    def _abort(self, why: str) -> None:
        self._tell(self._scheduler.abort, why, self.clock())

    def _strike(self, kill: Kill) -> None:
        """Have an attempt let go. A coroutine is cancelled and has its grace; everything else lets go at once."""
        attempt = self._attempts.get(kill.task.index)
        if attempt is None or attempt.number != kill.attempt:
            return  # it has just ended
        attempt.seat.stop(attempt.task, attempt.number)
        if attempt.end is not None:
            attempt.end.drop()
        if attempt.coroutine is None or attempt.coroutine.done():
            self._let_go(attempt)
            return
        attempt.killed = True
        attempt.coroutine.cancel()
        attempt.end = self._agenda.at(self.clock() + kill.grace, partial(self._let_go, attempt))

    def _let_go(self, attempt: _Attempt) -> None:
        del self._attempts[attempt.task.index]
        self.killed(attempt.task, attempt.number, self.clock())

    # -- attempts ----------------------------------------------------------------------------------------

    def _begin(self, task: Task | None) -> None:
        """Begin an attempt of *task*, the answer to a worker that asked for one."""
        if task is None:
            return
        args = self.arguments(task) if task.may_take_results else task.args
        if not self.started(task, task.attempt, self.clock()):
            withdraw(task, task.attempt, self, task.worker)
            return
        task.worker = _WORKER
        fake = self._cast(task) or _NO_FAKE
        attempt = _Attempt(task, task.attempt, fake, Seat(self.run_id, self.clock))
        attempt.seat.task = task
        self._attempts[task.index] = attempt
        match part_of(fake, attempt.number):
            case Part.HANG:
                pass
            case Part.CRASH:
                self._end_later(attempt, None, Crashed("its fake crashes"))
            case Part.FAIL:
                self._end_later(attempt, *self._perform(attempt, failing(fake), args))
            case Part.PLAY if task.options.lane is Lane.ASYNC:
                self._send_off(attempt, args)
            case Part.PLAY:
                self._end_later(attempt, *self._perform(attempt, standing_for(fake, task.call), args))

    def _perform(
        self, attempt: _Attempt, call: Callable[..., object], args: Sequence[object]
    ) -> tuple[object, Fault | None]:
        """Return what *call* returns, or why it does not."""
        try:
            with seated(attempt.seat):
                value = self._context.copy().run(call, *args, **(attempt.task.kwargs or {}))
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            return None, capture(error)
        if type(value) is CoroutineType:  # as in run_from
            return None, not_awaited(value, call)
        if isinstance(call, Spread) and isinstance(value, list):
            self._retries.settle(value)
        return value, None

    def _end_later(self, attempt: _Attempt, value: object, fault: Fault | None) -> None:
        """Tell the end of *attempt* when its time is over."""
        when = max(self.clock(), attempt.task.started + self._seconds(attempt))
        attempt.end = self._agenda.at(when, partial(self._end, attempt, value, fault))

    def _end(self, attempt: _Attempt, value: object, fault: Fault | None) -> None:
        task, number, now = attempt.task, attempt.number, self.clock()
        del self._attempts[task.index]
        if fault is None:
            self._begin(self.finished(task, number, value, now))
        else:
            self._begin(self.failed(task, number, fault, now))

    def _seconds(self, attempt: _Attempt) -> float:
        options = attempt.task.options
        if attempt.fake.takes is not None:
            return attempt.fake.takes
        takes_time = options.declared and not isinstance(attempt.task.call, Spread)
        return options.expected_seconds if takes_time else 0.0

    # -- coroutines --------------------------------------------------------------------------------------

    def _send_off(self, attempt: _Attempt, args: tuple[object, ...]) -> None:
        """Start a coroutine, which ends by itself."""
        from concurra_core.backends.aio import awaited
        from concurra_core.testing.coroutines import awaited_or_not

        assert self._troupe is not None  # noqa: S101 - Invariant: there is one if there are coroutines
        context = self._context.copy()
        context.run(coroutine_seat.set, attempt.seat)
        call, kwargs = attempt.task.call, attempt.task.kwargs or {}
        acts = standing_for(attempt.fake, call)
        make = partial(awaited if acts is call else awaited_or_not, acts, args, kwargs)
        attempt.coroutine = self._troupe.start(make, context, partial(self._told, attempt))

    def _told(self, attempt: _Attempt, value: object, error: BaseException | None) -> None:
        """Take the end of a coroutine."""
        attempt.seat.task = None
        if self._attempts.get(attempt.task.index) is not attempt:
            return  # it was given up before
        if attempt.killed:
            if attempt.end is not None:
                attempt.end.drop()
            self._let_go(attempt)
        else:
            self._end_later(attempt, value, None if error is None else capture(error, frames=2))

    def _pump(self) -> None:
        """Let coroutines go on, and come back when the next of them wakes."""
        if self._troupe is None:
            return
        if self._timer is not None:
            self._timer.drop()
        with seated(Seat()):  # the seats of coroutines are in their contexts
            due = self._troupe.pump()
        # Nothing is done then: it is let go on after everything that happens.
        self._timer = None if due is None else self._agenda.at(self.clock() + due, lambda: None)

    # -- notes, and the way out --------------------------------------------------------------------------

    def _deliver(self) -> None:
        if self._notes:
            self._idle = 0
        while self._notes:
            self._feed(self._notes.popleft())

    def _hang(self) -> HangError:
        left = [task for task in self._tasks if task.state not in TERMINAL]
        hanging = [(task.label, task.attempt, task.started) for task in left if task.index in self._attempts]
        waiting = [task.label for task in left if task.index not in self._attempts]
        return HangError(self.clock(), hanging, waiting)


def _hired(clock: FakeClock) -> Troupe:
    from concurra_core.testing.coroutines import Troupe  # asyncio, for those who have coroutines

    return Troupe(clock)
