"""A program that imports a pool, runs two tasks on two processes, and prints how many milliseconds that took.

python -m benchmarks.rival_start POOL

The pool has ended then, where its documentation ends it. This module imports nothing that a pool would have to.
"""

from __future__ import annotations

import sys
import time

from benchmarks.fault_pools import POOLS, Answer
from benchmarks.noop import double


def main() -> None:
    """Run, and print the time."""
    told: list[Answer] = []
    started = time.perf_counter()
    POOLS[sys.argv[1]](double, [1, 2], None, told.extend)
    spent = time.perf_counter() - started
    if told != [(True, "2"), (True, "4")]:
        raise RuntimeError(f"{sys.argv[1]} told {told}")
    print(spent * 1e3)


if __name__ == "__main__":
    main()
