from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import networkx as nx
from concurra_core.graph.analysis import digraph, figures, sum_of
from concurra_core.graph.fan import gather, map_items, map_result
from concurra_core.graph.picture import picture_of, shared
from concurra_core.graph.plan import Plan, make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.options import DEFAULT_TASK, INLINE, Lane, TaskOptions
from graphs import Link, add, links, wired
from hypothesis import given
from hypothesis import strategies as st

OPTIONS = st.builds(
    TaskOptions, expected_seconds=st.sampled_from([0.0, 0.5, 1.0, 3.0]), priority=st.integers(0, 2)
)


def naive_waves(total: int, needs: Sequence[set[int]]) -> list[list[int]]:
    level = [0] * total
    for index in range(total):  # links go forward
        level[index] = 1 + max((level[need] for need in needs[index]), default=-1)
    return [[i for i in range(total) if level[i] == number] for number in range(max(level) + 1)]


def naive_order(plan: Plan, needs: Sequence[set[int]]) -> list[int]:
    """Start one task at a time: of those that are ready, the first in the plan's order."""
    done: list[int] = []
    while len(done) < len(needs):
        ready = [i for i in plan.order if i not in done and needs[i] <= set(done)]
        done.append(ready[0])
    return done


def naive_longest(needs: Sequence[set[int]], seconds: Sequence[float]) -> float:
    """Go every way there is."""

    def ending(index: int) -> float:
        return seconds[index] + max((ending(need) for need in needs[index]), default=0.0)

    return max(ending(index) for index in range(len(needs)))


@given(links(), st.lists(OPTIONS, min_size=8, max_size=8))
def test_figures_agree_with_naive_computation(
    graph: tuple[int, list[Link]], options: list[TaskOptions]
) -> None:
    total, wires = graph
    registry = wired(total, wires, options=options)
    plan = make_plan(registry)
    needs = [{wire.source for wire in wires if wire.target == index} for index in range(total)]
    seconds = [option.expected_seconds for option in options[:total]]
    found = figures(plan, seconds)
    assert found.waves == naive_waves(total, needs)
    assert found.order == naive_order(plan, needs)
    assert sum_of(seconds, found.path) == naive_longest(needs, seconds)
    assert all(a in needs[b] for a, b in itertools.pairwise(found.path))
    assert not needs[found.path[0]]
    assert not any(found.path[-1] in need for need in needs)


def test_a_path_is_whole_where_tasks_take_no_time() -> None:
    registry = wired(3, [Link(0, 1, "value"), Link(1, 2, "value")])
    assert figures(make_plan(registry), [1.0, 0.0, 0.0]).path == [0, 1, 2]
    assert figures(make_plan(registry), [0.0, 0.0, 0.0]).path == [0, 1, 2]


def test_an_empty_graph_has_empty_figures() -> None:
    found = figures(make_plan(Registry()), [])
    assert (found.waves, found.order, found.path) == ([], [], [])


def test_a_join_takes_no_turn_but_a_map_does() -> None:
    registry = Registry()
    a, b = add(registry, label="a"), add(registry, label="b")
    gather(registry, [a], "join")
    map_result(registry, str, a, "map", DEFAULT_TASK, None)
    plan = make_plan(registry, spreads=registry.spreads)
    labels = [registry.tasks[index].label for index in figures(plan, [1.0, 9.0, 0.0, 1.0]).order]
    assert b.label == "b"
    assert labels == ["a", "join", "b", "map"]


def test_a_join_that_waits_for_nothing_comes_before_the_best_task() -> None:
    registry = Registry()
    add(registry, label="a")
    gather(registry, [], "none")
    assert figures(make_plan(registry), [1.0, 0.0]).order == [1, 0]


def test_large_graphs_are_analysed_without_recursion() -> None:
    registry = Registry()
    for index in range(20_000):
        add(registry, label=index, after=[index - 1] if index else [])
    found = figures(make_plan(registry), [1.0] * 20_000)
    assert len(found.waves) == len(found.path) == 20_000
    assert math.isclose(sum_of([1.0] * 20_000, found.path), 20_000)


def test_the_graph_has_labels_as_nodes_and_what_is_known_of_them() -> None:
    registry = Registry()
    options = TaskOptions(
        lane=Lane.INLINE,
        expected_seconds=2.0,
        priority=3,
        uses=(("db", 2), (INLINE, 1)),
        tags=("nightly",),
        timeout=9.0,
        allow_failure=True,
    )
    raw = add(registry, label=("raw", 1), options=options)
    add(registry, raw.outcome(), label=1, after=["nobody"])
    known = map_items(registry, str, [1], "known", DEFAULT_TASK, None)
    map_result(registry, str, known, "1", TaskOptions(lane=Lane.PROCESS, cpus=2), None)
    graph = digraph(picture_of(registry), "name")
    assert graph.name == "name"
    assert [*graph] == [("raw", 1), 1, "known[0]", "known", "1", "nobody"]
    assert graph.nodes["raw", 1] == {
        "kind": "task",
        "index": 0,
        "on": "inline",
        "expected_seconds": 2.0,
        "priority": 3,
        "cpus": 1,
        "uses": {"db": 2},
        "tags": ("nightly",),
        "timeout": 9.0,
        "allow_failure": True,
    }
    assert graph.nodes["known"]["on"] is None
    assert (graph.nodes["1"]["kind"], graph.nodes["1"]["on"], graph.nodes["1"]["cpus"]) == (
        "map",
        "process",
        2,
    )
    assert graph.nodes["nobody"] == {"kind": "unknown", "index": 5}
    assert {(a, b): (told["kind"], told["passes"]) for a, b, told in graph.edges(data=True)} == {
        (("raw", 1), 1): ("settled", True),
        ("nobody", 1): ("order", False),
        ("known[0]", "known"): ("value", True),
        ("known", "1"): ("value", True),
    }
    assert shared(options) == {"db": 2}


@given(links(rings=True))
def test_networkx_and_we_see_the_same_edges(graph: tuple[int, list[Link]]) -> None:
    total, wires = graph
    made = digraph(picture_of(wired(total, wires)), "")
    assert nx.number_of_nodes(made) == total
    assert {*made.edges} == {(wire.source, wire.target) for wire in wires}
