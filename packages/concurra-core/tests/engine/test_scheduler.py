from __future__ import annotations

import pytest
from concurra_core.engine.commands import Finish, Kill, Wake
from concurra_core.engine.scheduler import Scheduler
from concurra_core.graph.plan import Plan
from concurra_core.model.halt import FAIL_FAST
from concurra_core.model.notes import NoteKind, RetryDetail
from concurra_core.model.options import DEFAULT_TASK, Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Aborted, Halted, Raised, Skipped, TimedOut
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


def test_a_limit_counts_from_the_start_and_its_strike_waits_for_the_worker() -> None:
    world = World([TaskOptions(timeout=4.0), TaskOptions()], [(0, 1)])
    world.clock.advance(50.0)
    world.wake()
    assert world.alarm == 154.0
    world.ring()
    assert world.kills == [Kill(world.tasks[0], 1, 1.0)]
    assert world.states() == [S.STOPPING, S.WAITING]
    world.kill()
    assert world.states() == [S.TIMED_OUT, S.SKIPPED]
    assert world.tasks[0].fault == TimedOut(4.0)


def test_limits_of_ended_tasks_are_forgotten() -> None:
    world = World([TaskOptions(timeout=4.0), TaskOptions(timeout=9.0)], slots=1)
    world.wake()
    world.clock.advance(1.0)
    world.succeed()
    world.ring()
    assert world.states() == [S.SUCCEEDED, S.RUNNING]
    world.ring()
    assert world.clock() == 110.0
    world.kill()
    assert world.over


def test_a_report_that_races_with_the_strike_settles_it() -> None:
    world = World([TaskOptions(timeout=4.0), TaskOptions()], slots=1)
    world.wake()
    world.ring()
    world.succeed()
    assert world.states() == [S.TIMED_OUT, S.RUNNING]
    assert world.tasks[0].value is None
    world.kill()
    world.succeed()
    assert world.over


def test_late_news_of_a_task_is_ignored() -> None:
    world = World([TaskOptions(timeout=4.0)], slots=1)
    world.wake()
    task = world.tasks[0]
    world.ring()
    world.kill()
    assert world.scheduler.succeed(task, 1, "late", 300.0) is None
    assert world.scheduler.fail(task, 1, Raised(ValueError(), ""), 300.0) is None
    assert not world.scheduler.started(task, 1, 300.0)
    world.scheduler.killed(task, 1, 300.0)
    world.scheduler.given_back(task, 1, 300.0)
    world.obey()
    assert (task.state, task.value, task.ended) == (S.TIMED_OUT, None, 104.0)


def test_what_was_never_begun_runs_elsewhere_and_uses_up_no_attempt() -> None:
    world = World.plain(1)
    world.wake()
    world.give_back()
    assert world.tasks[0].attempt == 0
    world.settle()
    assert (world.tasks[0].attempt, world.states()) == (1, [S.SUCCEEDED])


def test_what_is_returned_while_it_is_stopped_ends() -> None:
    world = World.plain(1)
    world.wake()
    world.scheduler.abort("now", world.clock())
    world.obey()
    world.give_back()
    assert world.states() == [S.CANCELLED]
    assert (world.tasks[0].fault, world.tasks[0].attempt) == (Aborted("now"), 0)


def test_what_is_returned_over_its_limit_ends_by_its_limit() -> None:
    world = World([TaskOptions(timeout=1.0)])
    world.wake()
    world.ring()
    world.give_back()
    world.kill()
    assert world.states() == [S.TIMED_OUT]


def test_an_abort_ends_all_that_waits_and_stops_all_that_runs() -> None:
    world = World.plain(4, [(0, 3)], slots=2)
    world.wake()
    world.wake()
    world.clock.advance(7.0)
    world.scheduler.abort("by hand", world.clock())
    world.obey()
    assert world.states() == [S.STOPPING, S.STOPPING, S.CANCELLED, S.CANCELLED]
    world.scheduler.abort("again", world.clock())
    world.scheduler.hurry()
    world.obey()
    assert [kill.grace for kill in world.kills] == [1.0, 1.0, 0.0, 0.0]
    world.settle()
    faults = [Aborted("by hand", running=True)] * 2 + [Aborted("by hand")] * 2
    assert [task.fault for task in world.tasks] == faults


def test_an_abort_ends_a_waiting_retry() -> None:
    world = World([TaskOptions(retry=Retry(attempts=2, delay=5.0))])
    world.wake()
    world.fail()
    world.scheduler.abort("by hand", 101.0)
    world.obey()
    assert world.states() == [S.CANCELLED]
    assert len(world.scheduler.deadlines) == 0


def test_the_first_failure_halts_a_run_that_is_to_fail_fast() -> None:
    world = World([TaskOptions()] * 5, [(0, 3)], halt=FAIL_FAST)
    world.wake()
    world.wake()
    world.fail(0)
    assert world.states() == [S.FAILED, S.STOPPING, S.CANCELLED, S.SKIPPED, S.CANCELLED]
    assert world.tasks[2].fault == Halted(0, fast=True)
    world.kill()
    assert world.tasks[1].fault == Halted(0, running=True, fast=True)
    kinds = [note[0] for note in world.notes]
    assert kinds.count(NoteKind.HALTED) == 1
    assert kinds.count(NoteKind.DELETED) == 1
    assert world.over


def test_a_time_limit_halts_it_too() -> None:
    world = World([TaskOptions(timeout=1.0), TaskOptions()], slots=1, halt=FAIL_FAST)
    world.wake()
    world.ring()
    world.kill()
    assert world.states() == [S.TIMED_OUT, S.CANCELLED]


def test_a_lost_backend_fails_every_open_task() -> None:
    world = World([TaskOptions(timeout=1.0), TaskOptions(), TaskOptions(), TaskOptions()], [(1, 2)], slots=2)
    world.wake()
    world.wake()
    world.ring()
    world.tasks[3].state = S.SUCCEEDED
    fault = Raised(RuntimeError("gone"), "")
    world.scheduler.done += 1
    world.scheduler.lose(Lane.THREAD, fault, world.clock())
    world.running.clear()
    world.obey()
    assert world.states() == [S.TIMED_OUT, S.FAILED, S.FAILED, S.SUCCEEDED]
    assert world.tasks[2].fault is fault


def test_what_runs_elsewhere_is_stopped_when_a_backend_is_lost() -> None:
    command = TaskOptions(lane=Lane.COMMAND, timeout=1.0)
    world = World([TaskOptions(), command, TaskOptions()], slots=2)
    world.wake()
    world.wake()
    fault = Raised(RuntimeError("gone"), "")
    world.scheduler.lose(Lane.THREAD, fault, world.clock())
    world.running.pop(0)
    world.obey()
    assert world.states() == [S.FAILED, S.STOPPING, S.FAILED]
    assert len(world.scheduler.deadlines) == 0
    world.kill()
    assert world.states() == [S.FAILED] * 3
    assert not world.scheduler.killed(world.tasks[1], 1, world.clock())


def test_what_was_handed_out_and_not_begun_when_a_backend_is_lost_never_began() -> None:
    world = World.plain(1)
    task = world.scheduler.take(Lane.THREAD)
    assert task is not None
    assert task.attempt == 1
    world.scheduler.lose(Lane.THREAD, Raised(RuntimeError("gone"), ""), world.clock())
    assert (task.state, task.attempt, task.started) == (S.FAILED, 0, 0.0)


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
        task.args, task.wires = (Ref(None, source),), (0,)
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
