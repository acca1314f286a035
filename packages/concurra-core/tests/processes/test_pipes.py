"""The run's ends of what leads to a worker, where they are closed while the selector has more to tell of them."""

from __future__ import annotations

from selectors import DefaultSelector

from concurra_core.backends.pipes import Pipes
from concurra_core.backends.worker import wire
from platforms import needs_processes

pytestmark = needs_processes


def test_pipes_that_were_closed_meanwhile_do_nothing_at_an_event_that_was_seen_before() -> None:
    """As where the template dies that was to fork a worker, and its death is told first."""
    with DefaultSelector() as selector:
        pipes = Pipes(selector, lambda tag, main, buffers: None, lambda stream, data: None)
        pipes.send(wire.BATCH, bytes(10_000_000), [])  # more than a pipe holds
        pipes.hand_over()
        seen = selector.select(0)
        pipes.close()
        for key, _ in seen:
            key.data()
        assert len(seen) == 5
        assert not selector.get_map()
