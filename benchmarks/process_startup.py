"""What the first run in processes takes in a new interpreter: import, register and run two tasks."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Final

from benchmarks.alone import print_alone
from benchmarks.report import ROOT, Promise, Section, table

TITLE: Final = "First run in processes"
OURS: Final = "concurra"
BASE: Final = "forkserver"
PROMISED: Final = 0.4  # times what `BASE` takes

# The argument of `benchmarks.first_run` and what the table calls it.
NAMES: Final = {
    OURS: "concurra",
    BASE: "`ProcessPoolExecutor`, forkserver",
    "spawn": "`ProcessPoolExecutor`, spawn",
    "fork": "`ProcessPoolExecutor`, fork",
}

_METHOD = """\
A new interpreter imports what it needs, registers two tasks, runs them on two worker processes and has their results; the
workers have ended then too. The interpreter's own start is not counted, all byte code is compiled, and the program is
a module with a main guard, without which forkserver and spawn do not work. The four take turns; ratios are taken
within a turn. Medians of {rounds} turns. fork copies the program as it stands, with whatever locks its threads hold, and is no
longer Python's default anywhere from 3.14 on; forkserver takes its place there."""


def milliseconds(who: str) -> float:
    """Return how long the first run takes with *who*."""
    command = [sys.executable, "-m", "benchmarks.first_run", who]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=60)  # noqa: S603 - our own module
    return float(done.stdout)


def measure(*, quick: bool) -> Section:
    """Return what the first run takes with each, and its ratio to that with a fork server."""
    rounds = 3 if quick else 15
    for who in NAMES:  # compiles what was never imported
        milliseconds(who)
    turns = [{who: milliseconds(who) for who in NAMES} for _ in range(rounds)]
    ratios = {who: median(turn[who] / turn[BASE] for turn in turns) for who in NAMES}
    rows = [
        [name, f"{median(turn[who] for turn in turns):.0f}", f"{ratios[who]:.2f}"]
        for who, name in NAMES.items()
    ]
    return Section(
        title=TITLE,
        method=_METHOD.format(rounds=rounds),
        tables=[table(["two tasks", "ms", "times forkserver's"], rows)],
        promises=[Promise("first run in processes, times that of a fork server", ratios[OURS], PROMISED)],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
