"""What is wrong with a graph, in words a person can follow. networkx is the authority and is imported here."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import networkx as nx


def rings(successors: Sequence[Sequence[int]], suspects: Collection[int]) -> list[list[int]]:
    """Return one whole ring, first index repeated at the end, for each group of tasks that are knotted.

    *suspects* are the indexes the countdown left over. A group is a strongly connected component.

    >>> rings([(1,), (2,), (0,), ()], {0, 1, 2})
    [[0, 1, 2, 0]]
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(sorted(suspects))
    graph.add_edges_from(
        (index, successor) for index in suspects for successor in successors[index] if successor in suspects
    )
    groups = []
    for component in sorted(nx.strongly_connected_components(graph), key=min):
        first = min(component)
        if len(component) > 1 or graph.has_edge(first, first):
            edges = nx.find_cycle(graph.subgraph(component), first)
            ring = [edge[0] for edge in edges]
            groups.append([*ring, ring[0]])
    return groups
