"""The caller's own thread: one task at a time, in order. The oracle that other backends are tested against."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.call import run_from
from concurra_core.backends.current import Seat, seated
from concurra_core.model.options import Lane
from concurra_core.model.task import Task


class InlineBackend:
    """Run tasks in the thread that wakes the backend. Limits are noticed, but cannot interrupt a task."""

    capabilities = Capabilities(ends_tasks=False)

    def __init__(self, context: Context | None = None) -> None:
        self._context = copy_context() if context is None else context
        self._seat = Seat()
        self._lane = Lane.INLINE
        self._host: Host | None = None
        self._mutex = threading.Lock()
        self._owed = False
        self._busy = False

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._seat.run_id = host.run_id
        self._lane = lane

    def wake(self) -> None:
        with self._mutex:
            self._owed = True
            if self._busy:  # the loop below, or further up the stack, will see what is owed
                return
            self._busy = True
        while self._more():
            self._serve()

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        host = self._host
        assert host is not None  # noqa: S101 - Invariant: open comes first
        self._seat.stop(task, attempt)
        if task.begun == attempt:
            host.killed(task, attempt, host.clock())
        else:
            host.given_back(task, attempt, host.clock())

    def close(self, then: Callable[[], object]) -> None:
        then()  # nothing is held

    def _more(self) -> bool:
        with self._mutex:
            self._busy = self._owed
            self._owed = False
            return self._busy

    def _serve(self) -> None:
        host = self._host
        assert host is not None  # noqa: S101 - Invariant: open comes first
        with seated(self._seat):
            name = threading.current_thread().name
            run_from(host.take(self._lane), host, self._seat, self._context, name)
