"""Worker processes: persistent, forked from a template, each ended alone with all its family. POSIX."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.headstart import HeadStart, end_unused, refuse_half_imported
from concurra_core.model.options import Lane
from concurra_core.model.task import Task
from concurra_core.model.worker import WorkerOptions

if TYPE_CHECKING:
    from concurra_core.backends.beginning import Calls
    from concurra_core.backends.pool import Pool


class ProcessBackend:
    """Run tasks in worker processes.

    Args:
        name: what the supervisor's thread is named after.
        options: what holds for every worker.
        calls: returns what the workers will call, as far as it is known.
        head_start: the template, if it was spawned before.
    """

    capabilities = Capabilities(ends_tasks=True)

    def __init__(
        self,
        name: str = "concurra",
        options: WorkerOptions | None = None,
        calls: Calls = tuple,
        head_start: HeadStart | None = None,
    ) -> None:
        self._name = name
        self._calls = calls
        self._options = WorkerOptions() if options is None else options
        self._head_start = head_start
        self._pool: Pool | None = None
        self._refusal: RuntimeError | None = None  # why there is no pool

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        refuse_half_imported(self._calls)
        try:
            self._pool = self._opened(host, lane, workers)
        except RuntimeError as error:  # told when somebody asks for a worker: it is the tasks that fail
            self._refusal = error

    def _opened(self, host: Host, lane: Lane, workers: int) -> Pool:
        if not hasattr(os, "pidfd_open"):
            raise RuntimeError("worker processes need Linux 5.3 or newer; run tasks on threads here")
        start = self._head_start or HeadStart(self._options)
        spawned = start.take()
        try:
            # Loaded while the template starts.
            from concurra_core.backends.beginning import Beginning
            from concurra_core.backends.inheritance import opened
            from concurra_core.backends.pool import Pool

            beginning = Beginning(
                run_id=host.run_id,
                options=self._options,
                environ=start.environ,
                opened={} if spawned else opened(),
                spawned=spawned,
                calls=self._calls,
            )
            return Pool(host, lane, f"{self._name}-processes", workers, beginning)
        except BaseException:
            if spawned is not None:
                end_unused(spawned)
            raise

    def wake(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        pool = self._open_pool()
        pool.order(pool.take)

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        pool = self._open_pool()
        pool.order(lambda: pool.stop(task, attempt, grace))

    def close(self, then: Callable[[], object]) -> None:
        if self._refusal is not None:
            then()
        else:
            self._open_pool().close(then)

    def _open_pool(self) -> Pool:
        assert self._pool is not None  # noqa: S101 - Invariant: open comes first
        return self._pool
