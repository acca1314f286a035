"""A sink that writes one JSON object a line. The only file that imports structlog."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import structlog
from concurra_core import SCHEMA_VERSION, Event, RunEnded, RunStarted
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from concurra_logging.fields import fields_of


class JsonSink:
    """Write each event as one line of JSON, whole and flushed.

    A line has `timestamp` (the event's own, UTC, ISO 8601 with microseconds), `event` (such as ``task.ended``),
    `schema`, `run_id` and `run_name`, and what `fields_of` adds. Several runs may share a sink. It neither reads
    nor changes what `structlog.configure` set up.

    Args:
        stream: where the lines go; by default stderr, as it is when a run starts: stdout may be the program's
            data. The sink does not close it.

    >>> from concurra_core import TaskRunner
    >>> runner = TaskRunner(progress_stats=False, sinks=[JsonSink(sys.stdout)])
    >>> ref = runner.add_task(len, "abc", label="count")
    >>> results = runner.run(verify=False)  # doctest: +ELLIPSIS
    {"timestamp": "...Z", "event": "run.started", "schema": 1, "run_id": "...", "run_name": "Concurra", "total": 1}
    {"timestamp": "...Z", "event": "task.started", "schema": 1, ... "label": "count", "attempt": 1}
    {"timestamp": "...Z", "event": "task.ended", "schema": 1, ... "status": "succeeded", ...}
    {"timestamp": "...Z", "event": "run.ended", "schema": 1, ... "total": 1, "succeeded": 1, "failed": 0, ...}
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._loggers: dict[str, FilteringBoundLogger] = {}  # of the runs under way, by run id

    def __call__(self, event: Event, /) -> None:
        """Write the line of *event*."""
        log = self._loggers.get(event.run_id)
        if log is None:
            log = self._loggers[event.run_id] = self._bound(event)
        if isinstance(event, RunEnded):
            del self._loggers[event.run_id]
        name, fields = fields_of(event)
        log.info(name, wall=event.wall, **fields)

    def _bound(self, event: Event) -> FilteringBoundLogger:
        """Return a logger with what all lines of the run of *event*, its first, have in common."""
        stream = sys.stderr if self._stream is None else self._stream
        # Only the events of the run itself carry its name; a sink sees its start first.
        name = event.name if isinstance(event, RunStarted | RunEnded) else None
        return _logger(stream).bind(schema=SCHEMA_VERSION, run_id=event.run_id, run_name=name)


def _logger(stream: TextIO | None) -> FilteringBoundLogger:
    """Return a logger that writes to *stream*, nowhere if there is none, whatever structlog is configured to do."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.ReturnLogger() if stream is None else structlog.WriteLogger(stream),
        processors=[_head, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    return logger


def _head(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Put the time and the name of the event first: a structlog processor."""
    wall = datetime.fromtimestamp(line.pop("wall"), UTC)
    return {"timestamp": wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "event": line.pop("event"), **line}
