"""`WorkflowPlan`: what a run of a workflow will look like, as far as that can be known before it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

import attrs

from concurra_core.reporting.wording import shown

SCHEMA: Final = 1  # of `to_json`
_LABELS_SHOWN: Final = 8  # in a row; `waves` has them all
_WAVES_SHOWN: Final = 40
_HEAD: Final = ("wave", "tasks", "seconds", "labels")


@attrs.frozen(kw_only=True)
class WorkflowPlan:
    """What a run of a workflow will look like. Made by `Workflow.plan`; ``str`` of it is a text for people.

    Seconds are those that tasks declare with ``expected_seconds``, 1 where they declare nothing. A map over a result
    counts as one task: how many it will be, nobody knows before the run. So does what `gather` and `map` bring
    together, in no time.

    Args:
        name: what the workflow is called.
        waves: labels of tasks that could run at once, if each wave ended before the next began. A run has no such
            barrier.
        wave_seconds: how long the longest task of each wave takes.
        order: labels in the order in which tasks start on one worker: of those that are ready, the one with the
            highest priority, then with the longest path behind it, then that was added first.
        critical_path: labels of the chain of tasks that takes longest; no number of workers makes a run shorter.
        critical_seconds: how long that chain takes.
        total_seconds: how long all tasks take, one after the other.
    """

    name: str
    waves: tuple[tuple[Hashable, ...], ...]
    wave_seconds: tuple[float, ...]
    order: tuple[Hashable, ...]
    critical_path: tuple[Hashable, ...]
    critical_seconds: float
    total_seconds: float

    @property
    def widest(self) -> int:
        """Number of tasks in the widest wave, which is about as many workers as can be busy at once.

        It is no bound: without barriers between waves, tasks of several of them may run at the same time.
        """
        return max(map(len, self.waves), default=0)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as `json.dumps` takes it; labels that JSON has no word for are there as text.

        >>> from concurra_core import Workflow
        >>> flow = Workflow()
        >>> raw = flow.add(bytes, label="raw")
        >>> size = flow.add(len, raw, label=("size", 1))
        >>> flow.plan().to_json()["order"]
        ['raw', "('size', 1)"]
        """
        return {
            "schema": SCHEMA,
            "name": self.name,
            "tasks": len(self.order),
            "waves": [_jsonable(wave) for wave in self.waves],
            "wave_seconds": [*self.wave_seconds],
            "widest": self.widest,
            "order": _jsonable(self.order),
            "critical_path": _jsonable(self.critical_path),
            "critical_seconds": self.critical_seconds,
            "total_seconds": self.total_seconds,
        }

    def __str__(self) -> str:
        lines = [self._headline()]
        if self.waves:
            way = " -> ".join(_few(self.critical_path))
            lines += [f"critical path, {self.critical_seconds:g} s: {way}", "", *_aligned(self._rows())]
        hidden = len(self.waves) - _WAVES_SHOWN
        if hidden > 0:
            lines.append(f"and {_counted(hidden, 'more wave')}")
        return "\n".join(lines)

    def _headline(self) -> str:
        told = f"{shown(self.name)}: {_counted(len(self.order), 'task')}"
        if not self.waves:
            return told
        waves = _counted(len(self.waves), "wave")
        return f"{told} in {waves}, widest {self.widest}, {self.total_seconds:g} s of work"

    def _rows(self) -> Iterable[tuple[str, str, str, str]]:
        yield _HEAD
        seconds = self.wave_seconds
        for number, wave in enumerate(self.waves[:_WAVES_SHOWN], start=1):
            labels = ", ".join(_few(wave))
            yield str(number), str(len(wave)), f"{seconds[number - 1]:g}", labels


def _aligned(rows: Iterable[tuple[str, str, str, str]]) -> Iterable[str]:
    """Yield a line for each of *rows*: numbers to the right, labels to the left."""
    table = list(rows)
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    for *numbers, labels in table:
        cells = (f"{cell:>{width}}" for cell, width in zip(numbers, widths, strict=True))
        yield f"{'  '.join(cells)}  {labels}"


def _few(labels: Sequence[Hashable]) -> list[str]:
    """Return *labels* as texts; of many, the first ones and the last, and how many are between them."""
    hidden = len(labels) - _LABELS_SHOWN
    if hidden <= 0:
        return [shown(label) for label in labels]
    first = [shown(label) for label in labels[: _LABELS_SHOWN - 1]]
    return [*first, f"({hidden} more)", shown(labels[-1])]


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _jsonable(labels: Iterable[Hashable]) -> list[str | int | float]:
    return [_word(label) for label in labels]


def _word(label: Hashable) -> str | int | float:
    """Return *label* if JSON has a word for it, else its text. JSON knows no infinity."""
    if type(label) in {str, bool, int} or (type(label) is float and math.isfinite(label)):
        return label  # type: ignore[return-value] # mypy does not narrow by `type(...) in`
    return shown(label)
