"""The tasks that worker processes run. This module imports little: each worker of some pools imports it anew.

python -m benchmarks.process_tasks ITERATIONS COUNT    waits for a line, burns, prints the mean seconds
"""

from __future__ import annotations

import os
import signal
import sys
import time


def burn(iterations: int) -> None:
    """Count down from *iterations*: work of Python code alone, which waits for nothing."""
    while iterations:
        iterations -= 1


def nap(seconds: float) -> None:
    """Wait *seconds* without using the processor."""
    time.sleep(seconds)


def nap_after(seconds: float, *_: object) -> None:
    """Wait *seconds*; whatever else is given are the results of other tasks."""
    time.sleep(seconds)


def parcel(size: int) -> bytes:
    """Return *size* bytes."""
    return b"x" * size


def spin(folder: str) -> None:
    """Leave a file in *folder* that is named like this process, and use the processor until it is ended."""
    with open(f"{folder}/{os.getpid()}", "x", encoding="ascii"):  # noqa: PTH123 - this module imports little
        pass
    while True:
        pass


def spin_regardless(folder: str) -> None:
    """Do the same, and ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    spin(folder)


def hang_in_turn(number: int, place: int, file: str) -> None:
    """Return at once, unless *number* is *place*: then write the time into *file* and hang."""
    if number == place:
        with open(file, "w", encoding="ascii") as out:  # noqa: PTH123 - this module imports little
            out.write(repr(time.perf_counter()))  # Linux and macOS: one clock for all processes
        nap(60)


def mean_burn(iterations: int, count: int) -> float:
    """Return the mean seconds of *count* burns in this process."""
    for _ in range(20):
        burn(iterations)
    sys.stdin.readline()
    started = time.perf_counter()
    for _ in range(count):
        burn(iterations)
    return (time.perf_counter() - started) / count


if __name__ == "__main__":
    print(mean_burn(int(sys.argv[1]), int(sys.argv[2])))
