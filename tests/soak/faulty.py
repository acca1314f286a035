"""Tasks that go wrong in a worker process or as a command, and how each ends."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Final

import process_tasks as bad
from concurra import TaskState, WorkerCrashed
from soak.actions import decline, fail, hang
from soak.plot import Truth

_LOST: Final = "TransferError: the result"
_LIMIT: Final = 0.25  # seconds; what has it never ends by itself


def _died(how: str) -> Truth:
    return Truth(TaskState.CRASHED, says=f"{WorkerCrashed.__name__}: worker died: {how}")


def _failed(says: str) -> Truth:
    return Truth(TaskState.FAILED, says=says)


def _returned(value: object) -> Truth:
    return Truth(TaskState.SUCCEEDED, value)


LATE: Final = Truth(TaskState.TIMED_OUT, says="TaskTimeout: ")

# The truth, what is called, with what.
IN_WORKERS: Final[tuple[tuple[Truth, Any, tuple[object, ...]], ...]] = (
    (_died("killed by SIGSEGV"), bad.segfault, ()),
    (_died("killed by SIGABRT"), os.abort, ()),
    (_died("exited with code 3"), bad.leave, (3,)),
    (_died("exited with code 0"), bad.leave, (0,)),
    (_died("killed by SIGKILL"), bad.killed, (signal.SIGKILL,)),
    (_died("killed by SIGTERM"), bad.killed, (signal.SIGTERM,)),
    (_died("killed by SIGKILL"), bad.crash_with_child, (False,)),
    (_died("killed by SIGKILL"), bad.crash_with_child, (True,)),
    (_failed("SystemExit"), sys.exit, ()),
    (_failed("KeyboardInterrupt"), bad.raise_one, ("interrupt",)),
    (_failed("Odd: base"), bad.raise_one, ("odd",)),
    (_failed("TwoArguments: one and other"), bad.raise_one, ("two",)),
    (_failed("Unreducible: kept"), bad.raise_one, ("reduce",)),
    (_failed("Unspeakable"), bad.raise_one, ("str",)),
    (_failed("RecursionError: maximum recursion depth exceeded"), bad.recurse, ()),
    (_failed(f"{_LOST}['deep'][0]"), bad.lock, ()),
    (_failed(f"{_LOST} (a generator) cannot be pickled"), bad.generator, ()),
    (_failed(_LOST), bad.nested, ()),
    (_failed(f"{_LOST} cannot be unpickled: ValueError: "), bad.breaks_here, ()),
    (_failed(f"{_LOST} cannot be unpickled: SystemExit: x"), bad.leaves_here, ()),
    (_failed("ValueError: as meant: it"), fail, ("it",)),
    (Truth(TaskState.SKIPPED, says="TaskSkipped: "), decline, ()),
    (_returned("closed"), bad.close_stdout, ()),
    (_returned("closed"), bad.close_descriptor, ()),
    (_returned("armed"), bad.leave_alarm, ()),
    (_returned("parent"), bad.fork_and_return, ()),
    (_returned(5), bad.fork_and_leave, ()),
    (_returned(b"\xa5" * 3_000_000), bad.large, (3_000_000,)),
    (_returned([0, 1, 4, 9]), bad.run_within, (False,)),
    (_returned([0, 1, 4, 9]), bad.run_within, (True,)),
)
ADOPTED: Final = (
    bad.crash_with_child,
    (True,),
)  # with a session of its own: without a template nobody adopts it
HANGING: Final[tuple[tuple[Any, tuple[object, ...]], ...]] = (
    (hang, ()),
    (bad.spin, ()),
    (bad.spin_in_c, ()),
    (bad.stubborn, ()),
    (bad.hang_with_child, (False,)),
    (bad.hang_with_child, (True,)),
    (bad.hang_with_runner, ()),
)
LIMITED: Final = {"timeout": _LIMIT}

COMMANDS: Final[tuple[tuple[Truth, Any, dict[str, Any]], ...]] = (
    (_failed("CommandError: command 'exit 3' failed with return code 3"), "exit 3", {}),
    (_failed("CommandError: command 'kill -9 $$' failed with return code -9"), "kill -9 $$", {}),
    (_failed("FileNotFoundError: "), ["/no/such/program"], {}),
    (_failed("FileNotFoundError: "), ["true"], {"cwd": "/no/such/folder"}),
    (LATE, ["sleep", "1000"], LIMITED),
    (LATE, "sleep 1000 & sleep 1000", LIMITED),
    (LATE, "trap '' TERM; sleep 1000", LIMITED),
)
