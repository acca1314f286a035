"""Count primes, on threads and then on processes, and tell how much faster that was.

Threads take turns at the one interpreter lock, so pure Python code is no faster on several of them. Worker processes
have a lock each. There is no main guard here: workers do not import this file, its functions are sent to them.
"""

import os
import time
from typing import Final

import concurra

LAST: Final = 480_000
PARTS: Final = 24  # more parts than workers: the later ranges take longer, and the rest evens that out


def is_prime(number: int) -> bool:
    """Return whether *number* has no divisor but 1 and itself."""
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def count_primes(first: int, last: int) -> int:
    """Return how many primes there are from *first* up to, but not with, *last*."""
    return sum(map(is_prime, range(first, last)))


def total(*counts: int) -> int:
    """Return the sum of *counts*."""
    return sum(counts)


def run(*, processes: bool) -> tuple[int, float]:
    """Count on threads or *processes*; return how many primes there are, and the seconds that it took."""
    runner = concurra.TaskRunner(use_multiprocessing=processes, progress_stats=False)
    step = LAST // PARTS
    counts = [runner.add_task(count_primes, first, first + step) for first in range(0, LAST, step)]
    runner.add_task(total, *counts, label="primes")
    began = time.perf_counter()
    results = runner.run(verify=False)
    return results["primes"]["result"], time.perf_counter() - began


primes, on_threads = run(processes=False)
print(f"threads:   {primes} primes in {on_threads:.2f} s")
primes, on_processes = run(processes=True)
print(f"processes: {primes} primes in {on_processes:.2f} s")
print(f"speed-up:  {on_threads / on_processes:.2f} on {os.cpu_count()} processors")
