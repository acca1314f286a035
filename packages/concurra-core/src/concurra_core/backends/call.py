"""Running tasks in the thread that asks for it, one after the other."""

from __future__ import annotations

from typing import Protocol

from concurra_core.backends.base import Host
from concurra_core.model.outcome import capture
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_RUNNING = TaskState.RUNNING


class Seat(Protocol):
    """Where it can be read which task a thread has begun."""

    task: Task | None


def run_from(task: Task | None, host: Host, seat: Seat) -> None:
    """Run *task* and what the host hands over after it, until there is nothing.

    A worker's whole cost per task is here: no call that is not needed, no name looked up twice.
    """
    clock = host.clock
    announce = host.announce
    finished = host.finished
    while task is not None:
        attempt = task.attempt
        try:
            args = host.arguments(task) if task.wires else task.args
            started = clock()
            # Whoever stops a task first says so in its state and then looks who has begun it; here it is the
            # other way round. So a task that was stopped before it began never begins.
            seat.task = task
            if not host.started(task, attempt, started) if announce else task.state is not _RUNNING:
                seat.task = None
                host.returned(task, attempt)
                return
            task.started = started
            value = task.call(*args) if task.kwargs is None else task.call(*args, **task.kwargs)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            ended = clock()
            seat.task = None
            task = host.failed(task, attempt, capture(error), ended)
        else:
            task = finished(task, attempt, value, clock())
