"""One program in which something goes wrong, watched from outside. Whatever is left of it is killed in the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from benchmarks.fault_family import alive, descendants, kill
from benchmarks.fault_pools import WORKERS, Answer
from benchmarks.report import ROOT

HARD: Final = 20.0  # seconds after which a program is given up
SETTLE: Final = 2.0  # seconds that processes are given to go
_STEP: Final = 0.01  # seconds between two looks


@attrs.frozen(kw_only=True)
class Told:
    """What a program was told of its tasks, and what was left `SETTLE` seconds later.

    Args:
        answers: of each task, whether it went well, and its result or error; None if nothing was told.
        seconds: from the first submission until it was told.
        left: the processes that tasks had named, and that were alive.
        ended: the program itself had ended.
        begun: seconds from the beginning of the first task that left a file until it was told; None if none did.
    """

    answers: list[Answer] | None
    seconds: float
    left: int
    ended: bool
    begun: float | None = None


@attrs.frozen(kw_only=True)
class Struck:
    """What was left of a program `SETTLE` seconds after a signal.

    Args:
        ended: the program itself had ended.
        family: how many processes it had started, and they in turn.
        left: how many of those were alive.
        seconds: from the signal until all of it had ended, or it was given up.
    """

    ended: bool
    family: int
    left: int
    seconds: float


@attrs.frozen
class Program:
    """A running probe, the folder its tasks leave files in, and the file its answers go to."""

    process: subprocess.Popen[bytes]
    folder: Path
    file: Path

    def named(self) -> set[int]:
        """Return the processes that tasks have named."""
        return {int(file.name) for file in self.folder.iterdir()}

    def ended(self) -> bool:
        """Return whether the program has ended."""
        return self.process.poll() is not None


def told(pool: str, case: str) -> Told:
    """Return what *pool* tells of *case*."""
    with _program(pool, case) as program:
        _wait(lambda: program.file.exists() or program.ended(), HARD)
        if not program.file.exists():
            return Told(answers=None, seconds=HARD, left=len(_alive(program.named())), ended=program.ended())
        _wait(lambda: program.ended() and not _alive(program.named()), SETTLE)
        found = json.loads(program.file.read_text(encoding="utf-8"))
        return Told(
            answers=[(bool(well), str(text)) for well, text in found["answers"]],
            seconds=float(found["seconds"]),
            left=len(_alive(program.named())),
            ended=program.ended(),
            begun=_begun(program),
        )


def _begun(program: Program) -> float | None:
    """Return how much older the first file of a task is than the answers, by the clock of the file system."""
    beginnings = [file.stat().st_mtime for file in program.folder.iterdir()]
    return program.file.stat().st_mtime - min(beginnings) if beginnings else None


def struck(pool: str, number: signal.Signals) -> Struck:
    """Return what is left of a program with busy workers after signal *number*.

    SIGINT goes to the whole group, as it does when somebody presses Ctrl-C; any other to the program alone.
    """
    with _program(pool, "busy") as program:
        _wait(lambda: len(program.named()) == WORKERS or program.ended(), HARD)
        pid = program.process.pid
        family = descendants(pid)
        sent = time.monotonic()
        if number is signal.SIGINT:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
        _wait(lambda: program.ended() and not _alive(family), SETTLE)
        return Struck(
            ended=program.ended(),
            family=len(family),
            left=len(_alive(family)),
            seconds=time.monotonic() - sent,
        )


def held(pool: str) -> float | None:
    """Return the megabytes that a program and all its processes hold while each worker is in a task.

    None if not all workers are within `HARD` seconds.
    """
    with _program(pool, "busy") as program:
        _wait(lambda: len(program.named()) == WORKERS or program.ended(), HARD)
        if len(program.named()) < WORKERS:
            return None
        pid = program.process.pid
        return sum(map(_megabytes, descendants(pid) | {pid}))


@contextmanager
def _program(pool: str, case: str) -> Iterator[Program]:
    """Start a probe; in the end kill it, all that it started, and all that tasks named."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place, "pids")
        folder.mkdir()
        file = Path(place, "answers.json")
        command = [sys.executable, "-m", "benchmarks.fault_probe", pool, case, str(folder), str(file)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        ) as process:
            program = Program(process, folder, file)
            try:
                yield program
            finally:
                # Orphans are nobody's descendants any more, but keep the session.
                kill(descendants(process.pid) | _session(process.pid) | program.named())
                kill([process.pid])


def _megabytes(pid: int) -> float:
    """Return what process *pid* holds: what is its own, and its part of what it shares with others."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:"))


def _session(session: int) -> set[int]:
    """Return the processes of *session*."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            pid = int(entry.name)
            try:
                if os.getsid(pid) == session:
                    found.add(pid)
            except OSError:
                continue
    return found


def _alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if alive(pid)}


def _wait(until: Callable[[], bool], most: float) -> None:
    """Look until *until* holds, *most* seconds at most."""
    end = time.monotonic() + most
    while not until() and time.monotonic() < end:
        time.sleep(_STEP)
