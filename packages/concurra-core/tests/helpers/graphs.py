"""Registries for tests of graphs: tasks 0, 1, 2 ... wired in any way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
from concurra_core.graph.registry import Registry
from concurra_core.model.options import DEFAULT_TASK, TaskOptions
from concurra_core.model.ref import Ref
from hypothesis import strategies as st

WAYS: Mapping[str, Callable[[Ref[Any]], Ref[Any]]] = {
    "value": lambda ref: ref,
    "outcome": lambda ref: ref.outcome(),
    "optional": lambda ref: ref.optional(),
    "or else": lambda ref: ref.or_else(0),
}
LINKS = [*WAYS, "after", "after outcome", "ahead"]


@attrs.frozen
class Link:
    """Task *target* waits for *source* in the *way* that is one of `LINKS`."""

    source: int
    target: int
    way: str


def add(
    registry: Registry,
    *args: object,
    label: object = None,
    after: Sequence[object] = (),
    options: TaskOptions = DEFAULT_TASK,
    call: Callable[..., object] = print,
) -> Ref[Any]:
    return registry.add(call, args, None, options, label, after)


@st.composite
def links(draw: st.DrawFn, *, rings: bool = False) -> tuple[int, list[Link]]:
    """Draw a number of tasks and at most one link between any two; links back in the order of adding are labels."""
    total = draw(st.integers(1, 8))
    pairs = [(a, b) for a in range(total) for b in range(total) if a < b or (rings and a > b)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    return total, [Link(a, b, draw(st.sampled_from(LINKS)) if a < b else "ahead") for a, b in chosen]


def wired(
    total: int,
    wires: Sequence[Link],
    call: Callable[..., object] = print,
    options: Sequence[TaskOptions] | None = None,
) -> Registry:
    """Return a registry of tasks 0 to *total* - 1. "ahead" is a label, before or after its task was added."""
    registry = Registry()
    refs: list[Ref[Any]] = []
    for index in range(total):
        into = [wire for wire in wires if wire.target == index]
        args = [WAYS[wire.way](refs[wire.source]) for wire in into if wire.way in WAYS]
        after: list[object] = [refs[wire.source] for wire in into if wire.way == "after"]
        after += [refs[wire.source].outcome() for wire in into if wire.way == "after outcome"]
        after += [wire.source for wire in into if wire.way == "ahead"]
        option = options[index] if options else DEFAULT_TASK
        refs.append(add(registry, *args, label=index, after=after, options=option, call=call))
    return registry
