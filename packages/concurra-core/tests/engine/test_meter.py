from __future__ import annotations

from concurra_core.engine.meter import Meter, meter_of
from concurra_core.graph.plan import Plan
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.state import TaskState
from world import World

DB = TaskOptions(uses=(("db", 1),))
BIG = TaskOptions(uses=(("db", 2),))
FREE = TaskOptions()


def started(world: World) -> list[int]:
    while world.wakes:
        world.wake()
    return [task.index for task, _ in world.running]


def test_no_more_of_a_limit_is_out_than_there_is() -> None:
    world = World([DB, DB, DB, FREE], slots=4, limits={"db": 2})
    assert started(world) == [0, 1, 3]
    world.succeed(0)
    assert started(world) == [1, 3, 2]


def test_what_lacks_a_share_is_overtaken_only_by_what_needs_none_of_it() -> None:
    world = World([DB, BIG, DB, FREE], slots=4, limits={"db": 2})
    assert started(world) == [0, 3]  # the third task would fit, but the second came first
    world.succeed(0)
    assert started(world) == [3, 1]
    world.succeed(1)
    assert started(world) == [3, 2]


def test_a_failed_a_stopped_and_a_returned_task_give_back_what_they_took() -> None:
    limited = TaskOptions(uses=(("db", 1),), timeout=1.0)
    world = World([limited, limited, limited, limited], slots=4, limits={"db": 1})
    assert started(world) == [0]
    world.fail()
    assert started(world) == [1]
    world.ring()
    world.kill()
    assert started(world) == [2]
    world.give_back()
    assert started(world) == [2]
    world.succeed()
    assert started(world) == [3]
    world.settle()
    assert world.states()[2:] == [TaskState.SUCCEEDED] * 2


def test_a_late_report_gives_back_too() -> None:
    world = World([TaskOptions(uses=(("db", 1),), timeout=1.0), DB], slots=2, limits={"db": 1})
    started(world)
    world.ring()
    task, attempt = world.running.pop()
    world.begin(world.scheduler.succeed(task, attempt, None, world.clock()))
    world.obey()
    assert started(world) == [1]


def test_a_task_may_take_several_slots_and_does_not_starve() -> None:
    wide = TaskOptions(cpus=3)
    world = World([FREE, wide, FREE, FREE], slots=3)
    assert started(world) == [0]  # the two that are free are kept for the wide one
    world.succeed()
    assert started(world) == [1]
    world.succeed()
    assert started(world) == [2, 3]


def test_a_task_that_takes_two_slots_is_alone_on_two() -> None:
    world = World([FREE, TaskOptions(cpus=2), FREE], slots=2)
    assert started(world) == [0]
    world.succeed()
    assert started(world) == [1]
    world.succeed()
    assert started(world) == [2]


def test_slots_are_of_use_to_others_while_a_limit_is_lacking() -> None:
    both = TaskOptions(cpus=2, uses=(("db", 1),))
    world = World([DB, both, FREE], slots=3, limits={"db": 1})
    assert started(world) == [0, 2]
    world.succeed()
    world.succeed()
    assert started(world) == [1]


def test_of_two_limits_the_one_that_is_there_is_kept_too() -> None:
    meter = Meter({"db": 0, "gpu": 1, "net": 1})
    meter.add(Lane.THREAD, (("db", 1), ("gpu", 1)), 0)
    meter.add(Lane.THREAD, (("gpu", 1),), 1)
    meter.add(Lane.THREAD, (("net", 1),), 2)
    assert meter.take(Lane.THREAD) == 2
    assert meter.take(Lane.THREAD) == -1


def test_lanes_share_one_limit() -> None:
    command = TaskOptions(lane=Lane.COMMAND, uses=(("db", 1),))
    world = World([command, DB, command, FREE], slots=4, limits={"db": 1})
    assert started(world) == [0, 3]
    world.succeed(0)
    assert started(world) == [3, 1]
    world.abort()
    assert world.states()[2] is TaskState.CANCELLED


def test_without_limits_nobody_meters() -> None:
    plan = Plan(successors=((),), waits=(0,), order=range(1))
    assert meter_of(plan, RunOptions(slots=1, limits={"db": 1})) is None


def test_a_meter_knows_what_is_limited() -> None:
    meter = Meter({"db": 1})
    assert meter.ranks == []
    assert meter.demand(DB) == (("db", 1),)
    assert not meter.is_limited(Lane.THREAD)
    meter.add(Lane.THREAD, (("db", 1),), 0)
    assert meter.is_limited(Lane.THREAD)
    assert meter.queued(Lane.THREAD) == 1
    meter.clear(Lane.THREAD)
    meter.clear(Lane.COMMAND)
    assert meter.take(Lane.THREAD) == -1


def test_a_meter_hands_nothing_to_another_lane() -> None:
    meter = Meter({"db": 1})
    meter.add(Lane.THREAD, (), 0)
    assert meter.first(Lane.COMMAND) is None
    assert not meter.is_limited(Lane.COMMAND)
    assert (meter.take(Lane.COMMAND), meter.queued(Lane.COMMAND)) == (-1, 0)
    assert (meter.queued(Lane.THREAD), meter.take(Lane.THREAD)) == (1, 0)
