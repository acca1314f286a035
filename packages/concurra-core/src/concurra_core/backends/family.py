"""The processes that belong to one: its session, its group, its descendants. Linux (`/proc`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import attrs


@attrs.frozen
class _Process:
    pid: int
    parent: int
    group: int
    session: int


def relatives(leader: int) -> list[int]:
    """Return the processes, without *leader*, that are in its session or group or descend from it.

    Where there is no ``/proc`` nothing is found, and the group is all that a signal reaches.
    """
    everybody = list(_processes())
    kin = {leader}
    grown = True
    while grown:  # a generation a round
        young = {
            process.pid
            for process in everybody
            if process.pid not in kin
            and (process.parent in kin or leader in (process.group, process.session))
        }
        kin |= young
        grown = bool(young)
    return sorted(kin - {leader})


def _processes() -> Iterator[_Process]:
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdecimal():
                # It may have ended since; its name, in parentheses, may hold anything.
                with suppress(OSError, ValueError):
                    stat = Path(entry.path, "stat").read_bytes()
                    state, parent, group, session = stat.rpartition(b")")[2].split()[:4]
                    if state != b"Z":
                        yield _Process(int(entry.name), int(parent), int(group), int(session))
