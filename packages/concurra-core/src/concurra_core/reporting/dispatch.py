"""From notes to listeners: one thread, one order, off the hot path."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeAlias

from concurra_core.model.notes import Note

Listener: TypeAlias = Callable[[Note], object]


class Dispatcher:
    """Hand every note to every listener, in order, on a daemon thread. Listeners do not raise.

    `note` may be called from any thread and never waits for a listener.
    """

    def __init__(self, listeners: Sequence[Listener], name: str) -> None:
        self._listeners = listeners
        self._queue: SimpleQueue[Note | None] = SimpleQueue()
        self._drained = threading.Event()
        self._thread = threading.Thread(target=self._deliver, name=f"{name}-events", daemon=True)
        self.note: Callable[[Note], object] = self._queue.put

    def start(self) -> None:
        """Start delivering. Where the system gives no thread, `join` delivers."""
        with contextlib.suppress(RuntimeError):
            self._thread.start()

    def close(self) -> None:
        """Say that no note follows. Does not wait."""
        self._queue.put(None)

    def join(self) -> None:
        """Wait until everything is delivered; at once if called by a listener, which cannot wait for itself."""
        if self._thread.ident is None:
            self._deliver()
        elif threading.current_thread() is not self._thread:
            self._drained.wait()

    def _deliver(self) -> None:
        try:
            while (note := self._queue.get()) is not None:
                for listener in self._listeners:
                    listener(note)
        finally:
            self._drained.set()
