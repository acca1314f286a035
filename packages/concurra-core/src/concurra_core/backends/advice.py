"""What can be done where the system gives no process or no descriptor."""

from __future__ import annotations

import errno
from typing import Final

_WAYS_OUT: Final = {
    errno.EMFILE: "allow more (ulimit -n), or run less at a time (max_concurrency)",
    errno.ENFILE: "allow more (ulimit -n), or run less at a time (max_concurrency)",
    errno.EAGAIN: "allow more processes (ulimit -u), or run less at a time (max_concurrency)",
}


def advised(error: BaseException) -> BaseException:
    """Return *error*, which kept a process from being started, with what can be done about it if that is known.

    >>> print(advised(OSError(errno.EMFILE, "Too many open files")))
    [Errno 24] Too many open files; allow more (ulimit -n), or run less at a time (max_concurrency)
    """
    way_out = _WAYS_OUT.get(error.errno) if isinstance(error, OSError) and error.errno is not None else None
    if not isinstance(error, OSError) or way_out is None:
        return error
    return OSError(error.errno, f"{error.strerror}; {way_out}").with_traceback(error.__traceback__)
