"""Handing tasks to workers: what can be packed is sent, what cannot is told. `Pool` builds on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from concurra_core.backends.base import Host
from concurra_core.backends.crew import Worker
from concurra_core.backends.pace import Pace
from concurra_core.backends.parcels import Packer, refusal
from concurra_core.backends.staff import Staff
from concurra_core.backends.worker.columns import Columns
from concurra_core.backends.worker.family import is_stopped
from concurra_core.model.errors import TransferError
from concurra_core.model.outcome import Aborted, Fault, Halted
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_RUNNING = TaskState.RUNNING
_NO_LINE: Final[Mapping[int, int]] = {}


class Doom(NamedTuple):
    """An attempt to end once it is seen to run, or, where it is over, has not come back.

    Args:
        attempt: the number of it.
        grace: seconds between asking its worker to end and ending it.
        after: seconds on the run's clock from which on.
    """

    attempt: int
    grace: float
    after: float


class Handing(Staff):
    """Send tasks, and know which worker holds which.

    The arguments are those of `Hiring`.
    """

    def _set_up(self, host: Host) -> None:
        super()._set_up(host)
        self._pace = Pace(patient=host.patient)
        self._packer = Packer(host.arguments)
        self._where: dict[int, Worker] = {}  # who holds a task, by index
        self._doomed: dict[int, Doom] = {}  # by the index of the task
        self._all_back = False
        host.before_stop(self.freeze)

    def _feed(self, worker: Worker, tasks: Sequence[Task]) -> None:
        """Send *tasks* to *worker*, but for those that cannot be packed."""
        if not tasks:
            return
        line = worker.line() if any(task.needs for task in tasks) else None
        columns = Columns()
        bare = self._packer.pack_bare(tasks, columns, line, worker.handed)
        sent = [(task, 1) for task in tasks[:bare]]
        buffers: list[memoryview] = []
        refused = False
        pack = self._packer.pack
        for task in tasks[bare:]:
            if refused and not self._still_wanted(task, line or {}):
                continue
            try:
                more = pack(task, line or _NO_LINE, columns)
            except TransferError as error:
                self._host.rejected(task, task.attempt, refusal(error), self._host.clock())
                refused = True
                continue
            if line is not None:
                line[task.index] = worker.handed + len(sent)
            sent.append((task, task.attempt))
            if more:
                buffers += more
        if sent:
            self._send(worker, sent, columns, buffers)

    def _send(
        self, worker: Worker, sent: Sequence[tuple[Task, int]], columns: Columns, buffers: list[memoryview]
    ) -> None:
        self._where.update(dict.fromkeys([task.index for task, _ in sent], worker))
        manner = (self._host.halts, *self._pace.manner(len(sent)))
        worker.send(sent, columns, buffers, self._packer, manner)
        worker.handed_at = self._host.clock()
        if len(sent) > 1 or self._host.announce or not worker.ready:
            worker.look_at = worker.handed_at + self._pace.look
        elif len(worker.batches) > 1:
            worker.look_at = worker.handed_at + self._pace.overdue

    def _take_back(self, worker: Worker) -> None:
        self._give_back(worker.recall())

    def freeze(self) -> None:
        """Have no worker begin anything of what it holds, or will: the run is being stopped. From any thread."""
        self._brake.set()  # first: who is sent something meanwhile sees it, or is sent it before what follows
        for worker in tuple(self._workers):
            worker.freeze()

    def _heed(self, fault: Fault | None) -> None:
        """Have no worker begin anything more of what it holds, if *fault*, for which a task is stopped, ends the run."""
        if isinstance(fault, Aborted | Halted) and not self._all_back:
            self._all_back = True
            for worker in self._workers:
                self._take_back(worker)

    def _give_back(self, tasks: Sequence[tuple[Task, int]]) -> None:
        now = self._host.clock()
        for task, attempt in tasks:
            self._where.pop(task.index, None)
            self._doomed.pop(task.index, None)
            self._host.given_back(task, attempt, now, slot=False)

    def _cannot_begin(self, worker: Worker) -> bool:
        """Return whether *worker*, which is in no task, was stopped before the next, for longer than the limit of that.

        A limit counts from the call, which never comes. Without one it may be meant to go on later.
        """
        if not (self._host.announce and worker.ready):  # of limits the run wants to hear the starts
            return False
        task = worker.upcoming()
        limit = None if task is None else task.options.timeout
        return limit is not None and worker.handed_at + limit <= self._host.clock() and is_stopped(worker.pid)

    def _still_wanted(self, task: Task, line: Mapping[int, int]) -> bool:
        """Return whether *task* can still go to a worker, now that one before it could not."""
        if task.state is not _RUNNING:
            return False
        if any(need not in line and not self._host.settled(need) for need in task.needs):
            self._host.given_back(task, task.attempt, self._host.clock(), slot=False)
            return False
        return True
