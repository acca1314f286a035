"""Run all benchmarks, print their tables and write them to docs/benchmarks.md.

    python -m benchmarks            everything, about seven minutes, writes the page
    python -m benchmarks --quick    fewer rounds and smaller graphs, about a minute, writes nothing

Exit status: 0, whether promises were kept or not; the first table tells.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.report import ROOT, Section, machine, promises_table
from benchmarks.suite import measure
from benchmarks.workflows import DEFAULT

PAGE: Final = ROOT / "docs" / "benchmarks.md"

_HEAD = """\
# Benchmarks

What Concurra costs beside the work of the tasks, and how well it orders them. `make bench` measures all of it anew
and rewrites this page; `python -m benchmarks --quick` looks at it in a minute and writes nothing.

{machine} Figures in microseconds hold for this machine and this day, and change with what else it does; ratios
were taken between neighbours in time, and hold better.

These are the figures that Concurra promises not to exceed:

{promises}

What they do not say: tasks that do nothing show nothing but overhead. Beside a task of ten milliseconds, fifty
microseconds more or less cannot be seen, and the order of start is what is left to win. Threads share one interpreter
lock: Python code itself runs in parallel only in processes. And a thread that is over its limit, or aborted, is
given up and not killed: the run goes on at once, the thread does so until its task returns. A process is killed.
[When a worker process fails](explanation/process_faults.md) compares what becomes of a program then."""


def page(sections: Sequence[Section]) -> str:
    """Return the whole page."""
    head = _HEAD.format(machine=machine(), promises=promises_table(sections))
    return "\n\n".join([head, *(section.markdown() for section in sections)]) + "\n"


def main() -> int:
    """Measure, print, and unless it was quick, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run all benchmarks.")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller; writes nothing")
    parser.add_argument("--workflows", type=Path, default=DEFAULT, metavar="DIR", help="recorded workflows")
    options = parser.parse_args()
    text = page(measure(quick=options.quick, workflows=options.workflows))
    print(text)
    if not options.quick:
        PAGE.write_text(text, encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
