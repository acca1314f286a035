"""Edges that need no success, halts, the run's deadline, tasks that skip themselves, retries of the unusual."""

from __future__ import annotations

import pytest
from concurra_core.engine.retries import asked
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import Skip, TaskTimeout, WorkerCrashed
from concurra_core.model.halt import Halt
from concurra_core.model.options import RunOptions, TaskOptions
from concurra_core.model.outcome import Aborted, Crashed, Declined, Halted, Raised, Skipped, TimedOut
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from world import World

PLAIN = TaskOptions()
DONE, FAILED, SKIPPED = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.SKIPPED
CANCELLED, TIMED_OUT, CRASHED = TaskState.CANCELLED, TaskState.TIMED_OUT, TaskState.CRASHED


def tolerant() -> World:
    """Four tasks: 1 takes how 0 ended, 2 needs it, 3 takes how 2 ended."""
    registry = Registry()
    first = registry.add(print, (), None, PLAIN, "0")
    registry.add(print, (first.outcome(),), None, PLAIN, "1")
    needing = registry.add(print, (first,), None, PLAIN, "2")
    registry.add(print, (needing.or_else(0),), None, PLAIN, "3")
    return World.of(registry.tasks, make_plan(registry), RunOptions(slots=1))


def test_what_needs_only_the_end_runs_after_a_failure() -> None:
    world = tolerant()
    world.wake()
    world.fail()
    world.settle()
    assert world.states() == [FAILED, DONE, SKIPPED, DONE]


def test_it_waits_until_all_have_settled() -> None:
    registry = Registry()
    refs = [registry.add(print, (), None, PLAIN, label) for label in "ab"]
    registry.add(print, tuple(ref.outcome() for ref in refs), None, PLAIN, "c")
    world = World.of(registry.tasks, make_plan(registry), RunOptions(slots=2))
    world.wake()
    world.wake()
    world.fail()
    assert world.states()[2] is TaskState.WAITING
    world.fail()
    world.settle()
    assert world.states() == [FAILED, FAILED, DONE]


def test_and_after_a_success() -> None:
    world = tolerant()
    world.settle()
    assert world.states() == [DONE] * 4


def test_a_task_that_needs_both_needs_the_success() -> None:
    registry = Registry()
    first = registry.add(print, (), None, PLAIN, "0")
    registry.add(print, (first, first.outcome()), None, PLAIN, "1")
    registry.add(print, (first.outcome(),), None, PLAIN, "2", ["0"])
    registry.add(print, (), None, PLAIN, "3", [first.outcome()])
    world = World.of(registry.tasks, make_plan(registry), RunOptions(slots=1))
    world.wake()
    world.fail()
    world.settle()
    assert world.states() == [FAILED, SKIPPED, SKIPPED, DONE]


def test_a_label_ahead_needs_success_whatever_a_ref_says() -> None:
    registry = Registry()
    first = registry.add(print, (), None, PLAIN, "0")
    registry.add(print, (first.outcome(),), None, PLAIN, "1", ["later"])
    registry.add(print, (), None, PLAIN, "later")
    plan = make_plan(registry)
    assert plan.tolerant == {1: frozenset({0})}
    assert registry.tasks[1].needs == (0, 2)


def test_a_soft_halt_lets_what_runs_finish() -> None:
    world = World([TaskOptions(retry=Retry(2))] * 4, slots=2, halt=Halt.soon(failures=1))
    world.wake()
    world.wake()
    world.fail()
    world.fail()  # the second attempt of the first of them
    world.fail()
    assert world.states()[2:] == [CANCELLED] * 2 or world.over is False
    world.settle()
    assert world.states().count(CANCELLED) == 2


def test_nothing_is_tried_again_after_a_soft_halt() -> None:
    world = World([TaskOptions(retry=Retry(9)), PLAIN, PLAIN], slots=2, halt=Halt.soon())
    world.wake()
    world.wake()
    world.fail(1)
    assert world.states() == [TaskState.RUNNING, FAILED, CANCELLED]
    world.fail()
    assert world.states() == [FAILED, FAILED, CANCELLED]


def test_what_comes_back_after_a_soft_halt_does_not_start_elsewhere() -> None:
    world = World([PLAIN] * 3, slots=2, halt=Halt.soon())
    world.wake()
    world.wake()
    world.fail(1)
    world.give_back()
    assert world.states() == [CANCELLED, FAILED, CANCELLED]


def test_what_ends_well_after_a_soft_halt_frees_nothing() -> None:
    world = World([PLAIN] * 3, [(0, 2)], slots=2, halt=Halt.soon())
    world.wake()
    world.wake()
    world.fail(1)
    world.succeed()
    assert not world.running
    assert world.states() == [DONE, FAILED, CANCELLED]


def test_an_abort_after_a_soft_halt_stops_what_runs() -> None:
    world = World([PLAIN] * 3, slots=2, halt=Halt.soon())
    world.wake()
    world.wake()
    world.fail(1)
    world.abort()
    world.settle()
    assert isinstance(world.tasks[0].fault, Aborted)
    assert isinstance(world.scheduler.cut, Halted)  # the first to stop the run


def test_a_halt_by_ratio_counts_own_failures_only() -> None:
    world = World([PLAIN] * 10, [(0, 1), (0, 2), (0, 3)], slots=1, halt=Halt.now(ratio=0.1))
    world.wake()
    world.fail()
    assert world.states()[1:4] == [SKIPPED] * 3
    world.fail()
    assert world.states()[5:] == [CANCELLED] * 5


def test_a_task_that_may_fail_halts_nothing() -> None:
    world = World([TaskOptions(allow_failure=True), PLAIN], slots=1, halt=Halt.now())
    world.wake()
    world.fail()
    world.settle()
    assert world.states() == [FAILED, DONE]


def test_the_deadline_of_the_run_stops_all() -> None:
    world = World([PLAIN] * 3, slots=1, deadline=5.0)
    world.wake()
    assert world.alarm == 105.0
    world.ring()
    world.settle()
    assert world.states() == [CANCELLED] * 3
    assert world.scheduler.late
    assert str(world.tasks[0].fault).find("deadline of 5 seconds") > 0


def test_a_run_in_time_does_not_hear_of_its_deadline() -> None:
    world = World([PLAIN], slots=1, deadline=5.0)
    world.wake()
    world.succeed()
    world.ring()
    assert (world.states(), world.scheduler.late) == ([DONE], False)


def test_a_task_may_skip_itself() -> None:
    world = World([TaskOptions(retry=Retry(5)), PLAIN], [(0, 1)], slots=1, halt=Halt.now())
    world.wake()
    task, attempt = world.running.pop()
    fault = asked(task.options.retry, Raised(Skip("not today"), ""))
    world.begin(world.scheduler.fail(task, attempt, fault, world.clock()))
    world.obey()
    assert world.states() == [SKIPPED, SKIPPED]
    assert [task.fault for task in world.tasks] == [Declined("not today"), Skipped(0, 0)]


def test_a_time_limit_is_tried_again_only_when_it_is_named() -> None:
    world = World([TaskOptions(timeout=1.0, retry=Retry(2, on=TaskTimeout)), PLAIN], slots=1)
    world.wake()
    world.ring()
    world.kill()
    assert world.tasks[0].retried == (TimedOut(1.0),)
    assert world.tasks[0].fault is None
    world.settle()
    assert world.states() == [DONE, DONE]
    assert world.tasks[0].attempt == 2


def test_a_crash_is_tried_again_only_when_it_is_named() -> None:
    for on, state in ((WorkerCrashed, DONE), (Exception, CRASHED)):
        world = World([TaskOptions(retry=Retry(2, on=on))], slots=1)
        world.wake()
        task, attempt = world.running.pop()
        world.begin(world.scheduler.fail(task, attempt, Crashed("SIGSEGV"), world.clock()))
        world.obey()
        world.settle()
        assert world.states() == [state]


@pytest.mark.parametrize("priority", [1, 5])
def test_what_an_urgent_task_waits_for_is_urgent(priority: int) -> None:
    world = World([PLAIN, PLAIN, PLAIN, TaskOptions(priority=priority)], [(2, 3)], slots=1)
    world.wake()
    world.settle()
    assert world.order == [2, 3, 0, 1]


def test_urgency_is_inherited_against_a_longer_way() -> None:
    long = TaskOptions(expected_seconds=9.0)
    world = World([long, PLAIN, PLAIN, TaskOptions(priority=1)], [(1, 2), (2, 3)], slots=1)
    world.settle()
    assert world.order == [1, 2, 3, 0]
