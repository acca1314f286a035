"""Coroutines: one event loop on a thread of its own, and tasks that are really cancelled. The home of asyncio.

                    any thread                            the loop's thread
      wake ── take ──▶ call_soon_threadsafe ──▶ one asyncio task an attempt ──▶ finished, failed
      kill ──────────▶ call_soon_threadsafe ──▶ cancel ──▶ killed
        └─ a watchdog, for coroutines that do not let themselves be cancelled, or hold the loop up

Tasks are taken in the thread that wakes, so that a coroutine which blocks the loop holds up no other kind of task.
"""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable
from contextvars import Context
from heapq import heappop, heappush
from inspect import isawaitable
from itertools import count
from typing import Any

import attrs

from concurra_core.backends.aio_loop import Loop
from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.call import withdraw
from concurra_core.backends.current import Seat, coroutine_seat
from concurra_core.backends.watchdog import Watchdog
from concurra_core.model.options import Lane
from concurra_core.model.outcome import capture
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task


@attrs.define(eq=False)
class _Attempt:
    """An attempt under way: its place for `current_task`, and its asyncio task once the loop has made it."""

    task: Task
    number: int
    loop: Loop
    seat: Seat
    running: asyncio.Task[None] | None = None
    begun: bool = False
    killed: bool = False


class AsyncBackend:
    """Await the coroutines of tasks on one event loop.

    A task that is stopped is cancelled. One that does not end within its grace, or blocks the loop, is given up, and
    what comes after it runs on a new loop.

    Args:
        name: what the loop's thread is named after.
        context: each task runs in a copy of it.
    """

    capabilities = Capabilities(ends_tasks=True)

    def __init__(self, name: str, context: Context) -> None:
        self._name = name
        self._context = context
        self._host: Host | None = None
        self._lane = Lane.ASYNC
        self._mutex = threading.Lock()
        # All below is read and written under the mutex.
        self._attempts: dict[int, _Attempt] = {}  # by the index of the task
        self._owed = (
            0  # wake-ups that a call of `wake` further down the stack, or on another thread, will serve
        )
        self._taking = False
        self._loop: Loop | None = None
        self._loops = 0
        # When the grace of which attempt is over; the number in the middle only keeps attempts from being compared.
        self._graces: list[tuple[float, int, _Attempt]] = []
        self._numbers = count()
        self._watchdog = Watchdog(self._strike, self._now, f"{name}-grace")

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._lane = lane

    def wake(self) -> None:
        with self._mutex:
            self._owed += 1
            if self._taking:  # a take may cause the next wake-up: one loop, not one call inside of the other
                return
            self._taking = True
        while self._is_owed():
            task = self._open_host().take(self._lane)
            error = None if task is None else self._begin(task)
            if error is not None:
                with self._mutex:
                    self._taking = False
                raise RuntimeError(f"no event loop: {error}") from error

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        with self._mutex:
            found = self._attempts.get(task.index)
            if found is None or found.number != attempt:
                return  # its report is on the way
            if found.killed and grace:
                return
            found.killed = True
            over = self._now() + grace
            heappush(self._graces, (over, next(self._numbers), found))
        found.seat.stop(task, attempt)
        found.loop.call(self._cancel, found)
        self._watchdog.at(over)

    def close(self, then: Callable[[], object]) -> None:
        with self._mutex:
            loop, self._loop = self._loop, None
        self._watchdog.close()
        if loop is None:
            then()
        else:
            loop.end(then)

    # -- the watchdog's thread -----------------------------------------------------------------------------

    def _strike(self) -> None:
        """Give up the attempts whose grace is over."""
        while (attempt := self._overdue()) is not None:
            self._give_up(attempt)

    def _overdue(self) -> _Attempt | None:
        """Return the next attempt whose grace is over; if there is none yet, have the watchdog call again."""
        with self._mutex:
            while self._graces:
                over, _, attempt = self._graces[0]
                runs = self._attempts.get(attempt.task.index) is attempt
                if runs and over > self._now():
                    self._watchdog.at(over)
                    return None
                heappop(self._graces)
                if runs:
                    return attempt
        return None

    # -- any thread --------------------------------------------------------------------------------------

    def _is_owed(self) -> bool:
        with self._mutex:
            self._taking = self._owed > 0
            self._owed -= self._taking
            return self._taking

    def _begin(self, task: Task) -> Exception | None:
        """Begin *task*. Where the system gives no loop, give it back, and return why."""
        try:
            with self._mutex:
                loop = self._open_loop()
                attempt = _Attempt(task, task.attempt, loop, Seat(self._open_host().run_id))
                loop.attempts += 1
                self._attempts[task.index] = attempt
        except (OSError, RuntimeError) as error:  # no descriptors, no thread
            # Whoever runs tasks of other lanes goes on; the wake-up that this causes says so if nobody does.
            self._open_host().given_back(task, task.attempt, self._open_host().clock())
            return error
        loop.call(self._start, attempt)
        return None

    def _open_loop(self) -> Loop:
        if self._loop is None:
            self._loop = Loop(f"{self._name}-loop-{self._loops}", self._lost)
            self._loops += 1
        return self._loop

    def _give_up(self, attempt: _Attempt) -> None:
        """The grace is over: whatever *attempt* still does, it is out of the run, and nothing new joins it there.

        What has not begun there, because the loop is blocked, begins on a new one.
        """
        with self._mutex:
            if self._attempts.get(attempt.task.index) is not attempt:
                return
        stack = attempt.loop.stack()
        with self._mutex:
            if self._attempts.get(attempt.task.index) is not attempt:
                return
            if attempt.loop is self._loop:
                self._loop = None  # abandoned before it is let go of: the last to let go ends it
        if not self._let_go(attempt):
            return
        with self._mutex:
            behind = [
                other for other in self._attempts.values() if other.loop is attempt.loop and not other.begun
            ]
        for other in behind:
            if self._let_go(other):
                self._begin(other.task)
        host = self._open_host()
        host.killed(attempt.task, attempt.number, host.clock(), stack=stack, still=True)

    def _lost(self, error: BaseException) -> None:
        self._open_host().lost(self._lane, error)

    def _let_go(self, attempt: _Attempt) -> bool:
        """Forget *attempt*; return whether it was still part of the run."""
        with self._mutex:
            if self._attempts.get(attempt.task.index) is not attempt:
                return False
            del self._attempts[attempt.task.index]
            attempt.loop.attempts -= 1
            idle = attempt.loop is not self._loop and not attempt.loop.attempts
        if idle:  # an abandoned loop, and the last that ran there
            attempt.loop.end()
        return True

    def _now(self) -> float:
        return self._open_host().clock()

    def _open_host(self) -> Host:
        assert self._host is not None  # noqa: S101 - Invariant: open comes first
        return self._host

    # -- the loop's thread -------------------------------------------------------------------------------

    def _start(self, attempt: _Attempt) -> None:
        context = self._context.copy()
        context.run(coroutine_seat.set, attempt.seat)
        attempt.running = asyncio.get_running_loop().create_task(self._attend(attempt), context=context)

    def _cancel(self, attempt: _Attempt) -> None:
        if attempt.begun and attempt.running is not None:
            attempt.running.cancel()
        elif self._let_go(attempt):  # it never takes its first step, in which it would report
            withdraw(attempt.task, attempt.number, self._open_host(), attempt.task.worker)

    async def _attend(self, attempt: _Attempt) -> None:
        """Run one attempt and report it."""
        with self._mutex:
            if self._attempts.get(attempt.task.index) is not attempt:
                return  # it was moved to another loop while this one was blocked
            attempt.begun = True
        host, task, number = self._open_host(), attempt.task, attempt.number
        try:
            args = host.arguments(task) if task.may_take_results else task.args
            before, task.worker = task.worker, attempt.loop.name
            started = host.clock()
            if host.announce:
                begins = host.started(task, number, started)
            else:
                task.begun = number  # Invariant: begun first, then the look at the state; see Task
                begins = task.state is TaskState.RUNNING
            if not begins:
                if self._let_go(attempt):
                    withdraw(task, number, host, before)
                return
            task.started = started
            attempt.seat.task = task
            value = await awaited(task.call, args, task.kwargs or {})
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            attempt.seat.task = None
            self._report(attempt, error)
        else:
            attempt.seat.task = None
            if self._let_go(attempt):
                self._follow(host.finished(task, number, value, host.clock()))

    def _report(self, attempt: _Attempt, error: BaseException) -> None:
        """Tell the end of an attempt by *error*, which may be the cancellation that it was to end by."""
        # One that is closed because it is collected, with a loop that had broken, has nobody to tell.
        if not attempt.loop.running or not self._let_go(attempt):
            return
        host, now = self._open_host(), self._open_host().clock()
        if attempt.killed:
            host.killed(attempt.task, attempt.number, now, stack=_stack(error))
        else:
            self._follow(host.failed(attempt.task, attempt.number, capture(error, frames=2), now))

    def _follow(self, task: Task | None) -> None:
        if task is not None:
            self._begin(task)


async def awaited(call: Callable[..., object], args: tuple[object, ...], kwargs: Any) -> object:
    """Return what the coroutine function *call* returns.

    Raises:
        TypeError: it is none.
    """
    made = call(*args, **kwargs)
    if not isawaitable(made):
        name = getattr(call, "__qualname__", None) or type(call).__qualname__
        raise TypeError(f'on="async" needs a coroutine function, but {name} returned {type(made).__name__}')
    return await made


def _stack(error: BaseException) -> str:
    """Return where a coroutine was when it was cancelled."""
    return "".join(traceback.format_tb(error.__traceback__)[2:])
