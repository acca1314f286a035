from __future__ import annotations

from concurra_core.model.sink import Sink
from concurra_core.testing import RecordingSink


def test_any_callable_that_takes_an_event_is_a_sink() -> None:
    sinks: list[Sink] = [RecordingSink(), print]
    assert all(map(callable, sinks))
