"""The pools whose faults are compared, each used as its documentation shows and with the limit it offers.

Each runs one call a task on two processes and tells, once, what became of all of them, in order: a result or an
exception. Nothing is added that a user would have to think of first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, TypeAlias

WORKERS: Final = 2

# What is told of a task: whether it went well, and in words its result or error.
Answer: TypeAlias = tuple[bool, str]
Tell: TypeAlias = Callable[[list[Answer]], None]
Pool: TypeAlias = Callable[[Callable[..., object], Sequence[object], float | None, Tell], None]


def with_concurra(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with this library."""
    import concurra

    runner = concurra.TaskRunner(
        max_concurrency=WORKERS, use_multiprocessing=True, progress_stats=False, timeout=limit
    )
    for argument in arguments:
        runner.add_task(call, argument)
    results = runner.run(verify=False)
    tell([(not one["has_failed"], str(one["error"] or one["result"])) for one in results.values()])


def with_executor(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with the standard library; the only limit there is one on waiting for a result."""
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(call, argument) for argument in arguments]
        tell(answers(partial(one.result, limit) for one in futures))


def with_loky(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with loky; as in the standard library, a limit is one on waiting."""
    from loky import get_reusable_executor

    pool = get_reusable_executor(max_workers=WORKERS)
    futures = [pool.submit(call, argument) for argument in arguments]
    tell(answers(partial(one.result, limit) for one in futures))


def with_pebble(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with pebble."""
    from pebble import ProcessPool

    with ProcessPool(max_workers=WORKERS) as pool:
        futures = [pool.schedule(call, args=(argument,), timeout=limit) for argument in arguments]
        tell(answers(one.result for one in futures))


def with_mpire(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with mpire."""
    from mpire.pool import WorkerPool

    with WorkerPool(n_jobs=WORKERS) as pool:
        futures = [pool.apply_async(call, args=(argument,), task_timeout=limit) for argument in arguments]
        tell(answers(one.get for one in futures))


def with_joblib(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with joblib, which returns all results or raises one error for all."""
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=WORKERS, timeout=limit)
    tell(all_or_none(len(arguments), lambda: parallel(delayed(call)(argument) for argument in arguments)))


def with_dask(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with dask's scheduler for processes, which is all or none as well, and has no limit."""
    dask: Any = import_module("dask")  # half of it is typed
    calls = [dask.delayed(call)(argument) for argument in arguments]
    # It sends six at a time unless told otherwise; two tasks would both go to one worker.
    chunk = 1 if len(calls) <= WORKERS else 6

    def compute() -> tuple[object, ...]:
        return tuple(dask.compute(*calls, scheduler="processes", num_workers=WORKERS, chunksize=chunk))

    tell(all_or_none(len(calls), compute))


def with_distributed(
    call: Callable[..., object], arguments: Sequence[object], limit: float | None, tell: Tell
) -> None:
    """Run *call* with a cluster of dask's on this machine; a limit is one on waiting."""
    from distributed import Client

    with Client(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as client:
        futures = [client.submit(call, argument, pure=False) for argument in arguments]
        tell(answers(partial(one.result, limit) for one in futures))


# Any: what a user's call returns.
def answers(calls: Iterable[Callable[[], Any]]) -> list[Answer]:
    """Return what becomes of each of *calls*, one after the other."""
    found: list[Answer] = []
    for call in calls:
        try:
            found.append((True, repr(call())))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the user is told
            found.append((False, f"{type(error).__name__}: {error}"))
    return found


def all_or_none(count: int, call: Callable[[], Iterable[object]]) -> list[Answer]:
    """Return what becomes of *count* tasks whose results come out of one *call*, or one error for all of them."""
    try:
        return [(True, repr(result)) for result in call()]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the user is told
        return [(False, f"{type(error).__name__}: {error}")] * count


POOLS: Final[Mapping[str, Pool]] = {
    "concurra": with_concurra,
    "concurrent.futures": with_executor,
    "loky": with_loky,
    "pebble": with_pebble,
    "mpire": with_mpire,
    "joblib": with_joblib,
    "dask": with_dask,
    "dask.distributed": with_distributed,
}

# Those that deal in single tasks; the page of faults asks what becomes of each.
SINGLE: Final = ("concurra", "concurrent.futures", "loky", "pebble", "mpire")


def installed() -> tuple[list[str], list[str]]:
    """Return the names of those of `SINGLE` that can be tried here, and of those that are not installed."""
    there = [name for name in SINGLE if find_spec(name) is not None]
    return there, [name for name in SINGLE if name not in there]
