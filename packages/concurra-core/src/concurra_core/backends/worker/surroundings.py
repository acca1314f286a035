"""What a task finds around it, and what is put back after it. Child-safe.

Signal handlers, pending alarms, the working directory, the umask and the standard streams are. The environment
and the globals of modules are not: whoever needs that asks for `max_tasks=1`.

This is most of what a task costs in a worker, so a task of a few microseconds, which had no time to open a file and
put it in the place of a standard stream, or to install a handler, is not asked about that.
"""

from __future__ import annotations

import os
import sys
from _signal import ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL, NSIG, getsignal, setitimer, signal

_HELD = frozenset({9, 19})  # SIGKILL and SIGSTOP, which nobody handles
_BRIEF = 2e-6  # seconds; a call of `signal.signal` takes 1 us, opening a file 5 us

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable


class Surroundings:
    """The state of the process now; `restore` brings it back.

    Args:
        reopen: makes the three standard streams anew, where a task has closed one.
    """

    def __init__(self, reopen: Callable[[], None]) -> None:
        self._reopen = reopen
        self._numbers = [number for number in range(1, min(NSIG, 32)) if number not in _HELD]
        self._handlers = list(map(getsignal, self._numbers))
        self._folder = _open_folder()
        self._mask = os.umask(0o077)
        os.umask(self._mask)
        # Out of the way of whoever closes or redirects the first three.
        self._descriptors = [os.dup(number) for number in (0, 1, 2)]
        self._keep_streams()

    def restore(self, seconds: float) -> None:
        """Put back what a task that took *seconds* may have changed."""
        setitimer(ITIMER_REAL, 0)
        os.umask(self._mask)
        if self._folder is not None:
            os.fchdir(self._folder)
        if seconds > _BRIEF:
            self._restore_rest()
        if (sys.stdin, sys.stdout, sys.stderr) != self._streams:
            sys.stdin, sys.stdout, sys.stderr = self._streams
        try:
            self._out()
            self._err()
        except (ValueError, OSError):  # closed, perhaps under the stream
            self._reopen()
            self._keep_streams()

    def _restore_rest(self) -> None:
        handlers = list(map(getsignal, self._numbers))
        if handlers != self._handlers:
            for number, now, then in zip(self._numbers, handlers, self._handlers, strict=True):
                if now is not then and then is not None:
                    signal(number, then)
        setitimer(ITIMER_VIRTUAL, 0)
        setitimer(ITIMER_PROF, 0)
        for number, kept in enumerate(self._descriptors):
            os.dup2(kept, number)

    def _keep_streams(self) -> None:
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._out, self._err = sys.stdout.flush, sys.stderr.flush


def _open_folder() -> int | None:
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # it may be gone, or not ours to read
        return None
