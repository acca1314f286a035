"""Tasks as tests name them: by label or ref, and by the label of a map for all of its items."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from concurra_core.graph.registry import Registry
from concurra_core.model.errors import DefinitionError
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref
from concurra_core.testing.errors import UnknownLabelError


class Labels:
    """The labels of the graph in *registry*, and those that its maps will give to items."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def named(self, task: Hashable | Ref[Any]) -> Hashable:
        """Return the label of *task*.

        Raises:
            UnknownLabelError: no task has it, and no item of a map can come to have it.
            DefinitionError: it is a ref to a task of another flow.
            TypeError: it is nothing that can be a label.
        """
        if isinstance(task, Ref):
            if not task._belongs_to(self._registry):  # noqa: SLF001 - the graph behind the face
                raise DefinitionError(f"{quoted(task)} belongs to another flow than the simulated one")
            return task.label
        try:
            known = self._registry.index_of(task) is not None or self._may_come(task)
        except Exception as error:
            raise TypeError(f"a task is named by its label or its ref, not by {quoted(task)}") from error
        if not known:
            raise UnknownLabelError(task, self._registry.labels())
        return task

    def is_map(self, label: Hashable) -> bool:
        """Return whether *label* is that of a map: the items do the work, and it has their results."""
        return self._sources(label) is not None

    def is_gather(self, label: Hashable) -> bool:
        """Return whether *label* is that of a `gather`, which runs nothing."""
        return label in self._joins() and not self.is_map(label)

    def map_of(self, label: Hashable) -> Hashable | None:
        """Return the label of the map that *label* is an item of, None if it is of none."""
        index = self._registry.map_of(label)
        return None if index is None else self._registry.tasks[index].label

    def covers(self, named: Iterable[Hashable], label: Hashable) -> bool:
        """Return whether the task with *label* is among those that *named* name, or an item of a map there."""
        named = set(named)
        return label in named or self.map_of(label) in named

    def runs_nothing(self, label: Hashable) -> bool:
        """Return whether the task with *label* only brings the results of others together."""
        return label in self._joins()

    def _may_come(self, label: Hashable) -> bool:
        return self._registry.map_of(label) in self._registry.spreads

    def _joins(self) -> dict[Hashable, int]:
        tasks = self._registry.tasks
        return {tasks[index].label: index for index in self._registry.joins}

    def _sources(self, label: Hashable) -> object:
        index = self._joins().get(label)
        return None if index is None else self._registry.joins[index]
