"""Stops of all kinds: at a limit, at the run's deadline, by hand, because a backend is gone, after the end."""

from __future__ import annotations

import pytest
from concurra_core.model.errors import TaskTimeout
from concurra_core.model.halt import Halt
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.outcome import Aborted, Raised, TimedOut
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from world import World

PLAIN = TaskOptions()
LIMITED = TaskOptions(timeout=5.0)
DONE, FAILED, CANCELLED = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED
GONE = Raised(RuntimeError("gone"), "")


@pytest.mark.parametrize("options", [LIMITED, PLAIN])
def test_a_limit_that_falls_due_with_the_deadline_of_the_run_starts_nothing(options: TaskOptions) -> None:
    world = World([options], slots=2, deadline=5.0)
    world.wake()
    world.ring()
    assert (world.states(), world.wakes) == ([TaskState.STOPPING], [])
    assert world.scheduler.take(Lane.THREAD) is None
    world.kill()
    assert world.states() == [CANCELLED]


def test_a_retry_that_falls_due_with_the_deadline_of_the_run_does_not_start() -> None:
    world = World([TaskOptions(retry=Retry(2, delay=5.0))], slots=2, deadline=5.0)
    world.wake()
    world.fail()
    world.ring()
    assert (world.states(), world.wakes) == ([CANCELLED], [])
    assert world.scheduler.take(Lane.THREAD) is None


def test_a_run_without_a_deadline_is_never_late() -> None:
    assert World.plain(1).scheduler.late is False


def test_a_mixed_run_forgets_the_limits_of_what_has_ended() -> None:
    for options in ([LIMITED, PLAIN], [LIMITED, LIMITED]):
        world = World(options, slots=1)
        world.wake()
        world.clock.advance(1.0)
        world.succeed()
        assert world.scheduler.deadlines.next() == (106.0 if options[1] is LIMITED else None)
        world.succeed()
        assert world.scheduler.deadlines.next() is None


def test_where_a_task_was_and_that_it_could_not_be_ended_is_kept() -> None:
    world = World([LIMITED, PLAIN])
    world.wake()
    world.wake()
    world.ring()
    first, second = world.tasks
    assert world.scheduler.killed(first, 1, 106.0, "half", stack="here", still=True)
    assert (first.fault, first.value) == (TimedOut(5.0, stack="here", still=True), "half")
    world.running.pop(0)
    world.abort()
    assert world.scheduler.killed(second, 1, 107.0, still=True)
    assert (second.fault, second.value) == (Aborted("by a test", running=True, still=True), None)
    assert (world.scheduler.running, second.ended) == (0, 107.0)


def test_a_worker_that_reports_a_failure_too_late_goes_on_with_the_next_task() -> None:
    world = World([LIMITED, PLAIN], slots=1)
    world.wake()
    world.ring()
    world.fail()
    assert world.states() == [TaskState.TIMED_OUT, TaskState.RUNNING]


def test_a_limit_that_is_tried_again_leaves_no_fault_behind() -> None:
    world = World([TaskOptions(timeout=1.0, retry=Retry(2, on=TaskTimeout))])
    world.wake()
    world.ring()
    world.kill()
    assert (world.tasks[0].state, world.tasks[0].fault) == (TaskState.WAITING, None)
    world.settle()
    assert (world.tasks[0].state, world.tasks[0].fault) == (DONE, None)


def test_no_limit_outlives_an_abort() -> None:
    world = World([LIMITED, TaskOptions(retry=Retry(2, delay=9.0))])
    world.wake()
    world.wake()
    world.fail(1)
    assert world.scheduler.deadlines.next() == 105.0
    world.abort()
    assert world.scheduler.deadlines.next() is None


def test_a_hurry_is_for_what_is_being_stopped() -> None:
    world = World.plain(3, slots=2)
    world.wake()
    world.wake()
    world.abort()
    world.kills.clear()
    world.scheduler.hurry()
    world.obey()
    assert [(kill.task, kill.attempt, kill.grace) for kill in world.kills] == [
        (task, 1, 0.0) for task in world.tasks[:2]
    ]


def test_an_abort_after_the_end_changes_nothing() -> None:
    world = World.plain(2)
    world.settle()
    notes = list(world.notes)
    world.abort()
    assert (world.scheduler.cut, world.notes, world.finished) == (None, notes, 1)


def test_the_first_stop_is_the_one_that_counts() -> None:
    world = World.plain(2)
    world.wake()
    world.scheduler.abort("first", world.clock())
    world.scheduler.abort("second", world.clock())
    world.obey()
    world.settle()
    assert world.scheduler.cut == Aborted("first")
    assert [task.fault for task in world.tasks] == [Aborted("first", running=True), Aborted("first")]
    assert len(world.kills) == 0


def test_nobody_is_asked_for_when_a_backend_is_lost() -> None:
    world = World([TaskOptions(retry=Retry(9)), PLAIN, PLAIN, PLAIN], [(0, 3)], slots=2)
    world.wake()
    world.scheduler.outbox.clear()
    world.scheduler.lose(Lane.THREAD, GONE, world.clock())
    assert world.scheduler.take(Lane.THREAD) is None
    world.running.clear()
    world.wakes.clear()
    world.obey()
    assert (world.states(), world.wakes) == ([FAILED] * 4, [])
    assert [task.attempt for task in world.tasks] == [1, 0, 0, 0]


def test_a_retry_that_was_not_begun_when_a_backend_is_lost_has_the_times_of_the_attempt_before() -> None:
    world = World([TaskOptions(retry=Retry(2, delay=1.0))])
    world.wake()
    world.clock.advance(1.0)
    world.fail()
    world.ring()
    task = world.scheduler.take(Lane.THREAD)
    assert task is world.tasks[0]
    world.scheduler.lose(Lane.THREAD, GONE, 105.0)
    assert (task.state, task.attempt, task.started, task.ended) == (FAILED, 1, 100.0, 101.0)


def test_a_task_that_was_added_first_is_not_lost_among_several_that_are_freed() -> None:
    world = World.plain(3, [(2, 0), (2, 1)], slots=1)
    world.settle()
    assert world.order == [2, 0, 1]
    assert [task.ended for task in world.tasks] == [100.0] * 3


def test_what_fails_after_a_soft_halt_and_its_limit_ends_by_its_limit() -> None:
    limited = TaskOptions(timeout=5.0, retry=Retry(3, on=TaskTimeout))
    world = World([limited, PLAIN, PLAIN], halt=Halt.soon())
    world.wake()
    world.wake()
    world.ring()
    world.fail(1)
    world.kill()
    assert world.states() == [TaskState.TIMED_OUT, FAILED, CANCELLED]
    assert world.tasks[0].retried == ()


def test_a_run_is_out_of_time_at_its_deadline_and_not_before() -> None:
    timed, free = World([TaskOptions()], deadline=2.0), World([TaskOptions()])
    begun = timed.clock()
    assert [timed.scheduler.is_out_of_time(begun + after) for after in (0.0, 1.9, 2.0, 3.0)] == [
        False,
        False,
        True,
        True,
    ]
    assert not free.scheduler.is_out_of_time(begun + 1e9)
