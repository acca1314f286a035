from __future__ import annotations

import pytest
from concurra_core.graph.fan import gather, map_items, map_result
from concurra_core.graph.picture import Edge, Kind, Tie, picture_of
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.options import DEFAULT_TASK, Lane, TaskOptions
from graphs import Link, add, links, wired
from hypothesis import given

TIES = {
    "value": (Tie.VALUE, True),
    "outcome": (Tie.SETTLED, True),
    "optional": (Tie.SETTLED, True),
    "or else": (Tie.SETTLED, True),
    "after": (Tie.ORDER, False),
    "after outcome": (Tie.SETTLED, False),
    "ahead": (Tie.ORDER, False),
}


@given(links(rings=True))
def test_every_way_to_wait_is_an_edge_of_its_kind(graph: tuple[int, list[Link]]) -> None:
    total, wires = graph
    registry = wired(total, wires)
    picture = picture_of(registry)
    told = {(edge.source, edge.target): (edge.tie, edge.passes) for edge in picture.edges}
    assert told == {(wire.source, wire.target): TIES[wire.way] for wire in wires}
    assert len(picture.edges) == len(wires)
    assert sorted(len(edges) for edges in picture.into()) == sorted(
        sum(wire.target == index for wire in wires) for index in range(total)
    )
    assert [sorted(after) for after in picture.successors()] == [
        sorted(wire.target for wire in wires if wire.source == index) for index in range(total)
    ]


@given(links())
def test_nothing_is_changed_and_a_plan_changes_nothing_in_it(graph: tuple[int, list[Link]]) -> None:
    registry = wired(*graph)
    before = picture_of(registry)
    assert picture_of(registry) == before
    make_plan(registry)
    assert picture_of(registry) == before


def test_of_two_ways_to_need_a_task_the_strict_one_counts() -> None:
    registry = Registry()
    raw = add(registry, label="raw")
    add(registry, raw.outcome(), raw, label="both")
    add(registry, raw.optional(), label="label", after=["raw"])
    add(registry, later := raw.outcome(), label="refs", after=[later])
    assert [(edge.tie, edge.passes) for edge in picture_of(registry).edges] == [
        (Tie.VALUE, True),
        (Tie.VALUE, True),
        (Tie.SETTLED, True),
    ]


def test_a_label_that_comes_later_is_needed_strictly() -> None:
    registry = Registry()
    first = add(registry, label="first")
    add(registry, first.outcome(), label="x", after=["late"])
    add(registry, label="late")
    assert {(edge.source, edge.tie) for edge in picture_of(registry).edges} == {
        (0, Tie.SETTLED),
        (2, Tie.ORDER),
    }


def test_what_is_unknown_is_a_node_behind_the_tasks_once() -> None:
    registry = Registry()
    add(registry, label="a", after=["x", "y", "x"])
    add(registry, label="b", after=["x"])
    picture = picture_of(registry)
    assert picture.total == 2
    assert [(node.label, node.kind) for node in picture.nodes[2:]] == [
        ("x", Kind.UNKNOWN),
        ("y", Kind.UNKNOWN),
    ]
    assert [(edge.source, edge.target) for edge in picture.edges] == [(2, 0), (3, 0), (2, 1)]


def test_maps_and_joins_are_told_apart() -> None:
    registry = Registry()
    raw = add(registry, label="raw")
    on_a_process = TaskOptions(lane=Lane.PROCESS)
    known = map_items(registry, str, [1, 2], "known", DEFAULT_TASK, ["raw"])
    result = map_result(registry, str, raw, "result", on_a_process, ["known"])
    gather(registry, [known, result, raw.optional()], "all")
    map_items(registry, str, [], "none", DEFAULT_TASK, ["raw"])
    picture = picture_of(registry)
    kinds = {str(node.label): node.kind.value for node in picture.nodes}
    assert kinds == {
        "raw": "task",
        "known[0]": "task",
        "known[1]": "task",
        "known": "join",
        "result": "map",
        "all": "join",
        "none": "join",
    }
    assert picture.nodes[4].options is on_a_process
    names = [str(node.label) for node in picture.nodes]
    assert [
        (names[edge.source], names[edge.target], edge.tie.value, edge.passes) for edge in picture.edges
    ] == [
        ("raw", "known[0]", "order", False),
        ("raw", "known[1]", "order", False),
        ("known[0]", "known", "value", True),
        ("known[1]", "known", "value", True),
        ("raw", "result", "value", True),
        ("known", "result", "order", False),
        ("known", "all", "value", True),
        ("result", "all", "value", True),
        ("raw", "all", "settled", True),
        ("raw", "none", "order", False),
    ]


def test_an_edge_is_a_value() -> None:
    with pytest.raises(AttributeError):
        Edge(0, 1, Tie.VALUE, passes=True).source = 3  # type: ignore[misc] # the point of the test
