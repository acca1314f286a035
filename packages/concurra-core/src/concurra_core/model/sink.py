"""What a sink is. Apart from the events, so that a program without sinks does not load them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from concurra_core.model.events import Event


class Sink(Protocol):
    """Any callable that takes an event; what it returns is ignored."""

    def __call__(self, event: Event, /) -> object: ...
