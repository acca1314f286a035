"""A graph as text: for Mermaid, for Graphviz, for a terminal.

Labels are the user's and may hold anything: no output depends on what is in them. Nodes are called n0, n1 and so on,
so two labels that read the same, such as 1 and "1", remain two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from concurra_core.graph.picture import Edge, Kind, Picture, Tie
from concurra_core.graph.plan import countdown
from concurra_core.model.columns import columns

_INDENT: Final = "    "
_WIDEST: Final = 40  # a label longer than this moves no other line

# Everything but these, letters and digits goes to Mermaid as a number. It takes text in quotes for HTML, for
# Markdown after a backtick, and cuts lines in which a colon comes before a number.
_HARMLESS: Final = frozenset(" _-.,()[]/+=")
_BOXES: Final = {Kind.TASK: "[{}]", Kind.MAP: "[[{}]]", Kind.JOIN: "([{}])", Kind.UNKNOWN: "[{}]:::unknown"}
_ARROWS: Final = {Tie.VALUE: "-->", Tie.SETTLED: "-. settled .->", Tie.ORDER: "-.->"}

_SHAPES: Final = {
    Kind.TASK: "",
    Kind.MAP: ", peripheries=2",
    Kind.JOIN: ", style=rounded",
    Kind.UNKNOWN: ", style=dashed",
}
_LINES: Final = {
    Tie.VALUE: "",
    Tie.SETTLED: ' [style=dashed, label="settled"]',
    Tie.ORDER: " [style=dashed]",
}


def mermaid(picture: Picture, texts: Sequence[str]) -> str:
    """Return a flowchart for Mermaid; *texts* are the labels of the nodes."""
    lines = ["flowchart LR"]
    for place, (node, label) in enumerate(zip(picture.nodes, texts, strict=True)):
        box = _BOXES[node.kind].format(f'"{_for_mermaid(label)}"')
        lines.append(f"{_INDENT}n{place}{box}")
    lines += [f"{_INDENT}n{edge.source} {_ARROWS[edge.tie]} n{edge.target}" for edge in picture.edges]
    if picture.total < len(picture.nodes):
        lines.append(f"{_INDENT}classDef unknown stroke-dasharray: 4")
    return "\n".join(lines) + "\n"


def _for_mermaid(text: str) -> str:
    """Return *text* as it may stand between double quotes; an empty one is no text there.

    >>> _for_mermaid('<b> "x"')
    '#60;b#62; #34;x#34;'
    """
    whole = "".join(
        char if char.isalnum() or char in _HARMLESS else f"#{ord(char)};" for char in printable(text)
    )
    return whole or " "


def dot(picture: Picture, texts: Sequence[str], name: str) -> str:
    """Return a digraph called *name* for Graphviz; *texts* are the labels of the nodes."""
    lines = [f"digraph {_for_dot(name)} {{", f"{_INDENT}rankdir=LR;", f"{_INDENT}node [shape=box];"]
    for place, (node, label) in enumerate(zip(picture.nodes, texts, strict=True)):
        lines.append(f"{_INDENT}n{place} [label={_for_dot(label)}{_SHAPES[node.kind]}];")
    lines += [f"{_INDENT}n{edge.source} -> n{edge.target}{_LINES[edge.tie]};" for edge in picture.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _for_dot(text: str) -> str:
    r"""Return *text* in double quotes. Graphviz knows backslashes and the entities of HTML in there.

    >>> print(_for_dot(r'\N "&lt;"'))
    "\\N \"&amp;lt;\""
    """
    quoted = printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{quoted}"'


def text(picture: Picture, texts: Sequence[str]) -> str:
    """Return a line for each task, after all it waits for, that says what it takes and what it comes after."""
    names = [printable(label) for label in texts]
    into = picture.into()
    width = min(_WIDEST, max(map(columns, names[: picture.total]), default=0))
    lines = []
    for index in _flow(picture, into):
        told = "; ".join(_told(into[index], names, picture))
        room = " " * (width - columns(names[index]))
        lines.append(f"{names[index]}{room}  {told}" if told else names[index])
    return "".join(f"{line}\n" for line in lines)


def _flow(picture: Picture, into: Sequence[Sequence[Edge]]) -> Iterable[int]:
    """Return the indexes of the tasks, each after all it waits for; those in rings and behind them come last."""
    flow = countdown(picture.successors(), [len(edges) for edges in into])
    rest = set(range(picture.total)).difference(flow)
    return [*(index for index in flow if index < picture.total), *sorted(rest)]


def _told(edges: Iterable[Edge], names: Sequence[str], picture: Picture) -> Iterator[str]:
    taken: list[str] = []
    others: list[str] = []
    for edge in edges:
        note = " (settled)" if edge.tie is Tie.SETTLED else " (unknown)" * (edge.source >= picture.total)
        (taken if edge.passes else others).append(names[edge.source] + note)
    if taken:
        yield f"takes {', '.join(taken)}"
    if others:
        yield f"after {', '.join(others)}"


def printable(text: str) -> str:
    r"""Return *text* on one line: what cannot be seen stands there as an escape of Python's.

    >>> print(printable("two" + chr(10) + "lines"))
    two\nlines
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
