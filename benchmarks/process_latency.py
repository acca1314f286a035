"""How late a time limit ends a process, how soon `abort()` comes back, and that nothing outlives the grace."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import concurra

from benchmarks.alone import print_alone
from benchmarks.fault_family import alive
from benchmarks.process_hangs import hang_in_turn, spin, spin_regardless
from benchmarks.report import Promise, Section, table

TITLE: Final = "Time limits and abort in processes"
PROMISED_LATE: Final = 20.0  # milliseconds after the limit
PROMISED_ABORT: Final = 15.0  # milliseconds
PROMISED_GONE: Final = 1100.0  # milliseconds: the grace of one second, and a tenth
LIMIT: Final = 0.1  # seconds a task may run
WORKERS: Final = 2
BATCH: Final = 2_000  # short tasks, before the one that hangs and after it
STUBBORN: Final = 3  # times; each takes the grace

_METHOD = """\
{workers} worker processes. A time limit: `timeout={limit}` and a task that sleeps for a minute, once alone and once as one of
{batch:,} calls of the same function, in the middle, all others of which return at once. How late is counted from
the limit, which runs from the moment that the task itself wrote down when it began, to the moment at which a sink is told, and
for the one alone also to the return of `run()`, for which its process has to be gone. An abort: {workers} tasks that
count without end, both of them begun, and how long `abort()` takes to return with the results; {times} runs of each.
The same with tasks that ignore SIGTERM and are killed after the grace of one second, {stubborn} times. Had a process of a task
been left when `abort()` returned, there would be no figure."""


class Ear:
    """A sink that notes when it was told of the end of a task that did not succeed, and counts beginnings."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.told = 0.0  # seconds on the clock of `time.perf_counter`

    def __call__(self, event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskStarted):
            self.begun.release()
        elif isinstance(event, concurra.TaskEnded) and event.reason is not None:
            self.told = time.perf_counter()


def runner_of(ear: Ear, timeout: float | None = None) -> concurra.TaskRunner:
    """Return a runner of processes that *ear* listens to."""
    return concurra.TaskRunner(
        max_concurrency=WORKERS, use_multiprocessing=True, progress_stats=False, timeout=timeout, sinks=[ear]
    )


def lateness(before: int, behind: int) -> tuple[float, float]:
    """Return the milliseconds from the limit of a task to its end as told, and to the return of `run`.

    Args:
        before: how many short tasks of the same function were added before it.
        behind: how many were added after it.
    """
    ear = Ear()
    runner = runner_of(ear, LIMIT)
    with TemporaryDirectory() as folder:
        file = Path(folder, "began")
        for number in range(before + 1 + behind):
            runner.add_task(hang_in_turn, number, before, str(file))
        results = runner.run(verify=False)
        back = time.perf_counter()
        began = float(file.read_text(encoding="ascii"))
    failed = [result for result in results.values() if result["has_failed"]]
    if len(failed) != 1:
        raise RuntimeError(f"{len(failed)} tasks failed, the first with {failed[:1]}")
    return (ear.told - began - LIMIT) * 1e3, (back - began - LIMIT) * 1e3


def abort(task: Callable[[str], None]) -> float:
    """Return the milliseconds that `abort` takes while all workers run *task*.

    Raises:
        RuntimeError: a worker was still there when `abort` had returned.
    """
    ear = Ear()
    runner = runner_of(ear)
    with TemporaryDirectory() as folder:
        for _ in range(WORKERS):
            runner.add_task(task, folder)
        runner.execute_in_background()
        for _ in range(WORKERS):
            ear.begun.acquire()
        while len(pids := [int(file.name) for file in Path(folder).iterdir()]) < WORKERS:
            time.sleep(0.01)
        started = time.perf_counter()
        runner.abort()
        spent = time.perf_counter() - started
    if left := [pid for pid in pids if alive(pid)]:
        raise RuntimeError(f"alive after abort(): {left}")
    return spent * 1e3


def measure(*, quick: bool) -> Section:
    """Return how late limits are and how long aborts take, median and worst, with what was promised of each."""
    times = 5 if quick else 20
    alone = [lateness(0, 0) for _ in range(times)]
    found = [
        ("a task over its limit, until its end as told", [told for told, _ in alone], PROMISED_LATE),
        ("a task over its limit, until `run()` has returned", [back for _, back in alone], PROMISED_LATE),
        (
            f"the same amid {2 * BATCH:,} short tasks, until its end as told",
            [lateness(BATCH, BATCH)[0] for _ in range(times)],
            PROMISED_LATE,
        ),
        (f"`abort()` with {WORKERS} busy tasks", [abort(spin) for _ in range(times)], PROMISED_ABORT),
        (
            f"`abort()` with {WORKERS} busy tasks that ignore SIGTERM",
            [abort(spin_regardless) for _ in range(1 if quick else STUBBORN)],
            PROMISED_GONE,
        ),
    ]
    rows = [[what, f"{median(spent):.1f}", f"{max(spent):.1f}"] for what, spent, _ in found]
    return Section(
        title=TITLE,
        method=_METHOD.format(
            workers=WORKERS, limit=LIMIT, batch=2 * BATCH + 1, times=times, stubborn=STUBBORN
        ),
        tables=[table(["ms", "median", "worst"], rows)],
        promises=[
            Promise(f"in processes: {what}, median", median(spent), limit, "ms")
            for what, spent, limit in found
        ],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
