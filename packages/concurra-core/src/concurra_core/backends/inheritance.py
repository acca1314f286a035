"""Which descriptors a worker that is forked from the program inherits. POSIX.

Not all: where a pipe of somebody else's is open in a worker too, its other end never reads the end of file. A command
would not end, nor would a `Popen` that another thread is in. An exec closes what is not inheritable, but data that
a worker is forked for may lie behind a file, and a queue of the program's may be its way to talk. So what was open
when the run began stays, as does what was opened to be inherited, and every file; pipes and sockets that came later
belong to something that goes on in the program.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from typing import TypeAlias

from concurra_core.backends.pipes import everybodys

# Device and inode of each descriptor, which tell a pipe or a socket from a later one with the same number.
Opened: TypeAlias = Mapping[int, tuple[int, int]]

_STANDARD = 3


def opened() -> Opened:
    """Return the pipes and sockets that are open now."""
    found = {}
    for number in _numbers():
        about = _link(number)
        if about is not None:
            found[number] = about
    return found


def let_go(before: Opened, own: Collection[int], null: int) -> None:
    """In a worker that was just forked: let go of pipes and sockets that are not in *before*, nor of its *own*.

    They are replaced by *null*, the null device, and not closed. An object of the program may still have the number,
    and close it when it is collected: that must not strike a descriptor which got the number meanwhile. What such
    an object has yet to write would come twice otherwise, and goes nowhere now.
    """
    strange = everybodys()  # of workers of other runs, also where this one began later
    for number in _numbers():
        about = None if number in own else _link(number)
        if about is None or os.get_inheritable(number):
            continue
        if before.get(number) != about or number in strange:
            os.dup2(null, number, inheritable=False)


def _link(number: int) -> tuple[int, int] | None:
    """Return what identifies the pipe or socket *number*, None if it is another thing, or closed."""
    try:
        about = os.fstat(number)
    except OSError:
        return None
    linked = stat.S_ISFIFO(about.st_mode) or stat.S_ISSOCK(about.st_mode)
    return (about.st_dev, about.st_ino) if linked else None


def _numbers() -> list[int]:
    try:
        names = os.listdir("/dev/fd")  # noqa: PTH208 - names are what is wanted, and pathlib costs 8 ms
    except OSError:  # not mounted, or no descriptor left to look with
        return []
    return [int(name) for name in names if int(name) >= _STANDARD]
