"""A world without threads around a scheduler: workers, a clock and time limits, all moved by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from concurra_core.engine.commands import Alarm, Finish, Kill, Wake
from concurra_core.engine.scheduler import Scheduler
from concurra_core.graph.plan import Plan, make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.halt import NEVER, Halt
from concurra_core.model.notes import Note
from concurra_core.model.options import DEFAULT_TASK, Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Raised
from concurra_core.model.state import TERMINAL, TaskState
from concurra_core.model.task import Task
from concurra_core.testing import FakeClock

Edges = Iterable[tuple[int, int]]


class World:
    """Carry out what the scheduler wants, one thing at a time, and check what must always hold."""

    def __init__(
        self,
        options: Sequence[TaskOptions],
        edges: Edges = (),
        *,
        slots: int = 2,
        halt: Halt = NEVER,
        limits: Mapping[str, int] = MappingProxyType({}),
        deadline: float | None = None,
        marks: Sequence[int] = (),
    ) -> None:
        registry = Registry()
        edges = list(edges)
        for index, option in enumerate(options):
            registry.add(print, (), None, option, index, [a for a, b in edges if b == index])
        said = RunOptions(slots=slots, halt=halt, limits=limits, deadline=deadline)
        self.start(registry.tasks, make_plan(registry), said, marks=marks)

    @classmethod
    def of(
        cls, tasks: list[Task], plan: Plan, options: RunOptions, kind: type[Scheduler] = Scheduler
    ) -> World:
        """Return the world of a plan that was made elsewhere."""
        world = cls.__new__(cls)
        world.start(tasks, plan, options, kind=kind)
        return world

    def start(
        self,
        tasks: list[Task],
        plan: Plan,
        options: RunOptions,
        *,
        kind: type[Scheduler] = Scheduler,
        marks: Sequence[int] = (),
    ) -> None:
        self.tasks = tasks
        self.plan = plan
        self.clock = FakeClock(100.0)
        self.notes: list[Note] = []
        self.slots = options.slots
        self.wakes: list[Lane] = []
        self.kills: list[Kill] = []
        self.running: list[tuple[Task, int]] = []
        self.alarm: float | None = None
        self.finished = 0
        self.order: list[int] = []  # indexes in the order of their first start
        self.scheduler = kind(
            self.tasks,
            self.plan,
            options,
            note=self.notes.append,
            every_task=True,
            marks=marks,
        )
        self.scheduler.begin(self.clock())
        self.obey()

    @classmethod
    def plain(cls, total: int, edges: Edges = (), *, slots: int = 2, marks: Sequence[int] = ()) -> World:
        return cls([DEFAULT_TASK] * total, edges, slots=slots, marks=marks)

    @property
    def over(self) -> bool:
        return all(task.state in TERMINAL for task in self.tasks)

    def states(self) -> list[TaskState]:
        return [task.state for task in self.tasks]

    def obey(self) -> None:
        """Take the commands out of the outbox, and check the invariants."""
        while self.scheduler.outbox:
            command = self.scheduler.outbox.popleft()
            match command:
                case Wake(lane=lane):
                    self.wakes.append(lane)
                case Kill():
                    self.kills.append(command)
                case Alarm(when=when):
                    assert self.alarm is None or when < self.alarm
                    self.alarm = when
                case Finish():
                    self.finished += 1
        assert len(self.wakes) <= 1
        assert self.scheduler.running == len(self.running) <= self.slots
        assert self.over == (self.finished == 1)
        assert self.finished <= 1
        moments = [note[1] for note in self.notes]
        assert moments == sorted(moments)
        assert all(moment >= 100.0 for moment in moments)

    def begin(self, task: Task | None) -> None:
        """A worker has been handed *task*: it starts now."""
        if task is None:
            return
        assert task.state is TaskState.RUNNING
        tolerated = self.plan.tolerant.get(task.index, ())
        for need in task.needs:
            settled = TERMINAL if need in tolerated else (TaskState.SUCCEEDED,)
            assert self.tasks[need].state in settled
        self.running.append((task, task.attempt))
        if task.index not in self.order:
            self.order.append(task.index)
        assert self.scheduler.started(task, task.attempt, self.clock())

    def wake(self) -> None:
        """A worker that was asked for comes and takes a task."""
        task = self.scheduler.take(self.wakes.pop(0))
        self.begin(task)
        self.obey()

    def succeed(self, place: int = 0) -> None:
        task, attempt = self.running.pop(place)
        self.begin(self.scheduler.succeed(task, attempt, f"value {task.index}", self.clock()))
        self.obey()

    def fail(self, place: int = 0) -> None:
        task, attempt = self.running.pop(place)
        fault = Raised(ValueError("no"), "Traceback ...")
        self.begin(self.scheduler.fail(task, attempt, fault, self.clock()))
        self.obey()

    def give_back(self, place: int = 0) -> None:
        task, attempt = self.running.pop(place)
        self.scheduler.given_back(task, attempt, self.clock())
        self.obey()

    def kill(self) -> None:
        """The worker lets go of a task that it was told to; it may have reported just before."""
        command = self.kills.pop(0)
        if (command.task, command.attempt) in self.running:
            self.running.remove((command.task, command.attempt))
        self.scheduler.killed(command.task, command.attempt, self.clock())
        self.obey()

    def abort(self) -> None:
        self.scheduler.abort("by a test", self.clock())
        self.obey()

    def ring(self) -> None:
        """The next deadline has come."""
        assert self.alarm is not None
        self.clock.now = max(self.clock.now, self.alarm)
        self.alarm = None
        self.scheduler.tick(self.clock())
        self.obey()

    def settle(self) -> None:
        """Let everything that runs succeed until the end."""
        while not self.over:
            if self.wakes:
                self.wake()
            elif self.kills:
                self.kill()
            elif self.running:
                self.succeed()
            else:
                self.ring()
