"""A program that ends while a run goes on: the run is aborted, with one warning, and nothing of it is left."""

from __future__ import annotations

import atexit
import logging
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from concurra_core.reporting.log import LogOut

if TYPE_CHECKING:
    from concurra_core.runner.execution import Execution

_under_way: WeakKeyDictionary[Execution, LogOut] = WeakKeyDictionary()


def abort_at_exit(execution: Execution, log: LogOut) -> None:
    """Abort *execution* if the program ends before it, and say so through *log*."""
    if not _under_way:
        atexit.unregister(_abort_all)  # registered anew: what is registered last is called first
        atexit.register(_abort_all)
    _under_way[execution] = log


def _abort_all() -> None:
    for execution, log in list(_under_way.items()):
        if not execution.ended:
            log.write(logging.WARNING, f"the program ends while {execution.name!r} runs: aborting it")
            execution.abort("because the program ended")
        execution.wait()
