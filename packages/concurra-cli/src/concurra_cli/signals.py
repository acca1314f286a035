"""Ctrl-C, SIGTERM, and SIGHUP of a terminal that goes.

The first stops a run in order, the second at once, a third ends the program.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from enum import Enum, auto
from types import FrameType, TracebackType
from typing import Final, Self

from concurra_core import LifecycleError, Run, RunReport, current_task

from concurra_cli.status import Status
from concurra_cli.talk import tell

_UNCHOSEN: Final = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}
_STATUS: Final = {
    signal.SIGINT: Status.INTERRUPTED,
    signal.SIGTERM: Status.TERMINATED,
    signal.SIGHUP: Status.HUNG_UP,
}
_AGAIN: Final = "concurra-cli: stopping; once more ends everything at once"


class _Phase(Enum):
    APART = auto()  # nothing runs: a signal raises
    STARTING = auto()  # a signal is taken down
    RUNNING = auto()  # a signal stops the run


class Signals:
    """While entered, these signals do that. Handlers that somebody chose are left, ignored signals too."""

    def __init__(self) -> None:
        self.caught: list[int] = []
        self._phase = _Phase.APART
        self._run: Run | None = None
        self._answered = 0
        self._found: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._take_over()
            # In a child that somebody forks, signals do what they did before.
            os.register_at_fork(after_in_child=self._put_back)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._put_back()

    @property
    def status(self) -> Status | None:
        """The exit status of the first signal that came, None if none did."""
        return _STATUS[signal.Signals(self.caught[0])] if self.caught else None

    def watch(self, start: Callable[[], Run]) -> None:
        """Call *start*. A signal stops the run that it returns from now on, also one that came meanwhile."""
        self._phase = _Phase.STARTING
        self._take_over()  # the code that was loaded may have put back what is usual
        try:
            self._run = start()
        except BaseException:
            self._phase = _Phase.APART
            raise
        self._phase = _Phase.RUNNING
        self._answer()

    def settle(self) -> RunReport:
        """Wait for the run, whatever strikes meanwhile, and return its report."""
        assert self._run is not None  # noqa: S101 - Invariant: see `watch`
        try:
            return self._run.wait()
        except KeyboardInterrupt:  # it struck a task on this thread, or a handler of the user's raised it
            if not self.caught:
                self.caught.append(signal.SIGINT)
            self._run.abort("by a signal")
            return self._run.wait()
        finally:
            self._phase = _Phase.APART

    def _strike(self, number: int, frame: FrameType | None) -> None:
        self.caught.append(number)
        if self._phase is _Phase.APART:
            raise KeyboardInterrupt
        if self._phase is _Phase.RUNNING:
            self._answer()
            # A task that runs inline is in this very thread: nothing but an exception ends it. Not in the library.
            if not _is_library(frame) and _in_task():
                raise KeyboardInterrupt

    def _answer(self) -> None:
        """Answer the signals that came. What needs locks is done in another thread: this one may hold them."""
        while self._answered < len(self.caught):
            self._answered += 1
            if self._answered > len(_ANSWERS):
                os._exit(_STATUS[signal.Signals(self.caught[0])])
            threading.Thread(target=_ANSWERS[self._answered - 1], args=(self._run,), daemon=True).start()

    def _take_over(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number, handler in _UNCHOSEN.items():
                if signal.getsignal(number) == handler:
                    self._found[number] = handler
                    signal.signal(number, self._strike)

    def _put_back(self) -> None:
        while self._found:
            number, handler = self._found.popitem()
            signal.signal(number, handler)  # type: ignore[arg-type] # what was found there


def _stop(run: Run) -> None:
    run.abort("by a signal")
    if run.is_running:
        tell(_AGAIN)


def _stop_at_once(run: Run) -> None:
    run.abort("by a signal", at_once=True)


_ANSWERS: Final = (_stop, _stop_at_once)


def _in_task() -> bool:
    try:
        current_task()
    except LifecycleError:
        return False
    return True


def _is_library(frame: FrameType | None) -> bool:
    return frame is None or str(frame.f_globals.get("__name__", "")).startswith(
        ("concurra_core.", "concurra_cli.")
    )
