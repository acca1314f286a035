"""What the engine notes, word for word: kind, moment, task, and what the kind says."""

from __future__ import annotations

from concurra_core.engine.scheduler import Scheduler
from concurra_core.graph.plan import Plan
from concurra_core.model.halt import FAIL_FAST, Halt
from concurra_core.model.notes import Note, NoteKind, RetryDetail
from concurra_core.model.options import DEFAULT_TASK, Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Halted, Raised
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task
from world import World

N = NoteKind


def test_a_run_is_told_from_its_start_to_its_end() -> None:
    world = World([TaskOptions(retry=Retry(2)), TaskOptions()], [(0, 1)], slots=1, marks=[1, 2])
    first, second = world.tasks
    world.wake()
    world.clock.advance(3.0)
    world.fail()
    world.clock.advance(1.0)
    world.succeed()
    world.fail()
    fault = first.retried[0]
    assert world.notes == [
        (N.RUN_STARTED, 100.0, None, 2),
        (N.TASK_STARTED, 100.0, first, 1),
        (N.TASK_RETRYING, 103.0, first, RetryDetail(1, fault, seconds=3.0, delay=0.0)),
        (N.TASK_STARTED, 103.0, first, 2),
        (N.TASK_ENDED, 104.0, first, None),
        (N.PROGRESS, 104.0, None, 1),
        (N.TASK_STARTED, 104.0, second, 1),
        (N.TASK_ENDED, 104.0, second, None),
        (N.PROGRESS, 104.0, None, 2),
        (N.RUN_ENDED, 104.0, None, 1),
    ]


def test_a_halt_is_told_with_whom_it_stops() -> None:
    world = World([TaskOptions()] * 2, halt=FAIL_FAST)
    first, second = world.tasks
    world.wake()
    world.wake()
    world.fail()
    world.kill()
    assert world.notes[3:] == [
        (N.TASK_ENDED, 100.0, first, None),
        (N.HALTED, 100.0, first, None),
        (N.DELETED, 100.0, second, None),
        (N.TASK_ENDED, 100.0, second, None),
        (N.RUN_ENDED, 100.0, None, 2),
    ]


def test_a_soft_halt_and_an_abort_delete_nothing() -> None:
    for halt in (Halt.soon(), Halt.never()):
        world = World([TaskOptions()] * 2, halt=halt)
        world.wake()
        world.wake()
        world.fail()
        world.abort()
        world.settle()
        assert {N.HALTED, N.DELETED}.isdisjoint(note[0] for note in world.notes)


def halted(*, began: bool) -> tuple[Scheduler, Task, list[Note]]:
    """Return a scheduler that stops its second task because the first failed, and what it notes from then on."""
    notes: list[Note] = []
    tasks = [Task(index, index, print, (), None, DEFAULT_TASK) for index in range(2)]
    plan = Plan(successors=((), ()), waits=(0, 0), order=range(2))
    made = Scheduler(tasks, plan, RunOptions(slots=2, halt=FAIL_FAST), note=notes.append)
    made.begin(0.0)
    made.take(Lane.THREAD)
    made.take(Lane.THREAD)
    if began:
        made.started(tasks[1], 1, 1.0)
    made.fail(tasks[0], 1, Raised(ValueError("no"), ""), 2.0)
    notes.clear()
    return made, tasks[1], notes


def test_what_turns_out_to_have_begun_is_told_when_that_is_known() -> None:
    made, task, notes = halted(began=False)
    assert task.fault == Halted(0, fast=True)
    assert made.killed(task, 1, 3.0)
    assert task.fault == Halted(0, running=True, fast=True)
    assert [note[:3] for note in notes[:2]] == [(N.DELETED, 3.0, task), (N.TASK_ENDED, 3.0, task)]


def test_what_turns_out_not_to_have_begun_was_not_stopped() -> None:
    made, task, notes = halted(began=True)
    assert task.fault == Halted(0, running=True, fast=True)
    made.given_back(task, 1, 3.0)
    assert (task.state, task.fault) == (TaskState.CANCELLED, Halted(0, fast=True))
    assert [note[0] for note in notes] == [N.TASK_ENDED, N.RUN_ENDED]


def test_two_failures_are_not_one() -> None:
    world = World([TaskOptions()] * 3, slots=1, halt=Halt.soon(failures=2))
    world.wake()
    world.fail()
    assert world.scheduler.cut is None
    world.fail()
    assert world.states() == [TaskState.FAILED, TaskState.FAILED, TaskState.CANCELLED]
    assert (world.scheduler.done, world.scheduler.failures, world.scheduler.struck) == (3, 3, 2)


def test_what_goes_well_is_told_on_request_only() -> None:
    notes: list[Note] = []
    tasks = [Task(0, 0, print, (), None, DEFAULT_TASK)]
    made = Scheduler(
        tasks, Plan(successors=((),), waits=(0,), order=range(1)), RunOptions(slots=1), note=notes.append
    )
    made.begin(0.0)
    assert made.take(Lane.THREAD) is tasks[0]
    made.started(tasks[0], 1, 1.0)
    made.succeed(tasks[0], 1, None, 2.0)
    assert notes == [(N.RUN_STARTED, 0.0, None, 1), (N.RUN_ENDED, 2.0, None, 0)]
    assert (tasks[0].started, tasks[0].ended) == (1.0, 2.0)
