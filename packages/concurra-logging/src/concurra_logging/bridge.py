"""Between structlog and the standard library's logging, both ways: processors, and the formatter made of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
from structlog.stdlib import ExtraAdder, PositionalArgumentsFormatter, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from concurra_logging.marks import MARKS, is_event, task_context
from concurra_logging.moment import Stamper
from concurra_logging.plain import dumps_unicode, quoted
from concurra_logging.voices import apart

_KWARGS: Final = ("exc_info", "stack_info", "stacklevel")
_EXTRA: Final = ExtraAdder()


def timestamp(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    """Add `timestamp` where there is none: UTC, with microseconds; that of a record, wherever it was made."""
    if "timestamp" not in event_dict:
        record = event_dict.get("_record")
        made = datetime.now(UTC).timestamp() if record is None else record.created
        event_dict["timestamp"] = Stamper()(made)
    return event_dict


def traceback_text(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    """Take the traceback from a record of a worker process, which has it as text."""
    record = event_dict.get("_record")
    if record is not None and record.exc_text and not record.exc_info:
        event_dict["exception"] = record.exc_text
    return event_dict


def marks_of_record(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    """Take run, label and attempt from a record that has them, whoever made its line; what that has itself stays."""
    record = event_dict.get("_record")
    if record is not None and not is_event(event_dict):
        for name in MARKS:
            if hasattr(record, name):
                event_dict.setdefault(name, getattr(record, name))
    return event_dict


def extra_of_record(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    """Take the attributes of a record that come by ``extra=``, but no mark in place of what the user has bound.

    Whether a mark was set by ``extra=`` or by us, a record does not tell: so what was bound wins over both.
    """
    record = event_dict.get("_record")
    bound = (
        {}
        if record is None or is_event(vars(record))
        else {n: event_dict[n] for n in MARKS if n in event_dict}
    )
    return {**_EXTRA(logger, method, event_dict), **bound}


def add_bound(record: logging.LogRecord) -> bool:
    """Give *record* what was bound with `bind_contextvars`, before it leaves the process where that is known."""
    for name, value in apart(structlog.contextvars.get_contextvars()).items():
        vars(record).setdefault(name, value)
    return True


class JsonRenderer:
    """Render a line as JSON, whatever it holds: time, level and event first.

    Args:
        dumps: makes the text of a dictionary.

    Raises:
        TypeError: *dumps* cannot be called.

    >>> JsonRenderer()(None, "info", {"n": float("nan"), "event": "hello", "level": "info"})
    '{"level":"info","event":"hello","n":"nan"}'
    """

    def __init__(self, dumps: Callable[[object], str] = dumps_unicode) -> None:
        if not callable(dumps):
            raise TypeError(f"dumps must be callable with a dictionary, not {quoted(dumps)}")
        self._dumps = dumps

    def __call__(self, logger: WrappedLogger, method: str, event_dict: EventDict) -> str:
        """Return the line."""
        first = {name: event_dict.pop(name) for name in ("timestamp", "level", "event") if name in event_dict}
        return self._dumps({**first, **event_dict})


def to_record(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    """Make the arguments of a method of `logging.Logger`: the event is the message, the rest attributes.

    As `structlog.stdlib.render_to_log_kwargs`, but names that records have themselves get an underscore behind.
    """
    arguments = {name: event_dict.pop(name) for name in _KWARGS if name in event_dict}
    return {"msg": event_dict.pop("event"), "extra": apart(event_dict), **arguments}


def before_records() -> list[Processor]:
    """Return the processors of a logger whose lines become records."""
    return [
        structlog.stdlib.filter_by_level,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        PositionalArgumentsFormatter(),
        task_context,
        timestamp,
        structlog.processors.StackInfoRenderer(),
    ]


def formatter(*processors: Processor) -> ProcessorFormatter:
    """Return a formatter for handlers of `logging`, by which all records look alike, structlog's too.

    Those of structlog must come by `structlog.stdlib.ProcessorFormatter.wrap_for_formatter`, as `configure` has it.

    Args:
        processors: what makes the line of an event dictionary, in order; the last one returns a text. By default
            tracebacks become text, and all becomes one JSON object.

    Raises:
        TypeError: one of *processors* cannot be called.

    >>> import logging
    >>> record = logging.makeLogRecord({"name": "etl", "levelname": "INFO", "msg": "%d rows", "args": (3,), "site": "b"})
    >>> formatter().format(record)  # doctest: +ELLIPSIS
    '{"timestamp":"...Z","level":"info","event":"3 rows","logger":"etl","site":"b"}'
    """
    for place, processor in enumerate(processors):
        if not callable(processor):
            raise TypeError(f"processors[{place}] must be a processor of structlog, not {quoted(processor)}")
    chosen: Sequence[Processor] = processors or (structlog.processors.format_exc_info, JsonRenderer())
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            extra_of_record,
            traceback_text,
            timestamp,
        ],
        processors=[marks_of_record, ProcessorFormatter.remove_processors_meta, *chosen],
    )
