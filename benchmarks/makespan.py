"""How near the order of start comes to the best possible, on recorded workflows under a virtual clock."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

from benchmarks.replay import first_in_first_out, scheduled
from benchmarks.report import Promise, Section, table
from benchmarks.workflows import DEFAULT, Workflow, read

PROMISED: Final = 1.06  # times the lower bound, in the mean, with durations declared
WORKERS: Final = (2, 4, 8, 16)

NOISE: Final = 1e-3  # of the makespan: less than that is nobody's merit

DECLARED: Final = "durations declared"
UNDECLARED: Final = "none declared"
FIFO: Final = "first in, first out"

ORDERS: Final[Mapping[str, Callable[[Workflow, int], float]]] = {
    DECLARED: lambda workflow, workers: scheduled(workflow, workers, declared=True),
    UNDECLARED: lambda workflow, workers: scheduled(workflow, workers, declared=False),
    FIFO: first_in_first_out,
}

# Makespan over lower bound, by order, number of workers and name of the workflow.
Ratios = dict[str, dict[int, dict[str, float]]]

_METHOD = """\
{count} recorded workflows of {least:,} to {most:,} tasks (WfCommons' WfInstances, and one synthetic) run under a virtual clock by
the scheduler alone: no threads and no overhead, so the order of start is all that differs. Each makespan is
divided by a proven lower bound, which not every workflow can reach. With durations declared the scheduler is
told the recorded run times, which in life are estimates: the second column, in which it knows the graph alone, is
what a program gets that declares nothing. First in, first out is a simulation of its own."""


def ratios_of(workflows: Sequence[Workflow]) -> Ratios:
    """Return how far above its lower bound each workflow ends, under each order."""
    return {
        order: {
            workers: {flow.name: makespan(flow, workers) / flow.lower[workers] for flow in workflows}
            for workers in WORKERS
        }
        for order, makespan in ORDERS.items()
    }


def mean(ratios: Ratios, order: str, workers: Sequence[int] = WORKERS) -> float:
    """Return the mean ratio of *order* over all workflows and *workers*."""
    return fmean(ratio for number in workers for ratio in ratios[order][number].values())


def worst(ratios: Ratios, order: str) -> str:
    """Return the highest ratio of *order* and where it was."""
    found = [
        (ratio, f"{name}, {workers} workers")
        for workers, names in ratios[order].items()
        for name, ratio in names.items()
    ]
    ratio, where = max(found)
    return f"{ratio:.2f} ({where})"


def against_fifo(ratios: Ratios, order: str) -> str:
    """Return how often *order* ends sooner, as soon, and later than first in, first out."""
    sooner = same = later = 0
    for workers, names in ratios[order].items():
        for name, ratio in names.items():
            change = ratio / ratios[FIFO][workers][name] - 1
            sooner += change < -NOISE
            same += abs(change) <= NOISE
            later += change > NOISE
    return f"{sooner} / {same} / {later}"


def measure(folder: Path) -> Section | None:
    """Return how near each order comes to the bounds; None if *folder* is not there."""
    if not folder.is_dir():
        return None
    workflows = read(folder)
    ratios = ratios_of(workflows)
    sizes = [len(flow.steps) for flow in workflows]
    rows = [
        [f"{number} workers", *(f"{mean(ratios, order, [number]):.3f}" for order in ORDERS)]
        for number in WORKERS
    ]
    rows.append(["all", *(f"{mean(ratios, order):.3f}" for order in ORDERS)])
    rows.append(["worst", *(worst(ratios, order) for order in ORDERS)])
    rows.append(
        ["sooner / same / later than first in, first out", *(against_fifo(ratios, order) for order in ORDERS)]
    )
    return Section(
        title="Makespan of real workflows",
        method=_METHOD.format(count=len(workflows), least=min(sizes), most=max(sizes)),
        tables=[table(["mean makespan / lower bound", *ORDERS], rows)],
        promises=[
            Promise(f"mean makespan / lower bound, {DECLARED}", mean(ratios, DECLARED), PROMISED),
            Promise(
                f"the same, {UNDECLARED}; the limit is {FIFO}", mean(ratios, UNDECLARED), mean(ratios, FIFO)
            ),
            Promise(
                f"mean makespan, {UNDECLARED}, part of that of {FIFO}, at the worst number of workers",
                max(mean(ratios, UNDECLARED, [number]) / mean(ratios, FIFO, [number]) for number in WORKERS),
                1.0,
            ),
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workflows", type=Path, default=DEFAULT, metavar="DIR", help="where they lie")
    folder = parser.parse_args().workflows
    section = measure(folder)
    print(f"no workflows: there is no folder {folder}" if section is None else section.markdown())


if __name__ == "__main__":
    main()
