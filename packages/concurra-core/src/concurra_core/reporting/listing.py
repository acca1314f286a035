"""`PlannedTask`: what is known of a task of a workflow before a run."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import attrs

from concurra_core.graph.picture import Kind, Picture, shared
from concurra_core.model.options import TaskOptions


@attrs.frozen(kw_only=True)
class PlannedTask:
    """A task of a workflow before a run. Made by `Workflow.tasks`.

    Args:
        label: what it is called.
        kind: "task"; "map", which stands for one task an item of a result; "join", which brings results together.
        on: where it runs, None if nowhere, as a join does.
        after: the labels of what it waits for, those that nobody has added too.
        timeout: seconds one attempt may run, None for no limit.
        attempts: most attempts in all.
        tags: words it can be selected by.
        priority: higher starts earlier among ready tasks.
        cpus: how many slots of the run it takes.
        uses: how much it takes of which named limits.
        expected_seconds: how long it is said to take.
        allow_failure: the verdict on the run does not count it.
    """

    label: Hashable
    kind: str
    on: str | None
    after: tuple[Hashable, ...]
    timeout: float | None
    attempts: int
    tags: tuple[str, ...]
    priority: int
    cpus: int
    uses: Mapping[str, int]
    expected_seconds: float
    allow_failure: bool


def planned(picture: Picture, made: Mapping[int, TaskOptions]) -> Iterator[PlannedTask]:
    """Yield the tasks of *picture*; *made* are the options that hold, by the id of those that nodes have."""
    nodes = picture.nodes
    for node, edges in zip(nodes[: picture.total], picture.into(), strict=False):
        assert node.options is not None  # noqa: S101 - Invariant: only what is unknown has none
        options = made.get(id(node.options), node.options)
        yield PlannedTask(
            label=node.label,
            kind=node.kind.value,
            on=None if node.kind is Kind.JOIN else options.lane.value,
            after=tuple(nodes[edge.source].label for edge in edges),
            timeout=options.timeout,
            attempts=options.retry.attempts,
            tags=options.tags,
            priority=options.priority,
            cpus=options.cpus,
            uses=shared(options),
            expected_seconds=options.expected_seconds,
            allow_failure=options.allow_failure,
        )
