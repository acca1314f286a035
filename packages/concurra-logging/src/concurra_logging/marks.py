"""Whose a line is: run, task and attempt, on every record that a task logs."""

from __future__ import annotations

import logging
from collections.abc import Hashable, MutableMapping
from typing import Any

from concurra_core import LifecycleError, current_task

from concurra_logging.plain import plain_label


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

    What has a `run_id` already, such as an event of a run, is left alone. It belongs before whatever hands the line
    to another thread.

    >>> from concurra_core import TaskRunner
    >>> runner = TaskRunner(progress_stats=False)
    >>> ref = runner.add_task(lambda: task_context(None, "info", {"event": "hello"}), label="me")
    >>> runner.run(verify=False)["me"]["result"]  # doctest: +ELLIPSIS
    {'event': 'hello', 'run_id': '...', 'label': 'me', 'attempt': 1}
    """
    if "run_id" not in event_dict:
        for name, value in marks().items():
            event_dict.setdefault(name, value)
    return event_dict


class TaskFilter(logging.Filter):
    """Add `run_id`, `label` and `attempt` of the task that logs to every record: a filter that lets all pass.

    Records of worker processes have them anyway. On a handler it sees the records of all loggers.

    >>> handler = logging.StreamHandler()
    >>> handler.addFilter(TaskFilter())
    >>> format = "%(label)s (%(attempt)s): %(message)s"
    >>> handler.setFormatter(logging.Formatter(format, defaults={"label": "-", "attempt": "-"}))
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mark *record*, and let it pass."""
        if not hasattr(record, "run_id"):
            for name, value in marks().items():
                if not hasattr(record, name):
                    setattr(record, name, value)
        return True
