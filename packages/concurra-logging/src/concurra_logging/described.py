"""The schema of the lines, as a value."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a line of `JsonSink`.

    >>> schema()["$defs"]["run.started"]["required"]
    ['total']
    """
    text = files("concurra_logging").joinpath("events.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)  # Any: what JSON holds
    return found
