"""Parts of graphs: one to take them from, and what is known of one."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
from concurra_core.graph.excerpt import excerpt
from concurra_core.graph.picture import picture_of
from concurra_core.graph.registry import Registry
from concurra_core.model.options import TaskOptions
from graphs import add


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


def part_of(registry: Registry, indexes: Sequence[int]) -> Registry:
    return excerpt(registry, picture_of(registry), indexes)


def reach(registry: Registry) -> set[tuple[object, object]]:
    """Return the labels of each two tasks of which one comes after the other."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    picture = picture_of(registry)
    for edge in picture.edges:
        graph.add_edge(picture.nodes[edge.source].label, picture.nodes[edge.target].label)
    return {(a, b) for b in graph for a in nx.ancestors(graph, b)}
