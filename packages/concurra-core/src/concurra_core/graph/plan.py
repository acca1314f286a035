"""The plan of a run: labels are gone, integers remain. Linear in tasks and edges, and without recursion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from concurra_core.graph.ranking import order_of_start
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import CycleError, UnknownDependencyError
from concurra_core.model.options import DEFAULT_TASK, Lane, TaskOptions
from concurra_core.model.task import Task

_NONE: Final[tuple[int, ...]] = ()
NO_SPREADS: Final[Mapping[int, TaskOptions]] = MappingProxyType({})


@attrs.frozen
class Plan:
    """Who waits for whom, by index.

    Args:
        successors: for each task, the tasks that wait for it.
        waits: for each task, how many tasks it waits for.
        order: the indexes in the order in which ready tasks start.
        kinds: the distinct options of the tasks, and of those that will come in; most runs have one.
        tolerant: for tasks that some of what they wait for may fail, the indexes of that.
        joins: for tasks that run nothing and bring results together, the indexes of those; None: their arguments tell.
        spreads: tasks of `joins` that first make the tasks whose results they bring together.
        limits: named limits of the plan's own.
    """

    successors: Sequence[Sequence[int]]
    waits: Sequence[int]
    order: Sequence[int]
    kinds: Sequence[TaskOptions] = (DEFAULT_TASK,)
    tolerant: Mapping[int, frozenset[int]] = attrs.field(factory=dict)
    joins: Mapping[int, Sequence[int] | None] = attrs.field(factory=dict)
    spreads: Mapping[int, TaskOptions] = attrs.field(factory=dict)
    limits: Mapping[str, int] = attrs.field(factory=dict)

    @property
    def is_ranked(self) -> bool:
        """Whether the tasks have more than one priority."""
        return len({kind.priority for kind in self.kinds if kind.lane is not Lane.NONE}) > 1

    @property
    def is_flat(self) -> bool:
        """Whether no task that runs something, or makes tasks that do, waits for another, goes first, or is tried again."""
        kinds = [kind for kind in self.kinds if kind.lane is not Lane.NONE]
        if any(kind.retry.attempts > 1 for kind in kinds):
            return False
        if len({(kind.priority, kind.expected_seconds) for kind in kinds}) > 1:
            return False
        joins = self.joins.keys() - self.spreads.keys()
        return all(index in joins for index, count in enumerate(self.waits) if count)


def make_plan(
    registry: Registry,
    tasks: Sequence[Task] | None = None,
    spreads: Mapping[int, TaskOptions] = NO_SPREADS,
) -> Plan:
    """Return the plan of all tasks in *registry*.

    Args:
        registry: the graph.
        tasks: the records of one run of it, by default the registry's own.
        spreads: the options of the tasks that others will make, by the index of those.

    Dependencies on tasks added earlier are acyclic by construction. Only forward references need the
    countdown (Kahn 1962, "Topological sorting of large networks").

    Raises:
        UnknownDependencyError: labels that nobody added, all of them at once.
        CycleError: tasks wait for one another.
    """
    if tasks is None:
        resolve(registry)
        tasks = registry.tasks
    looks_ahead = bool(registry.forward)
    successors, waits = _connect(tasks)
    flow: Sequence[int] = range(len(tasks))
    if looks_ahead:
        flow = countdown(successors, waits)
        if len(flow) < len(tasks):
            # networkx names the rings; a good run never imports it.
            from concurra_core.graph.validate import rings

            groups = rings(successors, set(range(len(tasks))).difference(flow))
            raise CycleError([[tasks[index].label for index in ring] for ring in groups])
    kinds = tuple({id(task.options): task.options for task in tasks}.values())
    order = order_of_start(tasks, kinds, successors, flow)
    kinds += tuple(spreads.values())
    # Copies: the graph may be added to while the run goes on.
    books = dict(registry.tolerant), dict(registry.joins), dict(spreads), dict(registry.limits)
    return Plan(successors, waits, order, kinds, *books)


def resolve(registry: Registry) -> None:
    """Turn the labels that were ahead of their tasks into indexes; all unknown ones are told together.

    Raises:
        UnknownDependencyError: labels that nobody added.
    """
    if not registry.forward:
        return
    unknown = [(registry.tasks[index].label, label) for index, label in registry.unknown()]
    if unknown:
        raise UnknownDependencyError(unknown, tuple(registry.labels()))
    for index, labels in registry.forward.items():
        task = registry.tasks[index]
        ahead = [found for label in labels if (found := registry.index_of(label)) is not None]
        task.needs = tuple(dict.fromkeys([*task.needs, *ahead]))
        if index in registry.tolerant:  # a label needs success, whatever a ref to the same task says
            registry.tolerant[index] = registry.tolerant[index].difference(ahead)


def _connect(tasks: Sequence[Task]) -> tuple[Sequence[Sequence[int]], list[int]]:
    """Return the successors of each task and the number of tasks each waits for."""
    waits = [len(task.needs) for task in tasks]
    if not any(waits):
        return [_NONE] * len(tasks), waits
    successors: list[list[int]] = [[] for _ in tasks]
    for index, task in enumerate(tasks):
        for need in task.needs:
            successors[need].append(index)
    return successors, waits


def countdown(successors: Sequence[Sequence[int]], waits: Sequence[int]) -> list[int]:
    """Return the indexes in an order in which each comes after all it waits for; rings are left out.

    >>> countdown([(1,), (2,), (1,), ()], [0, 2, 1, 0])
    [0, 3]
    """
    left = list(waits)
    flow = [index for index, wait in enumerate(left) if not wait]
    for index in flow:  # grows while it is read
        for successor in successors[index]:
            left[successor] -= 1
            if not left[successor]:
                flow.append(successor)
    return flow
