from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from concurra_core.graph.exports import dot, mermaid, printable, text
from concurra_core.graph.fan import gather, map_result
from concurra_core.graph.picture import Picture, picture_of
from concurra_core.graph.registry import Registry
from concurra_core.model.options import DEFAULT_TASK
from graphs import Link, add, links, wired
from hypothesis import given
from hypothesis import strategies as st

NASTY = [
    'quo"te',
    "back\\slash\\N",
    "two\nlines\r\n",
    "[x](y){z}<b>|&amp;|</b>",
    "`md` **b** #35; %% ; --> ::: style: #",
    "grüße 日本 🚀",
    "",
    "end",
    "\0\x1b[31m\ud800\u202e",
]


def drawn(registry: Registry) -> tuple[Picture, list[str]]:
    picture = picture_of(registry)
    return picture, [str(node.label) for node in picture.nodes]


def example() -> Registry:
    registry = Registry()
    raw = add(registry, label="raw")
    rows = add(registry, raw, label="rows", after=["nobody", "late"])
    mapped = map_result(registry, str, rows, "stats", DEFAULT_TASK, None)
    gather(registry, [mapped, raw.optional()], "all")
    add(registry, label="late", after=[raw.outcome()])
    return registry


def test_mermaid() -> None:
    assert (
        mermaid(*drawn(example()))
        == """\
flowchart LR
    n0["raw"]
    n1["rows"]
    n2[["stats"]]
    n3(["all"])
    n4["late"]
    n5["nobody"]:::unknown
    n0 --> n1
    n4 -.-> n1
    n1 --> n2
    n2 --> n3
    n0 -. settled .-> n3
    n0 -. settled .-> n4
    n5 -.-> n1
    classDef unknown stroke-dasharray: 4
"""
    )


def test_dot() -> None:
    assert (
        dot(*drawn(example()), 'the "flow"')
        == """\
digraph "the \\"flow\\"" {
    rankdir=LR;
    node [shape=box];
    n0 [label="raw"];
    n1 [label="rows"];
    n2 [label="stats", peripheries=2];
    n3 [label="all", style=rounded];
    n4 [label="late"];
    n5 [label="nobody", style=dashed];
    n0 -> n1;
    n4 -> n1 [style=dashed];
    n1 -> n2;
    n2 -> n3;
    n0 -> n3 [style=dashed, label="settled"];
    n0 -> n4 [style=dashed, label="settled"];
    n5 -> n1 [style=dashed];
}
"""
    )


def test_text() -> None:
    assert (
        text(*drawn(example()))
        == """\
raw
late   after raw (settled)
rows   takes raw; after late, nobody (unknown)
stats  takes rows
all    takes stats, raw (settled)
"""
    )


def test_an_empty_graph_is_drawn() -> None:
    picture = picture_of(Registry())
    assert mermaid(picture, []) == "flowchart LR\n"
    assert dot(picture, [], "").splitlines()[-1] == "}"
    assert text(picture, []) == ""


@pytest.mark.parametrize("write", [mermaid, lambda picture, texts: dot(picture, texts, "x")])
def test_every_node_needs_its_label(write: Callable[[Picture, list[str]], str]) -> None:
    picture, labels = drawn(example())
    with pytest.raises(ValueError, match="zip"):
        write(picture, labels[:-1])


def test_mermaid_takes_harmless_signs_as_they_are_and_all_others_as_numbers() -> None:
    registry = Registry()
    add(registry, label="a-b_c (1, [2]) / x = .5 + é")
    add(registry, label='<b> "q" `c` #1; a:1')
    assert mermaid(*drawn(registry)).splitlines()[1:] == [
        '    n0["a-b_c (1, [2]) / x = .5 + é"]',
        '    n1["#60;b#62; #34;q#34; #96;c#96; #35;1#59; a#58;1"]',
    ]


def test_rings_are_drawn_last() -> None:
    registry = wired(4, [Link(0, 1, "ahead"), Link(1, 0, "ahead"), Link(1, 2, "value")])
    assert text(*drawn(registry)) == "3\n0  after 1\n1  after 0\n2  takes 1\n"


def test_a_long_label_moves_no_other_line() -> None:
    registry = Registry()
    add(registry, add(registry, label="x" * 100), label="y")
    assert text(*drawn(registry)).splitlines()[1] == f"y{' ' * 41}takes {'x' * 100}"


def test_wide_letters_take_two_columns() -> None:
    registry = Registry()
    first = add(registry, label="plain")
    add(registry, add(registry, first, label="\u6570\u636e\u6570"), label="z")
    assert text(*drawn(registry)) == (
        "plain\n\u6570\u636e\u6570  takes plain\nz       takes \u6570\u636e\u6570\n"
    )


def test_two_labels_that_read_the_same_are_two_nodes() -> None:
    registry = Registry()
    add(registry, add(registry, label=1), label="1")
    assert mermaid(*drawn(registry)).count('["1"]') == 2
    assert "n0 -> n1;" in dot(*drawn(registry), "")


@given(st.lists(st.text() | st.sampled_from(NASTY), max_size=4))
def test_no_label_breaks_out(labels: Sequence[str]) -> None:
    registry = Registry()
    for index in range(len(labels)):
        add(registry, label=index, after=[index - 1] if index else [])
    picture = picture_of(registry)
    flow = mermaid(picture, labels).splitlines()
    assert len(flow) == 1 + len(picture.nodes) + len(picture.edges)
    for place, line in enumerate(flow[1 : 1 + len(labels)]):
        inside = re.fullmatch(rf'    n{place}\["(.*)"\]', line)
        assert inside is not None
        assert re.fullmatch(r"(?:[^\"#<>&`:;|{}\\]|#\d+;)+", inside[1])
        assert decoded(inside[1]) == (printable(labels[place]) or " ")
    graph = dot(picture, labels, "x").splitlines()
    assert len(graph) == 4 + len(picture.nodes) + len(picture.edges)
    for place, line in enumerate(graph[3 : 3 + len(labels)]):
        inside = re.fullmatch(rf'    n{place} \[label="((?:[^"\\]|\\.)*)"\];', line)
        assert inside is not None
        unescaped = re.sub(r"\\(.)", r"\1", inside[1])
        assert unescaped.replace("&amp;", "&") == printable(labels[place])
    assert len(text(picture, labels).splitlines()) == len(labels)


def decoded(text: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


@pytest.mark.parametrize("label", NASTY)
def test_what_cannot_be_seen_is_escaped(label: str) -> None:
    assert printable(label).isprintable()
    printable(label).encode()


@given(links(rings=True))
def test_every_task_has_its_line(graph: tuple[int, list[Link]]) -> None:
    registry = wired(*graph)
    lines = text(*drawn(registry)).splitlines()
    assert sorted(int(line.split()[0]) for line in lines) == [*range(graph[0])]
    assert sum(len(re.findall(r"\d+", line)) - 1 for line in lines) == len(graph[1])
