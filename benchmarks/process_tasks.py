"""The tasks that worker processes run. This module imports nothing that has to be loaded: that would be their cost.

python -m benchmarks.process_tasks ITERATIONS COUNT    waits for a line, burns, prints the mean seconds
"""

from __future__ import annotations

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
