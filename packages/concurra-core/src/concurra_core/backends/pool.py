"""The supervisor of all worker processes of a run: one thread, one selector. It hires, feeds, watches and ends them.

       orders (wake, kill, close)            Host: take, exchange, started, killed, given_back, rest ...
              │                                   ▲ facts, tasks
              ▼                                   │
    ┌──────── Pool ───────────────────────────────┴──┐  hire, bury   ┌──────────┐
    │ Packer: tasks to bytes    Worker: its books     ├──────────────▶│ template │ forks, reaps, adopts
    └───┬──────────────▲───────────▲──────────▲──────┘◀──────────────┴────┬─────┘
        │ requests     │ results   │ slate    │ output, stacks, pidfd     │ fork
        ▼              │           │          │                           ▼
    ┌── worker process ┴───────────┴──────────┴──────────────────────────────┐
    │ runs a batch, task by task; stamps begin and end; leaves small results │
    └─────────────────────────────────────────────────────────────────────────┘

A worker rings when there is something to read: at the end of a batch, and after a task of 2 ms or when it has not
rung for as long; where the run has time, only shortly before the end of a batch (see `pace`). Results of short tasks
may then lie unread while a long one runs, so the pool looks at a worker by itself some milliseconds after it was handed work, and again for as long as
it gets on or gets ready; once it is in a task and does not, that is a long one, and the worker is asked to ring before
the next. That look is also when the start of a long task is told, and when what waits behind it is recalled.
"""

from __future__ import annotations

from concurra_core.backends.advice import advised
from concurra_core.backends.base import Host
from concurra_core.backends.batch import Running
from concurra_core.backends.crew import Worker
from concurra_core.backends.deaths import GARBLED, cause_of, oom_kills, place_of
from concurra_core.backends.handing import Doom, Handing
from concurra_core.backends.pace import LOOK
from concurra_core.backends.worker.slate import MOST, PREPARING, RETURNING
from concurra_core.model.errors import BackendLostError
from concurra_core.model.outcome import Crashed, TimedOut
from concurra_core.model.task import Task


class Pool(Handing):
    """Hand tasks to workers, take what became of them, and keep short tasks from waiting behind long ones.

    The arguments are those of `Hiring`.
    """

    def _set_up(self, host: Host) -> None:
        super()._set_up(host)
        self._idle: list[Worker] = []
        self._owed = False  # a wake-up found no worker and no room for one more
        self._ooms = oom_kills()

    # -- orders ----------------------------------------------------------------------------------------

    def take(self) -> None:
        """Have one more worker take a task."""
        worker = next((idle for idle in self._idle if idle.takes), None)
        if worker is None and len(self._workers) >= self._limit:
            self._owed = True
            return
        self._owed = False
        task = self._host.take(self._lane)
        if task is None:
            return
        if worker is None:
            try:
                worker = self._hire()
            except OSError as error:
                self._do_without(task, error)
                return
        else:
            self._idle.remove(worker)
            worker.resting = False
        self._feed(worker, [task])
        self._refill(worker)

    def stop(self, task: Task, attempt: int, grace: float) -> None:
        """End *attempt* of *task*, *grace* seconds after it was asked to at the latest."""
        self._heed(task.fault)
        worker = self._where.get(task.index)
        if worker is not None and worker.exited:
            return  # what it held is told when it is buried, and its number may be another's by now
        if worker is not None:
            self._attend(worker)
            worker = self._where.get(task.index)
        if task.attempt != attempt:
            return  # it had ended, its report is read only now, and the next attempt may be on its way
        if worker is None:
            self._host.given_back(task, attempt, self._host.clock(), slot=False)
            return
        running = worker.running()
        now = self._host.clock()
        if running is not None and (running.task, running.attempt) == (task, attempt):
            limit = task.options.timeout
            if (
                running.phase == RETURNING
                and isinstance(task.fault, TimedOut)
                and limit is not None
                and grace > 0
            ):
                # It is over, and was in time; but for ever it may not take to come back either.
                self._doomed[task.index] = Doom(attempt, grace, now + limit)
                worker.look_at = now + limit
                return
            self._end(worker, task, attempt, grace)
            return
        self._take_back(worker)
        if task.index in self._where:  # it is about to begin; `_watch` will see it
            self._doomed[task.index] = Doom(attempt, grace, now)
            worker.look_at = now
        else:
            self._refill(worker)

    # -- handing out -----------------------------------------------------------------------------------

    def _attend(self, worker: Worker) -> None:
        worker.look_at = None
        if (
            worker.mute and not worker.retired
        ):  # what it is in can still be read from the slate; nothing more comes
            worker.retired = True
            self._take_back(worker)
        worker.pipes.listen_to_output()
        self._read(worker, MOST)
        self._refill(worker)
        self._watch(worker)
        if self._owed:
            self.take()

    def _read(self, worker: Worker, most: int) -> None:
        """Report what *worker* has ended, and hand it up to *most* tasks more."""
        reports, unrun = worker.collect()
        if worker.garbled and not worker.exited:
            self._discharge(worker)
        where = self._where
        for task, _, _, _, _, _ in reports:
            where.pop(task.index, None)
        if self._doomed:
            for task, _, _, _, _, _ in reports:
                self._doomed.pop(task.index, None)
        if reports:
            worker.served = True
            self._pace.measure(reports)
        if reports or most:
            most = min(most, self._room(worker))
            self._feed(worker, self._host.exchange(self._lane, reports, most, worker.held))
        self._give_back(unrun)

    def _refill(self, worker: Worker) -> None:
        """Hand *worker* something, or let it rest."""
        while not worker.holds and not worker.resting:
            most = self._room(worker)
            tasks = self._host.exchange(self._lane, (), most, worker.held) if most else []
            if not tasks:
                self._rest(worker)
                return
            self._feed(worker, tasks)
        most = self._room(worker)
        if most:  # one batch to run and one to go on with, so that no worker waits for its next task
            self._feed(worker, self._host.exchange(self._lane, (), most, worker.held))

    def _rest(self, worker: Worker) -> None:
        worker.resting = True
        if worker.victim is None and not worker.exited:
            most = self._options.max_tasks
            if worker.retired or (most is not None and worker.handed - worker.returned >= most):
                worker.retired = True
                worker.pipes.hang_up()
            else:
                self._idle.append(worker)
        self._host.rest()
        if self._owed:
            self.take()
        if self._idle:
            soon = self._host.clock() + LOOK
            for other in self._workers:
                if other.holds and (other.look_at is None or other.look_at > soon):
                    other.look_at = soon
            if self._pace.is_worth_a_recall:
                self._share()

    def _share(self) -> None:
        """Take back for those that rest what waits at others behind a task that is not over at once."""
        for worker in self._workers:
            if worker.holds and worker.victim is None and not worker.exited:
                self._read(worker, 0)
                if worker.keeps_others_waiting():
                    self._take_back(worker)

    def _room(self, worker: Worker) -> int:
        """Return how many tasks *worker* may be handed now."""
        waiting = len(worker.batches)
        # One that rests holds no slot, so it is handed nothing before it is woken: see `take`.
        if worker.resting or worker.retired or self._closing or not worker.takes:
            return 0
        if worker.victim or worker.exited or worker.garbled or worker.cut:
            return 0
        if waiting and (self._host.halts or not (self._pace.is_known_to_be_short and worker.ready)):
            return 0
        if waiting and not self._pace.is_nearly_over(worker.left):
            return 0
        many = self._pace.many
        most = self._options.max_tasks
        return many if most is None else min(many, most - worker.handed + worker.returned)

    # -- looking after ---------------------------------------------------------------------------------

    def _watch(self, worker: Worker) -> None:
        """See what *worker* is in, tell its start, and take back what waits behind it if others should begin that."""
        running = worker.running()
        if running is not None:
            task, attempt, _, _ = running
            self._announce(worker, running)
            doom = self._doomed.get(task.index)
            if doom is not None and doom.attempt == attempt and doom.after <= self._host.clock():
                del self._doomed[task.index]
                self._end(worker, task, attempt, doom.grace)
                return
        elif self._cannot_begin(worker):
            self._discharge(worker)
            return
        if not worker.holds:
            return
        doomed = any(task.index in self._doomed for task in worker.held()) if self._doomed else False
        if not (doomed or self._idle or self._host.announce or worker.hides or len(worker.batches) > 1):
            return
        # What it only gets ready for begins without a ring if that was quick but for a pause of the processor's.
        preparing = running is not None and running.phase == PREPARING
        unsure = doomed or worker.mute or preparing or (worker.ready and running is None)
        self._look_again(
            worker,
            self._host.clock() if running is None else running.began,
            preparing=preparing,
            unsure=unsure,
        )

    def _look_again(self, worker: Worker, since: float, *, preparing: bool, unsure: bool) -> None:
        """See to it that what waits behind the task that *worker* is in, *since* then, does not for long."""
        now = self._host.clock()
        late = not unsure and self._pace.is_late(worker.handed_at, since, now)
        if worker.look_at is None and not late and (worker.moved() or unsure or not worker.will_ring()):
            look = LOOK if self._idle or unsure else self._pace.look
            worker.look_at = now + max(look, now - since if preparing else 0.0)
        elif (late or self._idle) and worker.keeps_others_waiting():
            self._take_back(worker)
        elif worker.look_at is None and not late and worker.left > 1:
            worker.look_at = since + self._pace.overdue

    def _announce(self, worker: Worker, running: Running) -> None:
        """Tell the start of what *worker* is in. What it only gets ready for has until its limit to start: it rings."""
        task, attempt, began, phase = running
        if not self._host.announce or task.begun == attempt:
            return
        if worker.is_ahead_at(task):  # it got on just now; what has ended is told first
            worker.look_at = self._host.clock()
            return
        limit = task.options.timeout
        if phase != PREPARING or (limit is not None and began + limit <= self._host.clock()):
            self._host.started(task, attempt, began)
        elif limit is not None:
            worker.look_at = began + limit

    def _bereave(self, worker: Worker, status: int | None) -> None:
        if worker in self._idle:
            self._idle.remove(worker)
        self._read(worker, 0)
        running = worker.running()
        now = self._host.clock()
        left = [
            (task, attempt)
            for batch in worker.batches
            for task, attempt in batch.tasks[batch.read : batch.end]
        ]
        worker.batches.clear()
        if running is not None:
            worker.served = True
            task, attempt, began, _ = running
            if worker.garbled:
                began = now
            left.remove((task, attempt))
            task.started, task.worker = began, worker.pid or None  # of the worker that owned the attempt
            self._where.pop(task.index, None)
            self._doomed.pop(task.index, None)
            stack = place_of(worker.pipes.stack)
            if not self._host.killed(task, attempt, now, began=began, stack=stack, slot=False):
                ooms, self._ooms = self._ooms, oom_kills()
                cause = GARBLED if worker.garbled else cause_of(status, self._ooms > ooms)
                fault = Crashed(cause, stack)
                self._host.exchange(self._lane, [(task, attempt, began, now, None, fault)], 0, list)
        self._give_back(left)
        if not worker.resting:
            worker.resting = True
            self._host.rest()
        if self._owed:
            self.order(self.take)

    def _do_without(self, task: Task, error: OSError) -> None:
        """Give *task* back: the system has no room for one more worker. Those there are must do."""
        self._host.given_back(task, task.attempt, self._host.clock())
        if not self._workers:
            raise BackendLostError(f"no worker process can be started: {advised(error)}") from error
        self._limit = len(self._workers)
