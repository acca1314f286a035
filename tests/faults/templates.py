"""Faults of the template that workers are forked from, of their initializer, their interpreter, their supervisor."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import concurra
from faults.cases import PROCESS, Kind, add, fault, ran, said
from faults.plain import square, wait


def template() -> int:
    """Return the template's pid, in a worker."""
    return os.getppid()


def kill_template(number: int) -> str:
    os.kill(template(), number)
    return "killed"


@fault(
    {"bad": "succeeded 'killed'", "late": "crashed WorkerCrashed: "}
    | {f"good {number}": f"succeeded {number * number}" for number in range(10)},
    PROCESS,
)
def kill_the_template(kind: Kind) -> object:
    flow = concurra.Workflow()
    bad = add(flow, kind, kill_template, signal.SIGKILL, label="bad")
    add(flow, kind, os._exit, 2, label="late", after=[bad])
    for number in range(10):
        add(flow, kind, square, number, label=f"good {number}", after=[bad])
    return said(flow.run(max_concurrency=2))


@fault({f"good {number}": f"succeeded {number * number}" for number in range(4)}, PROCESS)
def kill_a_template_that_owes_many_workers(kind: Kind) -> object:
    """One death of a template is no reason to give up, however many it was to fork just then."""
    from concurra_core.backends.nursery import Nursery

    hire, hired = Nursery.hire, []

    def hire_and_kill(nursery: Nursery, *args: Any) -> None:
        hired.append(nursery.pid)
        if len(hired) == 1:
            os.kill(nursery.pid, signal.SIGSTOP)  # so that it cannot have forked any of them
        hire(nursery, *args)
        if len(hired) == 4:
            os.kill(nursery.pid, signal.SIGKILL)

    patched: Any = Nursery
    patched.hire = hire_and_kill
    flow = concurra.Workflow()
    for number in range(4):
        add(flow, kind, square, number, label=f"good {number}")
    return said(flow.run(max_concurrency=4))


def two_behind(kind: Kind, number: int) -> object:
    """Send the template signal *number* in the first of three tasks, each of which waits for it."""
    flow = concurra.Workflow()
    bad = add(flow, kind, kill_template, number, label="bad")
    add(flow, kind, square, 3, label="good", after=[bad])
    add(flow, kind, square, 4, label="next", after=[bad])
    return said(flow.run(max_concurrency=1))


@fault({"bad": "succeeded 'killed'", "good": "succeeded 9", "next": "succeeded 16"}, PROCESS)
def interrupt_the_template(kind: Kind) -> object:
    """A template that is asked to end, as by a supervisor that asks everybody."""
    return two_behind(kind, signal.SIGTERM)


@fault({"bad": "succeeded 'killed'", "good": "", "next": ""}, PROCESS)
def stop_the_template(kind: Kind) -> object:
    """Nobody can be hired by a template that is stopped; the run ends all the same, and ends the template."""
    return two_behind(kind, signal.SIGSTOP)


@fault({"bad": "succeeded 'killed'", "late": "crashed WorkerCrashed: ", "good": "succeeded 9"}, PROCESS)
def stop_a_template_that_is_to_bury_and_to_hire(kind: Kind) -> object:
    """A stopped template answers nobody, and nothing tells that it is; another takes its place."""
    flow = concurra.Workflow()
    bad = add(flow, kind, kill_template, signal.SIGSTOP, label="bad")
    late = add(flow, kind, os._exit, 2, label="late", after=[bad])
    add(flow, kind, square, 3, label="good", after=[late.outcome()])
    return said(flow.run(max_concurrency=1))


@fault({f"good {number}": f"succeeded {number * number}" for number in range(3)}, PROCESS)
def stop_a_template_at_its_start(kind: Kind) -> object:
    from concurra_core.backends.nursery import Nursery

    hire = Nursery.hire
    stopped: list[int] = []

    def stop_and_hire(nursery: Nursery, *args: Any) -> None:
        if not stopped:
            stopped.append(nursery.pid)
            os.kill(nursery.pid, signal.SIGSTOP)
        hire(nursery, *args)

    patched: Any = Nursery
    patched.hire = stop_and_hire
    flow = concurra.Workflow()
    for number in range(3):
        add(flow, kind, square, number, label=f"good {number}")
    return said(flow.run(max_concurrency=2))


@fault({"bad": "succeeded ", "good": "succeeded 9"}, PROCESS)
def kill_the_template_at_the_end_while_a_worker_is_stopped(kind: Kind) -> object:
    """A worker that does not hear of the end is ended, also where it has lost its template meanwhile."""
    from concurra_core.backends.nursery import Nursery

    def stop_and_kill(nursery: Nursery) -> None:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        os.kill(nursery.pid, signal.SIGKILL)

    workers: list[int] = []
    patched: Any = Nursery
    patched.last_order = stop_and_kill
    flow = concurra.Workflow()
    bad = add(flow, kind, os.getpid, label="bad", keep=True)
    flow.add(workers.append, bad, label="thread")
    add(flow, kind, square, 3, label="good", after=["thread"])
    return {label: words for label, words in said(flow.run(max_concurrency=1)).items() if label != "thread"}


def meet(*pipes: str) -> str:
    for pipe in pipes:
        Path(pipe).write_text("here")  # waits for who reads
    return "well"


@fault({"bad": "succeeded 'well'", "good": "succeeded 9"}, PROCESS)
def kill_a_template_that_has_not_told_of_a_worker(kind: Kind) -> object:
    """The worker is in a task by then; it says itself who it is."""
    from concurra_core.backends.nursery import Nursery

    pipes = [Path(os.environ["TMPDIR"], name) for name in ("begun", "on")]
    for pipe in pipes:
        os.mkfifo(pipe)
    listen = Nursery._listen
    killed: list[int] = []

    def kill_before_it_is_heard(nursery: Nursery) -> None:
        if killed:
            listen(nursery)
            return
        killed.append(nursery.pid)
        pipes[0].read_text()
        os.kill(nursery.pid, signal.SIGKILL)
        nursery.lose()
        pipes[1].read_text()

    patched: Any = Nursery
    patched._listen = kill_before_it_is_heard
    flow = concurra.Workflow()
    bad = add(flow, kind, meet, *map(str, pipes), label="bad", keep=True)
    add(flow, kind, square, 3, label="good", after=[bad])
    try:
        return said(flow.run(max_concurrency=1))
    finally:
        for pipe in pipes:
            pipe.unlink()


def break_start() -> NoReturn:
    raise ValueError("no connection")


def die_at_start() -> NoReturn:
    os._exit(7)


@fault({"bad": "failed InitializerError: ", "good": "failed InitializerError: "}, PROCESS)
def have_an_initializer_that_raises(kind: Kind) -> object:
    return ran(kind, square, 3, worker=concurra.WorkerOptions(initializer=break_start))


@fault({"bad": "failed BackendLostError: ", "good": "failed BackendLostError: "}, PROCESS)
def have_an_initializer_that_dies(kind: Kind) -> object:
    return ran(kind, square, 3, worker=concurra.WorkerOptions(initializer=die_at_start))


@fault({"bad": "failed InitializerError: ", "good": "failed InitializerError: "}, PROCESS)
def have_an_initializer_that_hangs(kind: Kind) -> object:
    return ran(kind, square, 3, worker=concurra.WorkerOptions(initializer=wait, initializer_timeout=0.2))


@fault(
    dict.fromkeys(
        ("bad", "good"),
        "failed BackendLostError: no worker is left to run this task: TransferError: the init",
    ),
    PROCESS,
)
def have_an_initializer_that_cannot_be_pickled(kind: Kind) -> object:
    lock = threading.Lock()
    return ran(kind, square, 3, worker=concurra.WorkerOptions(initializer=lambda: lock))


@fault({"bad": "failed BackendLostError: ", "good": "failed BackendLostError: "}, PROCESS)
def have_an_interpreter_that_is_gone(kind: Kind) -> object:
    sys.executable = "/no/such/python"
    return ran(kind, square, 3)


@fault({"bad": "failed BackendLostError: ", "good": "failed BackendLostError: "}, PROCESS)
def have_an_interpreter_that_is_another_program(kind: Kind) -> object:
    sys.executable = "/bin/true"
    return ran(kind, square, 3)


@fault({"bad": "failed BackendLostError: ", "good": "failed BackendLostError: "}, PROCESS)
def have_no_interpreter(kind: Kind) -> object:
    sys.executable = ""
    return ran(kind, square, 3)


@fault(dict.fromkeys(("bad", "next"), "failed BackendLostError: ") | {"thread": "", "command": ""}, PROCESS)
def have_no_interpreter_beside_other_kinds(kind: Kind) -> object:
    sys.executable = "/no/such/python"
    flow = concurra.Workflow()
    flow.add(threading.Event().wait, 0.2, label="thread")
    flow.command(["sleep", "0.1"], label="command")
    bad = add(flow, kind, square, 3, label="bad")
    add(flow, kind, square, 3, label="next", after=[bad.optional()])
    return said(flow.run())


@fault({"bad": "failed BackendLostError: ", "good": "failed BackendLostError: "}, PROCESS)
def have_a_supervisor_with_a_bug(kind: Kind) -> object:
    from concurra_core.backends.pool import Pool

    def bug(*_: object) -> NoReturn:
        raise AssertionError("a bug of ours")

    pool: Any = Pool
    pool._read = bug
    return ran(kind, square, 3)
