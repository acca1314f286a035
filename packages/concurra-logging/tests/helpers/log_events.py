"""What a sink writes of events."""

from __future__ import annotations

import io
import json
from typing import Any

from concurra_core import Event
from concurra_logging import JsonSink

Line = dict[str, Any]  # Any: what JSON holds


def loaded(text: str) -> list[Line]:
    """Return the lines of *text*, each strictly JSON."""

    def refuse(constant: str) -> object:
        raise AssertionError(constant)

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def lines_of(*events: Event, **settings: Any) -> list[Line]:  # Any: whatever a test sets
    stream = io.StringIO()
    sink = JsonSink(stream, **settings)
    for event in events:
        sink(event)
    return loaded(stream.getvalue())
