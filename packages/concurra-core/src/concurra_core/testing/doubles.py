"""Doubles that stand alone: a clock that is moved by hand, and a sink that remembers."""

from __future__ import annotations

from typing import TypeVar

import attrs

from concurra_core.model.events import Event

E = TypeVar("E")


@attrs.define
class FakeClock:
    """Seconds that pass when they are told to.

    >>> clock = FakeClock()
    >>> clock.advance(4.0)
    >>> clock()
    4.0
    """

    now: float = 0.0

    def __call__(self) -> float:
        """Return the seconds that have passed."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.now += seconds


@attrs.define
class RecordingSink:
    """Remember every event, in order."""

    events: list[Event] = attrs.field(factory=list)

    def __call__(self, event: Event, /) -> None:
        """Take an event."""
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]
