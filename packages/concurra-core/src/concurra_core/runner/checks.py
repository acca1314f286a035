"""What a user said of a whole run, looked at in the constructor: the error comes at the user's line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import Final

from concurra_core.backends.base import Backend
from concurra_core.model.checks import attribute, items_in, switch, whole_in
from concurra_core.model.command import Output
from concurra_core.model.halt import FAIL_FAST, NEVER, Halt
from concurra_core.model.quoting import quoted
from concurra_core.model.sink import Sink
from concurra_core.model.worker import WorkerOptions
from concurra_core.reporting.log import LogOut

_OF_A_BACKEND: Final = ("capabilities", "open", "wake", "kill", "close")


def check_switches(**switches: object) -> None:
    """Look at what is switched on or off, by the names that the user knows.

    Raises:
        TypeError: one is neither True nor False.
    """
    for name, value in switches.items():
        switch(name, value)


def checked_slots(wanted: int | None, log: LogOut) -> int:
    """Return how many tasks run at once; None stands for the number of processors. Below 1 becomes 1, with a warning.

    Raises:
        TypeError: *wanted* is not an int.
    """
    if wanted is None:
        return os.cpu_count() or 1
    number = whole_in(wanted)
    if number is None:
        raise TypeError(f"max_concurrency must be an int or None, not {quoted(wanted)}")
    if number < 1:
        log.write(logging.WARNING, f"max_concurrency={quoted(wanted)} is below 1; running one task at a time")
        return 1
    return number


def checked_halt(halt: Halt | None, *, fast_fail: bool = False) -> Halt:
    """Return the rule by which failures stop the run.

    Raises:
        TypeError: *halt* is no `Halt`.
    """
    if halt is None:
        return FAIL_FAST if fast_fail else NEVER
    if not isinstance(halt, Halt):
        raise TypeError(f"halt must be a Halt, such as Halt.soon(), or None, not {quoted(halt)}")
    return halt


def checked_backend(backend: Backend | None) -> Backend | None:
    """Return *backend*.

    Raises:
        TypeError: it lacks what a backend has.
    """
    if backend is not None:
        missing = [name for name in _OF_A_BACKEND if attribute(backend, name) is None]
        if missing:
            raise TypeError(
                f"backend must be an object with {', '.join(_OF_A_BACKEND)}, or None, not {quoted(backend)}; "
                f"it has no {missing[0]}"
            )
    return backend


def checked_worker(worker: WorkerOptions | None) -> WorkerOptions | None:
    """Return *worker*.

    Raises:
        TypeError: it is no `WorkerOptions`.
    """
    if worker is not None and not isinstance(worker, WorkerOptions):
        raise TypeError(f"worker must be a WorkerOptions or None, not {quoted(worker)}")
    return worker


def checked_output(output: Output | None) -> Output | None:
    """Return *output*.

    Raises:
        TypeError: it cannot be called.
    """
    if output is not None and not callable(output):
        raise TypeError(f"output must be callable with a label, not {quoted(output)}")
    return output


def checked_sinks(sinks: Iterable[Sink]) -> tuple[Sink, ...]:
    """Return *sinks* as a tuple.

    Raises:
        TypeError: it is not iterable, or holds what cannot be called.
    """
    if not isinstance(sinks, Iterable):
        raise TypeError(
            f"sinks must be an iterable of callables, not {quoted(sinks)}; write sinks=[{quoted(sinks)}]"
        )
    checked = items_in("sinks", sinks)
    for place, sink in enumerate(checked):
        if not callable(sink):
            raise TypeError(f"sinks[{place}] must be callable with an event, not {quoted(sink)}")
    return checked
