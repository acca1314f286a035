"""The verdict of a `TaskRunner` on its run: the report in the log, and the exception of who asks for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from concurra_core.model.ends import error_for
from concurra_core.model.errors import RunFailedError
from concurra_core.model.outcome import OWN_FAILURES
from concurra_core.model.task import Task
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.results import Results
from concurra_core.reporting.wording import stack_of


def tell_verdict(
    tasks: Sequence[Task],
    results: Results,
    log: LogOut,
    *,
    verify: bool,
    raise_exception: bool,
    heading: str | None,
) -> None:
    """Log the report on *tasks*, all of which have ended with *results*.

    Args:
        tasks: the records of the run.
        results: the results dict.
        log: where the report goes.
        verify: log it at all.
        raise_exception: raise it as well if a task did not succeed.
        heading: what a report of failures begins with, None for the usual.

    Raises:
        RunFailedError: with *raise_exception*, a task did not succeed.
    """
    failures = {label: result for label, result in results.items() if result["has_failed"]}
    level = logging.ERROR if failures else logging.INFO
    seen = verify and log.enabled(level)
    if not seen and not (failures and raise_exception):
        return
    # tabulate, and the rows, only when somebody will see them.
    from concurra_core.reporting.table import failure_report, success_report

    bad = [(task, task.fault) for task in tasks if task.fault is not None]
    stacks = {task.label: stack_of(fault) for task, fault in bad}
    text = failure_report(results, heading, stacks) if failures else success_report(results)
    if seen:
        log.write(level, text)
    if failures and raise_exception:
        own = [(task, fault) for task, fault in bad if isinstance(fault, OWN_FAILURES)]
        errors = [error_for(fault, task, tasks) for task, fault in own or bad]
        raise RunFailedError(text, failures, errors)
