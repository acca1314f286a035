"""Structured logs of Concurra runs."""

from concurra_logging.json_sink import JsonSink
from concurra_logging.schema import schema

__all__ = ["JsonSink", "schema"]
