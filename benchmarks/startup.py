"""What `import concurra` costs beside `import attrs`, and that it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Final

from benchmarks.alone import print_alone
from benchmarks.report import Promise, Section, table

PROMISED: Final = 2.0  # times the cost of `import attrs`

BASE: Final = "import attrs"
SHORT: Final = "import concurra"
USED: Final = "import concurra; concurra.TaskRunner"
STATEMENTS: Final = (
    BASE,
    SHORT,
    USED,
)
HEAVY: Final = ("asyncio", "multiprocessing", "networkx", "structlog", "tabulate")

_RUN: Final = (
    "import concurra; r = concurra.TaskRunner(progress_stats=False); "
    "a = r.add_task(int); b = r.add_task(str, a); r.run(verify=False)"
)

_METHOD = """\
The time of the statement by itself, taken inside a new interpreter in which nothing of it is loaded yet and all
byte code is compiled; the interpreter's own start is not in it. The statements take turns; ratios are taken
within a turn. Medians of {rounds} turns. Names load when they are first used, so the bare import is the cost for a program
that imports Concurra and never runs it; the third line is what a program pays that does. The heavy modules are
those loaded after a whole run that went well."""


def milliseconds(statement: str) -> float:
    """Return how long *statement* takes in a new interpreter."""
    watch = "import time; t = time.perf_counter()\n{}\nprint((time.perf_counter() - t) * 1e3)"
    return float(_interpreter(watch.format(statement)))


def loaded(statement: str) -> list[str]:
    """Return which of the heavy modules a new interpreter has loaded after *statement*."""
    answer = _interpreter(
        f"import sys\n{statement}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    )
    return answer.split()


def _interpreter(program: str) -> str:
    """Return what *program* prints; ``-I`` keeps the environment and the current folder out of it."""
    command = [sys.executable, "-I", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own text


def measure(*, quick: bool) -> Section:
    """Return the cost of each statement, and what heavy modules each of them loads."""
    rounds = 5 if quick else 41
    for statement in STATEMENTS:  # compiles what was never imported
        milliseconds(statement)
    turns = [{statement: milliseconds(statement) for statement in STATEMENTS} for _ in range(rounds)]
    ratios = {statement: median(turn[statement] / turn[BASE] for turn in turns) for statement in STATEMENTS}
    rows = [
        [
            f"`{statement}`",
            f"{median(turn[statement] for turn in turns):.2f}",
            f"{ratios[statement]:.2f}",
            ", ".join(loaded(statement)) or "none",
        ]
        for statement in STATEMENTS
    ]
    rows.append(["two tasks, run", "", "", ", ".join(loaded(_RUN)) or "none"])
    return Section(
        title="Import",
        method=_METHOD.format(rounds=rounds),
        tables=[table(["statement", "ms", "times `import attrs`", "heavy modules loaded"], rows)],
        promises=[
            Promise(f"`{SHORT}`, times `{BASE}`", ratios[SHORT], PROMISED),
            Promise(f"`{USED}`, times `{BASE}`", ratios[USED], PROMISED),
            Promise(f"heavy modules loaded by `{SHORT}`", len(loaded(SHORT)), 0),
            Promise("heavy modules loaded by a run", len(loaded(_RUN)), 0),
        ],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
