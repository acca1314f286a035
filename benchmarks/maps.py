"""What a task costs that a map makes while the run goes on, and what a long chain of large results holds at a time."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Final

import concurra

from benchmarks.alone import print_alone
from benchmarks.contestants import WORKERS, nothing
from benchmarks.report import ROOT, Promise, Section, table

TITLE: Final = "Maps and memory"
PROMISED: Final = 2.0  # times what an independent task costs
PROMISED_MB: Final = 60.0  # above what the program had before the run

_METHOD = """\
A map over a result with {total:,} items makes a task for each of them while the run goes on; the same number of tasks, added one by
one and independent of one another, is what it is compared with. `Workflow` on {workers} threads, tasks that do nothing;
registration, run and report are within the clock. Medians of {rounds} rounds, the ratio is taken within a round.

The chain has {links:,} tasks on threads, each of which takes the {size} MB of the one before and returns as many of its own.
What is told is by how much the peak of the program's resident memory rose."""

_CHAIN = """\
import re
from pathlib import Path

import concurra

def peak():  # of this very program; the figure that getrusage gives is inherited from whoever started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def step(data=None):
    return bytearray({size}_000_000)

flow = concurra.Workflow()
last = flow.add(step)
for _ in range({links} - 1):
    last = flow.add(step, last)
before = peak()
assert flow.run(max_concurrency=4).succeeded
print(peak() - before)
"""
_LINKS: Final = 1_000
_SIZE: Final = 10  # MB


def independent(total: int) -> object:
    """Run *total* tasks that wait for nothing."""
    flow = concurra.Workflow()
    for number in range(total):
        flow.add(nothing, label=number)
    return flow, flow.run(max_concurrency=WORKERS)


def mapped(total: int) -> object:
    """Run a map over *total* items that another task returns."""
    flow = concurra.Workflow()
    flow.map(nothing, flow.add(range, total, label="items"), label="map")
    return flow, flow.run(max_concurrency=WORKERS)


def microseconds(contestant: Callable[[int], object], total: int) -> float:
    """Return what a task costs *contestant*."""
    gc.collect()
    started = time.perf_counter()
    kept = contestant(total)
    seconds = time.perf_counter() - started
    del kept
    return seconds / total * 1e6


def chain_megabytes() -> float:
    """Return by how much the peak of resident memory rises over the chain."""
    code = _CHAIN.format(size=_SIZE, links=_LINKS)
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=120
    )
    return float(done.stdout)


def measure(*, quick: bool) -> Section:
    """Return the cost of a task of a map, and the memory of the chain."""
    total, rounds = (10_000, 3) if quick else (100_000, 5)
    independent(100), mapped(100)
    pairs = [(microseconds(mapped, total), microseconds(independent, total)) for _ in range(rounds)]
    ratio = median(a / b for a, b in pairs)
    megabytes = chain_megabytes()
    return Section(
        title=TITLE,
        method=_METHOD.format(total=total, workers=WORKERS, rounds=rounds, links=_LINKS, size=_SIZE),
        tables=[
            table(
                [f"{total:,} tasks", "us per task", "times independent"],
                [
                    ["independent", f"{median(b for _, b in pairs):.1f}", "1.00"],
                    ["map over a result", f"{median(a for a, _ in pairs):.1f}", f"{ratio:.2f}"],
                ],
            ),
            table(
                ["chain of large results", "MB above the baseline"],
                [[f"{_LINKS:,} times {_SIZE} MB", f"{megabytes:.0f}"]],
            ),
        ],
        promises=[
            Promise("cost of a task of a map, times an independent one's", ratio, PROMISED),
            Promise("peak memory of a chain of 1,000 results of 10 MB, MB", megabytes, PROMISED_MB),
        ],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
