"""The predicates of a `Retry` that raise: told in the log, since the task's own failure remains what it was."""

from __future__ import annotations

import logging

import attrs

from concurra_core.model.notes import Note, NoteKind, RetryDetail
from concurra_core.model.outcome import Raised
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.wording import shown


@attrs.define(eq=False)
class Doubts:
    """Warn of each predicate that raised, once for the same words.

    Args:
        log: where the lines go.
    """

    log: LogOut
    _told: set[str] = attrs.field(factory=set)

    def __call__(self, note: Note) -> None:
        """Log the line of *note*, if it has one."""
        kind, _, task, detail = note
        if task is None:
            return
        fault = detail.fault if isinstance(detail, RetryDetail) else task.fault
        if kind not in {NoteKind.TASK_ENDED, NoteKind.TASK_RETRYING} or not isinstance(fault, Raised):
            return
        if fault.doubt and fault.doubt not in self._told:
            self._told.add(fault.doubt)
            self.log.write(logging.WARNING, f"Task '{shown(task.label)}' failed, and {fault.doubt}")
