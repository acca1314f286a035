"""What a log line says of each event: a stable name, and keys whose meaning never changes within a schema."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from concurra_core import Event, RunEnded, RunStarted, TaskEnded, TaskRetrying, TaskStarted, TaskState

from concurra_logging.plain import plain_label
from concurra_logging.tally import Progress

Fields: TypeAlias = dict[str, str | int | float | None]

INFO: Final = "info"
WARNING: Final = "warning"
ERROR: Final = "error"

# How loud the end of a task is.
LEVELS: Final = {
    TaskState.SUCCEEDED: INFO,
    TaskState.SKIPPED: WARNING,
    TaskState.CANCELLED: WARNING,
    TaskState.FAILED: ERROR,
    TaskState.TIMED_OUT: ERROR,
    TaskState.CRASHED: ERROR,
}

# What every line has, in this order, before the fields of its event.
HEAD: Final = ("timestamp", "level", "event", "schema", "run_id", "run_name")
# What no other field may be called: the fields of all events.
NAMES: Final = frozenset(
    {
        *HEAD,
        *("total", "succeeded", "failed", "seconds", "done", "running", "waiting", "rate", "eta"),
        *("label", "attempt", "reason", "error_type", "error_message", "trace", "delay"),
        *("status", "worker", "on"),
    }
)
# What structlog, its processors and its formatter take out of a line, put into it or need for a call.
TAKEN: Final = frozenset(
    {
        *("self", "logger", "positional_args", "stacklevel"),
        *("exc_info", "exception", "stack_info", "stack"),
        *("_record", "_from_structlog", "_logger", "_name"),
    }
)


def fields_of(event: Event | Progress, *, trace: bool = True) -> tuple[str, str, Fields]:
    """Return level and name of *event* and its fields, without what all events of a run have in common.

    Seconds are numbers, to the microsecond; a *status* is the value of a `TaskState`.

    Args:
        event: what happened.
        trace: whether to tell tracebacks.
    """
    match event:
        case RunStarted():
            return INFO, "run.started", {"total": event.total}
        case TaskStarted():
            return INFO, "task.started", {"label": plain_label(event.label), "attempt": event.attempt}
        case TaskRetrying():
            return WARNING, "task.retrying", _retrying(event, trace=trace)
        case TaskEnded():
            return LEVELS[event.status], "task.ended", _task_ended(event, trace=trace)
        case Progress():
            return INFO, "run.progress", _progress(event)
        case RunEnded():
            return ERROR if event.failed else INFO, "run.ended", _run_ended(event)
        case _:
            assert_never(event)


def _retrying(event: TaskRetrying, *, trace: bool) -> Fields:
    return {
        "label": plain_label(event.label),
        "attempt": event.attempt,
        "reason": event.error,
        "error_type": event.error_type,
        "error_message": message_of(event.error, event.error_type),
        "trace": event.trace if trace else None,
        "seconds": round(event.seconds, 6),
        "delay": round(event.delay, 6),
    }


def _task_ended(event: TaskEnded, *, trace: bool) -> Fields:
    return {
        "label": plain_label(event.label),
        "attempt": event.attempt,
        "status": event.status.value,
        "reason": event.reason,
        "error_type": event.error_type,
        "error_message": message_of(event.reason, event.error_type),
        "trace": event.trace if trace else None,
        "seconds": round(event.seconds, 6),
        "worker": event.worker,
        "on": event.on,
    }


def _progress(progress: Progress) -> Fields:
    return {
        "total": progress.total,
        "done": progress.done,
        "failed": progress.failed,
        "running": progress.running,
        "waiting": progress.waiting,
        "rate": round(progress.rate, 3),
        "eta": None if progress.eta is None else round(progress.eta, 3),
        "seconds": round(progress.seconds, 6),
    }


def _run_ended(event: RunEnded) -> Fields:
    return {
        "total": event.total,
        "succeeded": event.succeeded,
        "failed": event.failed,
        "seconds": round(event.seconds, 6),
    }


def message_of(reason: str | None, error_type: str | None) -> str | None:
    """Return the message in *reason*, which is ``Type: message``, None if no exception was raised.

    >>> message_of("ValueError: no", "ValueError"), message_of("ValueError", "ValueError")
    ('no', '')
    """
    if reason is None or error_type is None:
        return None
    return reason.removeprefix(error_type).removeprefix(": ")
