"""Faults of worker processes, of the template they are forked from, and of the thread that supervises them."""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NoReturn

import concurra
from faults.cases import GOOD, PROCESS, Kind, add, fault, ran, said, told
from faults.plain import square, wait

SLEEP = ("sleep", "1000")


def segfault() -> None:
    ctypes.string_at(0)


def kill_self(number: int) -> None:
    os.kill(os.getpid(), number)
    wait()


def overflow() -> None:
    faulthandler._stack_overflow()  # type: ignore[attr-defined] # made for tests


def fatal() -> None:
    faulthandler._fatal_error_c_thread()  # type: ignore[attr-defined] # made for tests
    wait()


def exit_from_thread() -> None:
    threading.Thread(target=os._exit, args=(6,)).start()
    wait()


def leave_behind(own_session: bool, then: int) -> None:
    subprocess.Popen(SLEEP, start_new_session=own_session)
    os.kill(os.getpid(), then)


def double_fork() -> str:
    """Leave a grandchild whose parent has ended, in the worker's session."""
    if not os.fork():
        if not os.fork():
            os.execvp(SLEEP[0], SLEEP)  # noqa: S606 - on purpose
        os._exit(0)
    return "forked"


DEATHS: dict[str, tuple[str, Callable[..., Any], tuple[Any, ...]]] = {
    "segfault": ("killed by SIGSEGV", segfault, ()),
    "abort": ("killed by SIGABRT", os.abort, ()),
    "exit": ("exited with code 3", os._exit, (3,)),
    "exit 0": ("exited with code 0", os._exit, (0,)),
    "thread": ("exited with code 6", exit_from_thread, ()),
    "kill": ("killed by SIGKILL", kill_self, (signal.SIGKILL,)),
    "term": ("killed by SIGTERM", kill_self, (signal.SIGTERM,)),
    "pipe": ("killed by SIGSYS", kill_self, (signal.SIGSYS,)),
    "stack": ("killed by SIGSEGV", overflow, ()),
    "fatal": ("killed by SIG", fatal, ()),  # ABRT, or SEGV where the interpreter fails at failing
    "child": ("killed by SIGKILL", leave_behind, (False, signal.SIGKILL)),
    "session": ("killed by SIGKILL", leave_behind, (True, signal.SIGKILL)),
}


@fault(
    {label: f"crashed WorkerCrashed: worker died: {words}" for label, (words, _, _) in DEATHS.items()}
    | {f"good {number}": f"succeeded {number * number}" for number in range(20)},
    PROCESS,
)
def die_in_every_way(kind: Kind) -> object:
    flow = concurra.Workflow()
    for label, (_, call, args) in DEATHS.items():
        add(flow, kind, call, *args, label=label)
    for number in range(20):
        add(flow, kind, square, number, label=f"good {number}")
    return said(flow.run(max_concurrency=3))


@fault({f"{number}": "crashed WorkerCrashed: worker died: killed by SIGKILL" for number in range(6)}, PROCESS)
def die_at_once_and_leave_something_behind(kind: Kind) -> object:
    ends: dict[str, str] = {}
    for number in range(6):  # each from a template that has just begun
        flow = concurra.Workflow()
        add(flow, kind, leave_behind, True, signal.SIGKILL, label=f"{number}")
        ends |= said(flow.run())
    return ends


@fault({"bad": "succeeded 'forked'"}, PROCESS)
def leave_a_grandchild_whose_parent_has_ended(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, double_fork, label="bad")
    return said(flow.run())


@fault(GOOD | {"bad": "crashed WorkerCrashed: worker died: "}, PROCESS)
def die_each_time_it_is_tried_again(kind: Kind) -> object:
    flow = concurra.Workflow()
    retry = concurra.Retry(3, on=(concurra.WorkerCrashed,))
    add(flow, kind, os._exit, 1, label="bad", retry=retry)
    add(flow, kind, len, "fine", label="good")
    return said(flow.run())


def stop_self() -> NoReturn:
    os.kill(os.getpid(), signal.SIGSTOP)
    wait()


def ignore_everything() -> NoReturn:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    wait()


def many_threads() -> NoReturn:
    for _ in range(30):
        threading.Thread(target=wait).start()  # no daemons
    wait()


def close_everything() -> NoReturn:
    os.closerange(0, 4096)
    wait()


@fault(
    dict.fromkeys(("stopped", "deaf", "threads"), "timed_out TaskTimeout: ")
    | {"closed": "", "good": "succeeded 4"},
    PROCESS,
)
def do_not_want_to_end(kind: Kind) -> object:
    flow = concurra.Workflow()
    for label, call in (
        ("stopped", stop_self),
        ("deaf", ignore_everything),
        ("threads", many_threads),
        ("closed", close_everything),
    ):
        add(flow, kind, call, label=label, timeout=0.3, grace=0.1)
    add(flow, kind, len, "fine", label="good")
    return said(flow.run(max_concurrency=5))


def close_pipes() -> str:
    os.closerange(3, 4096)
    return "closed"


@fault(GOOD | {"bad": "crashed WorkerCrashed: "}, PROCESS)
def close_all_their_descriptors(kind: Kind) -> object:
    return ran(kind, close_pipes, max_concurrency=1)


def write_into_pipes(number: int) -> str:
    for fd in range(3, 40):
        if fd != number:
            try:
                os.write(fd, b"garbage that is no message" * 9)
            except OSError:
                continue
    return "wrote"


@fault(GOOD | {"bad": "succeeded 'wrote'"}, PROCESS)
def write_garbage_into_their_pipes(kind: Kind) -> object:
    return ran(kind, write_into_pipes, -1, max_concurrency=1)


def allocate() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (300_000_000, 300_000_000))
    return len(bytearray(1_000_000_000))


@fault(GOOD | {"bad": "failed MemoryError: "}, PROCESS)
def have_no_memory_left(kind: Kind) -> object:
    return ran(kind, allocate)


def use_a_pool(name: str) -> list[int]:
    if name == "futures":
        with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as executor:
            return list(executor.map(square, range(4)))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return pool.map(square, range(4))


@fault({"bad": "succeeded [0, 1, 4, 9]", "good": "succeeded 4"}, PROCESS)
def have_a_pool_of_their_own(kind: Kind) -> object:
    return ran(kind, use_a_pool, "futures")


@fault({"0": "Terminated RuntimeError: aborted", "1": "Terminated RuntimeError: aborted"}, PROCESS)
def are_in_the_midst_of_it_at_an_abort(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False)
    runner.add_task(wait)
    runner.add_task(ignore_everything)
    runner.execute_in_background()
    return told(runner.abort())


@fault({"runs": "5", "good": "25"}, PROCESS)
def are_forked_and_each_dies(kind: Kind) -> object:
    worker = concurra.WorkerOptions(start_method="fork")
    good = runs = 0
    for _ in range(5):
        runner = concurra.TaskRunner(3, use_multiprocessing=True, progress_stats=False, worker=worker)
        runner.add_task(os._exit, 1)
        for number in range(5):
            runner.add_task(square, number)
        results = runner.run(verify=False)
        runs += results[0]["status"] == "Failed"
        good += sum(result["status"] == "Successful" for result in results.values())
    return {"runs": runs, "good": good}


def be_terminated() -> str:
    os.kill(os.getpid(), signal.SIGTERM)
    return "went on"


@fault({"bad": "crashed WorkerCrashed: worker died: killed by SIGTERM", "good": "succeeded 4"}, PROCESS)
def are_forked_from_a_program_that_heeds_sigterm(kind: Kind) -> object:
    """A run in the background makes the program abort it at SIGTERM; a worker has nothing to abort."""
    concurra.Workflow().start().wait()
    return ran(kind, be_terminated, worker=concurra.WorkerOptions(start_method="fork"))


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


@fault({"bad": "succeeded ", "stop": "succeeded None", "good": "succeeded 4"}, PROCESS)
def are_stopped_before_a_task_with_a_limit(kind: Kind) -> object:
    """The task never begins there, so its limit never does; it runs in another worker."""
    flow = concurra.Workflow()
    bad = add(flow, kind, os.getpid, label="bad", keep=True)
    flow.add(stop, bad, label="stop", on="thread")
    add(flow, kind, len, "fine", label="good", timeout=0.5, after=["stop"])  # nothing to import
    return said(flow.run(max_concurrency=1))
