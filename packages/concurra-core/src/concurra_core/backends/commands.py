"""External commands: one supervisor thread and one selector, however many commands run. POSIX.

other threads                       supervisor thread
wake ──┐                       ┌──▶ Host.take ──▶ Child ──▶ Host.finished ──▶ the next Child ...
kill ──┼──▶ orders ──▶ bell ───┤        ▲
close ─┘              (a pipe) └── selector: bell, pipes of children, their ends, the end of a grace
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from selectors import EVENT_READ, DefaultSelector

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.child import Child
from concurra_core.model.errors import CommandError
from concurra_core.model.options import Lane
from concurra_core.model.outcome import capture
from concurra_core.model.task import Task


class CommandBackend:
    """Run external commands, each in a session of its own, and end them with all their children."""

    capabilities = Capabilities(ends_tasks=True)

    def __init__(self, name: str = "concurra") -> None:
        self._name = name
        self._host: Host | None = None
        self._lane = Lane.COMMAND
        self._mutex = threading.Lock()
        self._supervisor: _Supervisor | None = None  # started with the first command

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._lane = lane

    def wake(self) -> None:
        supervisor = self._supervise()
        supervisor.order(supervisor.take)

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        supervisor = self._supervise()
        supervisor.order(lambda: supervisor.stop(task, attempt, grace))

    def close(self) -> None:
        with self._mutex:
            supervisor = self._supervisor
        if supervisor is not None:
            supervisor.order(supervisor.close)

    def _supervise(self) -> _Supervisor:
        with self._mutex:
            if self._supervisor is None:
                assert self._host is not None  # noqa: S101 - Invariant: open comes first
                self._supervisor = _Supervisor(self._host, self._lane, self._name)
            return self._supervisor


class _Supervisor:
    """The thread that starts, watches and ends commands. Orders come from any thread, all else is its own.

    Raises:
        RuntimeError: the system gives no thread or no descriptor.
    """

    def __init__(self, host: Host, lane: Lane, name: str) -> None:
        self._host = host
        self._lane = lane
        self._orders: deque[Callable[[], object]] = deque()
        self._mutex = threading.Lock()
        self._children: list[Child] = []
        self._closing = False
        self._gone = False  # Invariant: the bell is open while this is False; guarded by the mutex
        with ExitStack() as opened:
            try:
                self._selector = opened.enter_context(DefaultSelector())
                self._ear, self._bell = os.pipe()
                opened.callback(os.close, self._ear)
                opened.callback(os.close, self._bell)
                os.set_blocking(self._ear, False)
                os.set_blocking(self._bell, False)
                self._selector.register(self._ear, EVENT_READ, self._listen)
                threading.Thread(target=self._run, name=f"{name}-commands", daemon=True).start()
            except OSError as error:
                raise RuntimeError(f"commands cannot be supervised: {error}") from error
            opened.pop_all()  # from here on they are the thread's to close

    # -- any thread ------------------------------------------------------------------------------------

    def order(self, order: Callable[[], object]) -> None:
        """Have the supervisor's thread call *order*."""
        with self._mutex:
            if self._gone:
                return
            self._orders.append(order)
            with suppress(BlockingIOError):  # a full pipe rings as well as with one byte more
                os.write(self._bell, b"!")

    # -- orders ----------------------------------------------------------------------------------------

    def take(self) -> None:
        """Start one more command, if the host has one."""
        self._start(self._host.take(self._lane))

    def stop(self, task: Task, attempt: int, grace: float) -> None:
        """End the command of *task*."""
        for child in self._children:
            if child.task is task and child.attempt == attempt:
                child.stop(grace, self._host.clock())
                return
        self._host.given_back(
            task, attempt, self._host.clock()
        )  # it was over before the order came, or never begun

    def close(self) -> None:
        """End the thread when nothing runs any more."""
        self._closing = True

    # -- the loop --------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._children or not self._closing:
                self._wait()
                self._listen_to_orders()
                self._settle()
        except BaseException as error:  # noqa: BLE001 - a bug of ours must not become a hang
            for child in self._children:
                with suppress(Exception):
                    child.abandon()
            self._host.lost(self._lane, error)
        finally:
            with self._mutex:
                self._gone = True
                self._selector.close()
                os.close(self._ear)
                os.close(self._bell)

    def _wait(self) -> None:
        """Sleep until something happens, or the grace of a child is over."""
        deadlines = [child.deadline for child in self._children if child.deadline is not None]
        timeout = max(0.0, min(deadlines) - self._host.clock()) if deadlines else None
        for key, _ in self._selector.select(timeout):
            key.data()

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._ear, 4096):
                pass

    def _listen_to_orders(self) -> None:
        # The bell was emptied before this: an order that comes now rings again.
        while self._orders:
            self._orders.popleft()()

    def _settle(self) -> None:
        """End what overstays its grace, and report what is over."""
        now = self._host.clock()
        for child in self._children:
            if child.deadline is not None and child.deadline <= now:
                child.escalate(now)
        for child in [child for child in self._children if child.over]:
            self._children.remove(child)
            self._start(self._report(child))

    def _start(self, task: Task | None) -> None:
        """Start the command of *task*; one that cannot be started fails, and the next is tried."""
        while task is not None:
            attempt = task.attempt
            started = self._host.clock()
            if not self._host.started(task, attempt, started):
                self._host.given_back(task, attempt, started)
                return
            try:
                self._children.append(Child(task, self._selector, self.order))
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is its failure
                task = self._host.failed(task, attempt, capture(error), self._host.clock())
            else:
                return

    def _report(self, child: Child) -> Task | None:
        """Tell the host what became of *child*; return the next task."""
        result = child.result()
        now = self._host.clock()
        if child.stopping:
            self._host.killed(child.task, child.attempt, now, result)
            return None
        if child.succeeded(result):
            return self._host.finished(child.task, child.attempt, result, now)
        fault = capture(CommandError(result), frames=0, value=result)
        return self._host.failed(child.task, child.attempt, fault, now)
