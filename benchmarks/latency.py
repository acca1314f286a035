"""How late a time limit is noticed, and how soon `abort()` comes back."""

from __future__ import annotations

import threading
import time
from statistics import median
from typing import Final

import concurra

from benchmarks.alone import print_alone
from benchmarks.report import Promise, Section, table

PROMISED: Final = 5.0  # milliseconds, for any of the three
LIMIT: Final = 0.1  # seconds a task may run
SLEEPERS: Final = 8

_METHOD = """\
A time limit: one task that waits for an event that nobody sets, and `timeout={limit}`. How late is counted from
the limit, which runs from the moment the task began, once to the end that a sink is told, and once to the moment at
which `run()` has returned. An abort: {sleepers} such tasks, all of them begun, and how long `abort()` takes to return
with the results of all. {times} runs each. The event is set afterwards: a thread that was given up goes on until
its task returns."""


class Sleep:
    """A task that says that it has begun, and then waits until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.began = 0.0  # seconds on the clock of `time.perf_counter`
        self._let_go = threading.Event()

    def __call__(self) -> None:
        self.began = time.perf_counter()
        self.begun.release()
        self._let_go.wait()

    def end(self) -> None:
        """Let every thread go that sleeps here."""
        self._let_go.set()


def lateness() -> tuple[float, float]:
    """Return the milliseconds from a task's limit to its end as told, and to the return of `run`."""
    sleep = Sleep()
    told: list[float] = []

    def sink(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskEnded):
            told.append(event.seconds)

    runner = concurra.TaskRunner(max_concurrency=1, timeout=LIMIT, progress_stats=False, sinks=[sink])
    runner.add_task(sleep)
    runner.run(verify=False)
    back = time.perf_counter() - sleep.began
    sleep.end()
    return (told[0] - LIMIT) * 1e3, (back - LIMIT) * 1e3


def abort() -> float:
    """Return the milliseconds that `abort` takes while all workers are busy."""
    sleep = Sleep()
    runner = concurra.TaskRunner(max_concurrency=SLEEPERS, progress_stats=False)
    for _ in range(SLEEPERS):
        runner.add_task(sleep)
    runner.execute_in_background()
    for _ in range(SLEEPERS):
        sleep.begun.acquire()
    started = time.perf_counter()
    runner.abort()
    seconds = time.perf_counter() - started
    sleep.end()
    return seconds * 1e3


def measure(*, quick: bool) -> Section:
    """Return how late a limit is noticed and how long an abort takes, median and worst."""
    times = 5 if quick else 20
    late = [lateness() for _ in range(times)]
    found = {
        "a task over its limit, until its end as told": [told for told, _ in late],
        "a task over its limit, until `run()` has returned": [back for _, back in late],
        f"`abort()` with {SLEEPERS} tasks asleep, until it has returned": [abort() for _ in range(times)],
    }
    return Section(
        title="Time limits and abort",
        method=_METHOD.format(limit=LIMIT, sleepers=SLEEPERS, times=times),
        tables=[
            table(
                ["ms", "median", "worst"],
                [[what, f"{median(found[what]):.2f}", f"{max(found[what]):.2f}"] for what in found],
            )
        ],
        promises=[Promise(f"{what}, median", median(found[what]), PROMISED, "ms") for what in found],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
