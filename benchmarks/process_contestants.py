"""Who runs the graphs in processes: this library, the hand-written loop, and what else is installed.

Contestants are as in `benchmarks.contestants`, with two workers. The start of the pool is within the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Final

import concurra

from benchmarks.contestants import (
    FLOOR,
    OURS,
    TYPED,
    Contestant,
    Job,
    Record,
    jobs_of,
    sorter_of,
    stamped,
    waiting_loop,
)
from benchmarks.graphs import Graph
from benchmarks.noop import after as ignore
from benchmarks.noop import nothing
from benchmarks.process_tasks import nap, nap_after

WORKERS: Final = 2

JOBLIB: Final = "joblib, level by level"
DASK: Final = "dask (processes)"
DISTRIBUTED: Final = "dask.distributed"


def ours(graph: Graph, after: ExitStack) -> object:
    """Run *graph* through the public face: register, run, take the results."""
    runner = concurra.TaskRunner(max_concurrency=WORKERS, use_multiprocessing=True, progress_stats=False)
    if graph.seconds is None:
        for label, needs in graph.tasks:
            runner.add_task(nothing, label=label, depends_on=needs)
    else:
        for label, needs in graph.tasks:
            runner.add_task(nap, graph.seconds[label], label=label, depends_on=needs)
    return runner, runner.run(verify=False)


def ours_typed(graph: Graph, after: ExitStack) -> object:
    """Run *graph* through the typed face: register, run, take the report."""
    flow = concurra.Workflow()
    if graph.seconds is None:
        for label, needs in graph.tasks:
            flow.add(nothing, label=label, after=needs)
    else:
        for label, needs in graph.tasks:
            flow.add(nap, graph.seconds[label], label=label, after=needs)
    return flow, flow.run(max_concurrency=WORKERS, on="process")


def floor(graph: Graph, after: ExitStack) -> object:
    """Run *graph* with the standard library: what a program that has no runner would write by hand."""
    pool = after.enter_context(ProcessPoolExecutor(WORKERS))
    return waiting_loop(graph, lambda job: pool.submit(stamped, job))


def with_pebble(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on pebble's processes; pebble knows no dependencies, so the waiting loop keeps them."""
    from pebble import ProcessPool

    pool = after.enter_context(ProcessPool(max_workers=WORKERS))
    return waiting_loop(graph, lambda job: pool.schedule(stamped, args=(job,)))


def with_loky(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on loky's processes, under the waiting loop as well."""
    from loky import ProcessPoolExecutor as LokyExecutor

    pool = after.enter_context(LokyExecutor(WORKERS))
    return waiting_loop(graph, lambda job: pool.submit(stamped, job))


def with_mpire(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on mpire's processes under the waiting loop; its answers come by callback, into a future."""
    from mpire.pool import WorkerPool

    pool = after.enter_context(WorkerPool(n_jobs=WORKERS))

    def submit(job: Job) -> Future[Record]:
        future: Future[Record] = Future()
        pool.apply_async(stamped, (job,), callback=future.set_result, error_callback=future.set_exception)
        return future

    return waiting_loop(graph, submit)


def with_dask(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on dask's scheduler for processes, which takes no stamps and stops at the first exception."""
    from dask.multiprocessing import get

    tasks = dask_tasks(graph)
    return tasks, get(tasks, list(tasks), num_workers=WORKERS)


def with_distributed(graph: Graph, after: ExitStack) -> object:
    """Run *graph* on a cluster of dask's on this machine, as `Client()` starts it; it takes no stamps either."""
    from distributed import Client

    client = after.enter_context(Client(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None))
    tasks = dask_tasks(graph)
    return tasks, client.get(tasks, list(tasks))


def dask_tasks(graph: Graph) -> dict[str, tuple[object, ...]]:
    """Return *graph* as dask knows graphs; a task is handed the results it depends on."""
    if graph.seconds is None:
        return {label: (ignore, *needs) for label, needs in graph.tasks}
    return {label: (nap_after, graph.seconds[label], *needs) for label, needs in graph.tasks}


def with_joblib(graph: Graph, after: ExitStack) -> object:
    """Run *graph* one call of joblib a level: joblib hands out a list of calls, and returns when all are done."""
    from joblib import Parallel, delayed

    sorter = sorter_of(graph)
    records: dict[str, Record] = {}
    jobs = jobs_of(graph)
    parallel = after.enter_context(Parallel(n_jobs=WORKERS))
    while sorter.is_active():
        ready = sorter.get_ready()
        calls = [delayed(stamped)(jobs.get(label, nothing)) for label in ready]
        records.update(zip(ready, parallel(calls), strict=True))
        sorter.done(*ready)
    return sorter, records


# The module that has to be there, the contestant, and what tables call it.
OTHERS: Final = (
    ("pebble", with_pebble, "pebble"),
    ("loky", with_loky, "loky"),
    ("mpire", with_mpire, "mpire"),
    ("joblib", with_joblib, JOBLIB),
    ("dask", with_dask, DASK),
)


def contestants(shape: str) -> tuple[Mapping[str, Contestant], list[str]]:
    """Return who can take part in *shape*, by name, and the names of those that are not installed."""
    present: dict[str, Contestant] = {OURS: ours, TYPED: ours_typed, FLOOR: floor}
    missing = []
    for module, contestant, name in OTHERS:
        if find_spec(module) is None:
            missing.append(module)
        elif name != JOBLIB or shape != "chain":  # a chain has as many levels as tasks, at 10 ms each
            present[name] = contestant
    return present, missing
