"""What can be done where the system gives no process or no descriptor."""

from __future__ import annotations

import errno


def advised(error: BaseException) -> BaseException:
    """Return *error*, which kept a process from being started, with what can be done about it if that is known.

    >>> print(advised(OSError(errno.EMFILE, "Too many open files")))
    [Errno 24] Too many open files; allow more (ulimit -n), or run less at a time (max_concurrency)
    """
    if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
        return error
    way_out = "allow more (ulimit -n), or run less at a time (max_concurrency)"
    return OSError(error.errno, f"{error.strerror}; {way_out}").with_traceback(error.__traceback__)
