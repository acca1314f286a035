"""What a task finds around it, and what is put back after it. Child-safe.

Signal handlers, pending alarms, the working directory, the umask and the standard streams are. The environment
and the globals of modules are not: whoever needs that asks for `max_tasks=1`.

This is most of what a task costs in a worker, so a task that took less time than the calls that would change
something is not asked about that.
"""

from __future__ import annotations

import posix
import sys
from _signal import ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL, NSIG, getsignal, setitimer, signal

_HELD = frozenset({9, 19})  # SIGKILL and SIGSTOP, which nobody handles
_TIMERS = (ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF)
_BRIEF = 5e-7  # seconds; `posix.chdir`, `signal.alarm` and `signal.signal` take longer, and so does every open file

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
        self._mask = posix.umask(0o077)
        posix.umask(self._mask)
        # Out of the way of whoever closes or redirects the first three.
        self._descriptors = [posix.dup(number) for number in (0, 1, 2)]
        self._keep_streams()

    def restore(self, seconds: float) -> None:
        """Put back what a task that took *seconds* may have changed."""
        posix.umask(self._mask)
        if seconds > _BRIEF:
            self._restore_rest()
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
        for timer in _TIMERS:
            setitimer(timer, 0)
        if self._folder is not None:
            posix.fchdir(self._folder)
        for number, kept in enumerate(self._descriptors):
            posix.dup2(kept, number)

    def _keep_streams(self) -> None:
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._out, self._err = sys.stdout.flush, sys.stderr.flush


def _open_folder() -> int | None:
    try:
        return posix.open(".", posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    except OSError:  # it may be gone, or not ours to read
        return None
