"""All benchmarks of this library: what each is called, how it is measured, and in which order. Writes nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks import (
    command,
    growth,
    json_sink,
    latency,
    makespan,
    maps,
    overhead,
    process_efficiency,
    process_latency,
    process_overhead,
    process_startup,
    small,
    startup,
)
from benchmarks.report import Section

_ORDER: Final = (
    "Cost of a task",
    "Small runs",
    "Growth",
    json_sink.TITLE,
    maps.TITLE,
    process_overhead.TITLE,
    process_startup.TITLE,
    process_efficiency.TITLE,
    "Makespan of real workflows",
    "Time limits and abort",
    process_latency.TITLE,
    "Import",
    command.TITLE,
)

Step: TypeAlias = Callable[[], Section | None]


def steps(*, quick: bool, workflows: Path) -> Mapping[str, Step]:
    """Return all benchmarks by name, to be run in this order: those that look at single milliseconds come first."""
    return {
        "import": lambda: startup.measure(quick=quick),
        "the command line": lambda: command.measure(quick=quick),
        "time limits and abort": lambda: latency.measure(quick=quick),
        "time limits and abort in processes": lambda: process_latency.measure(quick=quick),
        "first run in processes": lambda: process_startup.measure(quick=quick),
        "cost of a task": lambda: overhead.measure(quick=quick),
        "small runs": lambda: small.measure(quick=quick),
        "growth": lambda: growth.measure(quick=quick),
        "events as JSON": lambda: json_sink.measure(quick=quick),
        "maps and memory": lambda: maps.measure(quick=quick),
        "cost of a task in processes": lambda: process_overhead.measure(quick=quick),
        "use of two processors": lambda: process_efficiency.measure(quick=quick),
        "makespan": lambda: makespan.measure(workflows),
    }


def measure(*, quick: bool, workflows: Path, only: Container[str] | None = None) -> list[Section]:
    """Run all benchmarks one after the other, or those named in *only*; return what is asked first, first."""
    sections = []
    for name, step in steps(quick=quick, workflows=workflows).items():
        if only is not None and name not in only:
            continue
        print(f"measuring: {name}", file=sys.stderr)
        section = step()
        if section is None:
            print(f"left out: there is no folder {workflows}", file=sys.stderr)
        else:
            sections.append(section)
    return sorted(sections, key=lambda section: _ORDER.index(section.title))
