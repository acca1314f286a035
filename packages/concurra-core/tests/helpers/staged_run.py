"""A whole `Execution` whose workers, killer, clock and user are actors that take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from concurra_core.backends.base import Capabilities, Host
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.notes import Note, NoteKind
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Raised
from concurra_core.model.state import TERMINAL, TaskState
from concurra_core.model.task import Task
from concurra_core.reporting.log import LogOut, checked_logger
from concurra_core.runner.execution import Execution
from concurra_core.testing import FakeClock
from turns import Turns

# Between any two lines of these the turn may pass; of the first, between any two instructions.
LOOKED_AT = {
    "/runner/combiner.py": True,
    "/runner/hosting.py": False,
    "/runner/execution.py": False,
    "/runner/closing.py": False,
    "/runner/flag.py": False,
    "/engine/scheduler.py": False,  # under the lock: others find it held
}


class _Ears:
    """Takes notes, and forgets none."""

    is_current = False

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.note = self.notes.append

    def start(self) -> None:
        """There is no thread."""

    def close(self, then: Callable[[], object]) -> None:
        then()


class _Backend:
    """Remembers what is wanted of it, for the actors."""

    capabilities = Capabilities(ends_tasks=False)

    def __init__(self) -> None:
        self.wakes = 0
        self.kills: deque[tuple[Task, int]] = deque()
        self.closings: list[Callable[[], object]] = []

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        """Actors need no host."""

    def wake(self) -> None:
        self.wakes += 1

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        self.kills.append((task, attempt))

    def close(self, then: Callable[[], object]) -> None:
        self.closings.append(then)


class _Alarm:
    """Stands for the watchdog: an actor calls when the moment has come."""

    def __init__(self) -> None:
        self.when: float | None = None

    def at(self, when: float) -> None:
        self.when = when if self.when is None else min(self.when, when)

    def close(self) -> None:
        self.when = None


class StagedRun:
    """A run of tasks with *options* and *needs*; *bad* are the attempts that fail, in the order of their ends."""

    def __init__(
        self,
        turns: Turns,
        options: Sequence[TaskOptions],
        needs: Sequence[Sequence[int]],
        said: RunOptions,
        bad: Sequence[bool],
    ) -> None:
        registry = Registry()
        for index, (option, needed) in enumerate(zip(options, needs, strict=True)):
            registry.add(print, (), None, option, index, needed)
        self.turns = turns
        self.clock = FakeClock(100.0)
        self.backend, self.ears, self.alarm = _Backend(), _Ears(), _Alarm()
        self.slots = said.slots
        self.bad = deque(bad)
        self.busy: set[tuple[int, int]] = set()  # tasks at work, each with its attempt
        self.settled = 0
        execution = Execution(
            registry.tasks,
            make_plan(registry),
            said,
            {Lane.THREAD: self.backend},
            dispatcher=self.ears,  # type: ignore[arg-type] # has what is asked of one
            every_task=True,
            clock=self.clock,
            wall=0.0,
            run_id="staged",
            summons=[],
            log=LogOut(checked_logger(None)),
        )
        execution._watchdog = self.alarm  # type: ignore[assignment] # likewise
        self.execution, self.tasks = execution, registry.tasks

    def play(self, workers: int, *, abort: bool) -> None:
        """Run it to its end, and look whether that is as it must be."""
        actors: dict[str, Callable[[], Any]] = {f"worker {number}": self.work for number in range(workers)}
        if abort:
            actors["user"] = lambda: self.execution.abort("by the user")
        execution = self.execution
        execution.when_settled(self._settle)
        execution.open()
        self.turns.run(run=execution.start, **actors, killer=self.kill, clock=self.ring, closer=self.close)
        self.check()

    def _settle(self) -> None:
        self.settled += 1

    # -- actors ------------------------------------------------------------------------------------------

    def work(self) -> None:
        execution, backend = self.execution, self.backend
        while True:
            self.turns.until(lambda: backend.wakes or execution.ended)
            if not backend.wakes:
                return
            backend.wakes -= 1
            task = execution.take(Lane.THREAD)
            while task is not None:
                task = self.do(task, task.attempt)

    def do(self, task: Task, attempt: int) -> Task | None:
        """Do *task*, and report on it; return the next one."""
        key = (task.index, attempt)
        assert key not in self.busy
        self.busy.add(key)
        assert len(self.busy) <= self.slots
        assert all(self.tasks[need].state is TaskState.SUCCEEDED for need in task.needs)
        execution, now = self.execution, self.clock
        task.begun = attempt
        wanted = execution.started(task, attempt, now())
        fails = wanted and bool(self.bad) and self.bad.popleft()
        self.busy.discard(key)
        if fails:
            return execution.failed(task, attempt, Raised(ValueError("no"), ""), now())
        return execution.finished(task, attempt, "value", now())

    def kill(self) -> None:
        kills, execution = self.backend.kills, self.execution
        while True:
            self.turns.until(lambda: kills or execution.ended)
            if not kills:
                return
            task, attempt = kills.popleft()
            self.busy.discard((task.index, attempt))
            execution.killed(task, attempt, self.clock())

    def ring(self) -> None:
        alarm, execution = self.alarm, self.execution
        while True:
            self.turns.until(lambda: alarm.when is not None or execution.ended)
            when = alarm.when
            if when is None:
                return
            alarm.when = None
            self.clock.now = max(self.clock.now, when)
            execution._tick()

    def close(self) -> None:
        self.turns.until(lambda: self.backend.closings)
        self.backend.closings[0]()

    # -- what must always hold -----------------------------------------------------------------------------

    def check(self) -> None:
        """Each task ended once, and the run too; nobody's business was forgotten."""
        execution, notes = self.execution, self.ears.notes
        assert all(task.state in TERMINAL for task in self.tasks)
        ended = [note[2].index for note in notes if note[0] is NoteKind.TASK_ENDED and note[2] is not None]
        assert sorted(ended) == list(range(len(self.tasks)))
        assert [note[0] for note in notes].count(NoteKind.RUN_ENDED) == 1
        assert notes[-1][0] is NoteKind.RUN_ENDED
        assert (execution.active, execution._scheduler.running, self.settled) == (0, 0, 1)
        assert len(self.backend.closings) == 1
        assert not execution._scheduler.outbox
        assert not execution._combiner.slips
        for task in self.tasks:
            if task.state is TaskState.SUCCEEDED:
                assert all(self.tasks[need].state is TaskState.SUCCEEDED for need in task.needs)
