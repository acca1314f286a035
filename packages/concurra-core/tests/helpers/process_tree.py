"""Who is whose child, as /proc tells it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """Return the children of *pid*."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that ends just now
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def template() -> int:
    """Return the template process of the run that goes on here."""
    (found,) = [
        pid for pid in children(os.getpid()) if b"posix.setsid" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return found
