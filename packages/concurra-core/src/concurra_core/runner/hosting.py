"""The side of a run that backends see: each fact they tell becomes one stimulus of the scheduler."""

from __future__ import annotations

from _thread import start_new_thread
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import ParamSpec, TypeVar

from concurra_core.engine.batches import BatchScheduler
from concurra_core.engine.retries import asked
from concurra_core.graph.plan import Plan
from concurra_core.model.errors import BackendLostError, InitializerError
from concurra_core.model.notes import NoteKind
from concurra_core.model.options import Lane
from concurra_core.model.outcome import Aborted, Fault, Raised, capture, describe
from concurra_core.model.state import TERMINAL, RunStatus
from concurra_core.model.task import Growth, Report, Task
from concurra_core.reporting.dispatch import Dispatcher
from concurra_core.runner.combiner import Combiner

P = ParamSpec("P")
T = TypeVar("T")


class HostSide:
    """Half of `Execution`: the `Host` of its backends. Every method may be called from any thread.

    Args:
        tasks: the records, by index.
        scheduler: takes the stimuli, one at a time.
        dispatcher: takes what tasks say in other processes, None if nobody listens.
        announce: backends are to tell the start of each attempt.
        halts: a failure may stop the run.
        plan: who waits for whom.
        clock: monotonic seconds.
        run_id: what tells this run from every other.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        scheduler: BatchScheduler,
        dispatcher: Dispatcher | None,
        *,
        announce: bool,
        halts: bool,
        plan: Plan,
        clock: Callable[[], float],
        run_id: str,
    ) -> None:
        self.clock = clock
        self.run_id = run_id
        self.announce = announce
        self.halts = halts
        self._plan = plan
        self._tasks = tasks
        self._scheduler = scheduler
        self._dispatcher = dispatcher
        self._combiner = Combiner()
        # Its parts at hand, for the hot path.
        self._baton, self._slips = self._combiner.baton, self._combiner.slips
        self._holds: list[Callable[[], object]] = []
        self._dropped = scheduler.dropped

    @property
    def cut(self) -> RunStatus | None:
        """What stopped the run before its tasks had ended, None if nothing did, or a failure."""
        if not isinstance(self._scheduler.cut, Aborted):
            return None
        return RunStatus.TIMED_OUT if self._scheduler.late else RunStatus.CANCELLED

    @property
    def grown(self) -> Mapping[int, Growth]:
        """The items of maps that made them in the run, by the index of the map."""
        return self._scheduler.grown

    def before_stop(self, hold: Callable[[], object]) -> None:
        self._holds.append(hold)

    def _hold(self) -> None:
        for hold in self._holds:
            hold()

    def arguments(self, task: Task) -> tuple[object, ...]:
        return task.arguments(self._tasks)

    def take(self, lane: Lane) -> Task | None:
        return self._tell(self._scheduler.take, lane)

    def started(self, task: Task, attempt: int, now: float) -> bool:
        return self._tell(self._scheduler.started, task, attempt, now)

    def finished(self, task: Task, attempt: int, value: object, now: float) -> Task | None:
        # `_tell`, written out: this is called once a task, and a call costs as much as the lock does. Only a bug of ours
        # raises here, and is what the worker then tells.
        scheduler = self._scheduler
        if self._baton.pop(0, False):
            try:
                following = scheduler.succeed(task, attempt, value, now)
            finally:
                self._baton[0] = True
                if self._slips:
                    self._combiner.serve()
        else:
            following = self._combiner.leave(lambda: scheduler.succeed(task, attempt, value, now))
        if self._dropped:
            self._dropped.clear()
        if scheduler.outbox:
            self._carry_out()
        return following

    @property
    def patient(self) -> bool:
        """Whether nothing waits for the end of a single task. Linear in tasks: for those who need to know."""
        return not (self.announce or self.halts) and self._plan.is_flat

    def failed(self, task: Task, attempt: int, fault: Fault, now: float) -> Task | None:
        return self._tell(self._scheduler.fail, task, attempt, asked(task.options.retry, fault), now)

    def killed(
        self,
        task: Task,
        attempt: int,
        now: float,
        value: object = None,
        *,
        began: float | None = None,
        stack: str = "",
        still: bool = False,
        slot: bool = True,
    ) -> bool:
        return self._tell(
            self._scheduler.killed,
            task,
            attempt,
            now,
            value,
            began=began,
            stack=stack,
            still=still,
            slot=slot,
        )

    def given_back(self, task: Task, attempt: int, now: float, *, slot: bool = True) -> None:
        self._tell(self._scheduler.given_back, task, attempt, now, slot=slot)

    def exchange(
        self, lane: Lane, reports: Sequence[Report], most: int, held: Callable[[], Sequence[Task]]
    ) -> list[Task]:
        told = [report if report[5] is None else _asked(report) for report in reports]
        return self._tell(self._scheduler.exchange, lane, told, most, held)

    def rest(self) -> None:
        self._tell(self._scheduler.rest)

    def rejected(self, task: Task, attempt: int, fault: Raised, now: float) -> None:
        self._tell(self._scheduler.rejected, task, attempt, fault, now)

    def settled(self, index: int) -> bool:
        return self._tasks[index].state in TERMINAL

    def said(self, stream: int, data: bytes) -> None:
        if self._dispatcher is not None:
            self._dispatcher.note((NoteKind.SAID, self.clock(), None, (stream, data)))

    def logged(self, record: bytes) -> None:
        if self._dispatcher is not None:
            self._dispatcher.note((NoteKind.LOGGED, self.clock(), None, record))

    def lost(self, lane: Lane, error: BaseException) -> None:
        self._tell(self._scheduler.lose, lane, loss(error), self.clock())

    def _tell(self, stimulus: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Give the scheduler a stimulus, alone, and carry out what it wants done."""
        try:
            return self._combiner.ask(stimulus, *args, **kwargs)
        finally:
            if self._dropped:
                self._dropped.clear()  # what goes with it may call back: the lock is free
            if self._scheduler.outbox:
                self._carry_out()

    def _leave_word(self, stimulus: Callable[[], object], *, within: bool) -> None:
        """Give the scheduler a stimulus; *within*: the calling thread may hold any lock of the run, and must not wait."""
        if within:
            # Of no `Thread` object: to make one takes locks of its own, which may be held as well.
            with suppress(RuntimeError):  # no thread to be had: whoever holds the lock carries it out
                start_new_thread(self._tell, (stimulus,))
                return
        self._combiner.post(stimulus)
        if self._scheduler.outbox and not within:
            self._carry_out()

    @abstractmethod
    def _carry_out(self) -> None:
        """Do what the scheduler left in its outbox."""


def _asked(report: Report) -> Report:
    task, attempt, started, ended, value, fault = report
    return task, attempt, started, ended, value, None if fault is None else asked(task.options.retry, fault)


def loss(error: BaseException) -> Raised:
    """Return the fault of all tasks that nobody is left to run."""
    if isinstance(error, InitializerError):
        return Raised(error, error.trace)
    lost = BackendLostError(f"no worker is left to run this task: {describe(error)}")
    lost.__cause__ = error
    return capture(lost, frames=0)
