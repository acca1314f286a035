"""The protocol between those who run tasks and the one who decides which.

A backend *pulls*. Told to `wake`, it takes a task from its host, runs it, and reports one fact, to which the
host answers with the next task for the same worker: one call, one lock, a task. A backend that works in
batches takes several before it starts. There is no `submit`: work that is handed out before a worker is free
for it cannot be reordered, and costs a hop through a queue.

Facts, each told exactly once an attempt: finished, failed, killed, given back (never begun: runs elsewhere and
uses up no attempt), rejected (it cannot be handed to a worker of this kind, ever), or lost (the whole backend, with
all it held). `started` comes before them when the host asks for it; of a worker process it is told when the run looks,
and has the moment in which the task began. A fact about an attempt whose end was decided meanwhile is ignored by the
host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs

from concurra_core.model.options import Lane
from concurra_core.model.outcome import Fault, Raised
from concurra_core.model.task import Report, Task


@attrs.frozen(kw_only=True)
class Capabilities:
    """What a backend can do.

    Args:
        ends_tasks: a kill really ends the task; otherwise it is given up and may go on unseen.
    """

    ends_tasks: bool


class Host(Protocol):
    """The side of the run that backends talk to. Every method may be called from any thread."""

    @property
    def clock(self) -> Callable[[], float]:
        """Monotonic seconds; all times reported are read from it."""

    @property
    def run_id(self) -> str:
        """What tells the run from every other."""

    @property
    def announce(self) -> bool:
        """Whether `started` must be called for each attempt: limits count from it, and sinks are told."""

    @property
    def halts(self) -> bool:
        """Whether a failure may stop the run: nothing that a worker holds is to begin after one before it is told."""

    @property
    def patient(self) -> bool:
        """Whether nothing waits for the end of a single task: it may be told with others, some tenths of a second later."""

    def before_stop(self, hold: Callable[[], object]) -> None:
        """Have *hold* called, from any thread, when all is about to be stopped: nothing that is held is to begin then.

        For backends whose workers hold several tasks at a time: to decide the end of each takes its time.
        """

    def take(self, lane: Lane) -> Task | None:
        """Return a task to run now, None if there is none. Called by a worker that was woken."""

    def arguments(self, task: Task) -> tuple[object, ...]:
        """Return the positional arguments of *task* with the results it was wired to."""

    def started(self, task: Task, attempt: int, now: float) -> bool:
        """Begin *attempt*; limits count from *now*. False: it is not to begin any more."""

    def finished(self, task: Task, attempt: int, value: object, now: float) -> Task | None:
        """Take the fact that *task* returned *value*; return the next task for this worker."""

    def failed(self, task: Task, attempt: int, fault: Fault, now: float) -> Task | None:
        """Take the fact that *attempt* ended without a value; return the next task for this worker."""

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
        """Take the fact that the worker has let go of *task* after a kill; return whether it was news.

        *value* is what it had to show, *began* when it began, if `started` may not have told, *stack* where it was;
        *still*: it could not be ended, goes on, and was given up; with *slot*, its slot is free again.
        """

    def given_back(self, task: Task, attempt: int, now: float, *, slot: bool = True) -> None:
        """Take *task* back: it was never begun. Also where it was stopped before it could.

        With *slot*, the slot it was handed out with is free again.
        """

    def lost(self, lane: Lane, error: BaseException) -> None:
        """Take the fact that the backend of *lane* can run nothing any more: the run fails."""

    def said(self, stream: int, data: bytes) -> None:
        """Take what a task wrote, whole lines of it, to stdout (1) or stderr (2) of another process."""

    def logged(self, record: bytes) -> None:
        """Take a log record of another process, a pickle of its fields."""

    # -- for backends whose workers hold several tasks at a time -----------------------------------------
    #
    # Such a worker runs its tasks one after the other and takes up one slot: from its first task, which comes from
    # `take`, until `rest`. What it is told of its tasks with *slot* False leaves the slot alone.

    def exchange(
        self, lane: Lane, reports: Sequence[Report], most: int, held: Callable[[], Sequence[Task]]
    ) -> list[Task]:
        """Take what became of attempts of one worker; return up to *most* further tasks for it.

        *held* gives the tasks that the worker still holds, in the order of its work. The tasks returned may wait
        for these, or for one another, and for nothing else.
        """

    def settled(self, index: int) -> bool:
        """Return whether the task with *index* has ended, well or not."""

    def rest(self) -> None:
        """Take back the slot of a worker that holds nothing any more."""

    def rejected(self, task: Task, attempt: int, fault: Raised, now: float) -> None:
        """Take back *task*, which cannot be handed to a worker. It fails, or moves to another lane."""


class Backend(Protocol):
    """Runs the tasks of one lane.

    `open` is called once, and `close` once after it, when every task has ended, or when the run cannot begin because
    another backend does not open; one that raises from `open` is not closed. Tasks that were given up may still run
    then.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this backend can do."""

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        """Make ready for at most *workers* tasks of *lane* at a time. No task begins yet."""

    def wake(self) -> None:
        """Have one more worker take a task from the host. Does not wait for the task, unless the caller is the worker.

        Raises:
            RuntimeError: no worker could be started.
        """

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        """End *attempt* of *task* within about *grace* seconds and report it killed. Must not block.

        Raises:
            RuntimeError: no worker could be started in the place of one that was given up.
        """

    def close(self, then: Callable[[], object]) -> None:
        """Let workers go, and call *then*, from any thread, once nothing of the backend is left. Must not block."""
