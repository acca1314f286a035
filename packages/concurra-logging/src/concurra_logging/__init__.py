"""Structured logs of Concurra runs."""

from concurra_logging.json_sink import JsonSink

__all__ = ["JsonSink"]
