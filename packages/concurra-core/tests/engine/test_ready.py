from __future__ import annotations

import pytest
from concurra_core.engine.ready import LAST, ReadyQueue, lanes_of, queues_of
from concurra_core.graph.fan import gather
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.options import DEFAULT_TASK, Lane, TaskOptions
from hypothesis import given
from hypothesis import strategies as st

THREAD, PROCESS = TaskOptions(), TaskOptions(lane=Lane.PROCESS)


@given(
    st.permutations(range(8)),
    st.sets(st.integers(0, 7)),
    st.lists(st.sampled_from(["push", "pop", "exchange"])),
)
def test_the_best_comes_first_whatever_came_when(order: list[int], roots: set[int], steps: list[str]) -> None:
    queue = ReadyQueue(order, roots)
    model = set(roots)
    rank = order.index
    for step in steps:
        fresh = sorted(set(range(8)) - model)
        if step == "pop":
            expected = min(model, key=rank, default=-1)
            assert queue.pop() == expected
            model.discard(expected)
        elif fresh:
            model.add(fresh[0])
            if step == "push":
                queue.push(fresh[0])
            else:
                expected = min(model, key=rank)
                assert queue.exchange(fresh[0]) == expected
                model.discard(expected)
        assert queue.best() == min(map(rank, model), default=LAST)


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.integers(1, 13), st.integers(1, 5))
def test_each_hand_is_dealt_some_of_the_best(
    order: list[int], roots: set[int], most: int, hands: int
) -> None:
    queue, left = ReadyQueue(order, roots), sorted(roots, key=order.index)
    while left:
        next_ones, left = left[: most * hands], left[most * hands :]
        for hand in range(min(hands, len(next_ones))):
            assert queue.deal(most, hands) == next_ones[hand::hands]
    assert queue.deal(most, hands) == []


@given(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 13), st.integers(1, 5))))
def test_whoever_takes_how_many_nothing_is_lost_and_the_best_are_not_left_for_last(
    total: int, steps: list[tuple[int, int]]
) -> None:
    queue, left = ReadyQueue(range(total), range(total)), set(range(total))
    for most, hands in steps:
        taken = queue.deal(most, hands) if most else [index for index in [queue.pop()] if index >= 0]
        assert taken == sorted(taken)
        assert len(taken) <= max(1, most)
        assert left.issuperset(taken)
        left.difference_update(taken)
        assert len(queue) == len(left)
    assert {queue.pop() for _ in left} == left


def test_what_is_too_much_for_a_hand_goes_under_all_piles() -> None:
    queue = ReadyQueue(range(12), range(12))
    assert queue.deal(4, 2) == [0, 2, 4, 6]
    assert queue.deal(2, 2) == [1, 3]
    assert [queue.pop() for _ in range(6)] == [5, 7, 8, 9, 10, 11]


def test_a_cleared_queue_is_empty() -> None:
    queue = ReadyQueue(range(3), [0, 2])
    queue.push(1)
    queue.clear()
    assert queue.pop() == -1


def test_lanes_are_those_that_tasks_may_come_to_run_in() -> None:
    moving = TaskOptions(lane=Lane.PROCESS, fallback=Lane.FALLBACK)
    assert lanes_of([TaskOptions(lane=Lane.NONE), moving, moving]) == [Lane.PROCESS, Lane.FALLBACK]


def test_joins_lie_in_no_queue() -> None:
    registry = Registry()
    gather(registry, [], "none")
    registry.add(print, (), None, DEFAULT_TASK, "a")
    queues = queues_of(registry.tasks, make_plan(registry))
    assert [*queues] == [Lane.THREAD]
    assert [len(queues[Lane.THREAD]), queues[Lane.THREAD].pop(), queues[Lane.THREAD].pop()] == [1, 1, -1]


@pytest.mark.parametrize(
    ("kinds", "alike"),
    [([THREAD, THREAD], True), ([THREAD, PROCESS], False), ([THREAD, TaskOptions(priority=1)], False),
     ([THREAD, TaskOptions(expected_seconds=2.0)], False)],
)  # fmt: skip
@pytest.mark.parametrize("joined", [False, True])
def test_tasks_of_one_lane_that_wait_for_nobody_and_go_before_nobody_are_alike(
    kinds: list[TaskOptions], alike: bool, joined: bool
) -> None:
    registry = Registry()
    refs = [registry.add(print, (), None, kind, label) for label, kind in enumerate(kinds)]
    if joined:
        gather(registry, refs, "all")
    queues = queues_of(registry.tasks, make_plan(registry))
    assert [queue.alike for queue in queues.values()] == [alike] * len(queues)


def test_tasks_of_which_one_waits_are_not_alike() -> None:
    registry = Registry()
    first = registry.add(print, (), None, THREAD, "a")
    gather(registry, [first, registry.add(print, (), None, THREAD, "b", ["a"])], "all")
    assert not queues_of(registry.tasks, make_plan(registry))[Lane.THREAD].alike
