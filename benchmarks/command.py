"""What the command costs: a flow of two tasks beside a script that runs the same flow, and the answers it gives at once."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Promise, Section, table

TITLE: Final = "The command line"
PROMISED: Final = 1.6  # times the script
AT_ONCE: Final = 150.0  # milliseconds

_FLOW: Final = """\
import concurra

flow = concurra.Workflow(name="two")
first = flow.add(int, 1, label="first")
flow.add(str, first, label="second")

if __name__ == "__main__":
    print(flow.run()["second"].value)
"""
_COMMAND: Final = "import sys; from concurra_cli.main import run; run()"  # as its script does
_SCRIPT: Final = "python two.py"
_RUN: Final = "concurra-cli run two.py"
_ANSWERS: Final = (
    "concurra-cli --help",
    "concurra-cli run --help",
    "concurra-cli --print-completion bash",
    "concurra-cli --version",
)

_METHOD = """\
Whole programs, from their start to their end, with the interpreter's own start in them; all byte code is compiled. The
script makes a workflow of two tasks that do nothing, runs it and prints a result; the command runs the same file,
shows its progress and writes its table, to nowhere. They take turns, and ratios are taken within a turn; medians of
{rounds} turns. What the command has beside the run is a parser, the settings, signals, and what it tells."""


def milliseconds(line: str, folder: Path) -> float:
    """Return how long the program *line* takes in *folder*."""
    program, *words = line.split()
    start = ["-c", _COMMAND] if program == "concurra-cli" else []
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *start, *words],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return (time.perf_counter() - began) * 1e3


def measure(*, quick: bool) -> Section:
    """Return how long the command takes, and how much longer than a script."""
    rounds = 5 if quick else 41
    lines = (_SCRIPT, _RUN, *_ANSWERS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "two.py").write_text(_FLOW, encoding="utf-8")
        for line in lines:  # compiles what was never imported
            milliseconds(line, folder)
        turns = [{line: milliseconds(line, folder) for line in lines} for _ in range(rounds)]
    ratio = median(turn[_RUN] / turn[_SCRIPT] for turn in turns)
    took = {line: median(turn[line] for turn in turns) for line in lines}
    return Section(
        title=TITLE,
        method=_METHOD.format(rounds=rounds),
        tables=[table(["program", "ms", "times the script"], _rows(took, turns))],
        promises=[
            Promise(f"`{_RUN}`, two tasks, times a script", ratio, PROMISED),
            Promise(
                "`--help`, `--print-completion` and `--version`, the slowest",
                max(map(took.__getitem__, _ANSWERS)),
                AT_ONCE,
                "ms",
            ),
        ],
    )


def _rows(took: dict[str, float], turns: Sequence[dict[str, float]]) -> list[list[str]]:
    return [
        [f"`{line}`", f"{spent:.1f}", f"{median(turn[line] / turn[_SCRIPT] for turn in turns):.2f}"]
        for line, spent in took.items()
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    section = measure(quick=parser.parse_args().quick)
    print(section.markdown(), *(promise.row() for promise in section.promises), sep="\n")


if __name__ == "__main__":
    main()
