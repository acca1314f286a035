"""Has anything become slower? Compares ratios with the committed baseline; absolute times are not looked at.

    python -m benchmarks.check              a minute or two: measure, compare, and print what moved
    python -m benchmarks.check --rewrite    measure several times, and write benchmarks/baseline.json

What seems to have moved is measured again, and has moved only if it does so each time. Exit status: 0 nothing
is worse beyond its noise, 1 something is or the figures are not those of the baseline, 2 there is no baseline.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from benchmarks.baseline import FILE, LOOSE, Band, Baseline, band_of, read, write
from benchmarks.report import machine, table
from benchmarks.suite import measure
from benchmarks.workflows import DEFAULT

# Those that have ratios. The others measure milliseconds, which are the machine's as much as ours.
GUARDED: Final = (
    "import",
    "the command line",
    "first run in processes",
    "cost of a task",
    "growth",
    "maps and memory",
    "cost of a task in processes",
    "use of two processors",
    "makespan",
)
RUNS: Final = 5  # of which a baseline is made
AGAIN: Final = 2  # times that what has moved is measured again

# Measures one of the above; its figures by name, none if what it needs is not there.
Measure: TypeAlias = Callable[[str], Mapping[str, float]]


@attrs.frozen
class Finding:
    """A figure beside its baseline.

    Args:
        what: its name.
        band: what it was, None if the baseline does not know it.
        ratio: what it is, None if it was not measured though its benchmark was.
    """

    what: str
    band: Band | None
    ratio: float | None

    @property
    def moved(self) -> int:
        """Return 1 for worse beyond the noise, -1 for better beyond it, 0 for neither or not comparable."""
        return 0 if self.band is None or self.ratio is None else self.band.moved(self.ratio)

    @property
    def verdict(self) -> str:
        """Return in words what is to be said of it; empty if nothing is."""
        if self.band is None:
            return "not in the baseline"
        if self.ratio is None:
            return "not measured"
        return {1: "**worse**", 0: "", -1: "better"}[self.moved]

    def row(self) -> list[str]:
        """Return it as a row of the table."""
        was = "-" if self.band is None else f"{self.band.ratio:.4g}"
        noise = "-" if self.band is None else f"{self.band.noise:.2g}"
        return [self.what, was, noise, "-" if self.ratio is None else f"{self.ratio:.4g}", self.verdict]


def compare(bands: Mapping[str, Band], ratios: Mapping[str, float]) -> list[Finding]:
    """Return all figures of one benchmark, those of the baseline first; none if it could not be measured."""
    if not ratios:
        return []
    return [Finding(what, bands.get(what), ratios.get(what)) for what in dict.fromkeys([*bands, *ratios])]


def settled(step: str, bands: Mapping[str, Band], measure_one: Measure) -> list[Finding]:
    """Return the figures of *step*; what has moved is measured again, and the least move is what counts."""
    findings = compare(bands, measure_one(step))
    for _ in range(AGAIN):
        if not any(one.moved for one in findings):
            break
        second = {one.what: one for one in compare(bands, measure_one(step))}
        findings = [_nearer(one, second.get(one.what, one)) for one in findings]
    return findings


def _nearer(one: Finding, other: Finding) -> Finding:
    """Return which of two measurements of a figure is nearer to its baseline."""
    if one.band is None or one.ratio is None or other.ratio is None:
        return one
    was = one.band.ratio
    return min(one, other, key=lambda finding: abs((finding.ratio or 0.0) - was))


def report(findings: Iterable[Finding]) -> tuple[str, int]:
    """Return what is to be printed of *findings*, and the exit status."""
    every = list(findings)
    told = [one for one in every if one.verdict]
    if not told:
        return f"{len(every)} figures, none beyond its noise", 0
    heads = ["figure", "baseline", "noise", "now", "verdict"]
    lines = [table(heads, [one.row() for one in told]), "", f"{len(every) - len(told)} others did not move."]
    failed = any(one.verdict != "better" for one in told)
    if any(one.moved <= 0 for one in told):
        lines.append("`make bench-baseline`, on a quiet machine, makes what is measured now the baseline.")
    return "\n".join(lines), int(failed)


def rewritten(measure_one: Measure, steps: Sequence[str], runs: int) -> Baseline:
    """Return a baseline of *runs* runs, each of which takes all *steps* in turn."""
    load = f"Load average before the runs: {os.getloadavg()[0]:.1f}."
    turns = [{step: measure_one(step) for step in steps} for _ in range(runs)]
    found = {
        step: {what: band_of([turn[step][what] for turn in turns]) for what in turns[0][step]}
        for step in steps
        if turns[0][step]
    }
    return Baseline(f"{machine()} {load}", found)


def _looseness(baseline: Baseline) -> str:
    """Return a line that tells how many figures of *baseline* guard little; empty if all are worth something."""
    count = len(baseline.loose())
    advice = "a quieter machine would give a better baseline"
    return f"\n{count} figures may be off by more than {LOOSE:.0%}: {advice}" if count else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Check or rewrite; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--rewrite", action="store_true", help="write a new baseline")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="of the new baseline, 2 or more")
    parser.add_argument("--only", nargs="+", choices=GUARDED, default=GUARDED, help="some benchmarks")
    parser.add_argument("--workflows", type=Path, default=DEFAULT, metavar="DIR", help="recorded workflows")
    options = parser.parse_args(argv)

    def measure_one(step: str) -> dict[str, float]:
        sections = measure(quick=True, workflows=options.workflows, only={step})
        promises = [promise for section in sections for promise in section.promises]
        return {promise.what: promise.measured for promise in promises if not promise.unit}

    if options.rewrite:
        made = rewritten(measure_one, options.only, options.runs)
        write(made, FILE)
        print(f"written: {FILE.name}{_looseness(made)}", file=sys.stderr)
        return 0
    if not FILE.exists():
        print(f"there is no {FILE.name}; `make bench-baseline` writes it", file=sys.stderr)
        return 2
    known = read(FILE)
    print(f"the baseline: {known.machine}\nthis run: {machine()}{_looseness(known)}", file=sys.stderr)
    found = [settled(step, known.steps.get(step, {}), measure_one) for step in options.only]
    text, status = report(finding for findings in found for finding in findings)
    print(text)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
