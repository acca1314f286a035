"""A program that ends while a run goes on: the run is aborted, with one warning, and nothing of it is left."""

from __future__ import annotations

import _thread
import atexit
import logging
import os
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Final

from concurra_core.reporting.log import LogOut

if TYPE_CHECKING:
    from concurra_core.runner.execution import Execution

# The signals that end a program unless it says otherwise: a supervisor's, and that of a terminal that closes.
ENDING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))

# Runs that have not settled. A plain dict: each thing done to it here is one step that no thread can divide.
_under_way: dict[Execution, LogOut] = {}


# After a fork the runs go on in the parent alone; the child would wait for them for ever.
os.register_at_fork(after_in_child=_under_way.clear)


def abort_at_exit(execution: Execution, log: LogOut) -> None:
    """Abort *execution* if the program ends before it, and say so through *log*."""
    if not _under_way:
        atexit.unregister(abort_all)  # registered anew: what is registered last is called first
        atexit.register(abort_all)
    _under_way[execution] = log
    execution.when_settled(lambda: _under_way.pop(execution, None))


def abort_at_sigterm() -> None:
    """Have SIGTERM and SIGHUP abort what goes on before they end the program.

    Only from the main thread, and only in the place of the default action: a handler of the user's decides
    for itself.
    """
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, terminate)


def end_at_sigterm() -> None:
    """Have SIGTERM and SIGHUP end the program at once again; in the child of a fork no run goes on."""
    for number in ENDING:
        if signal.getsignal(number) is terminate:
            signal.signal(number, signal.SIG_DFL)


def abort_all() -> None:
    """Abort every run that goes on, and wait for its end."""
    for execution, log in list(_under_way.items()):
        if not execution.ended:
            log.write(logging.WARNING, f"the program ends while {execution.name!r} runs: aborting it")
            execution.abort("because the program ended")
        execution.wait_at_exit()


def terminate(number: int, frame: FrameType | None) -> None:
    """Handle a signal that ends. The main thread may have been struck anywhere, so another does what needs locks."""
    signal.signal(number, signal.SIG_DFL)  # a second one ends the program at once
    _thread.start_new_thread(_abort_and_end, (number,))


def _abort_and_end(number: int) -> None:
    try:
        abort_all()
    finally:
        os.kill(os.getpid(), number)
