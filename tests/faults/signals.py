"""Faults that signals are: to the program, in the midst of everything, with handlers of all sorts, and what it leaves."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import concurra
from faults.cases import ALL, BOTH, PROCESS, THREAD, Kind, add, fault, said, told
from faults.plain import square, wait


def strike(pid: int, number: int) -> None:
    """Send the program a signal, once it waits."""
    os.kill(pid, number)
    wait()


def struck(kind: Kind, number: int) -> concurra.TaskRunner:
    """Return a runner whose run is struck by signal *number*, with something of every kind under way."""
    runner = concurra.TaskRunner(4, use_multiprocessing=kind == "process", progress_stats=False, grace=0.2)
    runner.add_shell_command("exec sleep 1000", label="command")
    runner.add_task(square, 3, label="good")
    runner.add_task(strike, os.getpid(), number, label="bad", depends_on=["good"])
    return runner


def struck_at_once(number: int) -> object:
    """Run two processes, of which one strikes the program with signal *number*."""
    runner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False)
    runner.add_task(wait, label="wait")
    runner.add_task(strike, os.getpid(), number, label="bad")
    return told(runner.run())


DEADLY = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM, "SIGHUP": signal.SIGHUP}


@fault({}, BOTH, status=-signal.SIGINT, hears=["KeyboardInterrupt"])
def interrupt_that_nobody_takes(kind: Kind) -> object:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return told(struck(kind, signal.SIGINT).run())


@fault({}, BOTH, status=-signal.SIGTERM)
def terminate(kind: Kind) -> object:
    return told(struck(kind, signal.SIGTERM).run())


@fault({}, BOTH, status=-signal.SIGHUP)
def hang_up(kind: Kind) -> object:
    return told(struck(kind, signal.SIGHUP).run())


@fault({}, PROCESS, status=-signal.SIGKILL, late=True)
def kill(kind: Kind) -> object:
    return struck_at_once(signal.SIGKILL)


@fault({}, PROCESS, status=-signal.SIGSEGV, late=True, hears=[""])
def crash(kind: Kind) -> object:
    return struck_at_once(signal.SIGSEGV)


@fault({}, PROCESS, status=-signal.SIGABRT, late=True, hears=["Aborted"])
def crash_with_faulthandler(kind: Kind) -> object:
    faulthandler.enable()
    return struck_at_once(signal.SIGABRT)


@fault({}, PROCESS, status=9, late=True)
def exit_at_once(kind: Kind) -> object:
    """The program leaves by `os._exit` while workers run: no handler of its own runs."""
    runner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False)
    runner.add_task(wait, label="wait")
    runner.execute_in_background()
    os._exit(9)


CUT = {
    "command": "Terminated RuntimeError: aborted by a signal",
    "good": "Successful 9",
    "bad": "Terminated ",
}


@fault(CUT | {"again": "Successful 16"}, BOTH)
def interrupt_that_somebody_takes(kind: Kind) -> object:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runner = struck(kind, signal.SIGINT)
    try:
        runner.run()
    except KeyboardInterrupt:
        after = concurra.TaskRunner(1, use_multiprocessing=kind == "process", progress_stats=False)
        after.add_task(square, 4, label="again")
        return told(runner.get_background_results(verify=False)) | told(after.run(verify=False))
    return None


class Stop(Exception):
    """What a handler of the program raises."""


@fault(CUT | {"raised": "Stop"}, BOTH)
def handler_that_raises(kind: Kind) -> object:
    def handle(number: int, frame: FrameType | None) -> NoReturn:
        raise Stop

    signal.signal(signal.SIGUSR1, handle)
    runner = struck(kind, signal.SIGUSR1)
    try:
        runner.run()
    except Stop:
        return told(runner.get_background_results(verify=False)) | {"raised": "Stop"}
    return None


@fault({"bad": "Terminated RuntimeError: aborted by abort()"}, BOTH)
def handler_that_aborts(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False, grace=0.2)
    signal.signal(signal.SIGUSR1, lambda *_: runner.abort())
    runner.add_task(strike, os.getpid(), signal.SIGUSR1, label="bad")
    return told(runner.run(verify=False))


@fault({"bad": "Terminated ", "inner": "Successful 9"}, BOTH)
def handler_that_runs_a_run(kind: Kind) -> object:
    found: dict[str, str] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        inner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False)
        inner.add_task(square, 3, label="inner")
        found.update(told(inner.run(verify=False)))

    signal.signal(signal.SIGUSR1, handle)
    runner = concurra.TaskRunner(
        2, use_multiprocessing=kind == "process", progress_stats=False, timeout=2, grace=0
    )
    runner.add_task(strike, os.getpid(), signal.SIGUSR1, label="bad")
    return told(runner.run(verify=False)) | found


def storm(pid: int) -> str:
    """Send many signals."""
    for _ in range(300):
        os.kill(pid, signal.SIGUSR1)
        os.kill(pid, signal.SIGUSR2)
    return "sent"


@fault(
    {"bad": "succeeded 'sent'", "count": "many"} | {f"{number}": "succeeded " for number in range(50)}, ALL
)
def storm_of_signals(kind: Kind) -> object:
    seen: list[int] = []
    for name in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(name, lambda number, frame: seen.append(number))
    flow = concurra.Workflow()
    add(flow, kind, storm, os.getpid(), label="bad")
    for number in range(50):
        add(flow, kind, square, number, label=f"{number}")
    return said(flow.run(max_concurrency=3)) | {"count": "many" if seen else "none"}


@fault({"0": "Successful 0", "handlers": "same"}, BOTH)
def handlers_of_others_are_left_alone(kind: Kind) -> object:
    def handle(number: int, frame: FrameType | None) -> None:
        """Be there."""

    numbers = sorted(set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP} - set(range(32, 35)))
    for number in numbers:
        signal.signal(number, handle)
    wakeup = os.pipe()
    os.set_blocking(wakeup[1], False)
    signal.set_wakeup_fd(wakeup[1])
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False)
    runner.add_task(square, 0)
    found = told(runner.run(verify=False))
    same = (
        all(signal.getsignal(number) is handle for number in numbers)
        and signal.set_wakeup_fd(-1) == wakeup[1]
    )
    return found | {"handlers": "same" if same else "others"}


@fault({"0": "Successful 0", "1": "Successful 1", "command": "Successful"}, BOTH)
def all_signals_are_blocked(kind: Kind) -> object:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    return told(three(kind).run(verify=False))


@fault({"0": "Terminated ", "1": "Terminated ", "command": "Terminated "}, BOTH)
def all_signals_are_blocked_and_nothing_ends(kind: Kind) -> object:
    """What is started inherits the mask; it is ended all the same."""
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    runner = concurra.TaskRunner(
        3, use_multiprocessing=kind == "process", progress_stats=False, timeout=0.3, grace=0.1
    )
    for number in range(2):
        runner.add_task(wait, label=f"{number}")
    runner.add_shell_command("sleep 1000 & sleep 1000", label="command")
    return told(runner.run(verify=False))


@fault({"0": "Successful 0", "1": "Successful 1", "command": "Successful"}, BOTH)
def all_signals_are_ignored(kind: Kind) -> object:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, signal.SIG_IGN)
    return told(three(kind).run(verify=False))


def three(kind: Kind) -> concurra.TaskRunner:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False)
    for number in range(2):
        runner.add_task(square, number, label=f"{number}")
    runner.add_command(["true"], label="command")
    return runner


@fault({"0": "Successful 0", "1": "Successful 1", "command": "Successful", "alarms": "some"}, BOTH)
def alarms_tick_all_the_time(kind: Kind) -> object:
    seen: list[int] = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    found: Any = told(three(kind).run(verify=False))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return found | {"alarms": "some" if seen else "none"}


@fault({"children": "none"}, THREAD)
def a_child_that_is_stopped_and_goes_on(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, progress_stats=False, timeout=5)
    runner.add_shell_command("(sleep 0.05; kill -CONT $$) & kill -STOP $$; exit 0", label="bad")
    result = runner.run(verify=False)["bad"]
    return {"children": "none" if result["status"] == "Successful" else str(result)}


@fault({}, BOTH, status=3)
def exit_from_the_main_thread_in_the_background(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", progress_stats=False, grace=0.1)
    runner.add_task(wait)
    runner.add_shell_command("exec sleep 1000")
    runner.execute_in_background()
    sys.exit(3)
