"""Tasks that leave something awkward behind. Importable, so that worker processes find them by name."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any


def hang() -> None:
    threading.Event().wait()


def identity(value: int) -> int:
    return value


def delete_stdout() -> int:
    del sys.stdout
    return 1


class Incomparable:
    """A stream that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("not comparable")

    __hash__ = object.__hash__

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Have nothing to flush."""


def odd_stdout() -> int:
    sys.stdout = Incomparable()
    return 1


def trace_that_raises() -> int:
    def trace(*_: object) -> None:
        raise ValueError("not to be traced")

    sys.settrace(trace)
    return 1


def late_alarm() -> int:
    def strike(*_: object) -> None:
        raise RuntimeError("too late")

    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 1e-5)
    return 1


def log_in_handler() -> int:
    """Log while signal handlers log; stdlib handlers may be entered again by the thread that is in them."""
    signal.signal(signal.SIGALRM, lambda *_: logging.getLogger("probes.tick").warning("tick"))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    end = time.perf_counter() + 0.3
    while time.perf_counter() < end:
        logging.getLogger("probes.main").warning("x" * 200)
    return 1


# -- forked workers ----------------------------------------------------------------------------------------

inherited: tuple[Any, Any] | None = None  # a file and a queue of the program


def use_inherited() -> bytes:
    assert inherited is not None
    file, queue = inherited
    queue.put("from afar")
    return bytes(file.read(10))


def links(seconds: float) -> list[str]:
    """Return the pipes and sockets that are open here, and stay for a while: each call has its own worker."""
    threading.Event().wait(seconds)
    found = [Path(os.path.realpath(entry)).name for entry in Path("/proc/self/fd").iterdir()]
    return [link for link in found if "pipe:" in link or "socket:" in link]
