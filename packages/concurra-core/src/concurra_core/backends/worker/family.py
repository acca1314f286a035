"""The processes that belong to one: its session, its group, its descendants. Linux (`/proc`). Child-safe."""

from __future__ import annotations

import posix

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Process: TypeAlias = tuple[int, int, int, int]  # pid, parent, group, session


def relatives(*leaders: int, among: Sequence[Process] | None = None) -> list[int]:
    """Return the processes, without *leaders*, that are in the session or group of one or descend from it.

    *among* are the processes there are, by default those of now. Where there is no ``/proc`` nothing is found, and the
    group is all that a signal reaches.
    """
    everybody = processes() if among is None else among
    kin = set(leaders)
    grown = True
    while grown:  # a generation a round
        young = {
            pid
            for pid, parent, group, session in everybody
            if pid not in kin and (parent in kin or group in leaders or session in leaders)
        }
        kin |= young
        grown = bool(young)
    return sorted(kin - set(leaders))


def left_behind(adopter: int, own: set[int]) -> list[int]:
    """Return the children of *adopter* that came to it when their parent died, with their families.

    *own* are the children it started itself. What leads no session has lost its leader before: it was made a
    daemon on purpose, by a parent that exited, and is left alone.
    """
    orphans = [
        pid
        for pid, parent, _, session in processes()
        if parent == adopter and pid not in own and (pid == session or session in own)
    ]
    return sorted({pid for orphan in orphans for pid in (orphan, *relatives(orphan))})


def is_stopped(pid: int) -> bool:
    """Return whether a signal has stopped *pid*, and none has had it go on. False where there is no ``/proc``."""
    try:
        return _stat(str(pid))[0] == b"T"
    except (OSError, ValueError):
        return False


def processes() -> list[Process]:
    """Return (pid, parent, group, session) of every process that has not ended."""
    found = []
    try:
        names = [name for name in posix.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []
    for name in names:
        try:  # it may have ended since
            state, parent, group, session = _stat(name)
            if state != b"Z":
                found.append((int(name), int(parent), int(group), int(session)))
        except (OSError, ValueError):
            continue
    return found


def _stat(pid: str) -> list[bytes]:
    """Return state, parent, group and session of *pid*; its name, in parentheses before them, may hold anything."""
    fd = posix.open(f"/proc/{pid}/stat", posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        stat = posix.read(fd, 1024)
    finally:
        posix.close(fd)
    return stat.rpartition(b")")[2].split()[:4]
