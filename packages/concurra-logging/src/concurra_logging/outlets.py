"""Where lines go: a text stream, or a file that others may rotate and append to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from stat import S_ISREG
from typing import Final, Protocol, TextIO

from concurra_logging.forks import own_stream
from concurra_logging.plain import quoted

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

    def forked(self) -> None:
        """Share nothing with the threads of the parent, in the child of a fork."""


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

    def forked(self) -> None:
        if self._stream is not None:
            self._stream = own_stream(self._stream)


class StderrOutlet(StreamOutlet):
    """Write to standard error as it is when the first line comes after a rest."""

    def __init__(self) -> None:
        super().__init__(None)
        self._found = False
        # In the child of a fork: standard error as it was, and the child's own stream to where that leads.
        self._of_child: tuple[TextIO, TextIO] | None = None

    def write(self, lines: str) -> None:
        if not self._found:
            self._stream, self._found = sys.stderr, True
            if self._of_child is not None and self._stream is self._of_child[0]:
                self._stream = self._of_child[1]
        super().write(lines)

    def rest(self) -> None:
        self._stream, self._found = None, False

    def forked(self) -> None:
        self.rest()
        self._of_child = None if sys.stderr is None else (sys.stderr, own_stream(sys.stderr))


class FileOutlet:
    """Append to a file, each time in one piece, so that several programs can share it.

    A file that was moved away, deleted or emptied is opened anew, or goes on from where it is. A line that is not
    whole, by an earlier program or a full disk, is ended before the next.

    Args:
        path: the file; it is made if it is not there, its folder is not.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).absolute()  # the program may change its folder
        self._file: int | None = None
        # Whether the last line is not whole, for the disk was full; None if that is not known, after an opening.
        self._torn: bool | None = None
        try:
            self._open()  # what is wrong with a path is said at once
        except ValueError as error:  # a null character, or what no name of a file can be made of
            raise ValueError(f"target must be the path of a file, not {quoted(path)}: {error}") from None
        self.rest()

    def write(self, lines: str) -> None:
        file = self._opened()
        data = memoryview(f"\n{lines}".encode() if self._is_torn(file) else lines.encode())
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

    def forked(self) -> None:
        self.rest()

    def _opened(self) -> int:
        """Return the descriptor of the file that the path leads to now."""
        if self._file is not None and not self._leads_to(self._file):
            self.rest()
        return self._open() if self._file is None else self._file

    def _is_torn(self, file: int) -> bool:
        """Look at the last byte of *file*, unless it is ours: an earlier program may have left it without its end."""
        if self._torn is False:
            return False
        found = os.fstat(file)
        if not S_ISREG(found.st_mode) or not found.st_size:
            return False
        try:
            with self._path.open("rb", buffering=0) as reading:
                return _is_cut_short(reading.fileno())
        except OSError:  # it may be written to and not read, or was moved away just now
            return self._torn is True

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
        self._torn = self._torn or None
        return self._file


def _is_cut_short(file: int) -> bool:
    """Return whether the last line of *file* is not whole, and nobody goes on with it: others append meanwhile."""
    before, size = -1, os.fstat(file).st_size
    while size != before:
        if os.pread(file, 1, size - 1) == b"\n":
            return False
        before, size = size, os.fstat(file).st_size
    return True


_NEWLINE: Final = ord("\n")
