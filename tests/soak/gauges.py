"""What this process holds, and what it has left in the system."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

MARK: Final = "CONCURRA_TEST_FAMILY"  # a variable that every relative inherits
_OURS: Final = "concurra"  # with what names of our shared memory would begin; other programs have theirs


def children(pid: int) -> list[int]:
    """Return the children of *pid*, whichever of its threads has started them."""
    found: list[int] = []
    with suppress(OSError):  # it has gone
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread that ends just now
                found += map(int, (task / "children").read_text().split())
    return found


def relatives() -> list[str]:
    """Return the processes that have our mark, and are no children of ours: number, state, parent, group, session."""
    mark = f"{MARK}={os.environ.get(MARK)}".encode()
    own = {os.getpid(), *children(os.getpid())}
    found = []
    for path in Path("/proc").iterdir():
        try:
            if (
                path.name.isdecimal()
                and int(path.name) not in own
                and mark in (path / "environ").read_bytes()
            ):
                words = (path / "stat").read_text().rpartition(")")[2].split()[:4]
                found.append(" ".join([path.name, *words]))
        except OSError:
            continue
    return found


def _shared_memory() -> int:
    return sum(path.name.startswith(_OURS) for path in Path("/dev/shm").iterdir())  # noqa: S108 - only looked at


def _status(field: str) -> int:
    """Return KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def _memfds() -> int:
    return Path("/proc/self/maps").read_text().count("memfd:")


def _temporary() -> int:
    return len(list(Path(os.environ["TMPDIR"]).iterdir()))


# What is gauged; how much it may grow, by a straight line through all samples, before it counts as growth; how.
GAUGES: Final[Mapping[str, tuple[float, Callable[[], int]]]] = {
    "descriptors": (0.5, lambda: len(list(Path("/proc/self/fd").iterdir()))),
    "threads": (0.5, threading.active_count),
    "children": (0.5, lambda: len(children(os.getpid()))),
    "other relatives": (0.5, lambda: len(relatives())),
    "names in /dev/shm": (0.5, _shared_memory),
    "mapped memfds": (0.5, _memfds),
    "temporary files": (0.5, _temporary),
    "objects": (2000.0, lambda: len(gc.get_objects())),
    "RSS, KiB": (8192.0, lambda: _status("VmRSS:")),
}


def sample() -> list[int]:
    """Return what all gauges say, once garbage has been collected and memory that is free given back."""
    gc.collect()
    with suppress(AttributeError):  # the C library may be another
        ctypes.CDLL(None).malloc_trim(0)
    return [gauge() for _, gauge in GAUGES.values()]
