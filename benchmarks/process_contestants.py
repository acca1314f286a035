"""Who runs the graphs in processes: this library, the hand-written loop, and what else is installed.

Contestants are as in `benchmarks.contestants`, with two workers. The start of the pool is within the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Final

import concurra

from benchmarks.contestants import FLOOR, OURS, TYPED, Contestant, Record, sorter_of, stamped, waiting_loop
from benchmarks.graphs import Graph
from benchmarks.noop import nothing

WORKERS: Final = 2

JOBLIB: Final = "joblib, level by level"


def ours(graph: Graph, after: ExitStack) -> object:
    """Run *graph* through the public face: register, run, take the results."""
    runner = concurra.TaskRunner(max_concurrency=WORKERS, use_multiprocessing=True, progress_stats=False)
    for label, needs in graph.tasks:
        runner.add_task(nothing, label=label, depends_on=needs)
    return runner, runner.run(verify=False)


def ours_typed(graph: Graph, after: ExitStack) -> object:
    """Run *graph* through the typed face: register, run, take the report."""
    flow = concurra.Workflow()
    for label, needs in graph.tasks:
        flow.add(nothing, label=label, after=needs)
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


def with_joblib(graph: Graph, after: ExitStack) -> object:
    """Run *graph* one call of joblib a level: joblib hands out a list of calls, and returns when all are done."""
    from joblib import Parallel, delayed

    sorter = sorter_of(graph)
    records: dict[str, Record] = {}
    parallel = after.enter_context(Parallel(n_jobs=WORKERS))
    while sorter.is_active():
        ready = sorter.get_ready()
        calls = [delayed(stamped)(nothing) for _ in ready]
        records.update(zip(ready, parallel(calls), strict=True))
        sorter.done(*ready)
    return sorter, records


def contestants(shape: str) -> tuple[Mapping[str, Contestant], list[str]]:
    """Return who can take part in *shape*, by name, and the names of those that are not installed."""
    present: dict[str, Contestant] = {OURS: ours, TYPED: ours_typed, FLOOR: floor}
    missing = []
    others = (("pebble", with_pebble, "pebble"), ("loky", with_loky, "loky"), ("joblib", with_joblib, JOBLIB))
    for module, contestant, name in others:
        if find_spec(module) is None:
            missing.append(module)
        elif name != JOBLIB or shape != "chain":  # a chain has as many levels as tasks, at 10 ms each
            present[name] = contestant
    return present, missing
