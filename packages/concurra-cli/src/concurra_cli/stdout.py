"""The program's standard output, kept for data alone."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress


class DataOut:
    """Keep the real standard output; whatever anybody else writes there goes to stderr from now on.

    This is done to the descriptor, so that it holds for commands that tasks start, and for C code. It is not
    undone: a thread that was given up, or a function registered with `atexit`, may print after the end.
    """

    def __init__(self) -> None:
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        if isinstance(sys.stdout, io.TextIOWrapper):
            # stderr is line-buffered: what is printed to either stays in its order.
            sys.stdout.reconfigure(line_buffering=True)
        self._kept = _duplicate(1)
        self.is_terminal = os.isatty(self._kept)
        talk = _duplicate(2)
        os.dup2(talk, 1)
        os.close(talk)

    def write(self, text: str) -> None:
        """Write *text* as the last of the data. A reader that has gone is no error.

        Raises:
            OSError: it cannot be written, as on a full disk.
        """
        with (
            suppress(BrokenPipeError),
            os.fdopen(self._kept, "w", encoding=self._encoding, errors="backslashreplace") as out,
        ):
            out.write(f"{text}\n")


def _duplicate(descriptor: int) -> int:
    """Return a duplicate of *descriptor*, of the null device if it is closed."""
    try:
        return os.dup(descriptor)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
