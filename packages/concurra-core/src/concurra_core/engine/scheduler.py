"""The pull scheduler: a pure state machine over the records of one run.

Every method is a stimulus. It changes records, hands back the next task where it can, and leaves what must
be done in the world as commands in `outbox`. Calls must not overlap: the runner holds one lock around each.

                    take             succeed
       WAITING ───────────▶ RUNNING ───────────▶ SUCCEEDED ──▶ successors count down, the ready ones queue
          ▲ │                │    │  fail
          │ │   retry        │    └────────────▶ FAILED, CRASHED ──▶ descendants SKIPPED
          └─┼────────────────┘    │  tick, abort
            │  abort, skip        ▼           killed
            └──────▶ CANCELLED  STOPPING ──────────────▶ TIMED_OUT, CANCELLED
                     SKIPPED
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from concurra_core.engine.attempts import Attempts
from concurra_core.graph.plan import Plan
from concurra_core.model.notes import Notebook, NoteKind
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.outcome import Aborted, Fault, Halted, Raised, TimedOut
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_RUN = -1  # the key of the run's own deadline, where those of tasks have their index

# Members of an enum cost a look-up each; the hot path reads these.
_WAITING, _RUNNING, _STOPPING = TaskState.WAITING, TaskState.RUNNING, TaskState.STOPPING
_SUCCEEDED = TaskState.SUCCEEDED


class Scheduler(Attempts):
    """Hand out tasks whose dependencies succeeded, as many at a time as there are slots, and end each exactly once.

    Args:
        tasks: the records, by index.
        plan: who waits for whom, and the order of start.
        options: the slots, the named limits, which failures stop the run, and its deadline.
        note: takes the notes of the run; None if nobody listens.
        every_task: note the start and the end of every task, not of failures alone.
        marks: numbers of ended tasks at which progress is noted, ascending.
    """

    __slots__ = ("_deadline", "_more", "_waits", "late")

    def __init__(
        self,
        tasks: Sequence[Task],
        plan: Plan,
        options: RunOptions,
        *,
        note: Notebook | None = None,
        every_task: bool = False,
        marks: Sequence[int] = (),
    ) -> None:
        super().__init__(tasks, plan, options, note, every_task=every_task, marks=marks)
        self._waits = list(plan.waits)
        self._deadline = options.deadline
        self.late = False  # the run came to its deadline, and nothing had stopped it before
        # Whether the end of a task that goes well has more to it than counting down: see `_let_go`.
        limited = any(kind.timeout is not None for kind in plan.kinds)
        self._more = limited or self._release is not None or self._meter is not None

    # -- stimuli from workers: the hot path ------------------------------------------------------------

    def succeed(self, task: Task, attempt: int, value: object, now: float) -> Task | None:
        """End *task* with its *value* and hand the worker the next task, if there is one for it.

        The whole life of a task that goes well is here, in `_complete` and in `_hand_over`.
        """
        if task.state is not _RUNNING or task.attempt != attempt:
            return self._late(task, attempt, now)
        return self._hand_over(task.options.lane, self._complete(task, value, now))

    def _complete(  # noqa: C901, PLR0912 - a call less a task: the hot path is one function on purpose
        self, task: Task, value: object, now: float
    ) -> int:
        """End *task* well; return the index of the first task that it freed, which is in no queue, or -1."""
        task.value = value
        task.ended = now
        task.state = _SUCCEEDED
        self.done += 1
        waits = self._waits
        only = self._only
        freed = -1
        for successor in self._successors[task.index]:
            left = waits[successor] - 1
            waits[successor] = left
            if not left:
                if only is None:
                    self._queue(self._tasks[successor])
                elif freed < 0:
                    freed = successor  # does not queue: unless there is a better one, this worker runs it
                else:
                    only.push(successor)
        if self._more:
            self._let_go(task)
            if self._release is not None:
                self._release.after(task)
        if self._note_every is not None:
            self._note_every((NoteKind.TASK_ENDED, now, task, None))
        if self.done >= self._mark:
            self._pass_marks(now)
        return freed

    # -- stimuli from workers: the rest ----------------------------------------------------------------

    def started(self, task: Task, attempt: int, now: float) -> bool:
        """Begin *task*: its time limit counts from *now*. Return False if it is not to begin any more.

        For tasks with a limit, or when somebody listens.
        """
        if task.state is not _RUNNING or task.attempt != attempt:
            return False
        self._began(task, attempt, now)
        if task.options.timeout is not None:
            self._set_deadline_of(task.index, now + task.options.timeout)
        return True

    def fail(self, task: Task, attempt: int, fault: Fault, now: float) -> Task | None:
        """End an attempt that did not go well, or try again; hand the worker the next task."""
        if task.state is not _RUNNING or task.attempt != attempt:
            return self._late(task, attempt, now)
        self._end_attempt(task, fault, now)
        return self._hand_over(task.options.lane)

    def given_back(self, task: Task, attempt: int, now: float, *, slot: bool = True) -> None:
        """Take back *task*, which its worker never began: it uses up no attempt and may start elsewhere.

        With *slot*, the slot it was handed out with is free again.
        """
        if task.attempt != attempt or task.state not in (_RUNNING, _STOPPING):
            return
        self._let_go(task)
        task.attempt -= 1
        self.running -= slot
        stopping = task.state is _STOPPING
        task.state = (
            _WAITING  # as before it was handed out: its times are those of the attempt before, if any
        )
        if stopping:
            self._stopped(task, now, ran=False)
        elif self._over and self.cut is not None:
            self._end(task, self.cut, now)
            self._pass_marks(now)
        else:
            self._requeue(task)
        self._spread()

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
        """Let go of *task* after a `Kill`. Return whether it was news.

        *value* is what it had to show, *began* when it began, if that may not have been told, *stack* where it was; *still*: it could not be ended, and was given up. With
        *slot*, the slot it was handed out with is free again.
        """
        if task.state is not _STOPPING or task.attempt != attempt:
            return False
        task.value = value
        if began is not None and task.begun != attempt:
            self._began(task, attempt, began)
        if isinstance(task.fault, TimedOut):
            task.fault = attrs.evolve(task.fault, stack=stack, still=still)
        elif isinstance(task.fault, Aborted | Halted):
            task.fault = attrs.evolve(task.fault, still=still)
        self.running -= slot
        self._let_go(task)
        self._stopped(task, now)
        self._spread()
        return True

    # -- stimuli from outside --------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """Start the run."""
        if self._note is not None:
            self._note((NoteKind.RUN_STARTED, now, None, len(self._tasks)))
        if not self._tasks:
            self._pass_marks(now)
        if self._deadline == 0:
            self._run_out(now)
            return
        if self._deadline is not None:
            self._set_deadline_of(_RUN, now + self._deadline)
        if self._no_time:
            for task, waits in zip(self._tasks, self._waits, strict=True):
                if not waits and task.options.timeout == 0:
                    self._queue(task)
        self._spread()

    def tick(self, now: float) -> None:
        """Do what has fallen due: stop tasks over their limit, queue tasks whose retry has come."""
        self._alarm = None
        for index in self.deadlines.overdue(now):
            if index == _RUN:
                self._run_out(now)
                continue
            task = self._tasks[index]
            if task.state is _RUNNING:
                self._stop(task, TimedOut(task.options.timeout or 0.0))
            elif task.state is _WAITING:  # else what fell due just before has ended it, or is stopping it
                if task.options.timeout == 0:
                    self._fail(task, TimedOut(0.0), now)
                else:  # its next attempt has come
                    self._queue(task)
        self._spread()
        self._set_alarm()

    def is_out_of_time(self, now: float) -> bool:
        """Return whether the run is at its deadline at *now*, and `tick` is about to stop it."""
        due = self.deadlines.of(_RUN)
        return due is not None and due <= now

    def _run_out(self, now: float) -> None:
        """Stop everything: the run is at its deadline."""
        self.late = self.cut is None and self.done < len(self._tasks)
        self._stop_all(Aborted(f"at the run's deadline of {self._deadline or 0.0:g} seconds"), now)

    def lose(self, lane: Lane, fault: Raised, now: float) -> None:
        """Nobody is left who could run *lane*: fail every task that has not ended, loudly.

        What runs in other lanes is stopped, and has failed when it has let go.
        """
        self._start_nothing()
        self.deadlines.clear()
        for task in self._tasks:
            if task.state is _RUNNING and task.options.lane is not lane:
                self._stop(task, fault)
            elif task.state is _STOPPING and task.options.lane is lane:
                self._stopped(task, now)
            elif task.state in (_WAITING, _RUNNING):
                if (
                    task.state is _RUNNING and task.begun != task.attempt
                ):  # handed out, and never seen to begin
                    task.attempt -= 1
                    task.state = _WAITING
                self._end(task, fault, now)
        self.running = sum(task.state is _STOPPING for task in self._tasks)
        self._pass_marks(now)

    # -- what follows ----------------------------------------------------------------------------------

    def _late(self, task: Task, attempt: int, now: float) -> Task | None:
        """Take a report on a task whose end was decided elsewhere: its value is ignored."""
        if task.state is not _STOPPING or task.attempt != attempt:
            return None
        self._let_go(task)
        self._stopped(task, now)
        return self._hand_over(task.options.lane)

    def _count_down(self, task: Task) -> None:
        left = self._waits[task.index] - 1
        self._waits[task.index] = left
        if not left:
            self._queue(task)
