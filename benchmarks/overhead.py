"""What a task costs beside its own work: registration and run of tasks that do nothing, four workers."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Final

from benchmarks.alone import print_alone
from benchmarks.contestants import FLOOR, IN_FLIGHT, OURS, TYPED, WORKERS, Contestant, contestants
from benchmarks.graphs import Graph, shapes
from benchmarks.report import Promise, Section, table

# The most that a task may cost, as a part of what it costs on the floor.
PROMISED: Final = {"independent": 0.25, "chain": 0.13, "layered": 0.33}

TYPED_LIMIT: Final = 1.05  # `Workflow` is no slower than `TaskRunner`; the rest is noise

# Microseconds per task of one contestant on one shape, a figure a round.
Rounds = dict[tuple[str, str], list[float]]

_METHOD = """\
Each contestant registers and runs the same graph of tasks that do nothing, on {workers} threads, and has in the
end a result or an exception and two time stamps for each task (dask takes no stamps, and stops at the first
exception). Every task of every graph has a label and is given the labels it waits for. The clock runs from the
first registration until the results are in hand; what was made is torn down, and pools are closed, after it stopped. The garbage
collector is on, and is run before each contestant. All contestants run in turn, in a new order each round;
ratios are taken within a round, and the figures are medians of {rounds} rounds.

"{floor}" is what a program without a runner would write by hand: `graphlib.TopologicalSorter`,
`ThreadPoolExecutor` and `wait(FIRST_COMPLETED)`, up to {flight} futures on their way at once. "graphlib +
queue" is the same with a `SimpleQueue` in place of `wait`, which takes more care to write. pebble has no
dependencies of its own and runs under the loop of the floor."""


def microseconds(contestant: Contestant, graph: Graph) -> float:
    """Return what a task of *graph* costs *contestant*."""
    gc.collect()
    with ExitStack() as after:
        started = time.perf_counter()
        kept = contestant(graph, after)
        seconds = time.perf_counter() - started
        del kept
    return seconds / len(graph) * 1e6


def rounds_of(
    graphs: Sequence[Graph], present: Mapping[str, Contestant], rounds: int, warm: Sequence[Graph]
) -> Rounds:
    """Return the cost of every contestant on every graph, *rounds* times."""
    for graph in warm:
        for contestant in present.values():
            microseconds(contestant, graph)
    costs: Rounds = {(graph.name, name): [] for graph in graphs for name in present}
    names = list(present)
    for number in range(rounds):
        turn = number % len(names)
        for graph in graphs:
            for name in names[turn:] + names[:turn]:
                costs[graph.name, name].append(microseconds(present[name], graph))
    return costs


def ratio(costs: Rounds, shape: str, name: str) -> float:
    """Return the median over the rounds of what *name* costs, as a part of the floor's cost in that round."""
    pairs = zip(costs[shape, name], costs[shape, FLOOR], strict=True)
    return median(cost / floor for cost, floor in pairs)


def typed(costs: Rounds, shape: str) -> float:
    """Return the median over the rounds of what the typed face costs, as a part of the other's cost in that round."""
    return median(a / b for a, b in zip(costs[shape, TYPED], costs[shape, OURS], strict=True))


def measure(*, quick: bool) -> Section:
    """Return what a task costs each contestant, and its ratio to the floor."""
    graphs = shapes(quick=quick)
    present, missing = contestants()
    rounds = 3 if quick else 15
    costs = rounds_of(graphs, present, rounds, shapes(quick=True))
    heads = ["us per task (ratio to the floor)", *(f"{graph.name}, {len(graph):,}" for graph in graphs)]
    rows = [
        [
            name,
            *(
                f"{median(costs[graph.name, name]):.1f} ({ratio(costs, graph.name, name):.2f})"
                for graph in graphs
            ),
        ]
        for name in present
    ]
    method = _METHOD.format(workers=WORKERS, rounds=rounds, floor=FLOOR, flight=IN_FLIGHT)
    if missing:
        method += f" Not installed here, and left out: {', '.join(missing)}."
    return Section(
        title="Cost of a task",
        method=method,
        tables=[table(heads, rows)],
        promises=[
            Promise(f"cost of a task, {shape}, part of the floor's", ratio(costs, shape, OURS), limit)
            for shape, limit in PROMISED.items()
        ]
        + [
            Promise(
                f"cost of a task, {graph.name}, `Workflow`, times `TaskRunner`'s",
                typed(costs, graph.name),
                TYPED_LIMIT,
            )
            for graph in graphs
        ],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
