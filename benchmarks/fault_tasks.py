"""The tasks that go wrong. This module imports little: workers of some pools import it anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

TASKS = 100
CULPRIT = 50  # the one among them that kills its process

_SECONDS = 60.0  # that a hung task hangs: longer than anybody looks at it


def crash_in_turn(number: int) -> int:
    """Return *number* after a little work, or kill this process if it is the culprit."""
    time.sleep(0.005)
    if number == CULPRIT:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def lock_in_turn(number: int) -> object:
    """Return *number*, or something that cannot be pickled if it is zero."""
    return number or threading.Lock()


def hang(folder: str) -> None:
    """Leave a file that is named like this process, and hang."""
    _sign(folder, os.getpid())
    time.sleep(_SECONDS)


def hang_with_child(folder: str) -> None:
    """Start a program, leave a file that is named like *its* process, and hang."""
    child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({_SECONDS})"])  # noqa: S603 - our own text
    _sign(folder, child.pid)
    time.sleep(_SECONDS)


def _sign(folder: str, pid: int) -> None:
    with open(f"{folder}/{pid}", "x", encoding="ascii"):  # noqa: PTH123 - this module imports little
        pass
