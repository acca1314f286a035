"""Who runs the graphs: this library, two hand-written loops, and what else is installed.

Each contestant takes a graph of tasks that do nothing, runs it with four workers, and returns everything it
made. What has to be closed goes to the exit stack: nothing is torn down before the clock has stopped.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from graphlib import TopologicalSorter
from importlib.util import find_spec
from queue import SimpleQueue
from typing import Final, TypeAlias

import attrs
import concurra

from benchmarks.graphs import Graph
from benchmarks.process_tasks import nap

Contestant: TypeAlias = Callable[[Graph, ExitStack], object]
Job: TypeAlias = Callable[[], object]

WORKERS: Final = 4

# Futures on their way at once in the loop with `wait`. As many as there are workers would starve them between
# two waits, and cost up to twice the time; with all of them at once each wait looks at thousands of futures.
# From 32 to 256 the cost is the same but for noise.
IN_FLIGHT: Final = 16 * WORKERS

OURS: Final = "concurra"
TYPED: Final = "concurra, `Workflow`"
FLOOR: Final = "floor: graphlib + wait()"
QUEUE_FLOOR: Final = "graphlib + queue"


def nothing(*_: object) -> None:
    """Be a task that does nothing; dask hands it the results it depends on."""


@attrs.define  # not frozen: that would double what making one costs
class Record:
    """What the hand-written loops know of a task in the end."""

    value: object
    error: Exception | None
    started: float
    ended: float


def stamped(job: Job) -> Record:
    """Run *job*; return its result or its exception, and the seconds when it started and ended."""
    started = time.perf_counter()
    try:
        value = job()
    except Exception as error:  # noqa: BLE001 - whatever a task raises is that task's failure
        return Record(None, error, started, time.perf_counter())
    return Record(value, None, started, time.perf_counter())


def ours(graph: Graph, after: ExitStack) -> object:
    """Run *graph* through the public face: register, run, take the results."""
    runner = concurra.TaskRunner(max_concurrency=WORKERS, progress_stats=False)
    for label, needs in graph.tasks:
        runner.add_task(nothing, label=label, depends_on=needs)
    return runner, runner.run(verify=False)


def ours_typed(graph: Graph, after: ExitStack) -> object:
    """Run *graph* through the typed face: register, run, take the report."""
    flow = concurra.Workflow()
    for label, needs in graph.tasks:
        flow.add(nothing, label=label, after=needs)
    return flow, flow.run(max_concurrency=WORKERS)


def sorter_of(graph: Graph) -> TopologicalSorter[str]:
    """Return graphlib's sorter of *graph*, prepared: it has looked for cycles."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for label, needs in graph.tasks:
        sorter.add(label, *needs)
    sorter.prepare()
    return sorter


def jobs_of(graph: Graph) -> Mapping[str, Job]:
    """Return what those tasks of *graph* do that do something, by label."""
    return {label: partial(nap, seconds) for label, seconds in (graph.seconds or {}).items()}


def waiting_loop(graph: Graph, submit: Callable[[Job], Future[Record]]) -> object:
    """Run *graph* on whatever *submit* hands a job to: the loop most people would write, written well."""
    sorter = sorter_of(graph)
    jobs = jobs_of(graph)
    ready: deque[str] = deque()
    running: dict[Future[Record], str] = {}
    records: dict[str, Record] = {}
    while sorter.is_active():
        ready.extend(sorter.get_ready())
        while ready and len(running) < IN_FLIGHT:
            label = ready.popleft()
            running[submit(jobs.get(label, nothing))] = label
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            label = running.pop(future)
            records[label] = future.result()
            sorter.done(label)
    return sorter, records


def floor(graph: Graph, after: ExitStack) -> object:
    """Run *graph* with the standard library: what a program that has no runner would write by hand."""
    pool = after.enter_context(ThreadPoolExecutor(WORKERS))
    return waiting_loop(graph, lambda job: pool.submit(stamped, job))


def queue_floor(graph: Graph, after: ExitStack) -> object:
    """Run *graph* with the standard library, finished tasks coming back through a queue in place of `wait`."""
    sorter = sorter_of(graph)
    records: dict[str, Record] = {}
    finished: SimpleQueue[tuple[str, Record]] = SimpleQueue()

    def work(label: str) -> None:
        finished.put((label, stamped(nothing)))

    pool = after.enter_context(ThreadPoolExecutor(WORKERS))
    while sorter.is_active():
        for label in sorter.get_ready():
            pool.submit(work, label)
        back = [finished.get()]
        while not finished.empty():
            back.append(finished.get())
        records.update(back)
        sorter.done(*(label for label, _ in back))
    return sorter, records


def with_pebble(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on pebble's threads; pebble knows no dependencies, so the waiting loop keeps them."""
    from pebble import ThreadPool

    pool = after.enter_context(ThreadPool(max_workers=WORKERS))
    return waiting_loop(graph, lambda job: pool.schedule(stamped, args=(job,)))


def with_dask(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on dask's threaded scheduler, which takes no stamps and stops at the first exception."""
    from dask.threaded import get

    tasks = {label: (nothing, *needs) for label, needs in graph.tasks}
    return tasks, get(tasks, list(tasks), num_workers=WORKERS)


def contestants() -> tuple[Mapping[str, Contestant], list[str]]:
    """Return who can take part, by name, and the names of those that are not installed."""
    present: dict[str, Contestant] = {OURS: ours, TYPED: ours_typed, FLOOR: floor, QUEUE_FLOOR: queue_floor}
    missing = []
    for name, contestant in (("pebble", with_pebble), ("dask", with_dask)):
        if find_spec(name) is None:
            missing.append(name)
        else:
            present[f"{name} (threads)"] = contestant
    return present, missing
