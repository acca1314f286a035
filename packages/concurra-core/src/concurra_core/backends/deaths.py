"""What is said of a worker that died: the signal or the exit status, and whether memory had run out."""

from __future__ import annotations

import signal
from typing import Final

from concurra_core.backends.spawning import BOOT

_OURS: Final = "concurra_core/backends/worker/"
_START: Final = (
    f'  File "<string>", line {len(BOOT.splitlines())} in <module>'  # what `python -c` makes of it
)

GARBLED: Final = "ended, since something wrote where only the library does; leave descriptors alone that the task did not open"


def cause_of(status: int | None, oom: bool) -> str:
    """Return how a worker ended, by its exit status, negative for a signal; *oom*: the kernel killed for memory.

    >>> cause_of(-11, False), cause_of(3, False)
    ('killed by SIGSEGV', 'exited with code 3')
    """
    if status is None:
        return "nobody is left to tell how: its template process had died before it"
    if status >= 0:
        return f"exited with code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"killed by {name}{'; out of memory?' if oom and -status == signal.SIGKILL else ''}"


def oom_kills() -> int:
    """Return how often the kernel has killed for lack of memory since it was started; 0 where it does not tell."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:  # noqa: PTH123 - pathlib costs 8 ms to import
            text = file.read()
    except OSError:
        return 0
    counts = [line.split()[1] for line in text.splitlines() if line.startswith("oom_kill ")]
    return int(counts[0]) if counts else 0


def place_of(dump: bytes) -> str:
    r"""Return a stack that a worker wrote, as text, without the frames that are ours: the last ones.

    >>> print(place_of(b'File "work.py" in f\n  File "/concurra_core/backends/worker/batch.py", line 1 in g\n'))
    File "work.py" in f
    """
    lines = dump.decode(errors="replace").splitlines()
    below = [*lines, ""][1:]  # of the first call of a thread, which is its last line, none
    shown = [
        line
        for line, next_one in zip(lines, below, strict=True)
        if line != _START or next_one.startswith("  File")
    ]
    return "\n".join(line for line in shown if _OURS not in line)
