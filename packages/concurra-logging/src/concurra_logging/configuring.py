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
from concurra_logging.checks import checked_level
from concurra_logging.controls import harmless
from concurra_logging.marks import TaskFilter
from concurra_logging.plain import dumps, dumps_unicode

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
        TypeError: *stream* cannot be written to, or *level* is neither a number nor a name.
        ValueError: there is no *level* of that name.

    >>> if configure():
    ...     structlog.get_logger("etl").info("loaded", rows=3)
    """
    if _in_worker():
        done = _send_to_the_run(force=force)
        if done:
            on_worker_import("structlog", _HERE)  # its runs may have workers, too
        return done
    if (structlog.is_configured() or logging.root.handlers) and not force:
        return False
    lowest = checked_level(level)
    out = sys.stderr if stream is None else stream
    if not callable(getattr(out, "write", None)):
        raise TypeError(f"stream must be a text stream, not {out!r}")
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter(*_renderers(out, json=json)))
    handler.addFilter(TaskFilter())
    logging.basicConfig(handlers=[handler], level=lowest, force=force)
    _set_up_structlog(ProcessorFormatter.wrap_for_formatter)
    on_worker_import("structlog", _HERE)
    return True


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


def _renderers(stream: TextIO, *, json: bool | None) -> list[Processor]:
    terminal = bool(getattr(stream, "isatty", bool)())
    if json is None:
        json = not terminal
    if not json:
        return [harmless, structlog.dev.ConsoleRenderer(colors=terminal)]
    unicode = str(getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
    return [structlog.processors.format_exc_info, JsonRenderer(dumps_unicode if unicode else dumps)]
