"""Many tasks from one word, and one result from many: `gather` and `map`, in terms of the registry."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final

import attrs

from concurra_core.graph.labels import labels_of
from concurra_core.graph.registry import Registry
from concurra_core.model.checks import items_in
from concurra_core.model.errors import CycleError, DuplicateLabelError
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.quoting import quoted, spelled
from concurra_core.model.ref import Ref, is_ref
from concurra_core.model.retry import NO_RETRY
from concurra_core.model.task import Task

# A private limit's name begins with what no user's can.
_MAP: Final = "\0map "


def brought_together(*values: object) -> list[object]:
    """Stand for a join among the calls of tasks. The engine does what it says, without calling it."""
    return list(values)


def gather(
    registry: Registry, refs: Iterable[Ref[Any]], label: Hashable, keep: bool | None = None
) -> Ref[Any]:
    """Add a task whose result is the list of what *refs* stand for.

    Raises:
        TypeError: *refs* is not an iterable of refs.
        DefinitionError: one of them belongs to another graph.
        DuplicateLabelError: *label* is taken.
    """
    if is_ref(refs) or not isinstance(refs, Iterable):
        raise TypeError(f"gather takes an iterable of refs, such as [a, b], not {quoted(refs)}")
    given = items_in("refs", refs)
    for place, ref in enumerate(given):
        if not is_ref(ref):
            raise TypeError(f"gather takes refs only, but item {place} is {quoted(ref)}")
    with registry.lock:
        ref = registry.add(brought_together, given, None, _joining(TaskOptions(keep=keep)), label)
        registry.mark_join(ref, None)
        return ref


def map_items(
    registry: Registry,
    call: Callable[..., object],
    items: Sequence[object],
    label: Hashable,
    options: TaskOptions,
    after: Iterable[Hashable] | None,
) -> Ref[Any]:
    """Add a call of *call* for each of *items*, labelled ``label[0]`` and on, and a task that has all their results.

    Raises:
        DuplicateLabelError: a label is taken; nothing is added then.
        DefinitionError: an item is a ref that belongs to another graph.
        CycleError: an item would wait for another one of the same map.
    """
    labels = [f"{spelled(label)}[{place}]" for place in range(len(items))]
    needed = None if after is None else labels_of(after, "after")
    with registry.lock:
        for name in (label, *labels):
            if registry.has(name):
                raise DuplicateLabelError(name)
        for item in needed or ():
            if isinstance(item, str) and item in labels:
                raise CycleError([(item, item)])
        registry.check_owners(items, f"map {quoted(label)}")
        first = len(registry.tasks)
        for name, item in zip(labels, items, strict=True):
            registry.add(call, (item,), None, options, name, needed)
        ref = registry.add(brought_together, (), None, _joining(options), label, None if items else needed)
        registry.mark_join(ref, range(first, ref.index) if items else ())
        return ref


def map_result(
    registry: Registry,
    call: Callable[..., object],
    items: Ref[Any],
    label: Hashable,
    options: TaskOptions,
    after: Iterable[Hashable] | None,
) -> Ref[Any]:
    """Add a task that makes a task for each item of the result *items*, and then has all their results.

    The making itself, which goes through *items*, is the run's own: `timeout`, `retry` and `uses` in *options* are for
    the tasks that it makes.

    Raises:
        DuplicateLabelError: a label is taken, or one that an item will have; nothing is added then.
        DefinitionError: *items* belongs to another graph.
    """
    first = attrs.evolve(options, lane=Lane.THREAD, timeout=None, retry=NO_RETRY, uses=(), cpus=1)
    with registry.lock:
        ref = registry.add(call, (items,), None, first, label, after)
        registry.mark_spread(ref, options)
        return ref


def _joining(options: TaskOptions) -> TaskOptions:
    """Return the options of the task that brings together what tasks with *options* return."""
    return TaskOptions(
        lane=Lane.NONE,
        expected_seconds=0.0,
        keep=options.keep,
        tags=options.tags,
        allow_failure=options.allow_failure,
    )


def limit_of(number: int) -> str:
    """Return the name of the private limit of a map, the one with *number* among those of its graph."""
    return f"{_MAP}{number}"


class Spread:
    """What a spread calls: it makes the records of the tasks below it. They are numbered when they come in.

    Args:
        call: what each of them calls with its item.
        label: what their labels begin with.
        options: theirs.
    """

    __slots__ = ("__name__", "_call", "_label", "_options")

    def __init__(self, call: Callable[..., object], label: str, options: TaskOptions) -> None:
        self.__name__ = getattr(call, "__name__", type(call).__name__)
        self._call = call
        self._label = label
        self._options = options

    def __call__(self, items: Iterable[object]) -> list[Task]:
        """Return one record an item.

        Raises:
            TypeError: *items* is not iterable, or one of them is a `Ref`.
        """
        if not isinstance(items, Iterable):
            raise TypeError(f"map needs the result of its source to be iterable, not {type(items).__name__}")
        call, label, options = self._call, self._label, self._options
        tasks = [
            Task(-1, f"{label}[{place}]", call, (item,), None, options) for place, item in enumerate(items)
        ]
        for task in tasks:
            if is_ref(task.args[0]):
                raise TypeError(
                    f"map cannot make {task.label} of {task.args[0]!r}, an item of the result of its source: a ref stands "
                    "for a result only where it is an argument before the run"
                )
        return tasks
