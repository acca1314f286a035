"""What the tasks of a chaotic run do, in worker processes, which find them by name.

It imports little: the monkey has many workers begin anew.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final, NoReturn
from zlib import crc32


def plain(value: object) -> object:
    """Return *value* in terms that can be compared: of an outcome all but the exception."""
    if type(value).__name__ != "Outcome":
        return value
    outcome: Any = value
    return outcome.label, outcome.status.value, outcome.value


def digest(label: str, *args: object) -> int:
    """Return what the task with *label* makes of *args*."""
    return crc32(repr((label, [plain(arg) for arg in args])).encode())


def toil(label: str, *args: object) -> int:
    """Use the processor for some milliseconds."""
    end = time.perf_counter() + 0.02
    while time.perf_counter() < end:
        pass
    return digest(label, *args)


def pack(label: str, *args: object) -> int:
    """Log, and make something large on the way."""
    sys.stderr.write(f"{label}\n")
    return digest(label, *args) + len(bytes(1_000_000)) - 1_000_000


def swell(label: str, *args: object) -> bytes:
    """Return something large."""
    return str(digest(label, *args)).encode() * 30_000


def fail(label: str, *args: object) -> NoReturn:
    raise ValueError(f"as meant: {label}")


def die(label: str, *args: object) -> NoReturn:
    os._exit(7)


def recover(label: str, *args: object) -> int:
    """Die at the first attempt."""
    from concurra import current_task

    if current_task().attempt == 1:
        die(label)
    return digest(label, *args)


def hang(label: str, *args: object) -> NoReturn:
    while True:
        threading.Event().wait()


VALUES: Final[dict[Callable[..., Any], Callable[..., object]]] = {
    digest: digest,
    toil: digest,
    pack: digest,
    recover: digest,
    swell: swell,
}  # what a task returns that succeeds
