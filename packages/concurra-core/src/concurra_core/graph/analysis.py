"""What networkx tells of a graph before it is run: it is imported here, and only when someone asks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import attrs
import networkx as nx

from concurra_core.graph.picture import Kind, Node, Picture, shared
from concurra_core.graph.plan import Plan

__all__ = ["Figures", "digraph", "figures", "nx"]


@attrs.frozen
class Figures:
    """What there is to know of a sound graph, by index.

    Args:
        waves: what could run at once if each wave ended before the next began.
        order: the order of start on one worker.
        path: the longest way through the graph, in declared seconds.
    """

    waves: Sequence[Sequence[int]]
    order: Sequence[int]
    path: Sequence[int]


def digraph(picture: Picture, name: str) -> nx.DiGraph[Hashable]:
    """Return *picture* as networkx has it: labels are the nodes, and what is known of them their attributes."""
    graph: nx.DiGraph[Hashable] = nx.DiGraph(name=name)
    for index, node in enumerate(picture.nodes):
        graph.add_node(node.label, kind=node.kind.value, index=index, **_attributes(node))
    for edge in picture.edges:
        source, target = picture.nodes[edge.source].label, picture.nodes[edge.target].label
        graph.add_edge(source, target, kind=edge.tie.value, passes=edge.passes)
    return graph


def _attributes(node: Node) -> dict[str, object]:
    options = node.options
    if options is None:
        return {}
    return {
        "on": None if node.kind is Kind.JOIN else options.lane.value,
        "expected_seconds": options.expected_seconds,
        "priority": options.priority,
        "cpus": options.cpus,
        "uses": shared(options),
        "tags": options.tags,
        "timeout": options.timeout,
        "allow_failure": options.allow_failure,
    }


def figures(plan: Plan, seconds: Sequence[float]) -> Figures:
    """Return the figures of a graph without rings.

    Args:
        plan: who waits for whom.
        seconds: how long each task will take.
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(seconds)))
    graph.add_edges_from(
        (index, successor) for index, behind in enumerate(plan.successors) for successor in behind
    )
    waves = [sorted(wave) for wave in nx.topological_generations(graph)]
    return Figures(waves, _order(graph, plan), _longest(graph, seconds))


def _order(graph: nx.DiGraph[int], plan: Plan) -> list[int]:
    """Return the indexes in the order of start: of what is ready, always the first by rank. Joins take no turn."""
    rank = [0] * len(plan.order)
    for place, index in enumerate(plan.order, start=1):
        rank[index] = 0 if index in plan.joins and index not in plan.spreads else place
    return list(nx.lexicographical_topological_sort(graph, key=rank.__getitem__))


def _longest(graph: nx.DiGraph[int], seconds: Sequence[float]) -> list[int]:
    """Return the path that takes longest. *graph* is changed.

    networkx weighs edges: each has the seconds of its source. The last tasks lead to one end that weighs a second
    more than all of them, so the path is whole even where tasks take no time.
    """
    for source, _, weights in graph.edges(data=True):
        weights["weight"] = seconds[source]
    end = len(seconds)
    last = [index for index in graph if not graph.out_degree(index)]
    graph.add_weighted_edges_from((index, end, seconds[index] + 1.0) for index in last)
    path = nx.dag_longest_path(graph, weight="weight")
    return [index for index in path if index != end]


def sum_of(seconds: Sequence[float], indexes: Sequence[int]) -> float:
    """Return how long the tasks with *indexes* take, one after the other."""
    return math.fsum(seconds[index] for index in indexes)
