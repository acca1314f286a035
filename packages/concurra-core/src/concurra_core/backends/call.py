"""Running tasks in the thread that asks for it, one after the other."""

from __future__ import annotations

from typing import Protocol

from concurra_core.backends.base import Host
from concurra_core.model.outcome import capture
from concurra_core.model.task import Task


class Seat(Protocol):
    """Where it can be read which task a thread is on."""

    task: Task | None


def run_from(task: Task | None, host: Host, seat: Seat) -> None:
    """Run *task* and what the host hands over after it, until there is nothing.

    A worker's whole cost per task is here: no call that is not needed, no name looked up twice.
    """
    clock = host.clock
    announce = host.announce
    finished = host.finished
    while task is not None:
        seat.task = task
        attempt = task.attempt
        try:
            args = host.arguments(task) if task.wires else task.args
            task.started = started = clock()
            if announce:
                host.started(task, attempt, started)
            value = task.call(*args) if task.kwargs is None else task.call(*args, **task.kwargs)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            ended = clock()
            task = host.failed(task, attempt, capture(error), ended)
        else:
            task = finished(task, attempt, value, clock())
