from __future__ import annotations

from collections.abc import Callable

import pytest
from concurra_core.engine.batches import BatchScheduler
from concurra_core.engine.growth import GrowingScheduler, scheduler_of
from concurra_core.graph.fan import Spread, brought_together, gather, limit_of, map_items, map_result
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import DuplicateLabelError
from concurra_core.model.halt import Halt
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Aborted, Halted, Skipped
from concurra_core.model.state import TaskState
from concurra_core.model.task import RELEASED
from world import World

PLAIN = TaskOptions()
DONE, SKIPPED, CANCELLED = TaskState.SUCCEEDED, TaskState.SKIPPED, TaskState.CANCELLED


def world(build: Callable[[Registry], object], *, slots: int = 2, halt: Halt | None = None) -> World:
    registry = Registry()
    build(registry)
    tasks = [task.fresh() for task in registry.tasks]
    for index, item in registry.spreads.items():
        tasks[index].call = Spread(tasks[index].call, str(tasks[index].label), item)
    plan = make_plan(registry, tasks, registry.spreads)
    options = RunOptions(slots=slots, halt=Halt.never() if halt is None else halt)
    return World.of(tasks, plan, options, kind=GrowingScheduler)


def value_of(world: World, label: str) -> object:
    return next(task.value for task in world.tasks if task.label == label)


def state_of(world: World, label: str) -> TaskState:
    return next(task.state for task in world.tasks if task.label == label)


def run_spread(world: World, items: object) -> None:
    """The spread, which runs, makes the tasks for *items*."""
    world.wake() if world.wakes else None
    task, attempt = world.running.pop(0)
    made = task.call(items)
    world.begin(world.scheduler.succeed(task, attempt, made, world.clock()))
    world.obey()


def test_a_gather_has_the_list_of_all_results() -> None:
    def build(registry: Registry) -> None:
        a = registry.add(print, (), None, PLAIN, "a")
        b = registry.add(print, (), None, PLAIN, "b")
        gather(registry, [b, a, b.or_else(3)], "both")

    made = world(build)
    made.settle()
    assert value_of(made, "both") == ["value 1", "value 0", "value 1"]
    assert value_of(made, "a") is RELEASED  # the list has it


def test_a_gather_of_nothing_is_there_at_once() -> None:
    made = world(lambda registry: gather(registry, [], "none"))
    assert (made.over, value_of(made, "none")) == (True, [])


def test_joins_of_joins_are_there_in_one_go() -> None:
    def build(registry: Registry) -> None:
        inner = gather(registry, [registry.add(print, (), None, PLAIN, "a")], "inner")
        outer = gather(registry, [inner, inner.optional()], "outer")
        registry.add(print, (outer,), None, PLAIN, "last")

    made = world(build)
    made.settle()
    assert made.states() == [DONE] * 4


def test_a_map_over_a_known_list() -> None:
    def build(registry: Registry) -> None:
        first = registry.add(print, (), None, PLAIN, "first")
        map_items(registry, print, ["x", "y"], "m", PLAIN, [first])
        map_items(registry, print, [], "empty", PLAIN, [first])

    made = world(build)
    made.settle()
    assert value_of(made, "m") == ["value 1", "value 2"]
    assert value_of(made, "empty") == []
    assert value_of(made, "m[1]") is RELEASED


def test_a_known_map_is_added_whole_or_not_at_all() -> None:
    registry = Registry()
    registry.add(print, (), None, PLAIN, "m[1]")
    with pytest.raises(DuplicateLabelError):
        map_items(registry, print, [1, 2], "m", PLAIN, None)
    with pytest.raises(DuplicateLabelError):
        map_items(registry, print, [1, 2], "m[1]", PLAIN, None)
    assert len(registry.tasks) == 1


def spreading(registry: Registry, options: TaskOptions = PLAIN) -> None:
    source = registry.add(print, (), None, PLAIN, "source")
    spread = map_result(registry, print, source, "m", options, None)
    registry.add(print, (spread,), None, PLAIN, "last")


def test_a_map_over_a_result_makes_its_tasks_below_it() -> None:
    made = world(spreading)
    made.wake()
    made.succeed()
    run_spread(made, "abc")
    assert len(made.tasks) == 6
    assert [task.args for task in made.tasks[3:]] == [("a",), ("b",), ("c",)]
    made.settle()
    assert value_of(made, "m") == ["value 3", "value 4", "value 5"] or value_of(made, "m") is RELEASED
    assert state_of(made, "last") is DONE


def test_a_map_over_nothing_has_the_empty_list() -> None:
    made = world(lambda registry: spreading(registry, TaskOptions(keep=True)))
    made.wake()
    made.succeed()
    run_spread(made, [])
    assert value_of(made, "m") == []
    made.settle()


def test_one_failed_item_takes_the_list_with_it_and_no_other_item() -> None:
    made = world(spreading)
    made.wake()
    made.succeed()
    run_spread(made, "ab")
    made.fail()
    made.settle()
    assert [made.tasks[index].state for index in (1, 2, 3, 4)] == [SKIPPED, SKIPPED, TaskState.FAILED, DONE]
    assert made.tasks[1].fault == Skipped(3, 3)


def test_items_start_in_the_place_of_their_map() -> None:
    def build(registry: Registry) -> None:
        source = registry.add(print, (), None, TaskOptions(priority=2), "source")
        map_result(registry, print, source, "m", TaskOptions(priority=1), None)
        registry.add(print, (), None, PLAIN, "other")

    made = world(build, slots=1)
    made.wake()
    made.succeed()
    run_spread(made, "ab")
    made.settle()
    assert made.order == [0, 1, 3, 4, 2]


def test_a_map_may_be_limited() -> None:
    def build(registry: Registry) -> None:
        registry.limits[limit_of(1)] = 1
        source = registry.add(print, (), None, PLAIN, "source")
        map_result(registry, print, source, "m", TaskOptions(uses=((limit_of(1), 1),)), None)

    made = world(build, slots=3)
    made.wake()
    made.succeed()
    run_spread(made, "abc")
    while made.wakes:
        made.wake()
    assert len(made.running) == 1
    made.settle()


def test_a_run_that_is_halted_softly_takes_in_no_new_tasks() -> None:
    def build(registry: Registry) -> None:
        map_result(registry, print, registry.add(print, (), None, PLAIN, "source"), "m", PLAIN, None)
        registry.add(print, (), None, PLAIN, "bad")

    made = world(build, halt=Halt.soon())
    made.wake()
    made.wake()
    made.succeed()  # the source; its worker takes the spread
    made.fail(0)
    run_spread(made, "ab")
    assert made.states() == [DONE, CANCELLED, TaskState.FAILED]
    assert isinstance(made.tasks[1].fault, Halted)


def test_a_map_that_waits_for_its_items_can_be_aborted() -> None:
    made = world(spreading)
    made.wake()
    made.succeed()
    run_spread(made, "ab")
    made.abort()
    made.settle()
    assert state_of(made, "m") is CANCELLED
    assert isinstance(made.tasks[1].fault, Aborted)


def test_the_labels_of_items_to_come_are_taken() -> None:
    registry = Registry()
    spreading(registry)
    with pytest.raises(DuplicateLabelError):
        registry.add(print, (), None, PLAIN, "m[7]")
    for label in ("m[x]", "n[7]", 7, "m[7"):
        registry.add(print, (), None, PLAIN, label)
    source = registry.add(print, (), None, PLAIN, "source 2")
    with pytest.raises(DuplicateLabelError, match="map 'n'"):
        map_result(registry, print, source, "n", PLAIN, None)
    assert not registry.has("n")
    with pytest.raises(DuplicateLabelError):
        map_result(registry, print, source.optional(), "n", PLAIN, ["nobody"])
    assert (registry.forward, registry.tolerant, list(registry.spreads)) == ({}, {}, [1])


def test_all_results_may_be_kept() -> None:
    kept = TaskOptions(keep=True)

    def build(registry: Registry) -> None:
        source = registry.add(print, (), None, kept, "source")
        spread = map_result(registry, print, source, "m", kept, None)
        registry.add(print, (spread,), None, kept, "last")

    made = world(build)
    made.wake()
    made.succeed()
    run_spread(made, "ab")
    made.settle()
    assert value_of(made, "m[1]") == "value 4"
    assert value_of(made, "m") == ["value 3", "value 4"]


def test_a_join_needs_nobody_to_be_called() -> None:
    assert brought_together(1, 2) == [1, 2]


@pytest.mark.parametrize("refs", [3, ["a"]])
def test_only_refs_are_gathered(refs: object) -> None:
    with pytest.raises(TypeError, match="gather takes"):
        gather(Registry(), refs, "g")  # type: ignore[arg-type] # the point of the test


def test_one_ref_is_no_list_of_refs() -> None:
    registry = Registry()
    with pytest.raises(TypeError, match="such as"):
        gather(registry, registry.add(print, (), None, PLAIN, "a"), "g")  # type: ignore[arg-type] # the point


def test_a_source_that_is_not_iterable_is_told_by_its_type() -> None:
    with pytest.raises(TypeError, match="not int"):
        Spread(print, "m", PLAIN)(7)  # type: ignore[arg-type] # the point of the test
    assert Spread(print, "m", PLAIN).__name__ == "print"


def test_items_do_not_ride_joins() -> None:
    process = TaskOptions(lane=Lane.PROCESS)

    def build(registry: Registry) -> None:
        a = registry.add(print, (), None, process, "a")
        g = gather(registry, [a], "g")
        registry.add(print, (g,), None, process, "b")
        registry.add(print, (a.optional(),), None, process, "c")
        registry.add(print, (a,), None, process, "d")

    made = world(build)
    task = made.scheduler.take(Lane.PROCESS)
    assert task is not None
    assert isinstance(made.scheduler, GrowingScheduler)
    assert [ride.label for ride in made.scheduler.more(Lane.PROCESS, 9, [task])] == ["d"]


def test_a_run_without_joins_has_the_plain_scheduler() -> None:
    for build, kind in (
        (lambda registry: registry.add(print, (), None, PLAIN, "a"), BatchScheduler),
        (lambda registry: gather(registry, [], "none"), GrowingScheduler),
    ):
        registry = Registry()
        build(registry)
        tasks = [task.fresh() for task in registry.tasks]
        plan = make_plan(registry, tasks)
        made = scheduler_of(tasks, plan, RunOptions(slots=1), note=None, every_task=False, marks=())
        assert type(made) is kind


def test_what_a_settled_task_frees_beside_joins_is_handed_out_once() -> None:
    registry = Registry()
    process = TaskOptions(lane=Lane.PROCESS)
    first = registry.add(print, (), None, process, "first")
    registry.add(print, (), None, process, "second", [first])
    gather(registry, [first], "list")
    engine = GrowingScheduler(registry.tasks, make_plan(registry), RunOptions(slots=2))
    engine.begin(0.0)
    task = engine.take(Lane.PROCESS)
    assert task is not None
    engine.settle([(task, 1, 1.0, 2.0, "value", None)])
    assert [each.label for each in engine.more(Lane.PROCESS, 9, [])] == ["second"]
    assert engine.more(Lane.PROCESS, 9, []) == []
