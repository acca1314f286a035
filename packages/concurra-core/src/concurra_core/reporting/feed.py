"""From notes to the events that sinks receive."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import attrs

from concurra_core.model.ends import reason_for
from concurra_core.model.events import Event, RunEnded, RunStarted, TaskEnded, TaskRetrying, TaskStarted
from concurra_core.model.notes import Note, NoteKind, RetryDetail
from concurra_core.model.outcome import Fault, describe
from concurra_core.model.quoting import quoted
from concurra_core.model.sink import Sink
from concurra_core.model.task import Task
from concurra_core.reporting.log import LogOut
from concurra_core.reporting.wording import error_type, place_of, trace_of

# At hand for the hot path: two of these come for each task.
_TASK_STARTED: Final = NoteKind.TASK_STARTED
_TASK_ENDED: Final = NoteKind.TASK_ENDED

_Flush: TypeAlias = Callable[[float], float | None]


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
    _takers: Sequence[tuple[Sink, Callable[[Event], object]]] = attrs.field(init=False)
    _flushes: Sequence[tuple[Sink, _Flush]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        buffering = [(sink, _buffering(sink)) for sink in self.sinks]
        self._takers = [(sink, sink if pair is None else pair[0]) for sink, pair in buffering]
        self._flushes = [(sink, pair[1]) for sink, pair in buffering if pair is not None]

    def __call__(self, note: Note) -> None:
        """Deliver the event of *note*, if it has one."""
        event = self._event(note)
        if event is None:
            return
        for sink, take in self._takers:
            try:
                take(event)
            except BaseException as error:  # noqa: BLE001 - a sink harms neither tasks nor other sinks
                self._report(sink, error, type(event).__name__)

    def flush(self, now: float) -> float | None:
        """Tell the sinks that gather events that none waits.

        Return the first moment after *now* at which one of them wants to be told again, None if there is none.
        """
        moments = []
        for sink, flush in self._flushes:
            try:
                moment = flush(now)
                if moment is not None and moment > now:
                    moments.append(moment)
            except BaseException as error:  # noqa: BLE001 - as above
                self._report(sink, error, "flush")
        return min(moments, default=None)

    def _report(self, sink: Sink, error: BaseException, occasion: str) -> None:
        if id(sink) not in self._reported:
            self._reported.add(id(sink))
            self.log.write(logging.ERROR, f"sink {quoted(sink)} raised {describe(error)} on {occasion}")

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
        if kind is _TASK_ENDED:
            return self._ended(now, task)
        if kind is _TASK_STARTED and isinstance(detail, int):
            return TaskStarted(
                run_id=self.run_id, label=task.label, attempt=detail, monotonic=now, wall=now + self.wall
            )
        if kind is NoteKind.TASK_RETRYING and isinstance(detail, RetryDetail):
            return TaskRetrying(
                run_id=self.run_id,
                label=task.label,
                attempt=detail.attempt,
                error=self._reason(detail.fault, task),
                error_type=error_type(detail.fault),
                trace=trace_of(detail.fault),
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
            worker=task.worker if task.attempt else None,
            on=place_of(task),
            monotonic=now,
            wall=now + self.wall,
        )

    def _reason(self, fault: Fault, task: Task) -> str:
        return reason_for(fault, task, self.tasks)


def _buffering(sink: Sink) -> tuple[Callable[[Event], object], _Flush] | None:
    """Return `collect` and `flush` of a `BufferingSink`, None of any other."""
    # Asked of the class: an instance may answer to any name, as a mock does.
    if not all(callable(getattr(type(sink), name, None)) for name in ("collect", "flush")):
        return None
    return sink.collect, sink.flush  # type: ignore[attr-defined] # just looked at
