"""Whose a line is: run, task and attempt, on every record that a task logs."""

from __future__ import annotations

import logging
from collections.abc import Container, Hashable, MutableMapping
from typing import Any, Final

from concurra_core import LifecycleError, current_task

from concurra_logging.plain import plain_label

MARKS: Final = ("run_id", "label", "attempt")


def is_event(names: Container[str]) -> bool:
    """Tell whether a line with *names* is an event of a run, which says itself whose it is."""
    return "schema" in names and "run_id" in names and "run_name" in names


def marks() -> dict[str, object]:
    """Return `run_id`, `label` and `attempt` of the task that the caller runs in; nothing outside of one."""
    try:
        task = current_task()
    except LifecycleError:
        return {}
    label: Hashable = task.label
    return {"run_id": task.run_id, "label": plain_label(label), "attempt": task.attempt}


def task_context(
    logger: object, method: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add `run_id`, `label` and `attempt` of the task that logs: a processor for any configuration of structlog.

    A name that the line has already stays as it is: what was bound or given wins. An event of a run is left alone. The
    processor belongs before whatever hands the line to another thread.

    >>> from concurra_core import TaskRunner
    >>> runner = TaskRunner(progress_stats=False)
    >>> ref = runner.add_task(lambda: task_context(None, "info", {"event": "hello"}), label="me")
    >>> runner.run(verify=False)["me"]["result"]  # doctest: +ELLIPSIS
    {'event': 'hello', 'run_id': '...', 'label': 'me', 'attempt': 1}
    """
    if not is_event(event_dict):
        for name, value in marks().items():
            event_dict.setdefault(name, value)
    return event_dict


class TaskFilter(logging.Filter):
    """Add `run_id`, `label` and `attempt` of the task that logs to every record: a filter that lets all pass.

    What a record has already, by ``extra=``, stays as it is. Records of worker processes have all three anyway. On a
    handler the filter sees the records of all loggers.

    >>> handler = logging.StreamHandler()
    >>> handler.addFilter(TaskFilter())
    >>> format = "%(label)s (%(attempt)s): %(message)s"
    >>> handler.setFormatter(logging.Formatter(format, defaults={"label": "-", "attempt": "-"}))
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mark *record*, and let it pass."""
        has = vars(record)
        if not is_event(has):
            for name, value in marks().items():
                has.setdefault(name, value)
        return True
