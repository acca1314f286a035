"""A thread that calls when a deadline falls due. There is none until there is a deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Watchdog:
    """Call *tick* at the moments given to `at`; waits in between, until exactly the next one.

    Args:
        tick: called without arguments, on the watchdog's thread, at or shortly after each moment.
        clock: monotonic seconds, the clock the moments are read from.
        name: the thread's name.
    """

    def __init__(self, tick: Callable[[], object], clock: Callable[[], float], name: str) -> None:
        self._tick = tick
        self._clock = clock
        self._name = name
        self._bell = threading.Condition()
        self._when: float | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def at(self, when: float) -> None:
        """Have *tick* called at *when*, unless it will be called before.

        Raises:
            RuntimeError: the system gives no thread.
        """
        with self._bell:
            if self._closed or (self._when is not None and self._when <= when):
                return
            self._when = when
            self._bell.notify()
            if self._thread is not None:
                return
            thread = self._thread = threading.Thread(target=self._watch, name=self._name, daemon=True)
        try:  # without the bell: what is finalized on the new thread may want to close this
            thread.start()
        except RuntimeError:
            self._thread = self._when = None
            raise

    def close(self) -> None:
        """Let the thread end. Does not wait for it."""
        with self._bell:
            self._closed = True
            self._bell.notify()

    def _watch(self) -> None:
        while self._wait():
            self._tick()

    def _wait(self) -> bool:
        """Wait for the next moment; return False when the watchdog was closed."""
        with self._bell:
            while not self._closed:
                left = None if self._when is None else self._when - self._clock()
                if left is not None and left <= 0:
                    self._when = None
                    return True
                # A wait of more than threading.TIMEOUT_MAX seconds overflows.
                self._bell.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
            return False
