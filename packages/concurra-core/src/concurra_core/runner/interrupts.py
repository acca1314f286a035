"""Ctrl-C and SIGTERM while the main thread waits for a run: noticed at once, raised only where it is safe."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Final, Self, TypeAlias

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | signal.Handlers

_DEFAULTS: Final[Mapping[signal.Signals, _Handler]] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}


class _Struck(BaseException):
    """A signal came while the main thread waited. Never leaves this file."""


class Interrupts:
    """While entered on the main thread, SIGINT and SIGTERM end the wait instead of striking anywhere.

    Only handlers that nobody has replaced are taken over, and they are put back on the way out, where a
    caught SIGINT becomes a `KeyboardInterrupt` and a caught SIGTERM is raised again.
    """

    def __init__(self) -> None:
        self._taken: list[signal.Signals] = []
        self._caught: list[int] = []
        self._waiting = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number, default in _DEFAULTS.items():
                if signal.getsignal(number) == default:
                    signal.signal(number, self._strike)
                    self._taken.append(number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in self._taken:
            signal.signal(number, _DEFAULTS[number])
        if signal.SIGTERM in self._caught:
            os.kill(os.getpid(), signal.SIGTERM)
        if self._caught and error is None:
            raise KeyboardInterrupt

    @property
    def struck(self) -> bool:
        """Whether a signal was caught."""
        return bool(self._caught)

    def wait(
        self, until: Callable[[], object], *, first: Callable[[], object], second: Callable[[], object]
    ) -> None:
        """Call *until*, which blocks; call *first* at the first signal, *second* at every further one.

        Whatever else interrupts the wait, such as an exception from a handler of the user's, counts as a
        signal too, and is raised when *until* has returned after it.
        """
        answers = iter([first])
        seen = 0
        struck: BaseException | None = None
        while True:
            try:
                try:
                    self._waiting = True
                    if len(self._caught) > seen:
                        raise _Struck
                    until()
                finally:
                    self._waiting = False
            except _Struck:
                seen = len(self._caught)
            except BaseException as error:  # noqa: BLE001 - raised below, when the run has let go
                struck = error
            else:
                break
            next(answers, second)()
        if struck is not None:
            raise struck

    def _strike(self, number: int, frame: FrameType | None) -> None:
        self._caught.append(number)
        if self._waiting:
            self._waiting = False  # here and not only in `wait`: the next one may strike on the way out of it
            raise _Struck
