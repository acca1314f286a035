"""What must hold of the events of a run, whatever was done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from chaos.graphs import Graph
from concurra import Event, RunEnded, RunReport, RunStarted, TaskEnded, TaskRetrying, TaskStarted


def complaints(graph: Graph, report: RunReport, events: Sequence[Event]) -> Iterator[str]:
    """Yield what was not as it must be."""
    if not isinstance(events[0], RunStarted) or not isinstance(events[-1], RunEnded):
        yield "the events do not begin and end with those of the run"
    ends = {event.label: number for number, event in enumerate(events) if isinstance(event, TaskEnded)}
    counted = Counter(event.label for event in events if isinstance(event, TaskEnded))
    if counted != Counter(node.label for node in graph.nodes):
        yield f"not one end for each task: {counted}"
        return
    yield from _of_ends(report, events)
    yield from _of_attempts(ends, events)
    starts: dict[Hashable, int] = {}
    for number, event in enumerate(events):
        if isinstance(event, TaskStarted):
            starts.setdefault(event.label, number)
    for node in graph.nodes:
        for source, _ in node.edges:
            before = graph.nodes[source].label
            if node.label in starts and ends[before] > starts[node.label]:
                yield f"{node.label}: its start is told before the end of {before}"


def _of_ends(report: RunReport, events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, TaskEnded):
            result = report[event.label]
            if event.status is not result.status or event.attempt != result.attempts:
                yield f"{event.label}: the event says {event.status} at attempt {event.attempt}"


def _of_attempts(ends: dict[Hashable, int], events: Sequence[Event]) -> Iterator[str]:
    begun: dict[Hashable, int] = {}
    for number, event in enumerate(events):
        if not isinstance(event, TaskStarted | TaskRetrying):
            continue
        if number > ends[event.label]:
            yield f"{event.label}: attempt {event.attempt} is told after its end"
        if isinstance(event, TaskStarted):
            if event.attempt != begun.get(event.label, 0) + 1:
                yield f"{event.label}: attempt {event.attempt} begins after {begun.get(event.label, 0)}"
            begun[event.label] = event.attempt
