"""How the cost of a task grows with their number, and how many bytes a registered task takes."""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tracemalloc
from statistics import median
from typing import Any, Final

import concurra

from benchmarks.contestants import nothing, ours
from benchmarks.graphs import chain, independent, labels
from benchmarks.overhead import microseconds
from benchmarks.report import ROOT, Promise, Section, table

BASE: Final = 10_000  # tasks; what the other sizes are compared with
PROMISED_GROWTH: Final = 1.6  # times the cost at `BASE`, for 100,000 tasks
PROMISED_BYTES: Final = 230  # per task, beyond the user's own objects
REGISTERED: Final = 100_000  # tasks, to count bytes with

_SHAPES: Final = {"independent": independent, "chain": chain}

_METHOD = """\
Registration and run of tasks that do nothing, by Concurra alone, four workers. Each figure comes from a
process of its own, which ran a thousand tasks before to be warm; the sizes take turns, and the ratio to
{base:,} tasks is taken within a turn. Medians of {rounds} turns (two for a million).
The garbage collector is on, as in most programs, and is most of what grows with the number of tasks.

Bytes are counted by `tracemalloc` over {registered:,} calls of `add_task` for one shared function. They hold the record
of the task and its place in the list, and in the dict of labels if it has one of the user's own, which was made before
the count; the number that serves as label without one is counted. What a task waits for takes a tuple; what is promised
is for tasks that wait for nothing."""


def cost(shape: str, count: int) -> float:
    """Return the microseconds a task of *count* costs, measured in this process, once it is warm."""
    for _ in range(2):
        microseconds(ours, _SHAPES[shape](1_000))
    return microseconds(ours, _SHAPES[shape](count))


def bytes_per_task(count: int, *, labelled: bool, chained: bool = False) -> float:
    """Return the bytes that stay allocated for each of *count* registered tasks; *chained*, each after the one before."""
    runner = concurra.TaskRunner(max_concurrency=4, progress_stats=False)
    names: list[str | None] = [*labels(count)] if labelled else [None] * count
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    last: list[Any] = []
    for name in names:
        ref = runner.add_task(nothing, label=name, depends_on=last)
        last = [ref] if chained else []
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / count


def cost_apart(shape: str, count: int) -> float:
    """Return what `cost` returns in a new process."""
    command = [sys.executable, "-m", "benchmarks.growth", "--one", shape, str(count)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very file
    return float(done.stdout)


def turns(shape: str, sizes: dict[int, int]) -> dict[int, list[float]]:
    """Return the costs at each size; *sizes* tells how many turns each takes part in."""
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(max(sizes.values())):
        for size, most in sizes.items():
            if turn < most:
                costs[size].append(cost_apart(shape, size))
    return costs


def growth(costs: dict[int, list[float]], size: int) -> float:
    """Return the median ratio of the cost at *size* to that at `BASE` in the same turn."""
    return median(here / base for here, base in zip(costs[size], costs[BASE], strict=False))


def sizes_of(shape: str, *, quick: bool) -> dict[int, int]:
    """Return the sizes that *shape* is measured at, and the turns of each."""
    if quick:
        return {1_000: 2, BASE: 2, 100_000: 2}
    sizes = {1_000: 9, BASE: 9, 100_000: 9}
    return sizes | {1_000_000: 2} if shape == "independent" else sizes


def measure(*, quick: bool) -> Section:
    """Return the cost of a task by number of tasks, and the bytes it takes."""
    rows: list[list[str]] = []
    promises: list[Promise] = []
    for shape in _SHAPES:
        costs = turns(shape, sizes_of(shape, quick=quick))
        rows += [
            [f"{shape}, {size:,}", f"{median(found):.2f}", f"{growth(costs, size):.2f}"]
            for size, found in costs.items()
        ]
        what = f"cost of a task among 100,000, {shape}, times that among {BASE:,}"
        promises.append(Promise(what, growth(costs, 100_000), PROMISED_GROWTH))
    taken = {
        kind: bytes_per_task(REGISTERED, labelled=labelled)
        for kind, labelled in (("without a label", False), ("with a label of its own", True))
    }
    promises += [
        Promise(f"bytes of a registered task {kind}", count, PROMISED_BYTES) for kind, count in taken.items()
    ]
    taken["without a label, after the one before"] = bytes_per_task(REGISTERED, labelled=False, chained=True)
    return Section(
        title="Growth",
        method=_METHOD.format(base=BASE, registered=REGISTERED, rounds=2 if quick else 9),
        tables=[
            table(["tasks", "us per task", f"times the cost at {BASE:,}"], rows),
            table(["a registered task", "bytes"], [[kind, f"{count:.0f}"] for kind, count in taken.items()]),
        ],
        promises=promises,
    )


def main() -> None:
    """Measure and print; with ``--one`` be one of the processes that measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller")
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "COUNT"), help="print one cost, in microseconds")
    options = parser.parse_args()
    if options.one is None:
        print(measure(quick=options.quick).markdown())
        return
    print(cost(options.one[0], int(options.one[1])), flush=True)
    os._exit(0)  # taking a million tasks apart takes seconds, and nobody waits for it


if __name__ == "__main__":
    main()
