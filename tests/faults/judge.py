"""Running one case in a process of its own, and judging it: what it said, that it ended by itself, what it left."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from faults.cases import Case

LIMIT: Final = 30  # seconds that a program has to end by itself; most take a fifth of one
_LATE: Final = 5.0  # seconds that what a program started has, after one that had no time to end it
_MARK: Final = "CONCURRA_TEST_FAMILY"
_OURS: Final = ("concurra", "psm_")  # names of shared memory that it could have made
_TESTS: Final = str(Path(__file__).parents[1])


@functools.cache
def possible(within: tuple[str, ...]) -> bool:
    """Return whether the system lets a program run *within* such a world."""
    if not within:
        return True
    environ = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    try:
        tried = subprocess.run([*within, "true"], env=environ, capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0


def complaints(case: Case, folder: Path, bytecode: Path) -> list[str]:
    """Run *case*, with *folder* for its temporary files, and return what was not as it must be.

    What is compiled is kept in *bytecode*: with nothing kept, a program would compile for most of its time.
    """
    mark = os.urandom(8).hex()
    shared = _shared_memory()
    process = subprocess.Popen(
        [
            *case.within,
            sys.executable,
            *case.flags,
            "-m",
            "faults.child",
            case.module,
            case.program.__name__,
            case.kind,
        ],
        env=_environ(mark, folder, bytecode),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return [f"it did not end by itself; {_put_away(mark, process)}"]
    left = _family(mark, process.pid, _LATE if case.late else 0.0)
    _put_away(mark, process)
    found = [f"left alive: {line}" for line in left.values()]
    found += [f"left in the temporary folder: {path.name}" for path in folder.iterdir()]
    found += [f"left in shared memory: {name}" for name in _shared_memory() - shared]
    if process.returncode != case.status:
        found.append(f"exit status {process.returncode}, not {case.status}")
    found += _wrong_words(case, out, err)
    return [*found, f"stderr: {err[-3000:]}"] if found else []


def _wrong_words(case: Case, out: str, err: str) -> list[str]:
    found = []
    try:
        says = json.loads(out) if out else {}
    except ValueError:
        return [f"said {out!r}"]
    if says.keys() != case.says.keys():
        found.append(f"told of {sorted(says)}, not of {sorted(case.says)}")
    for label, start in case.says.items():
        if not str(says.get(label)).startswith(start):
            found.append(f"{label}: {says.get(label)!r}, not {start!r}")
    place = 0
    for words in case.hears:
        at = err.find(words, place)
        if at < 0:
            found.append(f"stderr lacks {words!r}")
        place = max(at, 0)
    if not case.hears and ("Exception ignored" in err or "Exception in thread" in err):
        found.append("an exception that nobody took")
    return found


_ENVIRON = dict(os.environ)  # once: pytest changes it on another thread


def _environ(mark: str, folder: Path, bytecode: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in _ENVIRON.items() if name != "PYTHONDONTWRITEBYTECODE"},
        _MARK: mark,
        "PYTHONPATH": _TESTS,
        "TMPDIR": str(folder),
        "PYTHONPYCACHEPREFIX": str(bytecode),
    }


def _shared_memory() -> set[str]:
    try:
        return {path.name for path in Path("/dev/shm").iterdir() if path.name.startswith(_OURS)}  # noqa: S108 - only looked at
    except OSError:
        return set()


def _family(mark: str, session: int, seconds: float) -> dict[int, str]:
    """Return the processes with *mark* in their environment, or of *session*, that do not go within *seconds*."""
    found = {}
    for name in filter(str.isdecimal, [path.name for path in Path("/proc").iterdir()]):
        try:
            fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
            marked = f"{_MARK}={mark}".encode() in Path(f"/proc/{name}/environ").read_bytes()
            if fields[0] != b"Z" and (marked or int(fields[3]) == session) and not _goes(int(name), seconds):
                found[int(name)] = f"{name} {Path(f'/proc/{name}/cmdline').read_bytes()[:80]!r}"
        except OSError:
            continue
    return found


def _goes(pid: int, seconds: float) -> bool:
    """Return whether *pid* ends within *seconds*."""
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def _put_away(mark: str, process: subprocess.Popen[str]) -> str:
    """End what is left of *process*; return what its threads and relatives were."""
    left = _family(mark, process.pid, 0.0)
    for pid in left:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    _, err = process.communicate()
    return f"alive were {list(left.values())}; stderr: {err[-3000:]}"
