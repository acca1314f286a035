"""Coroutines: one event loop on a thread of its own, and tasks that are really cancelled. The home of asyncio.

                    any thread                            the loop's thread
      wake ── take ──▶ call_soon_threadsafe ──▶ one asyncio task an attempt ──▶ finished, failed
      kill ──────────▶ call_soon_threadsafe ──▶ cancel ──▶ killed
        └─ a timer, for coroutines that do not let themselves be cancelled, or hold the loop up

Tasks are taken in the thread that wakes, so that a coroutine which blocks the loop holds up no other kind of task.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from inspect import isawaitable
from typing import Any, Final

import attrs

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.call import withdraw
from concurra_core.backends.current import Seat, coroutine_seat
from concurra_core.model.options import Lane
from concurra_core.model.outcome import capture
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_LEFTOVERS: Final = 1.0  # seconds that background tasks of coroutines have to end after they were cancelled


@attrs.define(eq=False)
class _Attempt:
    """An attempt under way: its place for `current_task`, and its asyncio task once the loop has made it."""

    task: Task
    number: int
    loop: _Loop
    seat: Seat = attrs.field(factory=Seat)
    running: asyncio.Task[None] | None = None
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
        self._loop: _Loop | None = None
        self._loops = 0

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
            if task is not None:
                try:
                    self._begin(task)
                except RuntimeError:  # the system gives no thread for a loop
                    self._open_host().given_back(task, task.attempt, self._open_host().clock())
                    with self._mutex:
                        self._taking = False
                    raise

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        with self._mutex:
            found = self._attempts.get(task.index)
            if found is None or found.number != attempt:
                return  # its report is on the way
            if found.killed and grace:
                return
            found.killed = True
        found.seat.stop(task, attempt)
        found.loop.call(self._cancel, found)
        timer = threading.Timer(grace, self._give_up, (found,))
        timer.daemon = True
        timer.start()

    def close(self, then: Callable[[], object]) -> None:
        with self._mutex:
            loop, self._loop = self._loop, None
        if loop is None:
            then()
        else:
            loop.end(then)

    # -- any thread --------------------------------------------------------------------------------------

    def _is_owed(self) -> bool:
        with self._mutex:
            self._taking = self._owed > 0
            self._owed -= self._taking
            return self._taking

    def _begin(self, task: Task) -> None:
        with self._mutex:
            if self._loop is None:
                self._loop = _Loop(f"{self._name}-loop-{self._loops}")
                self._loops += 1
            attempt = _Attempt(task, task.attempt, self._loop)
            attempt.loop.attempts += 1
            self._attempts[task.index] = attempt
        attempt.loop.call(self._start, attempt)

    def _give_up(self, attempt: _Attempt) -> None:
        """The grace is over: whatever *attempt* still does, it is out of the run, and nothing new joins it there."""
        with self._mutex:
            if attempt.loop is self._loop:
                self._loop = None
        if self._let_go(attempt):
            host = self._open_host()
            host.killed(attempt.task, attempt.number, host.clock(), stack=attempt.loop.stack())

    def _let_go(self, attempt: _Attempt) -> bool:
        """Forget *attempt*; return whether it was still part of the run."""
        with self._mutex:
            if self._attempts.get(attempt.task.index) is not attempt:
                return False
            del self._attempts[attempt.task.index]
            attempt.loop.attempts -= 1
            idle = attempt.loop is not self._loop and not attempt.loop.attempts
        if idle:  # an abandoned loop, and the last that ran there
            attempt.loop.end(_nothing)
        return True

    def _open_host(self) -> Host:
        assert self._host is not None  # noqa: S101 - Invariant: open comes first
        return self._host

    # -- the loop's thread -------------------------------------------------------------------------------

    def _start(self, attempt: _Attempt) -> None:
        context = self._context.copy()
        context.run(coroutine_seat.set, attempt.seat)
        attempt.running = asyncio.get_running_loop().create_task(self._attend(attempt), context=context)

    def _cancel(self, attempt: _Attempt) -> None:
        if attempt.running is not None:
            attempt.running.cancel()

    async def _attend(self, attempt: _Attempt) -> None:
        """Run one attempt and report it."""
        host, task, number = self._open_host(), attempt.task, attempt.number
        try:
            args = host.arguments(task) if task.wires else task.args
            started = host.clock()
            if host.announce:
                begins = host.started(task, number, started)
            else:
                task.begun = number  # Invariant: begun first, then the look at the state; see Task
                begins = task.state is TaskState.RUNNING
            if not begins:
                if self._let_go(attempt):
                    withdraw(task, number, host)
                return
            task.started = started
            task.worker = self._name
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
        if not self._let_go(attempt):
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


class _Loop:
    """An event loop on a daemon thread, which ends when it is told to and its coroutines have ended."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self.attempts = 0  # that run here, or are about to
        self._bell = threading.Lock()  # taken once the end was told
        self._then: Callable[[], object] = _nothing
        self._timer: threading.Timer | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, what: Callable[..., object], *args: object) -> None:
        """Have *what* called on the loop's thread."""
        with suppress(RuntimeError):  # it is closed: whatever it was about has ended
            self._loop.call_soon_threadsafe(what, *args)

    def end(self, then: Callable[[], object]) -> None:
        """Let the thread end, and call *then* when it has, or when something of the user's has blocked it too long."""
        self._then = then
        self._timer = threading.Timer(2 * _LEFTOVERS, self._tell_end)
        self._timer.daemon = True
        self._timer.start()
        self.call(self._loop.stop)

    def _tell_end(self) -> None:
        if self._bell.acquire(blocking=False):
            self._then()

    def stack(self) -> str:
        """Return what the thread is doing now."""
        frame = sys._current_frames().get(self._thread.ident or 0)  # noqa: SLF001 - documented, for just this
        return "".join(traceback.format_stack(frame)) if frame is not None else ""

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_wind_down())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()
            if self._timer is not None:
                self._timer.cancel()
            self._tell_end()


async def _wind_down() -> None:
    """Cancel what coroutines have started and left behind."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_LEFTOVERS)


def _nothing() -> None:
    """Do what is to be done at the end of a loop that nobody waits for."""
