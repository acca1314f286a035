"""Tasks that leave something awkward behind. Importable, so that worker processes find them by name."""

from __future__ import annotations

import builtins
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

import concurra


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


def profile_that_raises() -> int:
    def profile(_: object, event: str, __: object) -> None:
        if event != "return":  # that is the task's own
            raise ValueError("not to be profiled")

    sys.setprofile(profile)
    return 1


def trace_new_threads() -> int:
    threading.settrace(lambda *_: None)
    threading.setprofile(lambda *_: None)
    return 1


def traced() -> list[object]:
    """Return what traces and profiles here."""
    return [sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()]


class Late(Exception):
    """What an alarm raises."""


def late_alarm(seconds: float, interval: float, busy: int) -> int:
    """Return about when the alarm strikes."""

    def strike(*_: object) -> None:
        raise Late

    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, seconds, interval)
    for _ in range(busy):
        pass
    return 1


def block() -> int:
    """Block signals, one of which is under way."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGALRM})
    os.kill(os.getpid(), signal.SIGUSR1)
    return 1


def blocked() -> list[int]:
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


class LeavesWhenPickled:
    """A result that cannot be pickled, and says so in an odd way."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def __reduce__(self) -> NoReturn:
        raise self.error("not today")


def raise_group(cause: bool) -> NoReturn:
    group = ExceptionGroup("both", [ValueError("one"), KeyError("two")])
    if cause:
        raise RuntimeError("because") from group
    raise group


def leave_when_pickled(name: str) -> object:
    return [LeavesWhenPickled(getattr(builtins, name))]


def log_much(records: int) -> int:
    """Log until an alarm strikes, mostly in the middle of it."""

    def strike(*_: object) -> None:
        raise TimeoutError("struck")

    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    for _ in range(records):
        logging.getLogger("probes.main").warning("x" * 5_000)
    return records


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


def deaf_child(fifo: str) -> None:
    """Start a child in a session of its own that ignores SIGTERM, and says who it is; end by SIGTERM oneself."""
    subprocess.Popen(
        ["/bin/sh", "-c", f"trap '' TERM; echo $$ > {fifo}; while :; do sleep 1000; done"],
        start_new_session=True,
    )
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    hang()


def deaf_grandchild(fifo: str) -> None:
    """Have `deaf_child` run by a runner of this task, which ignores SIGTERM itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    worker = concurra.WorkerOptions(start_method="fork")
    inner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False, worker=worker)
    inner.add_task(deaf_child, fifo)
    inner.execute_in_background()
    hang()
