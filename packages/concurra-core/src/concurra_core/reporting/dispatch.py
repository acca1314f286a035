"""From notes to listeners: one thread, one order, off the hot path."""

from __future__ import annotations

import contextlib
import math
import threading
import traceback
from collections.abc import Callable, Sequence
from contextvars import Context
from queue import Empty, SimpleQueue
from typing import TypeAlias

from concurra_core.model.notes import Note

Listener: TypeAlias = Callable[[Note], object]
Rest: TypeAlias = Callable[[], float | None]


class Dispatcher:
    """Hand every note to every listener, in order, on a daemon thread.

    `note` may be called from any thread and never waits for a listener.

    Args:
        listeners: whoever is told.
        name: what the thread is named after.
        context: what the listeners are called in, and nobody else is.
        rest: called when no note waits, and after the last one; returns after how many seconds it is to be called
            again if no note comes, None or infinity for never. What it raises is printed, and means never.
    """

    def __init__(
        self, listeners: Sequence[Listener], name: str, context: Context, rest: Rest | None = None
    ) -> None:
        self._listeners = listeners
        self._queue: SimpleQueue[Note | None] = SimpleQueue()
        self._deliverer: int | None = None  # the ident of the thread that delivers, while it does
        self._then: Callable[[], object]  # given to `close`, so it is there before the last note
        self._rest = rest
        self._context = context
        self._thread = threading.Thread(
            target=context.run, args=(self._deliver,), name=f"{name}-events", daemon=True
        )
        self.note: Callable[[Note], object] = self._queue.put

    @property
    def is_current(self) -> bool:
        """Whether the caller is a listener, on the thread that delivers."""
        return self._deliverer == threading.get_ident()

    def start(self) -> None:
        """Start delivering. Where the system gives no thread, `close` delivers."""
        with contextlib.suppress(RuntimeError):
            self._thread.start()

    def close(self, then: Callable[[], object]) -> None:
        """Say that no note follows; *then* is called when all are delivered. Does not wait."""
        self._then = then
        self._queue.put(None)
        if self._thread.ident is None:
            self._context.run(self._deliver)

    def _deliver(self) -> None:
        self._deliverer = threading.get_ident()
        while (note := self._next()) is not None:
            for listener in self._listeners:
                try:
                    listener(note)
                except BaseException:  # noqa: BLE001 - whatever it is, the other notes and the end must come
                    with contextlib.suppress(BaseException):
                        traceback.print_exc()
        self._pause()
        self._deliverer = None
        self._then()

    def _next(self) -> Note | None:
        """Wait for the next note; None says that none follows."""
        queue = self._queue
        while queue.empty():  # then the thread has time
            with contextlib.suppress(Empty):
                return queue.get(timeout=self._pause())
        return queue.get()

    def _pause(self) -> float | None:
        """Use the time in which no note waits; return how many seconds of it a queue may wait, None for any number."""
        try:
            seconds = None if self._rest is None else self._rest()
            if seconds is None or seconds == math.inf:
                return None
            return min(max(seconds, 0.0), threading.TIMEOUT_MAX)
        except BaseException:  # noqa: BLE001 - as above
            with contextlib.suppress(BaseException):
                traceback.print_exc()
            return None
