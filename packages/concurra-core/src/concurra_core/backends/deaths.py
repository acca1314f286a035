"""What is said of a worker that died: the signal or the exit status, and whether memory had run out."""

from __future__ import annotations

import signal
from pathlib import Path


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
        text = Path("/proc/vmstat").read_text(encoding="ascii")
    except OSError:
        return 0
    counts = [line.split()[1] for line in text.splitlines() if line.startswith("oom_kill ")]
    return int(counts[0]) if counts else 0
