from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import pytest
from concurra_core.graph.fan import gather, map_items, map_result
from concurra_core.graph.picture import Tie, picture_of
from concurra_core.graph.registry import Registry
from concurra_core.graph.selection import Selection, cut_off
from concurra_core.model.errors import SelectionError
from concurra_core.model.options import DEFAULT_TASK, TaskOptions
from concurra_core.model.ref import Ref
from graphs import Link, add, links, wired
from hypothesis import given
from hypothesis import strategies as st
from parts import etl, part_of, reach


def chosen(registry: Registry, patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[object]:
    picture = picture_of(registry)
    texts = [str(node.label) for node in picture.nodes]
    found = Selection(picture, texts, registry.joins).indexes(patterns, exclude)
    return [registry.tasks[index].label for index in found]


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


def test_two_plusses_are_for_a_label_without_text_where_there_is_one() -> None:
    registry = Registry()
    add(registry, add(registry, add(registry, label="a"), label=""), label="b")
    assert chosen(registry, ["++"]) == ["a", "", "b"]
    assert chosen(registry, ["+"]) == ["a", ""]


def test_every_task_needs_its_text() -> None:
    with pytest.raises(ValueError, match="zip"):
        Selection(picture_of(etl()), ["raw"], {})
