"""A thread that waits for many things at once: the frame of the supervisors of commands and of worker processes.

other threads                       supervisor thread
wake ──┐                       ┌──▶ Host.take ──▶ a process ──▶ Host.finished, of workers exchange ──▶ the next ...
kill ──┼──▶ orders ──▶ bell ───┤        ▲
close ─┘              (a pipe) └── selector: bell, pipes of processes, their ends, the next moment something is due
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from concurra_core.backends.advice import advised
from concurra_core.backends.base import Host
from concurra_core.backends.census import Census
from concurra_core.model.options import Lane

_LONG: Final = (
    3600.0  # seconds of a wait: a limit may be longer than the system can count, and is looked at again
)


class Supervisor(ABC):
    """Orders come from any thread; all else happens on the thread of its own, until it is closed and nothing is left.

    Raises:
        RuntimeError: the system gives no thread or no descriptor.
    """

    def __init__(self, host: Host, lane: Lane, name: str) -> None:
        self._host = host
        self._census = Census(host.clock)
        self._lane = lane
        self._orders: deque[Callable[[], object]] = deque()
        self._mutex = threading.Lock()
        self._closing = False
        self._then: Callable[[], object] | None = None
        self._ident = 0  # of the thread, once it runs
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
                threading.Thread(target=self._run, name=name, daemon=True).start()
            except OSError as error:
                raise RuntimeError(f"processes cannot be supervised: {advised(error)}") from error
            opened.pop_all()  # from here on they are the thread's to close

    def order(self, order: Callable[[], object]) -> None:
        """Have the supervisor's thread call *order*. From any thread."""
        with self._mutex:
            if self._gone:
                return
            self._orders.append(order)
            with suppress(BlockingIOError):  # a full pipe rings as well as with one byte more
                os.write(self._bell, b"!")

    def close(self, then: Callable[[], object]) -> None:
        """End the thread when nothing runs any more, and call *then*. From any thread.

        From the thread itself a part of it is done at once: whoever waits for the run is told next, and then has the
        interpreter for as long as it takes to collect the results.
        """
        with self._mutex:
            gone = self._gone
            if not gone:
                self._then = then
                self._closing = True
                self._orders.append(self._wind_up)
                with suppress(BlockingIOError):
                    os.write(self._bell, b"!")
        if gone:
            then()
        elif self._ident == threading.get_ident():
            self._dismiss_all()

    # -- what the kinds of supervisors do ----------------------------------------------------------------

    @property
    @abstractmethod
    def _busy(self) -> bool:
        """Whether there is something left to supervise."""

    @abstractmethod
    def _due(self) -> float | None:
        """Return when, on the host's clock, the next thing is due, None if nothing is."""

    @abstractmethod
    def _settle(self) -> None:
        """Do what is due, and report what is over."""

    @abstractmethod
    def _abandon(self) -> None:
        """End everything, without waiting long: there was a bug."""

    def _dismiss_all(self) -> None:  # noqa: B027 - there may be nothing to do
        """Let everybody know that there is no more work; what is being done goes on."""

    def _wind_up(self) -> None:  # noqa: B027 - as above
        """Begin to close."""

    # -- the loop ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._ident = threading.get_ident()
        try:
            while self._busy or not self._closing:
                self._wait()
                self._listen_to_orders()
                self._settle()
        except BaseException as error:  # noqa: BLE001 - a bug of ours must not become a hang
            with suppress(BaseException):
                self._abandon()
            self._host.lost(self._lane, advised(error))
        finally:
            with self._mutex:
                self._gone = True
                self._selector.close()
                os.close(self._ear)
                os.close(self._bell)
            if self._then is not None:
                self._then()

    def _wait(self) -> None:
        """Sleep until something happens, or is due."""
        due = self._due()
        timeout = None if due is None else min(max(0.0, due - self._host.clock()), _LONG)
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
