"""Running tasks in the thread that asks for it, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from types import CoroutineType

from concurra_core.backends.base import Host
from concurra_core.backends.current import Seat
from concurra_core.model.outcome import Fault, capture
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task

_RUNNING = TaskState.RUNNING


def run_from(  # noqa: C901, PLR0912, PLR0915 - one function on purpose: a worker's whole cost a task is here
    task: Task | None, host: Host, seat: Seat, context: Context, name: str
) -> None:
    """Run *task* and what the host hands over after it, until there is nothing.

    Each task runs in a copy of *context* of its own; the worker is called *name*. No call that is not needed, no name
    looked up twice.
    """
    clock = host.clock
    announce = host.announce
    finished = host.finished
    while task is not None:
        attempt = task.attempt
        try:
            args = task.args
            if args and task.needs:  # `may_take_results`, written out
                args = host.arguments(task)
            seat.task = task  # before it begins: whoever stops it then looks for the thread that is in it
            before = task.worker
            task.worker = name  # before it begins, as well: whoever ends it then tells who had it
            started = clock()
            if announce:
                begins = host.started(task, attempt, started)
            else:
                task.begun = attempt  # Invariant: begun first, then the look at the state; see Task
                begins = task.state is _RUNNING
            if not begins:
                seat.task = None
                withdraw(task, attempt, host, before)
                return
            task.started = started
            run = context.copy().run
            if task.kwargs is not None:
                value = run(task.call, *args, **task.kwargs)
            elif args:
                value = run(task.call, *args)
            else:  # through a star it would cost a tenth of a task more
                value = run(task.call)
        except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            ended = clock()
            task = host.failed(task, attempt, capture(error), ended)
        else:
            if type(value) is CoroutineType:  # not its __class__, which a proxy may answer with an error
                task = host.failed(task, attempt, not_awaited(value, task.call), clock())
            else:
                task = finished(task, attempt, value, clock())
        args, value = (), None  # of a task that is over: the traceback of another may keep this frame


def withdraw(task: Task, attempt: int, host: Host, before: str | int | None) -> None:
    """Give back a task that was stopped before it began; *before*: who ran the attempt before, if any."""
    task.begun = min(task.begun, attempt - 1)
    host.given_back(task, attempt, host.clock())
    if task.attempt != attempt:  # else it was taken for begun, and has ended as that
        task.worker = before


def not_awaited(coroutine: CoroutineType[object, object, object], call: Callable[..., object]) -> Fault:
    """Return the fault of a task whose function returned *coroutine*, which nobody would ever await."""
    coroutine.close()  # or the interpreter warns of it
    name = getattr(call, "__qualname__", None) or type(call).__qualname__
    return capture(
        TypeError(
            f"{name} returned a coroutine, which nobody awaits; add the coroutine function itself (async def), "
            'or say on="async"'
        ),
        frames=0,
    )
