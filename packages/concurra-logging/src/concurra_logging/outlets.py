"""Where lines go: a text stream, or a file that others may rotate and append to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, Protocol, TextIO

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


class Outlet(Protocol):
    """Takes whole lines. Called by one thread at a time."""

    def write(self, lines: str) -> None:
        """Write *lines*, whole, and keep nothing back.

        Raises:
            OSError: they cannot be written.
        """

    def rest(self) -> None:
        """No run is under way: hold on to nothing."""


class StreamOutlet:
    """Write to a text stream, which is not ours to close; None swallows everything."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, lines: str) -> None:
        if self._stream is not None:
            self._stream.write(lines)
            self._stream.flush()

    def rest(self) -> None:
        pass


class StderrOutlet(StreamOutlet):
    """Write to standard error as it is when the first line comes after a rest."""

    def __init__(self) -> None:
        super().__init__(None)
        self._found = False

    def write(self, lines: str) -> None:
        if not self._found:
            self._stream, self._found = sys.stderr, True
        super().write(lines)

    def rest(self) -> None:
        self._stream, self._found = None, False


class FileOutlet:
    """Append to a file, each time in one piece, so that several programs can share it.

    A file that was moved away, deleted or emptied is opened anew, or goes on from where it is.

    Args:
        path: the file; it is made if it is not there, its folder is not.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).absolute()  # the program may change its folder
        self._file: int | None = None
        self._torn = False  # the last line is not whole: the disk was full
        self._open()  # what is wrong with a path is said at once
        self.rest()

    def write(self, lines: str) -> None:
        file = self._opened()
        data = memoryview(f"\n{lines}".encode() if self._torn else lines.encode())
        written = 0
        try:
            while written < len(data):
                written += os.write(file, data[written:])
        finally:
            # Whatever comes next begins a line of its own.
            if written:
                self._torn = data[written - 1] != _NEWLINE

    def rest(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        """Return the descriptor of the file that the path leads to now."""
        if self._file is not None and not self._leads_to(self._file):
            self.rest()
            self._torn = False
        return self._open() if self._file is None else self._file

    def _leads_to(self, file: int) -> bool:
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(file))  # noqa: PTH116 - once a write
        except FileNotFoundError:
            return False

    def _open(self) -> int:
        try:
            self._file = os.open(self._path, _FLAGS, 0o666)
        except FileNotFoundError as error:
            error.add_note(f"JsonSink makes the file, not its folder: make {self._path.parent} first")
            raise
        return self._file


_NEWLINE: Final = ord("\n")
