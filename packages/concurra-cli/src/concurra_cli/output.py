"""What tasks write, kept apart by the task that wrote it."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Hashable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TextIO, cast

from concurra_core import LifecycleError, TaskEnded, current_task

from concurra_cli.tally import FAILURES

if TYPE_CHECKING:
    from concurra_cli.spool import Spool

STREAM: Final = "stream"


class TaskOutput:
    """While entered, what tasks on threads and coroutines write to the standard streams is told by the task.

    Worker processes and commands write to a spool, unless everything comes as it is written. What nobody can tell the
    task of, such as the output of threads that a task starts, goes where it always goes.

    Args:
        mode: "group" keeps it until the task ends, "failed" drops it then if the task did not fail, "none" drops it
            all; "stream" keeps nothing but the start of a line, so that lines of several tasks stay whole.
        spool: where worker processes and commands write; None where everything comes as it is written.
    """

    def __init__(self, mode: str, spool: Spool | None = None) -> None:
        self.mode = mode
        self._spool = spool
        self._lock = threading.Lock()
        self._kept: dict[Hashable, list[str]] = {}
        self._lines: dict[tuple[Hashable, int], str] = {}  # that have no end yet, by the task and the stream
        self._found: tuple[TextIO, TextIO] | None = None

    def __enter__(self) -> Self:
        self._found = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = map(self._apart, self._found)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._found is not None:
            sys.stdout, sys.stderr = self._found

    def _apart(self, stream: TextIO | None) -> TextIO:
        # A program whose stream is closed has None there, and print knows that.
        return cast("TextIO", None if stream is None else _Apart(self, stream))

    def write(self, label: Hashable, text: str, stream: TextIO) -> None:
        """Take *text*, which the task *label* wrote to what stands for *stream*."""
        if self.mode == "none":
            return
        with self._lock:
            if self.mode != STREAM:
                self._kept.setdefault(label, []).append(text)
                return
            start = self._lines.pop((label, id(stream)), "")
            lines, newline, rest = f"{start}{text}".rpartition("\n")
            if rest:
                self._lines[label, id(stream)] = rest
            if newline:
                stream.write(f"{lines}\n")

    def flush(self, label: Hashable, stream: TextIO) -> None:
        """Write the start of a line that *label* wrote to what stands for *stream*: somebody wants to see it now."""
        with self._lock:
            start = self._lines.pop((label, id(stream)), "")
            if start:
                stream.write(start)
        stream.flush()

    def taken(self, event: TaskEnded) -> str:
        """Return what is to be shown of what the task has written that ended."""
        label = event.label
        with self._lock:
            text = "".join(self._kept.pop(label, ()))
            if self._lines:
                for stream in map(id, self._found or ()):
                    text += self._lines.pop((label, stream), "")
        if self._spool is not None:
            text += self._spool.taken(event)
        return text if self.mode != "failed" or event.status in FAILURES else ""

    def rest(self) -> str:
        """Return what is to be shown at the end: what was kept, and no task is known to have written."""
        return (
            self._spool.rest().removesuffix("\n") if self._spool is not None and self.mode == "group" else ""
        )


class _Apart(io.TextIOBase):
    """Stands in the place of *stream*: what a task writes is kept, everything else goes there."""

    def __init__(self, output: TaskOutput, stream: TextIO) -> None:
        self._output = output
        self._stream = stream

    def write(self, text: str, /) -> int:
        try:
            label = current_task().label
        except LifecycleError:
            return self._stream.write(text)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._output.write(label, text, self._stream)
        return len(text)

    def flush(self) -> None:
        try:
            self._output.flush(current_task().label, self._stream)
        except LifecycleError:
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Leave the stream behind open: it is not this one's."""

    @property
    def encoding(self) -> str:  # type: ignore[override] # the stub has an attribute
        return self._stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override] # as above
        return self._stream.errors

    @property
    def buffer(self) -> object:
        return self._stream.buffer
