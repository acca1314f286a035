"""A part of a graph as a graph of its own: copies of the tasks, wired to one another as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from concurra_core.graph.picture import Edge, Picture, Tie
from concurra_core.graph.registry import Registry
from concurra_core.model.ref import Ref, is_ref
from concurra_core.model.task import Task


def excerpt(registry: Registry, picture: Picture, chosen: Sequence[int]) -> Registry:
    """Return the tasks *chosen* of *registry* as a registry of their own.

    A task that came after another by way of tasks that are left out comes after it still. Labels that nobody has
    added are still waited for.

    Args:
        registry: the whole, whose `lock` the caller holds.
        picture: its nodes and edges.
        chosen: indexes in ascending order; whatever is passed to a task among them is from one of them too.
    """
    part = Registry()
    part.limits.update(registry.limits)
    into = picture.into()
    places = {index: place for place, index in enumerate(chosen)}
    for index, place in places.items():
        old = registry.tasks[index]
        args = tuple(_moved(arg, part, places) if is_ref(arg) else arg for arg in old.args)
        needs = {places[source]: strict for source, strict in _needs(index, into, places).items()}
        part.take_in(Task(place, old.label, old.call, args, old.kwargs, old.options, tuple(needs)))
        if not all(needs.values()):
            part.tolerant[place] = frozenset(need for need, strict in needs.items() if not strict)
        _carry_over(registry, part, index, places)
    return part


def _moved(ref: Ref[object], part: Registry, places: Mapping[int, int]) -> Ref[object]:
    # Invariant: a ref leads to a task added before, which is in the part already.
    return ref._moved_to(part, part.tasks[places[ref.index]])  # noqa: SLF001 - a ref is the graph's own


def _carry_over(registry: Registry, part: Registry, index: int, places: Mapping[int, int]) -> None:
    """Let *part* know what else *registry* knows of the task with *index*."""
    place = places[index]
    if index in registry.joins:
        items = registry.joins[index]
        part.joins[place] = items and tuple(places[item] for item in items)
    if index in registry.spreads:
        part.spreads[place] = registry.spreads[index]
    forward = [label for label in registry.forward.get(index, ()) if registry.index_of(label) is None]
    ahead = any(need >= place for need in part.tasks[place].needs)
    if forward or ahead:
        part.forward[place] = forward  # even if empty: what looks ahead may be part of a ring


def _needs(index: int, into: Sequence[Sequence[Edge]], places: Mapping[int, int]) -> dict[int, bool]:
    """Return what the task with *index* waits for in its part, and whether it needs the success of that.

    It does if each step of a way there does.
    """
    found: dict[int, bool] = {}
    seen: set[tuple[int, bool]] = set()
    left = [(index, True)]
    while left:
        target, strict = left.pop()
        for edge in into[target]:
            step = (edge.source, strict and edge.tie is not Tie.SETTLED)
            if edge.source in places:
                found[edge.source] = found.get(edge.source, False) or step[1]
            elif step not in seen:
                seen.add(step)
                left.append(step)
    found.pop(index, None)  # a ring by way of what is left out
    return found
