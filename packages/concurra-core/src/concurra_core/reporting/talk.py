"""From notes to the log lines of part A."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import attrs

from concurra_core.model.notes import Note, NoteKind, RetryDetail
from concurra_core.model.outcome import Fault
from concurra_core.model.task import Task
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.progress import line
from concurra_core.reporting.wording import error_of, paragraph, shown, task_name, trace_of


@attrs.define(eq=False)
class Talk:
    """Log progress, failures as they happen, and the moment fast-fail strikes.

    Args:
        log: where the lines go.
        name: what the lines call the run.
        tasks: the records of the run.
        progress: log progress lines.
        log_errors: log each exception, with its traceback, when it happens.
    """

    log: LogOut
    name: str
    tasks: Sequence[Task]
    progress: bool
    log_errors: bool
    _started: float = 0.0

    def __call__(self, note: Note) -> None:
        """Log the lines of *note*, if it has any."""
        kind, now, task, detail = note
        if kind is NoteKind.RUN_STARTED:
            self._started = now
        elif kind is NoteKind.PROGRESS and isinstance(detail, int):
            if self.progress:
                text = line(self.name, detail, len(self.tasks), now - self._started)
                self.log.write(logging.INFO, text)
        elif kind is NoteKind.HALTED:
            self.log.write(logging.ERROR, "terminating execution !")
        elif kind is NoteKind.DELETED and task is not None:
            text = f"Deleting terminated task: {shown(task.label)}, {task_name(task.call)}"
            self.log.write(logging.INFO, text)
        elif self.log_errors and task is not None:
            self._error(kind, task, detail)

    def _error(self, kind: NoteKind, task: Task, detail: object) -> None:
        if kind is NoteKind.TASK_RETRYING and isinstance(detail, RetryDetail):
            self._exception(detail.fault, task)
        elif kind is NoteKind.TASK_ENDED and task.fault is not None:
            self._exception(task.fault, task)

    def _exception(self, fault: Fault, task: Task) -> None:
        trace = trace_of(fault)
        if trace is not None:  # only what a task raised; a skip or an abort is nobody's exception
            self.log.write(logging.ERROR, paragraph(task.label, error_of(fault, task, self.tasks), trace))
