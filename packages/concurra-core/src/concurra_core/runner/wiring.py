"""The typed doors of `Workflow`: what a type checker proves of a wiring is all written here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from concurra_core.model.ref import Ref


class Wiring:
    """Half of `Workflow`: how tasks are added and wired to one another."""

    def add(
        self, call: Callable[..., Any], /, *args: Any, label: Any = None, after: Any = None, **options: Any
    ) -> Ref[Any]:
        """Add a call of *call* with *args*."""
        return self._add(call, args, label, after, options)

    @abstractmethod
    def _add(
        self,
        call: Callable[..., object],
        args: tuple[object, ...],
        label: Hashable,
        after: Iterable[Hashable] | None,
        options: Mapping[str, Any],
    ) -> Ref[Any]:
        """Register a task."""
