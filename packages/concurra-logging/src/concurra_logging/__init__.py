"""Structured logs of Concurra runs. Names load when they are first used: a sink needs no structlog."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurra_logging.bridge import JsonRenderer, formatter
    from concurra_logging.configuring import configure
    from concurra_logging.described import schema
    from concurra_logging.json_sink import JsonSink
    from concurra_logging.marks import TaskFilter, task_context

__all__ = ["JsonRenderer", "JsonSink", "TaskFilter", "configure", "formatter", "schema", "task_context"]

# Where each name is loaded from.
_HOMES = {
    "JsonRenderer": "bridge",
    "JsonSink": "json_sink",
    "TaskFilter": "marks",
    "configure": "configuring",
    "formatter": "bridge",
    "schema": "described",
    "task_context": "marks",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
