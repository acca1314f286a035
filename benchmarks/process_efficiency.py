"""How much of two processors the tasks get: equal tasks, mixed ones, and results of five megabytes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import fmean, median
from typing import Final

import concurra

from benchmarks.alone import print_alone
from benchmarks.graphs import SEED
from benchmarks.noop import nothing
from benchmarks.process_tasks import burn, nap, parcel
from benchmarks.report import ROOT, Promise, Section, table

TITLE: Final = "Use of two processors"
WORKERS: Final = 2
OURS: Final = "concurra"
EXECUTOR: Final = "`ProcessPoolExecutor`"

EQUAL: Final = 400  # tasks
BURN: Final = 0.005  # seconds each
LONG: Final = (8, 0.5)  # tasks, seconds each
SHORT: Final = (200, 0.001)
PARCELS: Final = (200, 5_000_000)  # tasks, bytes each

PROMISED_EQUAL: Final = 1.03  # times the ideal
PROMISED_MIXED: Final = 1.05  # times the best schedule
PROMISED_PARCELS: Final = 1.0  # times what the executor takes

# A callable, the one argument of each task, and who runs them.
Runner = Callable[[Callable[..., object], Sequence[object]], object]

_METHOD = """\
{workers} worker processes; the start of the pool and its end are within the clock, for both.

Equal tasks: {equal} that count for {burn:.0f} ms each. The ideal is {equal} times the mean of the same count in plain processes,
divided by {workers}; two of these run at the same time, so that processors which share something share it there too, before
and after each round. On a machine that does other work it varies by a tenth, and so do these ratios. The third row is what is left of the first after a run of two tasks that do nothing, taken in the same round.
Mixed tasks: {longs} that wait {long:.0f} ms and {shorts} that wait {short:.0f} ms, shuffled anew each round, with no durations declared; against
the best schedule, which here is half of their sum. Large results: {parcels} tasks that return {bytes:,} bytes each.

Medians of {rounds} rounds, ratios taken within a round."""


def ours(call: Callable[..., object], arguments: Sequence[object]) -> object:
    """Run the tasks with this library."""
    runner = concurra.TaskRunner(max_concurrency=WORKERS, use_multiprocessing=True, progress_stats=False)
    for argument in arguments:
        runner.add_task(call, argument)
    results = runner.run(verify=False)
    if any(result["has_failed"] for result in results.values()):
        raise RuntimeError(next(result["error"] for result in results.values() if result["has_failed"]))
    return results


def executor(call: Callable[..., object], arguments: Sequence[object]) -> object:
    """Run the tasks with the standard library."""
    with ProcessPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(call, argument) for argument in arguments]
        return [future.result() for future in futures]


RUNNERS: Final[dict[str, Runner]] = {OURS: ours, EXECUTOR: executor}


def seconds(runner: Runner, call: Callable[..., object], arguments: Sequence[object]) -> float:
    """Return how long *runner* takes; what it returns is given up after the clock has stopped."""
    started = time.perf_counter()
    kept = runner(call, arguments)
    spent = time.perf_counter() - started
    del kept
    return spent


def start_and_end() -> float:
    """Return the seconds of a run of two tasks that do nothing: those of the pool itself."""
    started = time.perf_counter()
    runner = concurra.TaskRunner(max_concurrency=WORKERS, use_multiprocessing=True, progress_stats=False)
    for _ in range(WORKERS):
        runner.add_task(nothing)
    runner.run(verify=False)
    return time.perf_counter() - started


def iterations_of(wanted: float) -> int:
    """Return how far to count for *wanted* seconds, on this machine as it is now."""
    probe = 100_000
    times = []
    for _ in range(9):
        started = time.perf_counter()
        burn(probe)
        times.append(time.perf_counter() - started)
    return round(probe * wanted / min(times))


def ideal(iterations: int, count: int = EQUAL) -> float:
    """Return the seconds that *count* equal tasks take when plain processes share them and nothing else is done."""
    command = [sys.executable, "-m", "benchmarks.process_tasks", str(iterations), str(count // WORKERS)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - our own module
        for _ in range(WORKERS)
    ]
    time.sleep(0.5)  # until all are warm; then the line that they wait for
    for process in processes:
        if process.stdin is not None:
            process.stdin.write("\n")
            process.stdin.flush()
    means = [float(process.communicate()[0]) for process in processes]
    return count * fmean(means) / WORKERS


def equal(rounds: int) -> dict[str, list[float]]:
    """Return the makespan of the equal tasks over the ideal, a figure a round."""
    iterations = iterations_of(BURN)
    found: dict[str, list[float]] = {}
    before = ideal(iterations)
    for _ in range(rounds):
        times = {name: seconds(runner, burn, [iterations] * EQUAL) for name, runner in RUNNERS.items()}
        times[f"{OURS}, less the start and end of its pool"] = times[OURS] - start_and_end()
        after = ideal(iterations)
        for name, spent in times.items():
            found.setdefault(name, []).append(spent / fmean((before, after)))
        before = after
    return found


def mixed(rounds: int) -> dict[str, list[float]]:
    """Return the makespan of the mixed tasks over that of the best schedule, a figure a round."""
    draw = random.Random(SEED)
    waits = [wait for count, wait in (LONG, SHORT) for _ in range(count)]
    best = max(LONG[1], sum(waits) / WORKERS)  # both kinds divide evenly, so a schedule reaches it
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        draw.shuffle(waits)
        for name, runner in RUNNERS.items():
            found.setdefault(name, []).append(seconds(runner, nap, waits) / best)
    return found


def parcels(rounds: int) -> dict[str, list[float]]:
    """Return the seconds that the large results take, a figure a round."""
    count, size = PARCELS
    found: dict[str, list[float]] = {name: [] for name in RUNNERS}
    for turn in range(rounds):
        for name in list(RUNNERS)[:: -1 if turn % 2 else 1]:
            found[name].append(seconds(RUNNERS[name], parcel, [size] * count))
    return found


def measure(*, quick: bool) -> Section:
    """Return how far each of the three is from what could be had."""
    rounds = 1 if quick else 9
    equals, mixes, times = equal(rounds), mixed(rounds), parcels(rounds)
    ratios = [mine / theirs for mine, theirs in zip(times[OURS], times[EXECUTOR], strict=True)]
    size = PARCELS[0] * PARCELS[1] / 1e6
    rows = [[f"equal tasks, {name}", f"{median(found):.3f} of the ideal"] for name, found in equals.items()]
    rows += [[f"mixed tasks, {name}", f"{median(found):.3f} of the best"] for name, found in mixes.items()]
    rows += [[f"large results, {name}", f"{size / median(found):.0f} MB/s"] for name, found in times.items()]
    return Section(
        title=TITLE,
        method=_METHOD.format(
            workers=WORKERS,
            equal=EQUAL,
            burn=BURN * 1e3,
            longs=LONG[0],
            long=LONG[1] * 1e3,
            shorts=SHORT[0],
            short=SHORT[1] * 1e3,
            parcels=PARCELS[0],
            bytes=PARCELS[1],
            rounds=rounds,
        ),
        tables=[table(["tasks and who runs them", "measured"], rows)],
        promises=[
            Promise("equal tasks in processes, times the ideal", median(equals[OURS]), PROMISED_EQUAL),
            Promise("mixed tasks in processes, times the best schedule", median(mixes[OURS]), PROMISED_MIXED),
            Promise(
                "large results of processes, times what an executor takes", median(ratios), PROMISED_PARCELS
            ),
        ],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
