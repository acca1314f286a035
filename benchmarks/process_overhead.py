"""What a task costs in worker processes beside its own work: registration and run of tasks that do nothing."""

from __future__ import annotations

from statistics import median
from typing import Final

from benchmarks.alone import print_alone
from benchmarks.contestants import FLOOR, IN_FLIGHT, OURS
from benchmarks.graphs import Graph, chain, independent, layered
from benchmarks.overhead import Rounds, ratio, rounds_of
from benchmarks.process_contestants import WORKERS, contestants
from benchmarks.report import Promise, Section, table

TITLE: Final = "Cost of a task in processes"

# The most that a task may cost, as a part of what it costs on the floor.
PROMISED: Final = {"independent": 0.06, "chain": 0.08, "layered": 0.12}

_METHOD = """\
As for threads, with {workers} worker processes in their place: registration and run of tasks that do nothing, the start of the
pool within the clock and its end after it (Concurra's workers have ended when `run()` returns, so for it the end
is within the clock as well). The task is defined in a module that imports nothing: Concurra's and loky's workers import
it anew, while those of the others are copies of the program, and what a module imports is no cost of a pool. Medians of {rounds} rounds in which all contestants take turns; ratios are taken within a round.

"{floor}" is `graphlib.TopologicalSorter`, `ProcessPoolExecutor` with its default start method and
`wait(FIRST_COMPLETED)`, up to {flight} futures on their way at once. pebble, loky and mpire run under the same loop. joblib
has no futures and is called once for each level of the graph, which is not measured for the chain. dask takes the graph
as it is, but no stamps, and stops at the first exception."""


def graphs_of(*, quick: bool) -> list[Graph]:
    """Return the graphs that are compared: 5,000, 2,000 and 5,000 tasks, a fifth of it when *quick*."""
    share = 5 if quick else 1
    return [independent(5_000 // share), chain(2_000 // share), layered(5_000 // share)]


def cell(costs: Rounds, shape: str, name: str) -> str:
    """Return what *name* costs on *shape* and its ratio to the floor, or a dash if it did not take part."""
    if (shape, name) not in costs:
        return "-"
    return f"{median(costs[shape, name]):.1f} ({ratio(costs, shape, name):.3f})"


def measure(*, quick: bool) -> Section:
    """Return what a task costs each contestant, and its ratio to the floor."""
    graphs = graphs_of(quick=quick)
    rounds = 2 if quick else 5
    costs: Rounds = {}
    names: dict[str, None] = {}
    missing: list[str] = []
    for graph in graphs:
        present, missing = contestants(graph.name)
        costs |= rounds_of([graph], present, rounds, [independent(10)])
        names |= dict.fromkeys(present)
    heads = ["us per task (ratio to the floor)", *(f"{graph.name}, {len(graph):,}" for graph in graphs)]
    rows = [[name, *(cell(costs, graph.name, name) for graph in graphs)] for name in names]
    method = _METHOD.format(workers=WORKERS, rounds=rounds, floor=FLOOR, flight=IN_FLIGHT)
    if missing:
        method += f" Not installed here, and left out: {', '.join(missing)}."
    return Section(
        title=TITLE,
        method=method,
        tables=[table(heads, rows)],
        promises=[
            Promise(
                f"cost of a task in processes, {shape}, part of the floor's", ratio(costs, shape, OURS), limit
            )
            for shape, limit in PROMISED.items()
        ],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
