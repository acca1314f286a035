"""Keeping descriptors of ours away from the numbers of the standard streams. POSIX."""

from __future__ import annotations

import os
from fcntl import F_DUPFD_CLOEXEC, fcntl

_STANDARD = 2  # the last of the standard streams


def out_of_the_way(fd: int) -> int:
    """Return *fd*, or what it was moved to: where a program has closed its streams, it may have got their number.

    What the program prints all the same would go there, and a worker puts its own streams there.

    >>> end, other = os.pipe()
    >>> out_of_the_way(end) == end > 2
    True
    >>> os.close(end), os.close(other)
    (None, None)

    Raises:
        OSError: there is no other number left; *fd* is closed.
    """
    if fd > _STANDARD:
        return fd
    try:
        return fcntl(fd, F_DUPFD_CLOEXEC, _STANDARD + 1)
    finally:
        os.close(fd)
