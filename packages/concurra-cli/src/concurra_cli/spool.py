"""What worker processes and commands write while a run goes on: files in their own folder, told apart by the task."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Hashable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import attrs
from concurra_core import TaskEnded, TaskState, WorkerOptions

from concurra_cli.apart import MARKS, Apart

_AT_ONCE: Final = 1 << 20  # bytes
_ELSEWHERE: Final = frozenset({"process", "subprocess"})
_CUT: Final = frozenset({TaskState.CRASHED, TaskState.TIMED_OUT, TaskState.CANCELLED})


class Spool:
    """While entered, it has a folder, which goes in the end; to *drop* everything, it needs none."""

    def __init__(self, *, drop: bool) -> None:
        self._folder = None if drop else Path(tempfile.mkdtemp(prefix="concurra-output-"))
        self._commands: dict[Hashable, Path] = {}
        self._parts: dict[object, list[tuple[int, int, int]]] = {}  # worker, begin and end, by label
        self._ends: dict[int, int] = {}  # of what is marked, by worker
        self._run_id = ""
        self._read = 0  # bytes of marks
        self._marks = -1
        if self._folder is not None:
            self._marks = os.open(self._folder / MARKS, os.O_RDONLY | os.O_CREAT, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            os.close(self._marks)
            shutil.rmtree(self._folder, ignore_errors=True)

    def worker(self, options: WorkerOptions | None) -> WorkerOptions:
        """Return *options* with what makes worker processes write here."""
        found = WorkerOptions() if options is None else options
        folder = None if self._folder is None else str(self._folder)
        return attrs.evolve(found, initializer=Apart(folder, found.initializer))

    def command(self, label: Hashable) -> int:
        """Return a descriptor for the command *label* to write to."""
        if self._folder is None:
            return os.open(os.devnull, os.O_WRONLY)
        path = self._commands.setdefault(label, self._folder / f"command-{len(self._commands)}")
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def taken(self, event: TaskEnded) -> str:
        """Return what the task that ended has written, once."""
        if self._folder is None or event.on not in _ELSEWHERE:
            return ""
        self._run_id = event.run_id
        self._read_marks()
        label = event.label if isinstance(event.label, str | int | float) else str(event.label)
        parts = self._parts.pop(label, [])
        worker = event.worker
        if event.on == "process" and event.status in _CUT and isinstance(worker, int):
            # It could not set its last mark any more.
            begin, size = self._ends.get(worker, 0), self._size(worker)
            self._ends[worker] = size
            parts.append((worker, begin, size))
        data = b"".join(self._part(*part) for part in parts)
        path = self._commands.pop(event.label, None)
        if path is not None and path.exists():
            data += path.read_bytes()
            path.unlink()
        return data.decode(errors="replace")

    def rest(self) -> str:
        """Return what no task was told to have written: by threads that a task left behind, or after its end."""
        if self._folder is None:
            return ""
        self._read_marks()
        data = b"".join(self._part(*part) for parts in self._parts.values() for part in parts)
        for path in self._folder.iterdir():
            if path.name.isdecimal():
                worker = int(path.name)
                data += self._part(worker, self._ends.get(worker, 0), path.stat().st_size)
        return data.decode(errors="replace")

    def _read_marks(self) -> None:
        while lines := os.pread(self._marks, _AT_ONCE, self._read).rpartition(b"\n")[0]:
            self._read += len(lines) + 1
            for line in lines.splitlines():
                worker, end, label, run_id = json.loads(line)
                if (
                    run_id == self._run_id
                ):  # otherwise it is of a run within a task, whose own mark takes that in
                    self._parts.setdefault(label, []).append((worker, self._ends.get(worker, 0), end))
                    self._ends[worker] = end

    def _size(self, worker: int) -> int:
        try:
            return self._file(worker).stat().st_size
        except OSError:  # it was lost before it could write
            return 0

    def _part(self, worker: int, begin: int, end: int) -> bytes:
        if begin >= end:
            return b""
        with self._file(worker).open("rb") as file:
            file.seek(begin)
            return file.read(end - begin)

    def _file(self, worker: int) -> Path:
        assert self._folder is not None  # noqa: S101 - Invariant: nobody asks where everything is dropped
        return self._folder / str(worker)
