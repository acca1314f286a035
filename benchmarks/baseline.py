"""The committed ratios and how far each may be off: what a baseline is, how it is made of runs, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, stdev
from typing import Final

import attrs

from benchmarks.report import ROOT

FILE: Final = ROOT / "benchmarks" / "baseline.json"

# A band holds this many standard deviations of the runs. They are few, and their distribution has a long tail;
# what is left of false alarms, the check asks again.
DEVIATIONS: Final = 3.0
LEAST: Final = 0.02  # of the ratio; runs that happen to be near one another say less than they seem to
COUNTED: Final = (
    0.005  # of the ratio, where all runs are equal: nothing was timed, but pages of memory waver a little
)
LOOSE: Final = 0.25  # of the ratio; what may be off by more guards little


@attrs.frozen
class Band:
    """What a figure was, and how far from it is still noise.

    Args:
        ratio: the median of the runs; less is better.
        noise: how far a measurement may be off, in either direction.
        runs: what was measured, in order.
    """

    ratio: float
    noise: float
    runs: Sequence[float]

    def moved(self, ratio: float) -> int:
        """Return 1 if *ratio* is worse beyond the noise, -1 if it is better beyond it, 0 if it is neither.

        >>> band_of([0.2, 0.201, 0.2]).moved(0.203), band_of([0.2, 0.201, 0.2]).moved(0.21)
        (0, 1)
        """
        off = ratio - self.ratio
        return 0 if abs(off) <= self.noise else 1 if off > 0 else -1


@attrs.frozen
class Baseline:
    """What was measured once, to be compared with.

    Args:
        machine: on what, with which versions, and when, in words.
        steps: for each benchmark its figures, by name.
    """

    machine: str
    steps: Mapping[str, Mapping[str, Band]]

    def loose(self) -> list[str]:
        """Return the names of the figures whose noise is so much that they guard little."""
        bands = [band for figures in self.steps.values() for band in figures.items()]
        return [what for what, band in bands if band.noise > LOOSE * abs(band.ratio)]


def band_of(runs: Sequence[float]) -> Band:
    """Return the band that *runs* give, at least two."""
    short = [_short(one) for one in runs]  # so that anybody can work it out again from the file
    middle = _short(median(short))
    least = COUNTED if len(set(short)) == 1 else LEAST
    return Band(middle, _short(max(DEVIATIONS * stdev(short), least * abs(middle))), short)


def read(file: Path) -> Baseline:
    """Return the baseline in *file*.

    Raises:
        OSError: it is not there.
    """
    found = json.loads(file.read_text(encoding="utf-8"))
    steps = {
        step: {what: Band(**band) for what, band in figures.items()}
        for step, figures in found["steps"].items()
    }
    return Baseline(found["machine"], steps)


def write(baseline: Baseline, file: Path) -> None:
    """Write *baseline* into *file*, so that a change of one figure is a change of one line."""
    steps = ",\n".join(
        f"  {json.dumps(step)}: {{\n{_lines(figures)}\n  }}" for step, figures in baseline.steps.items()
    )
    machine = json.dumps(baseline.machine, ensure_ascii=False)
    text = f'{{\n "machine": {machine},\n "steps": {{\n{steps}\n }}\n}}\n'
    file.write_text(text, encoding="utf-8")


def _lines(figures: Mapping[str, Band]) -> str:
    return ",\n".join(
        f"   {json.dumps(what)}: {json.dumps(attrs.asdict(band))}" for what, band in figures.items()
    )


def _short(number: float) -> float:
    """Return *number* to four digits: there is no more in it."""
    return float(f"{number:.4g}")
