"""An event that is set once. Waiting for it takes no lock that a signal handler's exception could leave held."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Flag:
    """Unset until `set` is called, once.

    >>> flag = Flag()
    >>> flag.call(lambda: print("ring"))
    >>> flag.set()
    ring
    >>> flag.is_set, flag.wait()
    (True, None)
    """

    __slots__ = ("_bells", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._bells: deque[Callable[[], object]] = deque()

    def set(self) -> None:
        """Set the flag and ring every bell."""
        self.is_set = True
        self._ring()

    def call(self, bell: Callable[[], object]) -> None:
        """Have *bell* called when the flag is set, at once if it is."""
        self._bells.append(bell)
        if self.is_set:
            self._ring()

    def wait(self, timeout: float = -1) -> None:
        """Return when the flag is set, or after *timeout* seconds; never, if that is -1."""
        if not self.is_set:
            lock = threading.Lock()
            lock.acquire()
            self.call(lock.release)
            lock.acquire(timeout=timeout)

    def _ring(self) -> None:
        while self._bells:
            try:
                bell = self._bells.popleft()
            except IndexError:  # the other side was faster
                return
            bell()
