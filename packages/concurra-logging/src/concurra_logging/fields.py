"""What a log line says of each event: a stable name, and keys whose meaning never changes within a schema."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias, assert_never

from concurra_core import Event, RunEnded, RunStarted, TaskEnded, TaskRetrying, TaskStarted

Fields: TypeAlias = dict[str, str | int | float | None]


def fields_of(event: Event) -> tuple[str, Fields]:
    """Return the name of *event* and its fields, without what all events of a run have in common.

    Seconds are numbers; a *status* is the value of a `TaskState`.
    """
    match event:
        case RunStarted():
            return "run.started", {"total": event.total}
        case TaskStarted():
            return "task.started", {"label": plain_label(event.label), "attempt": event.attempt}
        case TaskRetrying():
            return "task.retrying", {
                "label": plain_label(event.label),
                "attempt": event.attempt,
                "reason": event.error,
                "seconds": event.seconds,
                "delay": event.delay,
            }
        case TaskEnded():
            return "task.ended", {
                "label": plain_label(event.label),
                "attempt": event.attempt,
                "status": event.status.value,
                "reason": event.reason,
                "error_type": event.error_type,
                "trace": event.trace,
                "seconds": event.seconds,
            }
        case RunEnded():
            return "run.ended", {
                "total": event.total,
                "succeeded": event.succeeded,
                "failed": event.failed,
                "seconds": event.seconds,
            }
        case _:
            assert_never(event)


def plain_label(label: Hashable) -> str | int:
    """Return *label* as it is if JSON has it, its text otherwise.

    >>> plain_label(7), plain_label("a"), plain_label(("a", 1))
    (7, 'a', "('a', 1)")
    """
    return label if isinstance(label, str | int) else str(label)
