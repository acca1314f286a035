from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import networkx as nx
import pytest
from concurra_core.graph.plan import Plan, countdown, make_plan
from concurra_core.graph.registry import Registry
from concurra_core.graph.validate import rings
from concurra_core.model.errors import CycleError, UnknownDependencyError
from concurra_core.model.options import DEFAULT_TASK, Lane, TaskOptions
from concurra_core.model.retry import Retry
from hypothesis import given
from hypothesis import strategies as st

Edges = set[tuple[int, int]]


def registry_of(total: int, edges: Edges) -> Registry:
    """Return tasks 0 .. total - 1, in this order; an edge (a, b) makes b wait for a."""
    registry = Registry()
    for index in range(total):
        needs = sorted(a for a, b in edges if b == index)
        registry.add(print, (), None, DEFAULT_TASK, f"t{index}", [f"t{need}" for need in needs])
    return registry


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Edges]:
    total = draw(st.integers(1, 9))
    pairs = [(a, b) for a in range(total) for b in range(total) if a != b]
    edges = draw(st.sets(st.sampled_from(pairs), max_size=14)) if pairs else set()
    return total, edges


@given(graphs())
def test_networkx_accepts_orders_and_rejects_the_same(graph: tuple[int, Edges]) -> None:
    total, edges = graph
    authority: nx.DiGraph[int] = nx.DiGraph()
    authority.add_nodes_from(range(total))
    authority.add_edges_from(edges)
    if not nx.is_directed_acyclic_graph(authority):
        knots = [c for c in nx.strongly_connected_components(authority) if len(c) > 1]
        with pytest.raises(CycleError) as caught:
            make_plan(registry_of(total, edges))
        assert len(caught.value.groups) == len(knots)
        for ring in caught.value.groups:
            places = [int(str(label)[1:]) for label in ring]
            assert places[0] == places[-1]
            assert len(set(places)) == len(places) - 1 >= 2
            assert all(authority.has_edge(a, b) for a, b in itertools.pairwise(places))
        return
    plan = make_plan(registry_of(total, edges))
    assert [sorted(after) for after in plan.successors] == [
        sorted(authority.successors(n)) for n in range(total)
    ]
    assert list(plan.waits) == [authority.in_degree(n) for n in range(total)]
    flow = countdown(plan.successors, plan.waits)
    assert sorted(flow) == list(range(total))
    place = {index: at for at, index in enumerate(flow)}
    assert all(place[a] < place[b] for a, b in edges)
    assert waves(plan.successors, plan.waits) == [
        sorted(wave) for wave in nx.topological_generations(authority)
    ]
    longest = {
        n: 1 + max((nx.dag_longest_path_length(authority.subgraph(nx.descendants(authority, n) | {n}))), 0)
        for n in range(total)
    }
    assert list(plan.order) == sorted(range(total), key=lambda n: (-longest[n], n))


def waves(successors: Sequence[Sequence[int]], waits: Sequence[int]) -> list[list[int]]:
    """Return what could run at once if every wave ended before the next began."""
    left = list(waits)
    wave = [index for index, wait in enumerate(left) if not wait]
    found = []
    while wave:
        found.append(sorted(wave))
        following = []
        for index in wave:
            for successor in successors[index]:
                left[successor] -= 1
                if not left[successor]:
                    following.append(successor)
        wave = following
    return found


def test_every_knot_is_named_with_one_whole_ring() -> None:
    edges = {(0, 1), (1, 2), (2, 0), (2, 3), (4, 5), (5, 4)}
    with pytest.raises(CycleError) as caught:
        make_plan(registry_of(6, edges))
    assert caught.value.groups == (("t0", "t1", "t2", "t0"), ("t4", "t5", "t4"))
    assert str(caught.value) == "circular dependency: t0 -> t1 -> t2 -> t0; t4 -> t5 -> t4"


def test_what_only_hangs_behind_a_ring_is_not_blamed() -> None:
    assert rings([(1,), (0, 2), ()], {0, 1, 2}) == [[0, 1, 0]]


def test_a_task_that_leads_to_itself_is_a_ring() -> None:
    assert rings([(0,)], {0}) == [[0, 0]]


def test_unknown_dependencies_are_told_together_and_can_be_added_after() -> None:
    registry = Registry()
    registry.add(print, (), None, DEFAULT_TASK, "b", ["a", "z"])
    registry.add(print, (), None, DEFAULT_TASK, "c", ["y"])
    with pytest.raises(UnknownDependencyError) as caught:
        make_plan(registry)
    assert caught.value.unknown == (("b", "a"), ("b", "z"), ("c", "y"))
    for label in "azy":
        registry.add(print, (), None, DEFAULT_TASK, label)
    assert make_plan(registry).waits == [2, 1, 0, 0, 0]


def test_a_ring_of_any_length_is_found_without_recursion() -> None:
    registry = Registry()
    total = 50_000
    for index in range(total):
        registry.add(print, (), None, DEFAULT_TASK, index, [(index + 1) % total])
    with pytest.raises(CycleError) as caught:
        make_plan(registry)
    assert len(caught.value.cycle) == total + 1


@pytest.mark.parametrize("shape", ["chain", "fan out", "fan in", "chain added backwards"])
def test_large_graphs_are_planned(shape: str) -> None:
    registry = Registry()
    total = 100_000 if "chain" in shape else 50_001
    for index in range(total):
        needs: Sequence[int] = []
        if shape == "chain" and index:
            needs = [index - 1]
        elif shape == "fan out" and index:
            needs = [0]
        elif shape == "fan in" and index == total - 1:
            needs = range(total - 1)
        elif shape == "chain added backwards" and index < total - 1:
            needs = [index + 1]
        registry.add(print, (), None, DEFAULT_TASK, index, needs)
    plan = make_plan(registry)
    assert sum(plan.waits) == total - 1
    assert sum(map(len, plan.successors)) == total - 1


def plan_of(options: Sequence[TaskOptions], edges: Edges) -> Plan:
    registry = Registry()
    for index, option in enumerate(options):
        registry.add(print, (), None, option, index, [a for a, b in edges if b == index])
    return make_plan(registry)


def test_priority_comes_before_the_longest_path_and_that_before_the_order_of_adding() -> None:
    plain, urgent = TaskOptions(), TaskOptions(priority=1)
    assert list(plan_of([plain, plain, urgent, plain], {(1, 3)}).order) == [2, 1, 0, 3]


def test_declared_seconds_make_the_path() -> None:
    short, long = TaskOptions(expected_seconds=1.0), TaskOptions(expected_seconds=9.0)
    assert list(plan_of([short, long, short], set()).order) == [1, 0, 2]
    assert list(plan_of([short, short, long, short], {(0, 1), (1, 3)}).order) == [2, 0, 1, 3]


def test_equal_tasks_without_edges_keep_their_order() -> None:
    assert plan_of([TaskOptions(), TaskOptions()], set()).order == range(2)


@pytest.mark.parametrize(
    ("edges", "joins", "flat"),
    [(set(), [], True), ({(0, 2), (1, 2)}, [2], True), ({(0, 1)}, [], False), ({(0, 1), (1, 2)}, [1], False)],
)
def test_a_plan_is_flat_where_nothing_but_joins_waits(
    edges: set[tuple[int, int]], joins: list[int], flat: bool
) -> None:
    plan = plan_of([TaskOptions()] * 3, edges)
    plan = Plan(plan.successors, plan.waits, plan.order, joins=dict.fromkeys(joins))
    assert plan.is_flat is flat
    spread = attrs.evolve(plan, spreads={2: DEFAULT_TASK})
    assert spread.is_flat is (not edges)


@pytest.mark.parametrize("options", [TaskOptions(priority=1), TaskOptions(expected_seconds=2.0)])
def test_a_plan_is_not_flat_where_something_is_to_go_first(options: TaskOptions) -> None:
    assert not plan_of([TaskOptions(), options], set()).is_flat
    assert plan_of([options, options], set()).is_flat


def test_a_plan_is_ranked_where_what_runs_has_several_priorities() -> None:
    plain, urgent, join = TaskOptions(), TaskOptions(priority=1), TaskOptions(lane=Lane.NONE, priority=2)
    assert [
        plan_of(kinds, set()).is_ranked for kinds in ([plain, plain], [plain, join], [plain, urgent])
    ] == [
        False,
        False,
        True,
    ]


def test_a_plan_is_not_flat_where_what_takes_no_time_goes_first() -> None:
    kinds = [TaskOptions(expected_seconds=0.0), TaskOptions(expected_seconds=0.0, priority=9)]
    assert not plan_of(kinds, set()).is_flat


def test_a_plan_is_not_flat_where_something_is_tried_again() -> None:
    again = TaskOptions(retry=Retry(2))
    assert not plan_of([again, again], set()).is_flat
    assert not plan_of([TaskOptions(), again], set()).is_flat
    assert plan_of([TaskOptions(retry=Retry(1))], set()).is_flat


@pytest.mark.parametrize(
    ("label", "need", "others", "hint"),
    [
        ("abc", "abd", ["xyz"], "'abc'; known"),
        ("1", 1, [], "'1'; known"),
        ("fetch1", "fetch2", ["fetch11", "x"], "did you mean 'fetch11'?"),
    ],
)
def test_nobody_is_told_to_wait_for_himself(label: str, need: object, others: list[str], hint: str) -> None:
    known = [label, *others]
    error = UnknownDependencyError([(label, need)], known)
    assert f"of {label!r}" in str(error)
    assert hint in str(error)
