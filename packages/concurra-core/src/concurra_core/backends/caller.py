"""The thread that waits for the run: tasks that are to run inline run there, one at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.call import run_from
from concurra_core.backends.current import Seat, seated
from concurra_core.model.options import Lane
from concurra_core.model.task import Task


class CallerBackend:
    """Hand tasks to the thread that waits for the run, which calls `serve` when it is summoned.

    The plan lets one inline task start at a time. A task that is stopped is given up: it goes on until it returns,
    and the run cannot end before it does.

    Args:
        context: each task runs in a copy of it.
        summon: makes the waiting thread call `serve` soon.
    """

    capabilities = Capabilities(ends_tasks=False)

    def __init__(self, context: Context, summon: Callable[[], object]) -> None:
        self._context = context
        self._summon = summon
        self._seat = Seat()
        self._lane = Lane.INLINE
        self._host: Host | None = None
        self._tasks: deque[Task] = deque()
        self._serving = threading.Lock()  # who holds it runs what there is

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._seat.run_id = host.run_id
        self._lane = lane

    def wake(self) -> None:
        task = self._open_host().take(self._lane)
        if task is not None:
            self._tasks.append(task)
            self._summon()

    def serve(self) -> None:
        """Run what there is to run. Called by threads that wait for the run: one of them runs, the others wait on."""
        host = self._open_host()
        name = threading.current_thread().name
        while self._tasks and self._serving.acquire(blocking=False):
            try:
                with seated(self._seat):
                    run_from(self._tasks.popleft(), host, self._seat, self._context, name)
            finally:
                self._serving.release()

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        host = self._open_host()
        self._seat.stop(task, attempt)
        if task.begun == attempt:
            host.killed(task, attempt, host.clock())
        else:
            host.given_back(task, attempt, host.clock())

    def close(self, then: Callable[[], object]) -> None:
        then()  # nothing is held

    def _open_host(self) -> Host:
        assert self._host is not None  # noqa: S101 - Invariant: open comes first
        return self._host
