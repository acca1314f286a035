"""One benchmark on its own: `python -m benchmarks.small`, and so with the others."""

from __future__ import annotations

import argparse
from typing import Protocol

from benchmarks.report import Section


class Measure(Protocol):
    """What a benchmark is to whoever runs it."""

    def __call__(self, *, quick: bool) -> Section: ...


def print_alone(measure: Measure, said: str | None) -> None:
    """Measure and print; *said* is what the help says of it."""
    parser = argparse.ArgumentParser(description=said)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller")
    print(measure(quick=parser.parse_args().quick).markdown())
