from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import pytest
from concurra_core.graph.excerpt import excerpt
from concurra_core.graph.fan import gather, map_items, map_result
from concurra_core.graph.picture import Tie, picture_of
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.graph.selection import Selection, cut_off
from concurra_core.model.errors import SelectionError, UnknownDependencyError
from concurra_core.model.options import DEFAULT_TASK, TaskOptions
from concurra_core.model.ref import Ref
from graphs import Link, add, links, wired
from hypothesis import given
from hypothesis import strategies as st


def chosen(registry: Registry, patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[object]:
    picture = picture_of(registry)
    texts = [str(node.label) for node in picture.nodes]
    found = Selection(picture, texts, registry.joins).indexes(patterns, exclude)
    return [registry.tasks[index].label for index in found]


def etl() -> Registry:
    """Return raw -> rows -> (stats, text) -> report, and warm, which report comes after."""
    registry = Registry()
    nightly, slow = TaskOptions(tags=("nightly",)), TaskOptions(tags=("slow", "nightshift"))
    raw = add(registry, label="raw")
    rows = add(registry, raw, label="rows", options=nightly)
    stats = add(registry, rows, label="stats", options=slow)
    text = add(registry, rows, label="text")
    add(registry, stats, text, label="report", after=["warm", "nobody"])
    add(registry, label="warm", options=nightly)
    return registry


@pytest.mark.parametrize(
    ("pattern", "labels"),
    [
        ("rows", "rows"),
        ("+rows", "raw rows"),
        ("stats+", "stats report"),
        ("+stats+", "raw rows stats report"),
        ("+report", "raw rows stats text report warm"),
        ("raw+", "raw rows stats text report"),
        ("r*", "raw rows report"),
        ("r?w*", "raw rows"),
        ("+st*", "raw rows stats"),
        ("[rw]a*", "raw warm"),
        ("tag:nightly", "rows warm"),
        ("tag:night*", "rows stats warm"),
        ("+tag:slow", "raw rows stats"),
        ("tag:slow+", "stats report"),
        ("*", "raw rows stats text report warm"),
    ],
)
def test_patterns(pattern: str, labels: str) -> None:
    assert chosen(etl(), [pattern]) == labels.split()


def test_patterns_are_added_up_and_what_is_excluded_is_taken_away() -> None:
    assert chosen(etl(), ["raw", "warm"]) == ["raw", "warm"]
    assert chosen(etl(), ["+report"], ["tag:night*", "text+"]) == ["raw"]
    assert chosen(etl(), [], ["rows+"]) == ["raw", "warm"]
    assert len(chosen(etl(), [])) == 6


@pytest.mark.parametrize(
    ("pattern", "labels"),
    [
        ("+a", ["+a"]),
        ("++a", ["a", "+a"]),
        ("a+", ["a+"]),
        ("a++", ["a+", "c"]),
        ("+a+", ["a+"]),  # a plus before "a+", or one behind "+a": the first that fits
        ("b*", ["b*"]),
        ("tag:b", ["tag:b"]),
        ("tag:b+", ["tag:b"]),
        ("+tag:b", ["+a", "a", "tag:b"]),
        ("+", ["+"]),
        ("++", ["+"]),
        ("x[1]", ["x[1]"]),
        ("x[[]1]", ["x[1]"]),  # the way of fnmatch
        ("x[?]", ["x[1]", "x[2]"]),
        ("x[12]", ["x1"]),  # no label has it as it stands, so it is one of these characters
    ],
)
def test_a_label_may_hold_what_means_something(pattern: str, labels: list[str]) -> None:
    registry = Registry()
    plain = add(registry, label="a")
    plus = add(registry, plain, label="+a")
    add(registry, label="a+")
    add(registry, label="c", after=["a+"])
    tagged = TaskOptions(tags=("b",))
    add(registry, label="b*")
    add(registry, plus, label="tag:b")
    add(registry, label="other", options=tagged)
    single = add(registry, label="+")
    add(registry, single, label="1")
    for label in ("x[1]", "x[2]", "x1"):
        add(registry, label=label)
    assert sorted(map(str, chosen(registry, [pattern]))) == sorted(labels)


def test_labels_that_are_no_str_go_by_their_text() -> None:
    registry = Registry()
    for label in (1, "1", ("x", 2), 12):
        add(registry, label=label)
    assert chosen(registry, ["1"]) == [1, "1"]
    assert chosen(registry, ["1*"]) == [1, "1", 12]
    assert chosen(registry, ["('x', 2)"]) == [("x", 2)]


def test_items_come_with_their_map() -> None:
    registry = Registry()
    raw = add(registry, label="raw")
    known = map_items(registry, str, [1, raw], "known", DEFAULT_TASK, None)
    map_result(registry, str, raw, "later", DEFAULT_TASK, None)
    gather(registry, [known], "all")
    assert chosen(registry, ["known"]) == ["known[0]", "known[1]", "known"]
    assert chosen(registry, ["+known"]) == ["raw", "known[0]", "known[1]", "known"]
    assert chosen(registry, ["known[1]"]) == ["known[1]"]
    assert chosen(registry, ["known[*]"]) == ["known[0]", "known[1]"]
    assert chosen(registry, ["known[1]+"]) == ["known[0]", "known[1]", "known", "all"]
    assert chosen(registry, ["raw+"]) == ["raw", "known[0]", "known[1]", "known", "later", "all"]
    assert chosen(registry, ["known"], ["known[0]"]) == ["known[1]", "known"]
    assert chosen(registry, [], ["known"]) == ["raw", "later", "all"]


def test_what_matches_nothing_is_told_with_what_may_be_meant() -> None:
    with pytest.raises(SelectionError) as caught:
        chosen(etl(), ["+rwos", "raw"], ["tag:nigthly", "zzz"])
    assert caught.value.unmatched == ("+rwos", "tag:nigthly", "zzz")
    assert caught.value.known == ("raw", "rows", "stats", "text", "report", "warm")
    assert str(caught.value).splitlines() == [
        "no task matches '+rwos'; did you mean 'rows'?",
        "no task matches 'tag:nigthly'; did you mean 'tag:nightly'?",
        "no task matches 'zzz'; known labels: 'raw', 'rows', 'stats', 'text', 'report', 'warm'",
    ]


@pytest.mark.parametrize("registry", [etl(), Registry()])
def test_an_empty_selection_is_an_error(registry: Registry) -> None:
    with pytest.raises(SelectionError, match=r"^nothing is selected; known labels: "):
        chosen(registry, [], ["*"] if registry.tasks else [])


def part_of(registry: Registry, indexes: Sequence[int]) -> Registry:
    return excerpt(registry, picture_of(registry), indexes)


def reach(registry: Registry) -> set[tuple[object, object]]:
    """Return the labels of each two tasks of which one comes after the other."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    picture = picture_of(registry)
    for edge in picture.edges:
        graph.add_edge(picture.nodes[edge.source].label, picture.nodes[edge.target].label)
    return {(a, b) for b in graph for a in nx.ancestors(graph, b)}


def strict_reach(registry: Registry) -> set[tuple[object, object]]:
    """Return as `reach`, by way of tasks that each need the success of the one before."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    picture = picture_of(registry)
    for edge in picture.edges:
        if edge.tie is not Tie.SETTLED:
            graph.add_edge(picture.nodes[edge.source].label, picture.nodes[edge.target].label)
    return {(a, b) for b in graph for a in nx.ancestors(graph, b)}


@given(links(), st.data())
def test_a_part_keeps_all_order_or_names_what_is_cut(
    graph: tuple[int, list[Link]], data: st.DataObject
) -> None:
    total, wires = graph
    registry = wired(total, wires)
    indexes = sorted(data.draw(st.sets(st.integers(0, total - 1), min_size=1)))
    passing = {(w.target, w.source) for w in wires if w.way in {"value", "outcome", "optional", "or else"}}
    needed = {(a, b) for a, b in passing if a in indexes and b not in indexes}
    assert {*cut_off(picture_of(registry), indexes)} == needed
    if needed:
        return
    part = part_of(registry, indexes)
    assert [task.label for task in part.tasks] == indexes
    assert [part.index_of(label) for label in indexes] == [*range(len(indexes))]
    inside = {*indexes}
    assert reach(part) == {(a, b) for a, b in reach(registry) if {a, b} <= inside}
    assert strict_reach(part) == {(a, b) for a, b in strict_reach(registry) if {a, b} <= inside}
    told = {(e.source, e.target): e for e in picture_of(part).edges}
    ends = {task.label: task.index for task in part.tasks}
    for wire in wires:  # no edge between two of the part is lost, and what is passed is passed
        if {wire.source, wire.target} <= inside:
            edge = told[ends[wire.source], ends[wire.target]]
            assert edge.passes is ((wire.target, wire.source) in passing)
    for task in part.tasks:
        assert all(part.tasks[ref.index] is ref._task for ref in refs_of(task.args))
        assert all(ref._belongs_to(part) for ref in refs_of(task.args))
        assert task.takes_results == bool(task.sources())


def refs_of(args: Sequence[object]) -> list[Ref[object]]:
    return [arg for arg in args if isinstance(arg, Ref)]


@given(links(), st.integers(0, 7))
def test_a_task_with_all_above_it_is_never_cut_off(graph: tuple[int, list[Link]], index: int) -> None:
    total, wires = graph
    registry = wired(total, wires)
    label = index % total
    for pattern in (f"+{label}", f"+{label}+"):
        place = {task.label: task.index for task in registry.tasks}
        found = [place[item] for item in chosen(registry, [pattern])]
        assert label in found
        cut = cut_off(picture_of(registry), found)
        assert not cut or pattern.endswith("+")
    assert chosen(registry, [f"+{label}"]) == [
        index for index in range(total) if index == label or (index, label) in reach(registry)
    ]
    assert chosen(registry, [f"{label}+"]) == [
        index for index in range(total) if index == label or (label, index) in reach(registry)
    ]


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


def test_two_plusses_are_for_a_label_without_text_where_there_is_one() -> None:
    registry = Registry()
    add(registry, add(registry, add(registry, label="a"), label=""), label="b")
    assert chosen(registry, ["++"]) == ["a", "", "b"]
    assert chosen(registry, ["+"]) == ["a", ""]


def test_every_task_needs_its_text() -> None:
    with pytest.raises(ValueError, match="zip"):
        Selection(picture_of(etl()), ["raw"], {})
