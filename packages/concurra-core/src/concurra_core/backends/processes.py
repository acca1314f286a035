"""Worker processes: persistent, forked from a template, each ended alone with all its family. POSIX."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.pool import Pool
from concurra_core.model.options import Lane, WorkerOptions
from concurra_core.model.task import Task


class ProcessBackend:
    """Run tasks in worker processes.

    Args:
        name: what the supervisor's thread is named after.
        options: what holds for every worker.
    """

    capabilities = Capabilities(ends_tasks=True, needs_bytes=True, batch=256)

    def __init__(self, name: str = "concurra", options: WorkerOptions | None = None) -> None:
        self._name = name
        self._options = WorkerOptions() if options is None else options
        self._host: Host | None = None
        self._lane = Lane.PROCESS
        self._limit = 0
        self._mutex = threading.Lock()
        self._pool: Pool | None = None  # started with the first task

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._lane = lane
        self._limit = workers

    def wake(self) -> None:
        pool = self._started()
        pool.order(pool.take)

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        pool = self._started()
        pool.order(lambda: pool.stop(task, attempt, grace))

    def close(self, then: Callable[[], object]) -> None:
        with self._mutex:
            pool = self._pool
        if pool is None:
            then()
        else:
            pool.close(then)

    def _started(self) -> Pool:
        with self._mutex:
            if self._pool is None:
                assert self._host is not None  # noqa: S101 - Invariant: open comes first
                self._pool = Pool(
                    self._host, self._lane, f"{self._name}-processes", self._limit, self._options, os.environ
                )
            return self._pool
