"""Faults around the end of a program, its threads and its forks: runs begun, awaited or forgotten there."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
import warnings
import weakref

import concurra
from faults.cases import BOTH, Kind, add, fault, said, told
from faults.interpreter import FINE, small
from faults.plain import square, wait


def report(found: object) -> None:
    """Say something at the end of the program, when its line of stdout is closed."""
    sys.stderr.write(f"{found}\n")


def run_late(kind: Kind) -> None:
    """Run, and say whether that came to what it can: Python 3.12 starts no thread any more by then."""
    expected = "succeeded 9"
    found = str(small(kind))
    try:
        threading.Thread(target=int).start()
    except RuntimeError as error:
        expected = f"BackendLostError: no worker is left to run this task: RuntimeError: {error}"
    report("came to what it can" if expected in found else found)


@fault({}, BOTH, hears=["came to what it can"])
def a_run_at_exit(kind: Kind) -> object:
    atexit.register(run_late, kind)
    return None


@fault({}, BOTH, hears=["the program ends"])
def a_background_run_at_exit(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False, grace=0.1)
    runner.add_task(wait)
    runner.execute_in_background()
    return None


def begin(kind: Kind) -> None:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False, grace=0.1)
    runner.add_task(wait)
    runner.execute_in_background()


@fault({}, BOTH, hears=[""])
def a_background_run_begun_at_exit(kind: Kind) -> object:
    atexit.register(begin, kind)
    return None


class Grave:
    """Runs a run when it is collected, at the very end."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __del__(self) -> None:
        runner = concurra.TaskRunner(2, use_multiprocessing=self.kind == "process", progress_stats=False)
        runner.add_task(square, 3)
        report(told(runner.run(verify=False)))


@fault({}, BOTH, hears=[""])
def a_run_when_modules_are_torn_down(kind: Kind) -> object:
    concurra.grave = Grave(kind)
    return None


@fault(FINE, BOTH)
def a_run_in_a_finalizer(kind: Kind) -> object:
    found: dict[str, str] = {}

    class Dying:
        """Something to be collected."""

    dying = Dying()
    weakref.finalize(dying, lambda: found.update(small(kind)))
    del dying
    gc.collect()
    return found


@fault({}, BOTH, status=1, hears=["the program ends", ""])
def an_exception_that_nobody_takes_beside_a_run(kind: Kind) -> object:
    begin(kind)
    raise ValueError("of the program")


@fault({}, BOTH)
def a_daemon_thread_is_in_a_run_at_the_end(kind: Kind) -> object:
    started = threading.Event()
    thread = threading.Thread(target=hang_in_a_run, args=(kind, started), daemon=True)
    thread.start()
    started.wait()
    return None


def hang_in_a_run(kind: Kind, started: threading.Event) -> None:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False, grace=0.1)
    runner.add_task(wait)
    runner.execute_in_background()
    started.set()
    runner.get_background_results()


@fault(FINE, BOTH)
def a_run_in_a_thread(kind: Kind) -> object:
    found: dict[str, str] = {}
    thread = threading.Thread(target=lambda: found.update(small(kind)))
    thread.start()
    thread.join()
    return found


@fault({f"{number} {label}": words for number in range(4) for label, words in FINE.items()}, BOTH)
def runs_in_many_threads(kind: Kind) -> object:
    found: dict[str, str] = {}

    def run(number: int) -> None:
        found.update({f"{number} {label}": words for label, words in small(kind).items()})

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@fault(FINE | {"child": "0"}, BOTH)
def a_fork_before_a_run(kind: Kind) -> object:
    child = os.fork()
    if not child:
        os._exit(small(kind).keys() != FINE.keys())
    return small(kind) | {"child": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}


@fault({"0": "Successful 0", "child": "0"}, BOTH)
def a_fork_in_the_midst_of_a_run(kind: Kind) -> object:
    """Both go on: the child with a run of its own, without a look at that of its parent, which it cannot wait for."""
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False)
    runner.add_task(square, 0)
    runner.execute_in_background()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads beside a fork
        child = os.fork()
    if not child:
        os._exit(small(kind).keys() != FINE.keys())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return told(runner.get_background_results(verify=False)) | {"child": status}


def fork_and_return() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as above
        child = os.fork()
    if not child:
        os._exit(5)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@fault({"bad": "succeeded 5", "good": "succeeded 9"}, BOTH)
def a_fork_by_a_task(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, fork_and_return, label="bad")
    add(flow, kind, square, 3, label="good")
    return said(flow.run())
