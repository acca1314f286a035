"""In a worker process: what tasks write goes to a file, with marks that tell whose it is. Light, for workers import it.

All of a worker's output, also that of what its tasks start and of C code, goes to one file, through the descriptors. A
worker runs one task at a time, and the library flushes the standard streams after each: that is when a mark is set.
"""

from __future__ import annotations

import io
import os
import sys
from _thread import get_ident  # `threading` is no light import either

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

MARKS = "marks"  # the file of all marks; beside it lies one for each worker, called by its process id


class Apart:
    """The initializer of worker processes whose output is to be told by the task.

    Args:
        folder: where the files go; None to drop all that is written.
        then: the initializer that the run has anyway; it is called first.
    """

    def __init__(self, folder: str | None, then: Callable[[], object] | None) -> None:
        self._folder = folder
        self._then = then

    def __call__(self) -> None:
        """Redirect everything that is written in this process from now on."""
        if self._then is not None:
            self._then()
        sys.stdout.flush()
        sys.stderr.flush()
        path = os.devnull if self._folder is None else os.path.join(self._folder, str(os.getpid()))  # noqa: PTH118 - pathlib costs a worker 8 ms
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number in (1, 2):
            os.dup2(descriptor, number)
        if self._folder is not None:
            sys.stderr = sys.__stderr__ = _Marking(descriptor, self._folder, sys.stderr)  # type: ignore[misc] # mypy takes the second for final


class _Marking(io.TextIOWrapper):
    """The standard error of a worker. It is flushed last after a task, and then marks what the task has written."""

    def __init__(self, descriptor: int, folder: str, like: TextIO) -> None:
        raw = io.FileIO(2, "w", closefd=False)
        super().__init__(io.BufferedWriter(raw), like.encoding, like.errors, line_buffering=True)
        self._descriptor = descriptor
        self._marks = os.open(os.path.join(folder, MARKS), os.O_WRONLY | os.O_APPEND)  # noqa: PTH118 - as above
        self._process = os.getpid()
        self._thread = get_ident()  # of the tasks of this worker: those of a run within one write for that
        self._end = 0

    def flush(self) -> None:
        """Write what has not been written, and mark it."""
        super().flush()
        end = os.fstat(self._descriptor).st_size
        if end != self._end and get_ident() == self._thread and os.getpid() == self._process:
            self._mark(end)

    def _mark(self, end: int) -> None:
        import json  # for workers whose tasks write

        from concurra_core import LifecycleError, current_task

        try:
            task = current_task()
        except LifecycleError:  # between two tasks, or a thread of one
            return
        mark = json.dumps([self._process, end, task.label, task.run_id])
        os.write(self._marks, f"{mark}\n".encode())  # in one go: all workers append to this file
        self._end = end
