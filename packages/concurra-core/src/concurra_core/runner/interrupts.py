"""Ctrl-C, SIGTERM and SIGHUP while the main thread waits for a run: noticed at once, raised only where it is safe.

The wait is a read from a pipe, into which the interpreter's own signal handler writes (`signal.set_wakeup_fd`).
A lock would not do: a signal that arrives while its waiter is still giving up the interpreter lock does not
wake it. And nothing is raised in the middle of the machinery: a handler only takes down that it was called. Handlers
of the user's own, of any signal, may raise too; they are called where the wait can be broken off.
"""

from __future__ import annotations

import _signal  # `signal.getsignal` looks each handler up in an enum, at 2 us a signal
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Final, Self, TypeAlias

from concurra_core.backends.current import seat_here
from concurra_core.model.errors import LifecycleError
from concurra_core.runner.at_exit import ENDING, abort_all, end_at_sigterm, terminate
from concurra_core.runner.flag import Flag

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | signal.Handlers

# The handlers of those who have chosen none: only these are taken over.
_UNCHOSEN: Final[Mapping[int, Sequence[_Handler]]] = {
    signal.SIGINT: (signal.default_int_handler,),
    **dict.fromkeys(ENDING, (signal.SIG_DFL, terminate)),
}
_OTHERS: Final = tuple(set(range(1, signal.NSIG)) - {signal.SIGINT})
_NO_SIGNAL: Final = b"\0"
_entered: Final[list[Interrupts]] = []  # the innermost at the end; nearly always one or none


class Interrupts:
    """While entered on the main thread, signals end the wait instead of striking anywhere.

    SIGINT, SIGTERM and SIGHUP do so where nobody has chosen otherwise. Handlers of the user's own are called in
    between, or at the latest on the way out. There they, and the wake-up descriptor found, are put back, a caught
    SIGINT becomes a `KeyboardInterrupt`, and one of the others is raised again.
    """

    def __init__(self) -> None:
        self._found: dict[int, _Handler] = {}
        self._caught: list[int] = []
        self._chosen: dict[int, Callable[[int, FrameType | None], object]] = {}  # the user's own handlers
        self._due: deque[tuple[int, FrameType | None]] = deque()  # calls of these
        self._pipe: tuple[int, int] | None = None  # only on the main thread, and if there are descriptors
        self._mutex = threading.Lock()  # guards the pipe's being open
        self._bell = threading.Lock()  # where there is no pipe: taken by who waits, given back by who rings
        self._bell.acquire()
        self._wakeup = -1  # the descriptor that was there before ours

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            with suppress(OSError):
                self._pipe = os.pipe()
                os.set_blocking(self._pipe[1], False)
                self._listen(self._pipe[1])
                _entered.append(self)
                try:
                    self._take_over()
                except BaseException:  # a handler struck that was not taken over yet
                    self._put_back()
                    self._close()
                    raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._put_back()
        finally:
            self._close()
        self._call_handlers()
        for number in self._caught:
            if number != signal.SIGINT:
                abort_all()  # other runs may go on in the background
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
        if self._caught and error is None:
            raise KeyboardInterrupt

    @property
    def struck(self) -> bool:
        """Whether a signal was caught."""
        return bool(self._caught)

    def wait(
        self,
        flag: Flag,
        *,
        first: Callable[[], object],
        second: Callable[[], object],
        serve: Callable[[], object] | None = None,
    ) -> None:
        """Wait for *flag*; call *first* at the first signal, *second* at the next one; at a third, wait no more.

        *serve* is called whenever `ring` was, and does what is to be done in this thread. Whatever else interrupts the
        wait, such as an exception from a handler of the user's, counts as a signal too, and is raised when the flag is
        set after it.
        """
        flag.call(self.ring)
        answers = iter([first, second])
        seen = 0
        struck: BaseException | None = None
        while not flag.is_set:
            if len(self._caught) > seen:
                seen += 1  # one at a time: a second Ctrl-C means hurry, however soon it came
                answer = next(answers, None)
                if answer is None:
                    raise KeyboardInterrupt
                answer()
                continue
            try:
                self._call_handlers()
                if serve is not None:
                    serve()
                self._wait()
            except BaseException as error:  # noqa: BLE001 - raised below, when the run has let go
                struck = error
                next(answers, second)()
        if struck is not None:
            raise struck

    def _listen(self, writer: int) -> None:
        """Have the interpreter write into *writer* when there is a signal."""
        try:
            self._wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        except ValueError as error:  # threads that outlive a wait, and signals, are the main interpreter's
            self._close()
            raise LifecycleError(
                f"a run cannot be started or awaited in a subinterpreter ({error}); "
                "do it in the main interpreter, or in a process of its own"
            ) from None

    def _wait(self) -> None:
        """Wait for the flag, a summons or a signal."""
        if self._pipe is None:
            self._bell.acquire()
            return
        self._pass_on(os.read(self._pipe[0], 64))

    def _pass_on(self, data: bytes) -> None:
        """Let whoever listened before us, an event loop perhaps, hear of the signals in *data* too."""
        signals = data.replace(_NO_SIGNAL, b"")
        if signals and self._wakeup != -1:
            with suppress(OSError):
                os.write(self._wakeup, signals)

    def ring(self) -> None:
        """Have the waiting thread look again. May be called from any thread, and when the wait is over."""
        with self._mutex:  # a closed number may be another file's
            if self._pipe is None:
                with suppress(RuntimeError):  # it has been rung
                    self._bell.release()
            else:
                with suppress(OSError):
                    os.write(self._pipe[1], _NO_SIGNAL)

    def _put_back(self) -> None:
        if self in _entered:
            _entered.remove(self)
            signal.set_wakeup_fd(self._wakeup)
        # SIGINT comes last: from then on a Ctrl-C raises here, and nothing must be left to do.
        while self._found:
            number, handler = self._found.popitem()
            if _signal.getsignal(number) in (self._strike, self._defer):  # a task may have set another since
                _signal.signal(number, handler)

    def _close(self) -> None:
        if self._pipe is not None:
            os.set_blocking(self._pipe[0], False)
            with suppress(BlockingIOError):
                self._pass_on(os.read(self._pipe[0], 64))
            with self._mutex:
                ends, self._pipe = self._pipe, None
                for end in ends:
                    os.close(end)

    def _take_over(self) -> None:
        for number in (signal.SIGINT, *_OTHERS):
            handler = _signal.getsignal(number)
            if handler in _UNCHOSEN.get(number, ()):
                self._found[number] = handler
                _signal.signal(number, self._strike)
            elif callable(handler) and not isinstance(getattr(handler, "__self__", None), Interrupts):
                self._found[number] = self._chosen[number] = handler
                _signal.signal(number, self._defer)

    def _strike(self, number: int, frame: FrameType | None) -> None:
        self._caught.append(number)
        # A task that runs inline is in this very thread: nothing but an exception can end it. Not in our own code.
        seat = seat_here()
        if number == signal.SIGINT and seat is not None and not _is_ours(frame):
            raise KeyboardInterrupt

    def _defer(self, number: int, frame: FrameType | None) -> None:
        """Stand for a handler of the user's: call it if this thread is in an inline task, otherwise when it is time."""
        if seat_here() is not None and not _is_ours(frame):
            self._chosen[number](number, frame)
        else:
            self._due.append((number, frame))

    def _call_handlers(self) -> None:
        while self._due:
            number, frame = self._due.popleft()
            self._chosen[number](number, frame)


def _is_ours(frame: FrameType | None) -> bool:
    return frame is None or str(frame.f_globals.get("__name__", "")).startswith("concurra_core.")


def _forget() -> None:
    """In the child of a fork, which nobody waits in: signals do there what they did before the run."""
    while _entered:
        _entered[-1]._put_back()  # noqa: SLF001 - its own module
    end_at_sigterm()


os.register_at_fork(after_in_child=_forget)
