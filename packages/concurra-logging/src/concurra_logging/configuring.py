"""`configure`: structlog and logging set up in one call, for programs that have nothing."""

from __future__ import annotations

import logging
import sys
from typing import Final, TextIO

import structlog
from concurra_core import on_worker_import
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from concurra_logging.bridge import JsonRenderer, add_bound, before_records, formatter, to_record
from concurra_logging.checks import check_text_stream, checked_level, checked_switch, is_stream
from concurra_logging.controls import harmless
from concurra_logging.forks import inherits, own_stream
from concurra_logging.marks import TaskFilter
from concurra_logging.plain import dumps, dumps_unicode, quoted

# The name of the handler by which records leave a worker process; `concurra_core` puts it there.
_WORKERS_HANDLER: Final = "concurra.worker"
_HERE: Final = "concurra_logging:configure"


def configure(
    stream: TextIO | None = None,
    *,
    json: bool | None = None,
    level: int | str = logging.INFO,
    force: bool = False,
) -> bool:
    """Set up structlog and `logging` to write to one stream, in one form; return whether that was done.

    A configuration that exists is left as it is: when structlog is configured or the root logger has a handler,
    nothing happens, unless *force* is set. All lines then have time, level, logger and what was bound, and those of
    tasks `run_id`, `label` and `attempt`.

    Worker processes of later runs call it when a task imports structlog. There it has its lines sent to the run, whose
    program writes them as it is configured to: stream, form and level do not matter.

    Args:
        stream: where lines go; standard error by default.
        json: one JSON object a line, or else lines for people; by default JSON unless *stream* is a terminal.
        level: the lowest level that is written, for all loggers that have none of their own.
        force: take down what is there, as `logging.basicConfig` does.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: there is no such *level*, or *stream* is closed or for reading only.

    >>> if configure():
    ...     structlog.get_logger("etl").info("loaded", rows=3)
    """
    lowest = _checked(stream, json, level, force)
    if _in_worker():
        if not _send_to_the_run(force=force):
            return False
    elif (structlog.is_configured() or logging.root.handlers) and not force:
        return False
    else:
        _write_to(sys.stderr if stream is None else stream, json=json, lowest=lowest, force=force)
    on_worker_import("structlog", _HERE)  # in a worker, too: runs there may have workers
    return True


def _checked(stream: object, json: object, level: object, force: object) -> int:
    """Return the number of the level, when all that was said is in order."""
    if stream is not None:
        if not is_stream(stream):
            raise TypeError(f"stream must be a text stream, not {quoted(stream)}")
        check_text_stream(stream, "stream")
    if json is not None:
        checked_switch(json, "json", way_out=", or None for what suits the stream")
    checked_switch(force, "force")
    return checked_level(level)


class _Handler(logging.StreamHandler[TextIO]):
    """Write to a stream, and in the child of a fork to one of its own."""

    def forked(self) -> None:
        if self.stream is not None:  # as in a program without standard error
            self.stream = own_stream(self.stream)


def _write_to(stream: TextIO | None, *, json: bool | None, lowest: int, force: bool) -> None:
    """Have all lines written to *stream*; without one, as in a program without standard error, they are lost."""
    handler = _Handler(stream)
    inherits(handler, _Handler.forked)
    handler.setFormatter(formatter(*_renderers(stream, json=json)))
    handler.addFilter(TaskFilter())
    logging.basicConfig(handlers=[handler], level=lowest, force=force)
    _set_up_structlog(ProcessorFormatter.wrap_for_formatter)


def _in_worker() -> bool:
    return bool(_workers_handlers())


def _workers_handlers() -> list[logging.Handler]:
    return [handler for handler in logging.root.handlers if handler.name == _WORKERS_HANDLER]


def _send_to_the_run(*, force: bool) -> bool:
    """Have lines of structlog become records, which a worker process sends to the run."""
    if structlog.is_configured() and not force:
        *others, last = structlog.get_config()["processors"]
        if last is not ProcessorFormatter.wrap_for_formatter:
            return False
        # From before a fork, or from a module: made for a handler that is not here.
        structlog.configure(processors=[*others, to_record])
    else:
        _set_up_structlog(to_record)
    for handler in _workers_handlers():
        handler.addFilter(add_bound)
    return True


def _set_up_structlog(last: Processor) -> None:
    structlog.configure(
        processors=[*before_records(), last],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=False,
    )


def _renderers(stream: TextIO | None, *, json: bool | None) -> list[Processor]:
    terminal = bool(getattr(stream, "isatty", bool)())
    if json is None:
        json = not terminal
    if not json:
        return [harmless, structlog.dev.ConsoleRenderer(colors=terminal)]
    unicode = str(getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
    return [structlog.processors.format_exc_info, JsonRenderer(dumps_unicode if unicode else dumps)]
