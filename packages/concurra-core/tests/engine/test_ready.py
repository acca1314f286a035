from __future__ import annotations

from concurra_core.engine.ready import LAST, ReadyQueue
from hypothesis import given
from hypothesis import strategies as st


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


def test_a_cleared_queue_is_empty() -> None:
    queue = ReadyQueue(range(3), [0, 2])
    queue.push(1)
    queue.clear()
    assert queue.pop() == -1
