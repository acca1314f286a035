"""A program that runs two tasks in processes, once: register, run. Prints how many milliseconds it took.

python -m benchmarks.first_run concurra|fork|forkserver|spawn

Each has imported what a program names; what it loads by itself for the first run is part of what is measured. The
task is a function of a module: one of `__main__` would have Concurra import cloudpickle, and the others this program.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import concurra

from benchmarks.noop import double


def with_concurra() -> list[int]:
    """Run the two tasks with this library."""
    runner = concurra.TaskRunner(max_concurrency=2, use_multiprocessing=True, progress_stats=False)
    runner.add_task(double, 1, label="one")
    runner.add_task(double, 2, label="two")
    results = runner.run(verify=False)
    return [results["one"]["result"], results["two"]["result"]]


def with_executor(method: str) -> list[int]:
    """Run the two tasks with the standard library."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        futures = [pool.submit(double, 1), pool.submit(double, 2)]
        return [future.result() for future in futures]


def main() -> None:
    """Run, and print the time."""
    who = sys.argv[1]
    _ = concurra.TaskRunner  # names load when they are first used
    started = time.perf_counter()
    found = with_concurra() if who == "concurra" else with_executor(who)
    spent = time.perf_counter() - started
    if found != [2, 4]:
        raise RuntimeError(f"{who} returned {found}")
    print(spent * 1e3)


if __name__ == "__main__":
    main()
