"""What tasks write, kept apart by the task that wrote it."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Hashable
from types import TracebackType
from typing import Final, Self, TextIO, cast

from concurra_core import LifecycleError, TaskState, current_task

from concurra_cli.tally import FAILURES

STREAM: Final = "stream"


class TaskOutput:
    """While entered, what tasks on threads and coroutines write to the standard streams is kept until they end.

    What nobody can tell the task of, such as the output of worker processes and of threads that a task starts, goes
    where it always goes.

    Args:
        mode: "group" keeps it until the task ends, "failed" drops it if the task did not fail, "none" drops it all;
            "stream" keeps nothing.
    """

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._lock = threading.Lock()
        self._kept: dict[Hashable, list[str]] = {}
        self._found: tuple[TextIO, TextIO] | None = None

    def __enter__(self) -> Self:
        if self._mode != STREAM:
            self._found = sys.stdout, sys.stderr
            sys.stdout = cast("TextIO", _Apart(self, sys.stdout))
            sys.stderr = cast("TextIO", _Apart(self, sys.stderr))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._found is not None:
            sys.stdout, sys.stderr = self._found

    def keep(self, label: Hashable, text: str) -> None:
        """Keep *text*, which the task *label* wrote."""
        if self._mode != "none":
            with self._lock:
                self._kept.setdefault(label, []).append(text)

    def taken(self, label: Hashable, status: TaskState) -> str:
        """Return what is to be shown of the task *label*, which ended as *status*."""
        with self._lock:
            text = "".join(self._kept.pop(label, ()))
        return text if self._mode == "group" or status in FAILURES else ""


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
        self._output.keep(label, str(text))
        return len(text)

    def flush(self) -> None:
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
