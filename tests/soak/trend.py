"""The straight line through the samples of a gauge, and the table of all gauges."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

import attrs
from soak.gauges import GAUGES

_HOUR: Final = 3600.0
_WARM: Final = 5  # one in so many samples, the first ones, are of the warm-up; at least the very first


@attrs.frozen
class Trend:
    """How a gauge went: its extremes after the warm-up, and how much it grew."""

    name: str
    noise: float
    first: int
    last: int
    least: int
    most: int
    growth: float
    per_hour: float

    @property
    def grows(self) -> bool:
        return self.growth > self.noise

    def row(self) -> str:
        verdict = "**grows**" if self.grows else "flat"
        return (
            f"| {self.name} | {self.first} | {self.last} | {self.least} | {self.most} | {self.per_hour:+.2f} | "
            f"{self.growth:+.2f} | {self.noise:g} | {verdict} |"
        )


class Samples:
    """Samples of all gauges. Arrays of numbers: what measures the memory is not to be what fills it."""

    def __init__(self) -> None:
        self._times = array("d")
        self._values = [array("q") for _ in GAUGES]

    def add(self, moment: float, values: Sequence[int]) -> None:
        """Write down the *values* of all gauges at *moment*, in seconds."""
        self._times.append(moment)
        for column, value in zip(self._values, values, strict=True):
            column.append(value)

    def trends(self) -> list[Trend]:
        """Return how each gauge went."""
        warm = max(1, len(self._times) // _WARM) if len(self._times) > 1 else 0
        times = self._times[warm:]
        found = []
        for (name, (noise, _)), column in zip(GAUGES.items(), self._values, strict=True):
            values = column[warm:]
            slope = slope_of(times, values)
            growth = slope * (times[-1] - times[0])
            found.append(
                Trend(name, noise, values[0], values[-1], min(values), max(values), growth, slope * _HOUR)
            )
        return found


def slope_of(times: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of the straight line of least squares, per second.

    >>> slope_of([0.0, 1.0, 2.0], [5, 7, 9])
    2.0
    """
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - middle) ** 2 for time in times)
    if spread == 0:
        return 0.0
    return sum((time - middle) * (value - mean) for time, value in zip(times, values, strict=True)) / spread


def table(trends: Sequence[Trend]) -> str:
    """Return Markdown."""
    head = "| held after a round | first | last | least | most | slope per hour | growth | noise | verdict |"
    return "\n".join(
        [head, "|---|---:|---:|---:|---:|---:|---:|---:|---|", *(trend.row() for trend in trends)]
    )
