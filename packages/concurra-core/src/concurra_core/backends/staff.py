"""The end of worker processes: asked to, made to, with their families, and buried. The base of `Handing`."""

from __future__ import annotations

import os
from abc import abstractmethod
from contextlib import suppress
from functools import partial
from typing import Final

from concurra_core.backends.base import Host
from concurra_core.backends.crew import Worker
from concurra_core.backends.deaths import cause_of
from concurra_core.backends.ending import Ending
from concurra_core.backends.hiring import Hiring
from concurra_core.backends.worker.orders import DUMP, KILL
from concurra_core.model.errors import BackendLostError, InitializerError
from concurra_core.model.outcome import TimedOut
from concurra_core.model.task import Task

_FAREWELL: Final = 1.0  # seconds that idle workers have to go when the run is over
_LAST_WAIT: Final = 3.0  # seconds after which the template is ended, whatever it waits for
_DUMP: Final = 0.01  # seconds that a worker has to write its stack
_DUMPED: Final = 0.001  # seconds of silence after which the stack is taken to be whole
_PATIENCE: Final = 0.2  # seconds that the template may take to answer before somebody looks whether it can
_STILLBORN: Final = 3  # workers in a row that end before they have run anything, and nobody hires any more


class Staff(Hiring):
    """End and bury workers.

    The arguments are those of `Hiring`.
    """

    def _set_up(self, host: Host) -> None:
        self._stillborn = 0
        self._farewell: float | None = None
        self._look_at_template: float | None = None  # when, if it owes an answer

    # -- what the other parts do -------------------------------------------------------------------------

    @abstractmethod
    def _attend(self, worker: Worker) -> None:
        """Read what *worker* has ended, and hand it more."""

    @abstractmethod
    def _take_back(self, worker: Worker) -> None:
        """Have all that *worker* has not begun run elsewhere."""

    @abstractmethod
    def _bereave(self, worker: Worker, status: int | None) -> None:
        """Tell what became of the tasks of *worker*, which is dead and buried."""

    # -- ending ------------------------------------------------------------------------------------------

    def _end(self, worker: Worker, task: Task, attempt: int, grace: float) -> None:
        """End *worker*, which is in *attempt* of *task*; where it is over its limit, ask first where it is."""
        if not worker.pid:  # the template has yet to say who it is
            worker.wanted = partial(self._end, worker, task, attempt, grace)
            return
        if worker.victim is None:
            worker.victim = (task, attempt)
            self._take_back(worker)
            if isinstance(task.fault, TimedOut) and grace > 0:
                worker.grace = grace
                worker.dump_until = self._host.clock() + _DUMP
                with suppress(OSError):
                    os.kill(worker.pid, DUMP)
                return
        if worker.dump_until is None or grace <= 0:
            worker.dump_until = None
            self._ask(worker, grace)

    def _ask(self, worker: Worker, grace: float) -> None:
        if worker.ending is None:
            worker.ending = Ending(worker.pid, self._selector, self._census)
        worker.ending.ask(grace, self._host.clock())

    def _exit(self, worker: Worker) -> None:
        """A worker has ended, by itself or not; it is a zombie until it is buried."""
        worker.exited = True
        self._unwatch(worker)
        worker.pipes.last_words()

    def _settle(self) -> None:
        """Do what is due."""
        now = self._host.clock()
        for worker in tuple(self._workers):
            if not worker.dismissed:  # on account of one before it
                self._look_after(worker, now)
        if self._farewell is not None and self._farewell <= now:
            self._end_stragglers(now)
        self._mind_template(now)

    def _look_after(self, worker: Worker, now: float) -> None:
        if worker.dump_until is not None:
            self._await_dump(worker, now)
        if worker.ready_by is not None and worker.ready_by <= now:
            self._give_up(worker)
        ending = worker.ending
        due = None if ending is None or worker.burying else ending.deadline
        if ending is not None and due is not None and due <= now:
            ending.escalate(now)
        if worker.exited or (ending is not None and ending.lost):
            self._lay_out(worker)
        elif worker.rang or (worker.look_at is not None and worker.look_at <= now):
            worker.rang = False
            self._attend(worker)

    def _mind_template(self, now: float) -> None:
        """Do without a template that owes an answer and has been stopped: nothing else would ever tell."""
        nursery = self._nursery
        if nursery is None or not nursery.owes:
            self._look_at_template = None
        elif self._look_at_template is None:
            self._look_at_template = now + _PATIENCE
        elif self._look_at_template <= now:
            self._look_at_template = now + _PATIENCE
            if nursery.stopped:
                nursery.lose()

    def _give_up(self, worker: Worker) -> None:
        """End *worker*, whose initializer takes too long, and the run with it."""
        worker.ready_by = None
        if not worker.exited:
            limit = self._options.initializer_timeout
            words = f"the initializer of the workers took longer than its limit of {limit:g} seconds"
            self._host.lost(self._lane, InitializerError(words))
            self._ask(worker, 0.0)

    def _await_dump(self, worker: Worker, now: float) -> None:
        size = len(worker.pipes.stack)
        if size > worker.dumped:
            worker.dumped = size
            worker.dump_until = now + _DUMPED
        if worker.exited or worker.dump_until is None or worker.dump_until <= now:
            worker.dump_until = None
            self._ask(worker, worker.grace)

    def _lay_out(self, worker: Worker) -> None:
        """Bury a worker that has ended, once its relatives have gone too."""
        ending = worker.ending
        if worker.burying or (ending is not None and not ending.relatives_gone and not ending.lost):
            return
        worker.burying = True
        if ending is not None:
            ending.release()
        if self._closing:
            self._dismiss(worker)
            if self._nursery is not None:
                self._nursery.forget(worker.pid)
        elif self._nursery is None or worker.orphan or not worker.exited:
            with suppress(OSError):
                os.killpg(worker.pid, KILL)
            self._buried(worker, None)
        else:
            self._nursery.bury(worker.pid, partial(self._buried, worker))

    def _buried(self, worker: Worker, status: int | None) -> None:
        self._bereave(worker, status)
        self._dismiss(worker)
        if worker.served or worker.victim:
            self._stillborn = 0
        elif worker.pid or all(other.pid for other in self._workers):
            self._count_stillborn(status)  # a template that has died is one death, however many it owed

    def _count_stillborn(self, status: int | None) -> None:
        self._stillborn += 1
        if self._stillborn >= _STILLBORN and not self._closing:
            raise BackendLostError(
                f"{_STILLBORN} worker processes in a row ended before they had run anything; "
                f"of the last: {cause_of(status, False)}; stderr may say why"
            )

    def _dismiss(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.retired = worker.dismissed = True
        self._unwatch(worker)
        worker.pipes.close()

    def _unwatch(self, worker: Worker) -> None:
        if worker.handle is not None:
            self._selector.unregister(worker.handle)
            os.close(worker.handle)
            worker.handle = None

    def _orphan(self, worker: Worker) -> None:
        if not worker.pid:
            self._introduce(worker)
        if worker.pid:  # also at the end of the run: its pidfd tells when it has gone
            worker.orphan = True
        elif self._closing:
            worker.pipes.last_words()
            self._dismiss(worker)
        else:
            self._take_back(worker)
            self._buried(worker, None)

    # -- the end of the run --------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        return bool(self._workers) or self._nursery is not None

    def _due(self) -> float | None:
        moments = [self._farewell, self._look_at_template]
        for worker in self._workers:
            moments += [worker.look_at, worker.dump_until, worker.ready_by]
            if worker.ending is not None and not worker.burying:
                moments.append(worker.ending.deadline)
        return min((moment for moment in moments if moment is not None), default=None)

    def _dismiss_all(self) -> None:
        """Let everybody go: workers see the end of their requests, the template waits for them."""
        self._farewell = self._host.clock() + _FAREWELL
        for worker in self._workers:
            worker.look_at = None
            worker.pipes.hang_up()
        if self._nursery is not None:
            self._nursery.last_order()

    def _wind_up(self) -> None:
        self._dismiss_all()
        if self._nursery is not None:
            self._nursery.end()

    def _end_stragglers(self, now: float) -> None:
        self._farewell = now + _LAST_WAIT
        stragglers = [worker for worker in self._workers if worker.pid and not worker.exited]
        for worker in stragglers:
            self._ask(worker, 0.0)
        if not stragglers and self._nursery is not None:
            self._nursery.kill()

    def _abandon(self) -> None:
        for worker in tuple(self._workers):
            with suppress(Exception):  # first of all: what follows needs descriptors, and there may be none
                self._dismiss(worker)
            with suppress(Exception):
                if worker.pid and not worker.exited:
                    Ending(worker.pid, self._selector, self._census).escalate(0.0)
        if self._nursery is not None:
            self._nursery.discard()
