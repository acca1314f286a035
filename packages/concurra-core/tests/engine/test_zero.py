"""A limit of zero seconds is no time at all: what has it never begins, and a run that has it starts nothing."""

from __future__ import annotations

import pytest
from concurra_core.engine.batches import BatchScheduler
from concurra_core.engine.growth import GrowingScheduler
from concurra_core.graph.fan import gather
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import TaskTimeout
from concurra_core.model.halt import Halt
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Aborted, Halted, Skipped, TimedOut
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from world import World

PLAIN = TaskOptions()
NO_TIME = TaskOptions(timeout=0.0)
DONE, SKIPPED, TIMED_OUT = TaskState.SUCCEEDED, TaskState.SKIPPED, TaskState.TIMED_OUT


def line(*kinds: TaskOptions, deadline: float | None = None) -> World:
    """Tasks with options of these *kinds*, each of which needs the one before."""
    registry = Registry()
    for place, kind in enumerate(kinds):
        registry.add(print, (), None, kind, str(place), [str(place - 1)] if place else None)
    return World.of(registry.tasks, make_plan(registry), RunOptions(slots=2, deadline=deadline))


def test_a_task_with_no_time_ends_before_it_begins() -> None:
    world = line(NO_TIME)
    assert (world.wakes, world.alarm) == ([], 0.0)
    world.ring()
    task = world.tasks[0]
    assert (task.state, task.fault, task.attempt) == (TIMED_OUT, TimedOut(0.0), 0)
    assert world.finished


@pytest.mark.parametrize("lane", [Lane.THREAD, Lane.PROCESS])
def test_so_does_one_that_others_came_before_and_what_needs_it_is_skipped(lane: Lane) -> None:
    kinds = [TaskOptions(lane=lane), TaskOptions(lane=lane, timeout=0.0), TaskOptions(lane=lane)]
    world = line(*kinds)
    world.settle()
    assert world.states() == [DONE, TIMED_OUT, SKIPPED]
    assert world.tasks[2].fault == Skipped(1, 1)
    assert world.finished


def test_it_does_not_ride_to_a_worker_with_what_it_waits_for() -> None:
    registry = Registry()
    registry.add(print, (), None, PLAIN, "a")
    registry.add(print, (), None, NO_TIME, "b", ["a"])
    world = World.of(registry.tasks, make_plan(registry), RunOptions(slots=2), kind=BatchScheduler)
    scheduler = world.scheduler
    assert isinstance(scheduler, BatchScheduler)
    first = scheduler.take(Lane.THREAD)
    assert first is world.tasks[0]
    assert scheduler.more(Lane.THREAD, 8, [first]) == []


def test_there_is_nothing_to_try_again() -> None:
    world = line(TaskOptions(timeout=0.0, retry=Retry(3, on=TaskTimeout)))
    world.ring()
    assert world.states() == [TIMED_OUT]
    assert world.tasks[0].retried == ()


def test_a_run_with_no_time_starts_nothing() -> None:
    world = line(PLAIN, NO_TIME, deadline=0.0)
    assert (world.wakes, world.alarm) == ([], None)
    assert [task.fault for task in world.tasks] == [Aborted("at the run's deadline of 0 seconds")] * 2
    assert (world.finished, world.scheduler.late) == (True, True)


def test_not_even_a_gather_of_nothing() -> None:
    registry = Registry()
    gather(registry, [], "none")
    options = RunOptions(slots=1, deadline=0.0)
    world = World.of(registry.tasks, make_plan(registry), options, kind=GrowingScheduler)
    assert world.states() == [TaskState.CANCELLED]
    assert world.scheduler.done == 1


def test_a_run_of_nothing_needs_no_time() -> None:
    world = line(deadline=0.0)
    assert (world.finished, world.scheduler.late) == (True, False)


@pytest.mark.parametrize("halt", [Halt.now(), Halt.soon()])
def test_of_several_with_no_time_the_first_may_stop_the_run_and_each_ends_once(halt: Halt) -> None:
    world = World([NO_TIME, NO_TIME, PLAIN], halt=halt)
    world.ring()
    assert world.states() == [TIMED_OUT, TaskState.CANCELLED, TaskState.CANCELLED]
    assert world.tasks[1].fault == Halted(0)
    assert (world.scheduler.done, world.scheduler.failures) == (3, 3)
    assert world.scheduler.take(Lane.THREAD) is None


def test_a_retry_that_falls_due_as_a_failure_stops_the_run_does_not_start() -> None:
    kinds = [PLAIN, TaskOptions(retry=Retry(2, delay=5.0)), NO_TIME]
    world = World(kinds, [(0, 2)], slots=3, halt=Halt.now())
    world.wake()
    world.wake()
    world.fail(1)
    world.clock.advance(5.0)
    world.succeed()
    world.ring()
    assert world.states() == [DONE, TaskState.CANCELLED, TIMED_OUT]
    assert world.wakes == []


def test_a_limit_that_falls_due_as_a_failure_halts_the_run_softly_still_holds() -> None:
    kinds = [PLAIN, TaskOptions(timeout=5.0), NO_TIME, NO_TIME]
    world = World(kinds, [(0, 2), (0, 3)], halt=Halt.soon())
    world.wake()
    world.wake()
    world.clock.advance(5.0)
    world.succeed()
    world.ring()
    assert world.states() == [DONE, TaskState.STOPPING, TIMED_OUT, TaskState.CANCELLED]
    world.kill()
    assert world.states()[1] is TIMED_OUT
