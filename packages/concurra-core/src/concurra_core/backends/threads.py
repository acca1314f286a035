"""Daemon threads of our own: started when there is work for them, and never waited for when they are stuck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context

from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.call import run_from
from concurra_core.backends.current import Seat, seats
from concurra_core.model.options import Lane
from concurra_core.model.task import Task


class _Worker(Seat):
    """A thread: the task whose callable it is in, the bell it sleeps by, and whether it was given up."""

    __slots__ = ("bell", "given_up", "number")

    def __init__(self, number: int, run_id: str) -> None:
        super().__init__(run_id)
        self.number = number
        self.bell = threading.Lock()
        self.given_up = False


class ThreadBackend:
    """Run tasks on threads of this process.

    A thread cannot be killed: a task that is killed is given up, its thread goes on unseen until it returns,
    another thread takes its place, and its late result is ignored.

    Args:
        name: what the threads are named after.
        context: each task runs in a copy of it; by default that of whoever makes the backend.
    """

    capabilities = Capabilities(ends_tasks=False)

    def __init__(self, name: str = "concurra", context: Context | None = None) -> None:
        self._name = name
        self._context = copy_context() if context is None else context
        self._mutex = threading.Lock()
        self._host: Host | None = None
        self._lane = Lane.THREAD
        # All below is read and written under the mutex.
        self._limit = 0
        self._started = 0  # threads ever started, for their names
        self._workers: set[_Worker] = set()  # those that serve, and those given up that still run
        self._serving = 0
        self._idle: list[_Worker] = []
        self._owed = 0  # wake-ups that found nobody idle and no room for one more
        self._closed = False

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._lane = lane
        self._limit = workers

    def wake(self) -> None:
        with self._mutex:
            if self._idle:
                self._idle.pop().bell.release()
                return
            if self._serving >= self._limit:
                self._owed += 1  # the next one to look for work serves it
                return
            worker = _Worker(self._started, self._open_host().run_id)
            worker.bell.acquire()  # free only while a wake-up is on its way
            self._started += 1
            self._serving += 1
            self._workers.add(worker)
        try:
            threading.Thread(
                target=self._serve, args=(worker,), name=f"{self._name}-{worker.number}", daemon=True
            ).start()
        except RuntimeError:  # the system gives no more threads: make do with those there are
            with self._mutex:
                self._serving -= 1
                self._workers.discard(worker)
                if self._idle:
                    self._idle.pop().bell.release()
                elif self._serving:
                    self._owed += 1
                else:
                    raise
        else:
            # Not before: it is to begin what it takes after the starter, which has a task in hand, has begun that.
            worker.bell.release()

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        host = self._open_host()
        if task.begun != attempt:
            host.given_back(task, attempt, host.clock())
        elif host.killed(task, attempt, host.clock()) and self._give_up(task):
            self.wake()

    def close(self, then: Callable[[], object]) -> None:
        with self._mutex:
            self._closed = True
            for worker in self._idle:
                worker.bell.release()
            self._idle.clear()
        then()  # threads are left to themselves

    def _give_up(self, task: Task) -> bool:
        """Let go of the thread that is in *task*, whose end is told; return whether a wake-up waited for it."""
        with self._mutex:
            for worker in self._workers:
                # It has not reported, or the kill would have been no news: it is in the task, or on its way out.
                if worker.task is task and not worker.given_up:
                    worker.given_up = True
                    worker.stop(task, task.attempt)
                    self._serving -= 1
                    if self._owed:
                        self._owed -= 1
                        return True
        return False

    def _open_host(self) -> Host:
        assert self._host is not None  # noqa: S101 - Invariant: open comes first
        return self._host

    def _serve(self, worker: _Worker) -> None:
        """Be a worker: take tasks and run them until there are none, sleep, and again."""
        host = self._open_host()
        name = threading.current_thread().name
        seats[threading.get_ident()] = worker
        try:
            worker.bell.acquire()
            while True:
                run_from(host.take(self._lane), host, worker, self._context, name)
                if not self._rest(worker):
                    return
        except BaseException as error:  # noqa: BLE001 - a bug of ours must not become a hang
            host.lost(self._lane, error)
        finally:
            del seats[threading.get_ident()]

    def _rest(self, worker: _Worker) -> bool:
        """Sleep until there may be work; return False when the thread is to end."""
        with self._mutex:
            worker.task = None
            if worker.given_up or self._closed:
                self._workers.discard(worker)
                self._serving -= not worker.given_up
                return False
            if self._owed:
                self._owed -= 1
                return True
            self._idle.append(worker)
        worker.bell.acquire()
        return True
