"""The graph as it stands before a run, whole or broken: nodes and edges as plain data. What looks at it starts here."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from enum import Enum

import attrs

from concurra_core.graph.registry import Registry
from concurra_core.model.options import TaskOptions
from concurra_core.model.task import Task


class Kind(Enum):
    """What a node stands for."""

    TASK = "task"
    MAP = "map"  # one task for each item of a result that is not there yet
    JOIN = "join"  # brings results together and runs nothing: `gather`, and `map` over a known list
    UNKNOWN = "unknown"  # a label that a task waits for and nobody has added


class Tie(Enum):
    """How much the target of an edge needs the source."""

    VALUE = "value"  # its success, and its result
    SETTLED = "settled"  # only that it has ended, in whatever way
    ORDER = "order"  # its success, and nothing of it


@attrs.frozen
class Node:
    """A node. *options* are those of the tasks of a map, and None of what is unknown."""

    label: Hashable
    kind: Kind
    options: TaskOptions | None


@attrs.frozen
class Edge:
    """An edge, by the places of its ends. *passes*: something of the source is among the arguments of the target."""

    source: int
    target: int
    tie: Tie
    passes: bool


@attrs.frozen
class Picture:
    """Nodes and edges.

    Args:
        nodes: the tasks in the order of adding, each at its index, and after them what is unknown.
        edges: what each task waits for, in the order of the tasks.
        total: number of tasks.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    total: int

    def successors(self) -> list[list[int]]:
        """Return for each node those that wait for it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for edge in self.edges:
            found[edge.source].append(edge.target)
        return found

    def into(self) -> list[list[Edge]]:
        """Return for each node the edges to what it waits for."""
        found: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges:
            found[edge.target].append(edge)
        return found


def picture_of(registry: Registry) -> Picture:
    """Return the graph of *registry*, in which nothing is changed."""
    with registry.lock:
        tasks = registry.tasks
        nodes = [_node(registry, task) for task in tasks]
        edges = [edge for task in tasks for edge in _edges_into(registry, task)]
        total = len(tasks)
        strangers: dict[Hashable, int] = {}
        for index, label in dict.fromkeys(registry.unknown()):
            place = strangers.setdefault(label, total + len(strangers))
            edges.append(Edge(place, index, Tie.ORDER, passes=False))
    nodes += [Node(label, Kind.UNKNOWN, None) for label in strangers]
    return Picture(nodes, edges, total)


def _node(registry: Registry, task: Task) -> Node:
    options = registry.spreads.get(task.index)
    if options is not None:
        return Node(task.label, Kind.MAP, options)
    return Node(task.label, Kind.JOIN if task.index in registry.joins else Kind.TASK, task.options)


def _edges_into(registry: Registry, task: Task) -> Iterator[Edge]:
    """Yield the edges into *task*, those from labels that were added after it too."""
    index = task.index
    labels = registry.forward.get(index, ())
    ahead = [source for label in labels if (source := registry.index_of(label)) is not None]
    tolerant = registry.tolerant.get(index, frozenset()).difference(ahead)
    passing = {*task.sources(), *(registry.joins.get(index) or ())}
    for source in dict.fromkeys((*task.needs, *ahead)):
        passes = source in passing
        strict = Tie.VALUE if passes else Tie.ORDER
        yield Edge(source, index, Tie.SETTLED if source in tolerant else strict, passes)


def shared(options: TaskOptions) -> dict[str, int]:
    """Return how much of which limits a task uses, without those that are no user's."""
    return {name: share for name, share in options.uses if not name.startswith("\0")}
