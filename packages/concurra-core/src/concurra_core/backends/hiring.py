"""The hiring of worker processes: from a template, or by a fork of the program. The base of `Staff`."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING

from concurra_core.backends.base import Host
from concurra_core.backends.beginning import Beginning
from concurra_core.backends.crew import Worker
from concurra_core.backends.loop import Supervisor
from concurra_core.backends.nursery import Nursery
from concurra_core.backends.pipes import Pipes
from concurra_core.backends.unpacking import broken
from concurra_core.backends.worker import wire
from concurra_core.backends.worker.slate import PID
from concurra_core.model.options import Lane

if TYPE_CHECKING:
    from concurra_core.backends.forking import ForkingNursery


class Hiring(Supervisor):
    """Hire workers, and hear what they say.

    Args:
        host: the run.
        lane: what it runs here.
        name: what the thread is called.
        limit: most workers at a time.
        beginning: what the run began with.
    """

    def __init__(self, host: Host, lane: Lane, name: str, limit: int, beginning: Beginning) -> None:
        self._limit = limit
        self._options = beginning.options
        self._beginning = beginning
        self._spawned = beginning.spawned
        self._workers: list[Worker] = []
        self._brake = threading.Event()  # set when the run is being stopped: nobody begins anything more
        self._nursery: Nursery | ForkingNursery | None = None
        self._set_up(host)
        super().__init__(host, lane, name)
        if beginning.spawned is not None:
            self.order(self._open_nursery)

    # -- what the other parts do -------------------------------------------------------------------------

    @abstractmethod
    def _set_up(self, host: Host) -> None:
        """Make ready what the other parts keep; the thread has not begun."""

    @abstractmethod
    def _exit(self, worker: Worker) -> None:
        """A worker has ended, by itself or not."""

    @abstractmethod
    def _orphan(self, worker: Worker) -> None:
        """The template has died that *worker* came, or was to come, from."""

    # -- hiring ------------------------------------------------------------------------------------------

    def _hire(self) -> Worker:
        """Return a new worker, which may take a while to be ready.

        Raises:
            RuntimeError: the template cannot be started.
            OSError: the system gives no descriptor, or templates die as soon as they are started.
        """
        try:
            return self._hire_from(self._open_nursery())
        except ConnectionError:  # the template has died, and the selector was about to tell
            if self._nursery is not None:
                self._nursery.lose()
            return self._hire_from(self._open_nursery())

    def _hire_from(self, nursery: Nursery | ForkingNursery) -> Worker:
        worker: Worker
        pipes = Pipes(
            self._selector,
            lambda tag, main, buffers: self._hear(worker, tag, main, buffers),
            self._host.said,
        )
        worker = Worker(pipes, self._brake)
        self._workers.append(worker)  # before a fork, which has to know what is not the child's
        try:
            nursery.hire(pipes.far, partial(self._hired, worker))
        except BaseException:
            self._workers.remove(worker)
            pipes.close()
            raise
        pipes.hand_over()
        return worker

    def _open_nursery(self) -> Nursery | ForkingNursery:
        """Return the nursery, opened when it is needed first."""
        if self._nursery is None:
            self._nursery = self._new_nursery()
        return self._nursery

    def _new_nursery(self) -> Nursery | ForkingNursery:
        if self._options.start_method == "fork":
            # The code of workers, for those who run it in this process.
            from concurra_core.backends.forking import ForkingNursery

            return ForkingNursery(self._beginning, self._descriptors, self._template_gone)
        spawned, self._spawned = self._spawned, None
        beginning = self._beginning
        return Nursery(
            beginning.options,
            beginning.run_id,
            beginning.environ,
            self._selector,
            self._template_gone,
            spawned,
            beginning.calls,
        )

    def _descriptors(self) -> list[int]:
        """Return the descriptors that no worker is to inherit."""
        return [self._ear, self._bell, *(fd for worker in self._workers for fd in worker.pipes.descriptors)]

    def _hired(self, worker: Worker, pid: int) -> None:
        worker.pid = pid
        try:
            handle = os.pidfd_open(pid)  # it is a zombie at worst: nobody buries it unasked
        except ProcessLookupError:  # but for one whose template has died, and it as well
            self._exit(worker)
            return
        self._watch_over(worker, handle)

    def _watch_over(self, worker: Worker, handle: int) -> None:
        worker.handle = handle
        self._selector.register(handle, EVENT_READ, partial(self._exit, worker))
        limit = self._options.initializer_timeout
        if limit is not None and self._options.initializer is not None and not worker.ready:
            worker.ready_by = self._host.clock() + limit
        if worker.wanted is not None:
            worker.wanted()

    def _introduce(self, worker: Worker) -> None:
        """Take its own word for who *worker* is: its template has died, or was stopped, before it could tell.

        Where it has said nothing yet it has begun nothing, and will not: it finds its pipes closed.
        """
        pid = worker.pipes.slate.words[PID]
        with suppress(OSError):  # it has gone, too
            if pid and os.getsid(pid) == pid:
                handle = os.pidfd_open(pid)
                worker.pid = pid
                self._watch_over(worker, handle)

    def _hear(self, worker: Worker, tag: int, main: bytearray, buffers: list[bytearray]) -> None:
        if tag == wire.RESULT and buffers:
            worker.piped[int.from_bytes(buffers.pop(), "little")] = main, buffers
        elif tag == wire.LOG:
            self._host.logged(bytes(main))
        elif tag == wire.GARBLED:
            worker.mute = worker.rang = True
        elif tag == wire.BROKEN:
            self._host.lost(self._lane, broken(main))
        else:
            worker.ready = worker.rang = True
            worker.ready_by = None

    def _discharge(self, worker: Worker) -> None:
        """End a worker that cannot be believed any more, now or as soon as its pid is known."""
        if worker.pid:
            _kill(worker)
        else:
            worker.wanted = partial(_kill, worker)

    def _template_gone(self) -> None:
        """The template has died. Workers that it had forked go on; those it had not do not come any more."""
        self._nursery = None
        for worker in tuple(self._workers):
            self._orphan(worker)
        if self._workers and not self._closing:
            self._replace_template()

    def _replace_template(self) -> None:
        """Have workers watched that have lost their template: when the program dies too, somebody has to end them."""
        try:
            nursery = self._open_nursery()
        except (RuntimeError, OSError):  # tried again when a worker is hired
            return
        for worker in self._workers:
            if worker.handle is not None:
                nursery.watch(worker.pid, worker.handle)


def _kill(worker: Worker) -> None:
    with suppress(OSError):
        os.kill(worker.pid, 9)
