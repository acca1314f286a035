"""What a task finds around it, and what is put back after it. Child-safe.

Signal handlers, pending alarms, the working directory, the umask and the standard streams are. The environment
and the globals of modules are not: whoever needs that asks for `max_tasks=1`.
"""

from __future__ import annotations

import os
import sys
from _signal import ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL, NSIG, getsignal, setitimer, signal

_HELD = frozenset({9, 19})  # SIGKILL and SIGSTOP, which nobody handles
_TIMERS = (ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF)


class Surroundings:
    """The state of the process now; `restore` brings it back. About 3 us where nothing was changed."""

    def __init__(self) -> None:
        self._numbers = [number for number in range(1, min(NSIG, 32)) if number not in _HELD]
        self._handlers = list(map(getsignal, self._numbers))
        self._folder = _open_folder()
        self._mask = os.umask(0o077)
        os.umask(self._mask)
        self._streams = sys.stdin, sys.stdout, sys.stderr
        # Out of the way of whoever closes or redirects the first three.
        self._descriptors = [os.dup(number) for number in (0, 1, 2)]

    def restore(self) -> None:
        """Put back what a task may have changed."""
        for timer in _TIMERS:
            setitimer(timer, 0)
        handlers = list(map(getsignal, self._numbers))
        if handlers != self._handlers:
            for number, now, then in zip(self._numbers, handlers, self._handlers, strict=True):
                if now is not then and then is not None:
                    signal(number, then)
        os.umask(self._mask)
        if self._folder is not None:
            os.fchdir(self._folder)
        for number, kept in enumerate(self._descriptors):
            os.dup2(kept, number)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        for stream in (sys.stdout, sys.stderr):
            stream.flush()


def _open_folder() -> int | None:
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # it may be gone, or not ours to read
        return None
