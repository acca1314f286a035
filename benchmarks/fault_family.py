"""Which processes are alive, and which descend from one. Linux: reads /proc."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_ENDED: Final = {"Z", "X"}  # states of a process that runs no more and waits to be reaped


def alive(pid: int) -> bool:
    """Return whether process *pid* can still run something."""
    found = _state_and_parent(pid)
    return found is not None and found[0] not in _ENDED


def descendants(pid: int) -> set[int]:
    """Return the children of *pid* that are alive, and theirs, and so on."""
    parents = dict(_parents())
    found = {pid}
    grown = True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found - {pid}


def kill(pids: Iterable[int]) -> None:
    """Kill *pids*, as far as they are there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _parents() -> Iterator[tuple[int, int]]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            found = _state_and_parent(int(entry.name))
            if found is not None and found[0] not in _ENDED:
                yield int(entry.name), found[1]


def _state_and_parent(pid: int) -> tuple[str, int] | None:
    """Return the letter of the state and the parent's pid; None if there is no such process."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, parent, *_ = text.rpartition(")")[2].split()  # the name before may hold blanks
    return state, int(parent)
