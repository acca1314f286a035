"""The shapes of task graph that the contestants run: labels and edges, and tasks that do nothing unless told."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

SEED: Final = 20_250_101  # any number will do, as long as every round and every machine draws the same edges


@attrs.frozen
class Graph:
    """Tasks in an order in which each comes after all it waits for.

    Args:
        name: what tables call the shape.
        tasks: of each task its label and the labels of the tasks it waits for.
        seconds: for each label how long the task sleeps, with the contestants that run processes; None for
            tasks that do nothing.
    """

    name: str
    tasks: Sequence[tuple[str, tuple[str, ...]]]
    seconds: Mapping[str, float] | None = None

    def __len__(self) -> int:
        return len(self.tasks)


def labels(count: int) -> list[str]:
    """Return *count* labels of the kind a user would make.

    >>> labels(2)
    ['task-0', 'task-1']
    """
    return [f"task-{number}" for number in range(count)]


def independent(count: int) -> Graph:
    """Return *count* tasks that wait for nothing: what is left is the cost of handing tasks out."""
    return Graph("independent", [(label, ()) for label in labels(count)])


def chain(count: int) -> Graph:
    """Return *count* tasks of which each waits for the one before: one task at a time, whoever runs it.

    >>> chain(2).tasks
    [('task-0', ()), ('task-1', ('task-0',))]
    """
    names = labels(count)
    return Graph("chain", [(name, (names[place - 1],) if place else ()) for place, name in enumerate(names)])


def layered(count: int, *, width: int = 100, fan: int = 3) -> Graph:
    """Return layers of *width* tasks, each of which waits for *fan* random tasks of the layer before.

    >>> sorted({len(needs) for _, needs in layered(300).tasks})
    [0, 3]
    """
    draw = random.Random(SEED)
    names = labels(count)
    tasks: list[tuple[str, tuple[str, ...]]] = []
    for place, name in enumerate(names):
        first = place // width * width
        before = names[max(0, first - width) : first]
        tasks.append((name, tuple(draw.sample(before, min(fan, len(before))))))
    return Graph("layered", tasks)


def shapes(*, quick: bool) -> list[Graph]:
    """Return the graphs that are compared: 10,000, 5,000 and 10,000 tasks, a fifth of it when *quick*."""
    share = 5 if quick else 1
    return [independent(10_000 // share), chain(5_000 // share), layered(10_000 // share)]
