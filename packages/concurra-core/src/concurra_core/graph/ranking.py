"""In which order ready tasks start: by priority, then by longest remaining path, then by order of adding.

Longest remaining path first is the critical path rule of list scheduling (Kelley 1961; Hu 1961).
"""

from __future__ import annotations

from collections.abc import Sequence

from concurra_core.model.options import TaskOptions
from concurra_core.model.task import Task


def order_of_start(
    tasks: Sequence[Task],
    kinds: Sequence[TaskOptions],
    successors: Sequence[Sequence[int]],
    flow: Sequence[int],
) -> Sequence[int]:
    """Return all indexes, those that should start first in front.

    *kinds* are the distinct options of *tasks*; *flow* is an order in which each task comes after all it waits
    for. About 1 us a task, once a run.
    """
    flat = len({kind.priority for kind in kinds}) <= 1
    if flat and len({kind.expected_seconds for kind in kinds}) <= 1 and not any(successors):
        return range(len(tasks))
    left = remaining(tasks, successors, flow)
    if flat:
        # Sorting is stable, in reverse too: equals stay in the order of adding.
        return sorted(range(len(tasks)), key=left.__getitem__, reverse=True)
    first = inherited(tasks, successors, flow)
    return sorted(range(len(tasks)), key=lambda index: (-first[index], -left[index]))


def inherited(tasks: Sequence[Task], successors: Sequence[Sequence[int]], flow: Sequence[int]) -> list[int]:
    """Return for each task its priority, or that of a task which waits for it, if that is higher.

    Else a task of high priority would wait for one of low priority to get its turn (priority inversion; the
    inheritance is that of Sha, Rajkumar, Lehoczky 1990).
    """
    first = [task.options.priority for task in tasks]
    for index in reversed(flow):
        for successor in successors[index]:
            first[index] = max(first[index], first[successor])
    return first


def remaining(tasks: Sequence[Task], successors: Sequence[Sequence[int]], flow: Sequence[int]) -> list[float]:
    """Return for each task the seconds of the longest path from its start to the end of the run."""
    left = [task.options.expected_seconds for task in tasks]
    for index in reversed(flow):
        longest = 0.0
        for successor in successors[index]:  # half the cost of a `max` over them
            behind = left[successor]
            if behind > longest:  # noqa: PLR1730 - as above
                longest = behind
        left[index] += longest
    return left
