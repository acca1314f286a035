"""What the scheduler starts and in which order, what it notes and what it keeps."""

from __future__ import annotations

import pytest
from concurra_core.engine.commands import Finish, Wake
from concurra_core.engine.scheduler import Scheduler
from concurra_core.graph.plan import Plan
from concurra_core.model.halt import FAIL_FAST
from concurra_core.model.notes import NoteKind, RetryDetail
from concurra_core.model.options import DEFAULT_TASK, Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Raised, Skipped
from concurra_core.model.ref import Ref
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from concurra_core.model.task import RELEASED, Task
from world import World

S = TaskState


def test_commands_are_values() -> None:
    tasks = [Task(index, index, print, (), None, DEFAULT_TASK) for index in range(3)]
    scheduler = Scheduler(
        tasks, Plan(successors=((1,), (2,), ()), waits=(0, 1, 1), order=range(3)), RunOptions(slots=2)
    )
    scheduler.begin(0.0)
    assert list(scheduler.outbox) == [Wake(Lane.THREAD)]
    assert scheduler.take(Lane.THREAD) is tasks[0]
    assert scheduler.fail(tasks[0], 1, Raised(ValueError("no"), ""), 1.0) is None
    assert [task.fault for task in tasks[1:]] == [Skipped(0, 0), Skipped(1, 0)]
    assert list(scheduler.outbox) == [Wake(Lane.THREAD), Finish()]


def test_an_empty_run_ends_at_once() -> None:
    world = World.plain(0)
    assert world.finished == 1
    assert [note[0] for note in world.notes] == [NoteKind.RUN_STARTED, NoteKind.RUN_ENDED]


def test_a_woken_worker_wakes_the_next_while_there_is_work_and_a_slot() -> None:
    world = World.plain(5, slots=3)
    for running in (1, 2, 3):
        world.wake()
        assert len(world.running) == running
    assert not world.wakes


def test_the_worker_that_ends_a_task_runs_what_it_freed() -> None:
    world = World.plain(3, [(0, 1), (1, 2)])
    world.wake()
    world.succeed()
    world.succeed()
    assert not world.wakes
    assert world.running == [(world.tasks[2], 1)]


def test_the_task_that_was_added_first_may_be_freed_by_a_later_one() -> None:
    world = World.plain(2, [(1, 0)])
    world.wake()
    world.succeed()
    assert world.running == [(world.tasks[0], 1)]


def test_no_more_workers_than_ready_work() -> None:
    world = World.plain(2, [(0, 1)], slots=4)
    world.wake()
    assert not world.wakes


def test_a_worker_that_comes_too_late_finds_nothing() -> None:
    world = World.plain(2, slots=2)
    world.wake()
    world.succeed()
    world.succeed()
    world.wake()
    assert world.over
    assert not world.running


def test_a_worker_finds_no_slot_when_others_filled_them() -> None:
    world = World.plain(3, slots=1)
    world.wake()
    assert world.scheduler.take(Lane.THREAD) is None
    world.settle()


def test_the_longest_path_starts_first() -> None:
    world = World.plain(4, [(2, 3)], slots=1)
    world.settle()
    assert world.order == [2, 0, 1, 3]


def test_a_freed_task_waits_behind_a_better_one() -> None:
    urgent, plain = TaskOptions(priority=2), TaskOptions()
    world = World([urgent, plain, TaskOptions(priority=1)], [(0, 1)], slots=1)
    world.settle()
    assert world.order == [0, 2, 1]


def test_lanes_share_the_slots_and_the_order() -> None:
    thread, command = TaskOptions(), TaskOptions(lane=Lane.COMMAND)
    world = World([thread, command, thread, command], slots=1)
    assert world.wakes == [Lane.THREAD]
    world.settle()
    assert world.order == [0, 1, 2, 3]


def test_a_failure_skips_its_descendants_and_nothing_else() -> None:
    world = World.plain(5, [(0, 1), (1, 2), (3, 2), (3, 4)], slots=1)
    world.wake()
    assert world.order == [0]
    world.fail()
    world.settle()
    assert world.states() == [S.FAILED, S.SKIPPED, S.SKIPPED, S.SUCCEEDED, S.SUCCEEDED]
    assert world.tasks[2].fault == Skipped(1, 0)


def test_a_retry_takes_its_turn_and_leaves_its_fault_behind() -> None:
    world = World([TaskOptions(retry=Retry(attempts=2))], slots=1)
    world.wake()
    world.fail()
    assert world.running == [(world.tasks[0], 2)]
    world.succeed()
    (earlier,) = world.tasks[0].retried
    assert isinstance(earlier, Raised)
    assert world.states() == [S.SUCCEEDED]


def test_a_waiting_retry_holds_no_slot() -> None:
    later = TaskOptions(retry=Retry(attempts=3, delay=5.0, factor=2.0))
    world = World([later, TaskOptions()], slots=1)
    world.wake()
    world.fail()
    assert world.running == [(world.tasks[1], 1)]
    assert world.alarm == 105.0
    world.succeed()
    world.ring()
    assert world.wakes == [Lane.THREAD]
    world.wake()
    world.fail()
    assert world.alarm == 115.0
    world.ring()
    world.settle()
    assert world.states() == [S.SUCCEEDED, S.SUCCEEDED]
    details = [note[3] for note in world.notes if note[0] is NoteKind.TASK_RETRYING]
    assert [detail.delay for detail in details if isinstance(detail, RetryDetail)] == [5.0, 10.0]


def test_a_worker_that_could_not_be_had_is_asked_for_again() -> None:
    world = World.plain(3, slots=2)
    world.wake()
    assert world.wakes == [Lane.THREAD]
    world.wakes.clear()
    world.scheduler.unwoken()
    world.succeed()
    assert world.wakes == [Lane.THREAD]


def test_nobody_need_listen() -> None:
    option = TaskOptions(retry=Retry(attempts=2))
    tasks = [Task(index, index, print, (), None, option) for index in range(2)]
    plan = Plan(successors=((), ()), waits=(0, 0), order=range(2), kinds=(option,))
    scheduler = Scheduler(tasks, plan, RunOptions(slots=2, halt=FAIL_FAST))
    scheduler.begin(0.0)
    fault = Raised(ValueError("no"), "", value={"kept": True})
    scheduler.take(Lane.THREAD)
    scheduler.take(Lane.THREAD)
    assert scheduler.fail(tasks[0], 1, fault, 1.0) is tasks[0]
    assert scheduler.fail(tasks[0], 2, fault, 2.0) is None
    scheduler.killed(tasks[1], 1, 3.0, "half")
    assert [task.state for task in tasks] == [S.FAILED, S.CANCELLED]
    assert [task.value for task in tasks] == [{"kept": True}, "half"]


def test_progress_is_noted_at_the_marks_alone() -> None:
    world = World.plain(4, slots=1, marks=[2, 4])
    world.settle()
    assert [note[3] for note in world.notes if note[0] is NoteKind.PROGRESS] == [2, 4]


@pytest.mark.parametrize("keep", [True, False])
def test_results_are_let_go_after_their_last_use(keep: bool) -> None:
    option = TaskOptions(keep=keep)
    world = World([option] * 4, [(0, 1), (0, 2)], slots=1)
    source, first, second, lone = world.tasks
    for task in (first, second):
        task.args = (Ref(None, source),)
    world.wakes.clear()
    world.scheduler = Scheduler(world.tasks, world.plan, RunOptions(slots=1))
    world.scheduler.begin(0.0)
    world.obey()
    world.wake()
    world.succeed()
    assert source.value == "value 0"
    world.succeed()
    assert source.value == "value 0"
    world.fail()
    assert source.value == ("value 0" if keep else RELEASED)
    world.succeed()
    assert lone.value == ("value 3" if keep else RELEASED)
