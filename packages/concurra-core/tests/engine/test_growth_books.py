"""What is written down of joins and spreads: attempts, needs, notes, slots, and when their sources are let go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from concurra_core.engine.growth import GrowingScheduler
from concurra_core.graph.fan import Spread, gather, map_result
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.notes import NoteKind
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.state import TaskState
from concurra_core.model.task import RELEASED, Task
from world import World

PLAIN = TaskOptions()
PROCESS = TaskOptions(lane=Lane.PROCESS)
DONE, FAILED = TaskState.SUCCEEDED, TaskState.FAILED


def world(build: Callable[[Registry], object], *, slots: int = 2) -> World:
    registry = Registry()
    build(registry)
    tasks = [task.fresh() for task in registry.tasks]
    for index, item in registry.spreads.items():
        tasks[index].call = Spread(tasks[index].call, str(tasks[index].label), item)
    plan = make_plan(registry, tasks, registry.spreads)
    return World.of(tasks, plan, RunOptions(slots=slots), kind=GrowingScheduler)


def spreading(options: TaskOptions) -> Callable[[Registry], object]:
    """Return what builds task 0, a map over its result, 1, and a task that takes that, 2."""

    def build(registry: Registry) -> None:
        source = registry.add(print, (), None, PLAIN, "source")
        registry.add(print, (map_result(registry, print, source, "m", options, None),), None, PLAIN, "last")

    return build


def spread(made: World, items: object) -> None:
    """Run the source and the making of the tasks for *items*."""
    made.wake()
    made.succeed()
    made.wake() if made.wakes else None
    task, attempt = made.running.pop(0)
    made.begin(made.scheduler.succeed(task, attempt, task.call(items), made.clock()))
    made.obey()


def test_what_waits_for_a_gather_of_nothing_starts_at_once() -> None:
    def build(registry: Registry) -> None:
        registry.add(print, (gather(registry, [], "none"),), None, PLAIN, "last")

    made = world(build)
    assert made.wakes == [Lane.THREAD]
    made.settle()
    assert made.order == [1]
    assert made.states() == [DONE, DONE]


def test_a_gather_of_outcomes_is_there_after_a_failure() -> None:
    def build(registry: Registry) -> None:
        gather(registry, [registry.add(print, (), None, PLAIN, "a").or_else(7)], "all")

    made = world(build)
    made.wake()
    made.fail()
    assert made.states() == [FAILED, DONE]
    assert made.tasks[1].value == [7]


def test_a_failure_skips_what_needs_a_gather() -> None:
    def build(registry: Registry) -> None:
        both = gather(registry, [registry.add(print, (), None, PLAIN, label) for label in "ab"], "all")
        registry.add(print, (both,), None, PLAIN, "last")

    made = world(build, slots=1)
    made.wake()
    made.fail()
    made.settle()
    assert made.states() == [FAILED, DONE, TaskState.SKIPPED, TaskState.SKIPPED]


def test_a_run_with_joins_begins_as_any_other() -> None:
    registry = Registry()
    gather(registry, [registry.add(print, (), None, PLAIN, "a")], "all")
    options = RunOptions(slots=1, deadline=5.0)
    made = World.of(registry.tasks, make_plan(registry), options, kind=GrowingScheduler)
    assert made.notes == [(NoteKind.RUN_STARTED, 100.0, None, 2)]
    assert (made.alarm, made.wakes) == (105.0, [Lane.THREAD])


def test_a_join_has_begun_once_when_it_has_ended() -> None:
    def build(registry: Registry) -> None:
        gather(registry, [registry.add(print, (), None, PLAIN, "a")], "all")

    made = world(build)
    made.clock.advance(5.0)
    made.settle()
    join = made.tasks[1]
    assert (join.attempt, join.begun, join.started, join.ended) == (1, 1, 105.0, 105.0)
    assert (NoteKind.TASK_STARTED, 105.0, join, 1) in made.notes


def test_a_spread_has_begun_once_though_it_waits_again() -> None:
    made = world(spreading(PLAIN))
    spread(made, "ab")
    assert made.scheduler.grown == {1: (100.0, range(3, 5))}
    made.clock.advance(5.0)
    made.settle()
    task = made.tasks[1]
    assert (task.attempt, task.started, task.ended) == (1, 100.0, 105.0)
    assert [note[2] for note in made.notes if note[0] is NoteKind.TASK_STARTED].count(task) == 1


@pytest.mark.parametrize(("items", "needs"), [("abc", (3, 4, 5)), ("", (0,))])
def test_a_spread_waits_for_what_it_made_and_its_source_is_let_go(items: str, needs: tuple[int, ...]) -> None:
    made = world(spreading(PLAIN))
    spread(made, items)
    assert made.tasks[1].needs == needs
    assert {task.needs for task in made.tasks[3:]} <= {(0,)}
    assert made.tasks[0].value is RELEASED
    made.settle()
    assert [task.value for task in (*made.tasks[:2], *made.tasks[3:])] == [RELEASED] * (2 + len(items))


def test_the_results_of_items_are_let_go_with_the_last_of_them() -> None:
    made = world(spreading(TaskOptions(keep=False)), slots=1)
    spread(made, "ab")
    made.succeed()
    assert made.tasks[3].value == "value 3"
    made.succeed()
    assert [task.value for task in made.tasks[3:]] == [RELEASED, RELEASED]


def test_a_spread_gives_its_slot_back_to_wide_items() -> None:
    made = world(spreading(TaskOptions(cpus=2)), slots=2)
    spread(made, "ab")
    made.settle()
    assert made.states() == [DONE] * 5


def test_an_item_that_comes_back_starts_again() -> None:
    made = world(spreading(PLAIN), slots=1)
    spread(made, "ab")
    made.give_back()
    made.settle()
    assert made.order == [0, 1, 3, 4, 2]


def test_items_of_a_process_map_are_handed_over_in_batches_and_come_back() -> None:
    made = world(spreading(PROCESS), slots=1)
    spread(made, "abc")
    assert isinstance(made.scheduler, GrowingScheduler)
    first = made.scheduler.take(Lane.PROCESS)
    assert first is made.tasks[3]
    batch = made.scheduler.more(Lane.PROCESS, 5, [first])
    assert batch == made.tasks[4:]
    made.scheduler.given_back(batch[-1], 1, 101.0, slot=False)
    made.scheduler.settle([(task, 1, 101.0, 102.0, task.label, None) for task in made.tasks[3:5]])
    assert made.scheduler.more(Lane.PROCESS, 5, []) == [made.tasks[5]]


def test_what_rides_behind_a_process_task_beside_a_join() -> None:
    def build(registry: Registry) -> None:
        a = registry.add(print, (), None, PROCESS, "a")
        gather(registry, [a], "g")
        registry.add(print, (a,), None, PROCESS, "b")

    made = world(build)
    task = made.scheduler.take(Lane.PROCESS)
    assert isinstance(task, Task)
    assert isinstance(made.scheduler, GrowingScheduler)
    assert made.scheduler.more(Lane.PROCESS, 9, [task]) == [made.tasks[2]]


@pytest.mark.parametrize("fails", [False, True])
def test_items_let_go_of_what_they_were_made_of_and_no_other_task_does(fails: bool) -> None:
    made = world(spreading(PLAIN), slots=1)
    given = made.tasks[2].args
    spread(made, "ab")
    items = made.tasks[3:]
    assert [item.args for item in items] == [("a",), ("b",)]
    made.fail() if fails else made.succeed()
    assert [item.args for item in items] == [(), ("b",)]
    assert ("a",) in made.scheduler.dropped
    made.settle()
    assert [item.args for item in items] == [(), ()]
    assert made.tasks[2].args == given != ()
