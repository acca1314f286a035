"""From notes to the events that sinks receive."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import attrs

from concurra_core.model.events import Event, RunEnded, RunStarted, TaskEnded, TaskRetrying, TaskStarted
from concurra_core.model.notes import Note, NoteKind, RetryDetail
from concurra_core.model.outcome import Fault, describe
from concurra_core.model.sink import Sink
from concurra_core.model.task import Task
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.wording import error_of, error_type, place_of, quoted, trace_of


@attrs.define(eq=False)
class EventFeed:
    """Make each note an event once and give it to every sink; a sink that raises is reported once.

    Args:
        sinks: whoever listens.
        tasks: the records of the run.
        run_id: what tells this run from every other.
        name: what the user calls the run.
        wall: what turns seconds on the run's clock into seconds since the epoch.
        log: where a raising sink is reported.
    """

    sinks: Sequence[Sink]
    tasks: Sequence[Task]
    run_id: str
    name: str
    wall: float
    log: LogOut
    _started: float = 0.0
    _reported: set[int] = attrs.field(factory=set)

    def __call__(self, note: Note) -> None:
        """Deliver the event of *note*, if it has one."""
        event = self._event(note)
        if event is None:
            return
        for place, sink in enumerate(self.sinks):
            try:
                sink(event)
            except BaseException as error:  # noqa: BLE001 - a sink harms neither tasks nor other sinks
                if place not in self._reported:
                    self._reported.add(place)
                    self.log.write(
                        logging.ERROR,
                        f"sink {quoted(sink)} raised {describe(error)} on {type(event).__name__}",
                    )

    def _event(self, note: Note) -> Event | None:
        kind, now, task, detail = note
        if task is not None:
            return self._of_task(kind, now, task, detail)
        if kind is NoteKind.RUN_STARTED and isinstance(detail, int):
            self._started = now
            # Not the length of the records: a map may have added to them since.
            return RunStarted(
                run_id=self.run_id, name=self.name, total=detail, monotonic=now, wall=now + self.wall
            )
        if kind is NoteKind.RUN_ENDED and isinstance(detail, int):
            return RunEnded(
                run_id=self.run_id,
                name=self.name,
                total=len(self.tasks),
                succeeded=len(self.tasks) - detail,
                failed=detail,
                seconds=now - self._started,
                monotonic=now,
                wall=now + self.wall,
            )
        return None

    def _of_task(self, kind: NoteKind, now: float, task: Task, detail: object) -> Event | None:
        if kind is NoteKind.TASK_ENDED:
            return self._ended(now, task)
        if kind is NoteKind.TASK_STARTED and isinstance(detail, int):
            return TaskStarted(
                run_id=self.run_id, label=task.label, attempt=detail, monotonic=now, wall=now + self.wall
            )
        if kind is NoteKind.TASK_RETRYING and isinstance(detail, RetryDetail):
            return TaskRetrying(
                run_id=self.run_id,
                label=task.label,
                attempt=detail.attempt,
                error=self._reason(detail.fault, task),
                seconds=detail.seconds,
                delay=detail.delay,
                monotonic=now,
                wall=now + self.wall,
            )
        return None

    def _ended(self, now: float, task: Task) -> TaskEnded:
        fault = task.fault
        return TaskEnded(
            run_id=self.run_id,
            label=task.label,
            attempt=task.attempt,
            status=task.state,
            reason=None if fault is None else self._reason(fault, task),
            error_type=None if fault is None else error_type(fault),
            trace=None if fault is None else trace_of(fault),
            seconds=task.ended - task.started if task.attempt else 0.0,
            worker=task.worker,
            on=place_of(task),
            monotonic=now,
            wall=now + self.wall,
        )

    def _reason(self, fault: Fault, task: Task) -> str:
        return error_of(fault, task, self.tasks)
