"""What a sink is. Apart from the events, so that a program without sinks does not load them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from concurra_core.model.events import Event


class Sink(Protocol):
    """Any callable that takes an event; what it returns is ignored."""

    def __call__(self, event: Event, /) -> object: ...


class BufferingSink(Sink, Protocol):
    """A sink that may gather what comes, and is told when nothing more waits. Its class has both methods.

    A run gives it its events by `collect` instead of a call. Wherever a sink is merely called, as from a function
    around it, it cannot know what waits, and has to act at once.
    """

    def collect(self, event: Event, /) -> object:
        """Take *event*; more may wait. Call after call comes as long as events do."""

    def flush(self, now: float, /) -> float | None:
        """Act on what was gathered. No event waits at *now*, in seconds on the clock of `Event.monotonic`.

        Called once more after the last event. Return the moment at which to be called again even if no event comes,
        such as for a sign of life; None for no such moment.
        """
