"""What a task can ask of itself while it runs: `current_task()`, on threads and in worker processes."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

import attrs

from concurra_core.model.errors import LifecycleError
from concurra_core.model.task import Task


class Seat:
    """Where it can be read which task a thread is in, or was in last, and whether that is to stop."""

    __slots__ = ("_asked", "_stopped", "clock", "run_id", "task")

    def __init__(self, run_id: str = "", clock: Callable[[], float] = time.perf_counter) -> None:
        self.task: Task | None = None
        self.run_id = run_id
        self.clock = clock  # the run's
        self._asked: tuple[Task, int, threading.Event] | None = None
        self._stopped: tuple[Task, int] | None = None

    def stop(self, task: Task, attempt: int) -> None:
        """Tell *attempt* of *task*, if it is here, that nobody waits for it any more."""
        self._stopped = (task, attempt)
        asked = self._asked
        if asked is not None and asked[:2] == (task, attempt):
            asked[2].set()

    def event(self, task: Task) -> threading.Event:
        """Return the event that is set when *task* is to stop; it is set if that does not run here any more."""
        if self.task is not task:
            return _over()
        asked = self._asked
        if asked is None or asked[:2] != (task, task.attempt):
            # Made when somebody asks: written down first, then the look at what was stopped, which `stop`
            # does the other way round. So of the two at least one sees the other.
            self._asked = asked = (task, task.attempt, threading.Event())
            if self._stopped == (task, task.attempt):
                asked[2].set()
        return asked[2]


# The seat of each thread that runs tasks, by the thread's ident. Written once a thread, not once a task.
seats: Final[dict[int, Seat]] = {}

# The seat of a coroutine: one thread runs many. Threads that it starts with a copy of its context share it.
coroutine_seat: Final[ContextVar[Seat | None]] = ContextVar("concurra_coroutine_seat", default=None)


@contextmanager
def seated(seat: Seat) -> Iterator[None]:
    """Let the calling thread be in *seat* for a while; it may be in another one, as in a run inside of a task."""
    ident = threading.get_ident()
    outer = seats.get(ident)
    seats[ident] = seat
    try:
        yield
    finally:
        seat.task = None
        if outer is None:
            del seats[ident]
        else:
            seats[ident] = outer


def seat_here() -> Seat | None:
    """Return the seat of the task that the caller runs in, None if it is in none of this process."""
    seat = seats.get(threading.get_ident())
    if seat is None or seat.task is None:
        seat = coroutine_seat.get()
    return None if seat is None or seat.task is None else seat


@attrs.frozen
class CurrentTask:
    """The task that asks.

    Args:
        run_id: what tells its run from every other, as its events have it.
        label: what it is called; in a worker process the text of it, where it is neither a str nor a number.
        attempt: counted from 1.
    """

    run_id: str
    label: Hashable
    attempt: int
    _event: Callable[[], threading.Event]
    _due: float | None
    _clock: Callable[[], float] = time.perf_counter

    @property
    def cancelled(self) -> threading.Event:
        """The event that is set when the task is to stop, since its time limit is over or the run is aborted.

        In a worker process, whoever asks for it gets the grace to stop by himself instead of being ended by SIGTERM
        at once; ask on the main thread.
        """
        return self._event()

    @property
    def remaining(self) -> float | None:
        """Seconds until the time limit, 0.0 if it is over, None if there is none."""
        return None if self._due is None else max(0.0, self._due - self._clock())


def current_task() -> CurrentTask:
    """Return the task that the caller runs in.

    Raises:
        LifecycleError: the calling thread runs no task; threads that a task starts do not either.

    >>> from concurra_core import TaskRunner
    >>> runner = TaskRunner(progress_stats=False)
    >>> who = runner.add_task(lambda: (current_task().label, current_task().attempt), label="me")
    >>> runner.run(verify=False)["me"]["result"]
    ('me', 1)
    """
    seat = seat_here()
    if seat is not None and seat.task is not None:
        task = seat.task
        limit = task.options.timeout
        due = None if limit is None else task.started + limit
        return CurrentTask(seat.run_id, task.label, task.attempt, partial(seat.event, task), due, seat.clock)
    # Any: the package as the template made it, out of the same source but without its types.
    worker: Any = sys.modules.get("_concurra_worker")
    current: Any = None if worker is None else worker.now.current
    if current is not None and current.columns is not None:
        columns, place = current.columns, current.place
        due = current.began + columns.limits[place] if place in columns.limits else None
        attempt = columns.attempts.get(place, 1)
        ask = partial(_cancelled, current, columns, place)
        return CurrentTask(current.run_id, columns.labels[place], attempt, ask, due)
    raise LifecycleError("current_task() is for tasks while they run; this thread runs none")


def _over() -> threading.Event:
    """Return the event of a task that has ended: nobody waits for it any more."""
    event = threading.Event()
    event.set()
    return event


def _cancelled(current: Any, columns: object, place: int) -> threading.Event:
    """Return the event of a task of this worker process: set by SIGTERM from now on, if the task is still on."""
    if current.columns is not columns or current.place != place:
        return _over()
    made: tuple[int, threading.Event] | None = current.cancelled
    if made is not None and made[0] == place:
        return made[1]
    event = threading.Event()
    current.cancelled = place, event
    if threading.current_thread() is threading.main_thread():
        # By another thread: this one may be at the lock of the event, about to wait for it.
        signal.signal(signal.SIGTERM, lambda number, frame: _thread.start_new_thread(event.set, ()))
    return event
