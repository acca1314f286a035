"""`SimulatedRun`: what happened in a simulated run, and assertions on it that show it when they fail."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import attrs

from concurra_core.model.checks import count
from concurra_core.model.events import Event, TaskEnded, TaskRetrying, TaskStarted
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref
from concurra_core.model.state import TaskState
from concurra_core.reporting.report import RunReport
from concurra_core.testing.errors import UnknownLabelError
from concurra_core.testing.labels import Labels

_LINES: Final = 60  # of a timeline; the middle of a longer one is left out


@attrs.frozen
class _Stint:
    """One attempt: when it began and ended, as places in the order of all events."""

    label: Hashable
    began: int
    ended: int


class SimulatedRun:
    """What happened in a simulated run.

    Attributes:
        report: the `RunReport`, with the virtual times.
        events: all events, in order.
        seed: the seed of the simulation.

    >>> from concurra_core import Workflow
    >>> from concurra_core.testing import simulate
    >>> flow = Workflow()
    >>> rows = flow.add(dict, label="load")
    >>> count = flow.add(len, rows, label="count")
    >>> run = simulate(flow)
    >>> run.assert_ran_before("load", "count")
    >>> run.order
    ['load', 'count']
    >>> run.assert_ran_before("count", "load")
    Traceback (most recent call last):
    AssertionError: 'count' had not ended when 'load' began:
         0.000 s  started    load
         0.000 s  succeeded  load
         0.000 s  started    count
         0.000 s  succeeded  count
    """

    def __init__(self, report: RunReport, events: Sequence[Event], labels: Labels, seed: int) -> None:
        self.report = report
        self.events = tuple(events)
        self.seed = seed
        self._labels = labels

    def __repr__(self) -> str:
        return f"<SimulatedRun seed={self.seed}: {self.report!r}>"

    def __str__(self) -> str:
        return f"{self.report}\nwith seed {self.seed}:\n{self.timeline}"

    # -- what happened -----------------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Virtual seconds from the start of the run to the end of its last task."""
        return self.report.makespan

    @cached_property
    def starts(self) -> list[tuple[float, Hashable, int]]:
        """Of every attempt the virtual second it began in, its label and number; maps and gathers run nothing."""
        return [
            (event.monotonic, event.label, event.attempt)
            for event in self.events
            if isinstance(event, TaskStarted) and not self._labels.runs_nothing(event.label)
        ]

    @cached_property
    def order(self) -> list[Hashable]:
        """The labels of all tasks that began, in the order in which they did for the first time."""
        return list(dict.fromkeys(label for _, label, _ in self.starts))

    @property
    def timeline(self) -> str:
        """What happened, a line each."""
        lines = [line for event in self.events for line in _lines(event)]
        if len(lines) > _LINES:
            half = _LINES // 2
            lines[half:-half] = [f"     ... {len(lines) - 2 * half} more ..."]
        return "\n".join(lines)

    # -- assertions --------------------------------------------------------------------------------------

    def assert_ran_before(self, first: Hashable | Ref[Any], second: Hashable | Ref[Any]) -> None:
        """Assert that *first* had ended, for good, before *second* began. The label of a map stands for all of it.

        Raises:
            AssertionError: it had not, or one of them never began.
            UnknownLabelError: there is no such task.
        """
        earlier, later = self._stints_of(first), self._stints_of(second)
        if max(stint.ended for stint in earlier) >= min(stint.began for stint in later):
            raise self._failure(f"{self._name(first)} had not ended when {self._name(second)} began")

    def assert_never_ran(self, task: Hashable | Ref[Any]) -> None:
        """Assert that no attempt of *task* began, of a map: of any of its items.

        Raises:
            AssertionError: one did.
            UnknownLabelError: there is no such task.
        """
        label = self._named(task)
        ran = [began for _, began, _ in self.starts if self._labels.covers([label], began)]
        if ran:
            raise self._failure(f"{', '.join(dict.fromkeys(map(repr, ran)))} ran")

    def assert_at_most(self, number: int, *tasks: Hashable | Ref[Any]) -> None:
        """Assert that never more than *number* of *tasks*, of all if none are named, ran at once.

        Raises:
            AssertionError: more did.
            UnknownLabelError: there is no such task.
            TypeError: *number* is no int.
            ValueError: it is below zero.
        """
        most = count("number", number)
        named = [self._named(task) for task in tasks]
        running: dict[Hashable, int] = {}
        for label, begins in self._changes():
            if named and not self._labels.covers(named, label):
                continue
            if begins:
                running[label] = 1
            else:
                running.pop(label, None)
            if len(running) > most:
                raise self._failure(f"{len(running)} ran at once: {', '.join(map(quoted, running))}")

    # -- behind them -------------------------------------------------------------------------------------

    def _changes(self) -> Iterator[tuple[Hashable, bool]]:
        """Yield the label of each attempt when it begins, with True, and when it ends, with False."""
        for event in self.events:
            if isinstance(event, TaskStarted):
                if not self._labels.runs_nothing(event.label):
                    yield event.label, True
            elif isinstance(event, TaskRetrying | TaskEnded):
                yield event.label, False

    def _stints_of(self, task: Hashable | Ref[Any]) -> list[_Stint]:
        label = self._named(task)
        stints = [stint for stint in self._stints if self._labels.covers([label], stint.label)]
        if not stints:
            raise self._failure(f"{quoted(label)} never ran")
        return stints

    @cached_property
    def _stints(self) -> list[_Stint]:
        stints: list[_Stint] = []
        began: dict[Hashable, int] = {}
        for place, event in enumerate(self.events):
            if isinstance(event, TaskStarted):
                began[event.label] = place
            elif isinstance(event, TaskRetrying | TaskEnded) and event.label in began:
                stints.append(_Stint(event.label, began.pop(event.label), place))
        return stints

    def _named(self, task: Hashable | Ref[Any]) -> Hashable:
        try:
            return self._labels.named(task)
        except UnknownLabelError as error:
            raise UnknownLabelError(error.label, list(self.report)) from None

    def _name(self, task: Hashable | Ref[Any]) -> str:
        return repr(self._named(task))

    def _failure(self, words: str) -> AssertionError:
        return AssertionError(f"{words}:\n{self.timeline}")


def _lines(event: Event) -> Iterator[str]:
    """Yield the line that shows *event*, if there is one."""
    match event:
        case TaskStarted(label=label, attempt=attempt):
            yield _line(event, "started", f"{label}{_numbered(attempt)}")
        case TaskRetrying(label=label, attempt=attempt, error=error, delay=delay):
            yield _line(event, "retrying", f"{label}{_numbered(attempt)} in {delay:g} s: {error}")
        case TaskEnded(label=label, attempt=attempt, status=status, reason=reason):
            why = "" if status is TaskState.SUCCEEDED else f": {reason}"
            yield _line(event, status.value, f"{label}{_numbered(attempt)}{why}")
        case _:
            pass


def _line(event: Event, what: str, words: str) -> str:
    return f"{event.monotonic:10.3f} s  {what:9}  {words}"


def _numbered(attempt: int) -> str:
    return f" (attempt {attempt})" if attempt > 1 else ""
