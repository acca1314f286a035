"""Parts of a graph: what comes along, and what is left behind."""

from __future__ import annotations

import pytest
from concurra_core.graph.excerpt import excerpt
from concurra_core.graph.fan import gather, map_items, map_result
from concurra_core.graph.picture import picture_of
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import UnknownDependencyError
from concurra_core.model.options import DEFAULT_TASK
from graphs import Link, add, wired
from parts import etl, part_of, reach


def test_joins_maps_limits_and_unknown_labels_come_along() -> None:
    registry = Registry()
    registry.limits["\0map later"] = 3
    add(registry, label="first")
    raw = add(registry, label="raw", after=["nobody", "first"])
    known = map_items(registry, str, [1, raw], "known", DEFAULT_TASK, None)
    later = map_result(registry, str, raw, "later", DEFAULT_TASK, None)
    gather(registry, [known, later], "all")
    map_items(registry, str, [], "none", DEFAULT_TASK, ["raw"])
    part = part_of(registry, range(1, len(registry.tasks)))
    assert part.limits == {"\0map later": 3}
    assert part.forward == {0: ["nobody"]}
    assert part.joins == {3: (1, 2), 4: (), 5: None, 6: ()}
    assert part.spreads == {4: DEFAULT_TASK}
    assert [task.needs for task in part.tasks] == [(), (), (0,), (1, 2), (0,), (3, 4), (0,)]
    with pytest.raises(UnknownDependencyError, match="'nobody' of 'raw'"):
        make_plan(part)


def test_order_by_way_of_what_is_left_out_is_strict_only_if_every_step_is() -> None:
    registry = wired(
        4, [Link(0, 1, "after"), Link(1, 3, "after"), Link(0, 2, "outcome"), Link(2, 3, "after")]
    )
    part = part_of(registry, [0, 3])
    assert (part.tasks[1].needs, part.tolerant) == ((0,), {})
    registry = wired(3, [Link(0, 1, "optional"), Link(1, 2, "after")])
    assert part_of(registry, [0, 2]).tolerant == {1: frozenset({0})}


def test_ways_that_meet_again_are_gone_once() -> None:
    ways = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]
    registry = wired(5, [Link(a, b, "after") for a, b in ways])
    assert part_of(registry, [0, 4]).tasks[1].needs == (0,)


def test_a_part_of_a_ring_is_no_ring() -> None:
    registry = wired(3, [Link(0, 1, "ahead"), Link(1, 2, "ahead"), Link(2, 0, "ahead")])
    assert part_of(registry, [1]).tasks[0].needs == ()
    assert reach(part_of(registry, [0, 1])) == {(0, 1), (1, 0)}


def test_the_whole_is_not_touched() -> None:
    registry = etl()
    before = picture_of(registry)
    part = part_of(registry, [0, 1])
    add(part, label="more")
    assert picture_of(registry) == before
    assert [task.index for task in registry.tasks] == [*range(6)]


def test_a_part_knows_the_numbers_that_are_taken() -> None:
    registry = Registry()
    for _ in range(3):
        add(registry)
    part = part_of(registry, [0, 2])
    assert [add(part).label, add(part).label] == [3, 4]
    assert [part.index_of(label) for label in range(5)] == [0, None, 1, 2, 3]


def test_a_ring_that_is_left_out_is_gone_round_once() -> None:
    registry = wired(4, [Link(0, 1, "ahead"), Link(1, 0, "ahead"), Link(1, 3, "after"), Link(2, 3, "after")])
    part = excerpt(registry, picture_of(registry), [2, 3])
    assert [task.label for task in part.tasks] == [2, 3]
    assert part.tasks[1].needs == (0,)
