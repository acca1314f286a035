"""What a task finds around it, and what is put back after it. Child-safe.

Context variables: a task that sets one ends the context that it ran in. Tracers, pending alarms, signal handlers
and the mask of signals are put back before anything else is done: none of them is to strike what comes after the task.
Then the working directory, the umask and the standard streams are. The environment and the globals of modules are not: whoever needs that asks for `max_tasks=1`.

This would be most of what a short task costs in a worker, so a task that took less than a call to the system is not
asked about what takes one to change.
"""

from __future__ import annotations

import posix
import sys
from _contextvars import copy_context
from _signal import (
    ITIMER_PROF,
    ITIMER_VIRTUAL,
    NSIG,
    SIG_BLOCK,
    SIG_IGN,
    SIG_SETMASK,
    SIGTERM,
    getsignal,
    pthread_sigmask,
    setitimer,
    signal,
    sigpending,
)
from time import perf_counter

_HELD = frozenset({9, 19})  # SIGKILL and SIGSTOP, which nobody handles
_TIMERS = (ITIMER_VIRTUAL, ITIMER_PROF)

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable


class Surroundings:
    """The state of the process now; `calm` and `restore` bring it back, in this order.

    Args:
        reopen: makes the three standard streams anew, where a task has closed one.
    """

    def __init__(self, reopen: Callable[[], None]) -> None:
        self._reopen = reopen
        self.context = copy_context()  # what each task is to find
        self._numbers = [number for number in range(1, min(NSIG, 32)) if number not in _HELD]
        self._handlers = list(map(getsignal, self._numbers))
        self._blocked = pthread_sigmask(SIG_BLOCK, ())
        self._tracer, self._profiler = sys.gettrace(), sys.getprofile()
        threading = sys.modules.get("threading")
        self._hooks = (threading.gettrace(), threading.getprofile()) if threading else (None, None)
        self._folder = _open_folder()
        self._mask = posix.umask(0o077)
        posix.umask(self._mask)
        self._quickest = (
            0.0  # seconds that setting the umask took last; before the first time, nothing is quicker
        )
        # Out of the way of whoever closes or redirects the first three.
        self._descriptors = [posix.dup(number) for number in (0, 1, 2)]
        self._keep_streams()

    def untouched(self, began: float, ended: float) -> bool:
        """Put back the umask, and return whether a task has left all else as it was, too.

        The quickest call to the system is its own measure: a task that took less than this one, just after it and
        after the task before it, made none. What it wrote without an end of line waits for the next task.
        """
        traced = sys.gettrace() is not self._tracer or sys.getprofile() is not self._profiler
        posix.umask(self._mask)
        took, call, before = ended - began, perf_counter() - ended, self._quickest
        self._quickest = call
        return (
            took < call
            and took < before
            and not traced
            and sys.stdout is self._streams[1]
            and sys.stderr is self._streams[2]
            and sys.stdin is self._streams[0]
        )

    def has_variables(self) -> bool:
        """Return whether a task has set a context variable. What did not change is the same object: a short look."""
        try:
            return copy_context() != self.context
        except BaseException:  # noqa: BLE001 - values are the user's, and may refuse to be compared
            return True

    def calm(self) -> None:
        """Have nothing strike any more of what a task may have set.

        What strikes meanwhile comes out of here; call again then. The alarm of real time has to be off already. The
        others tick in milliseconds at best, and a tracer that raises is dropped, so that has an end soon.
        """
        for timer in _TIMERS:  # before their handlers: without one an alarm ends the process
            setitimer(timer, 0)
        handlers = list(map(getsignal, self._numbers))
        if not _same(handlers, self._handlers):
            self._handle_as_before(handlers)
        if pthread_sigmask(SIG_BLOCK, ()) != self._blocked:
            self._unblock()
        threading = sys.modules.get("threading")
        if threading is not None:
            threading.settrace(self._hooks[0])
            threading.setprofile(self._hooks[1])
        if sys.gettrace() is not self._tracer:
            sys.settrace(self._tracer)
        if sys.getprofile() is not self._profiler:
            sys.setprofile(self._profiler)

    def restore(self) -> None:
        """Put back the rest of what a task may have changed."""
        posix.umask(self._mask)
        if self._folder is not None:
            posix.fchdir(self._folder)
        for number, kept in enumerate(self._descriptors):
            posix.dup2(kept, number)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        try:
            self._out()
            self._err()
        except (ValueError, OSError):  # closed, perhaps under the stream
            self._reopen()
            self._keep_streams()

    def _handle_as_before(self, handlers: list[object]) -> None:
        for number, now, then in zip(self._numbers, handlers, self._handlers, strict=True):
            if now is not then and then is not None:
                signal(number, then)

    def _unblock(self) -> None:
        """Have the mask of signals as it was. What was held back for the task goes with it; not the run's SIGTERM."""
        for number in sigpending() - self._blocked - {SIGTERM}:
            then = getsignal(number)
            signal(number, SIG_IGN)  # which forgets it
            signal(number, then)
        pthread_sigmask(SIG_SETMASK, self._blocked)

    def _keep_streams(self) -> None:
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._out, self._err = sys.stdout.flush, sys.stderr.flush


def _same(handlers: list[object], others: list[object]) -> bool:
    try:
        return handlers == others
    except BaseException:  # noqa: BLE001 - a handler is the user's object, and its __eq__ may raise anything
        return False


def _open_folder() -> int | None:
    try:
        return posix.open(".", posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    except OSError:  # it may be gone, or not ours to read
        return None
