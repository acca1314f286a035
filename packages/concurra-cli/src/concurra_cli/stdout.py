"""The program's standard output, kept for data alone."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TextIO, cast

from concurra_cli.streams import Routed

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LAST: Final = 2  # number of the last standard stream


class DataOut:
    """Keep the real standard output; whatever anybody else writes there goes to stderr from now on.

    This is done to the descriptor, so that it holds for commands that tasks start, and for C code. It is not
    undone: a thread that was given up, or a function registered with `atexit`, may print after the end.
    """

    def __init__(self) -> None:
        _take_closed()
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        # Both line-buffered: what is printed to either stays in its order.
        talk = _routed(sys.stdout, 1), _routed(sys.stderr, 2)
        sys.stdout, sys.stderr = (cast("TextIO", each) for each in talk)
        self.talk = [each for each in talk if each is not None]
        self._kept = _duplicate(1)
        self.is_terminal = os.isatty(self._kept)
        other = _duplicate(2)
        os.dup2(other, 1)
        os.close(other)

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


def _take_closed() -> None:
    """Have the numbers of standard streams that are closed lead nowhere: a duplicate of another one would get them."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST:
        pass
    os.close(number)


class _Patient(io.FileIO):
    """A descriptor for talk. What cannot be written, for its reader has gone or a disk is full, is not said.

    No task fails for that, and no exit status changes: talk is not what anybody ran them for.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _routed(stream: object, number: int) -> Routed | None:
    """Return what stands in the place of *stream*, which is the program's own on descriptor *number*, or some other."""
    if stream is None or isinstance(stream, Routed):
        return stream  # a program whose stream is closed has None there, and print knows that
    if not isinstance(stream, io.TextIOWrapper) or _number(stream) != number:
        other = cast("TextIO", stream)
        return Routed(other, lambda: other)
    stream.reconfigure(line_buffering=True)  # somebody may still write to `sys.__stdout__`
    again = partial(_patient, number, stream.name, stream.encoding, stream.errors)
    return Routed(again(), again)


def _patient(number: int, name: str, encoding: str, errors: str | None) -> TextIO:
    raw = _Patient(number, "w", closefd=False)
    raw.name = name
    stream = io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=True)
    stream.mode = "w"  # type: ignore[misc] # read-only to the stub; `open` sets it just so
    return stream


def _number(stream: io.TextIOWrapper) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):  # it has none, or is closed
        return None


def _duplicate(descriptor: int) -> int:
    """Return a duplicate of *descriptor*, of the null device if it is closed."""
    try:
        return os.dup(descriptor)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
