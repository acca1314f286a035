"""Tasks that go wrong in every way a process can. Importable, so that worker processes find them by name."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn

import concurra

SLEEP = ["sleep", "1000"]


def square(number: int) -> int:
    return number * number


def add(left: int, right: int) -> int:
    return left + right


def wait_for_ever() -> NoReturn:
    while True:
        threading.Event().wait()


# -- deaths ------------------------------------------------------------------------------------------------


def segfault() -> None:
    ctypes.string_at(0)


def faulted() -> None:
    faulthandler._sigsegv()  # type: ignore[attr-defined] # made for tests


def leave(status: int) -> NoReturn:
    os._exit(status)


def killed(number: int) -> None:
    os.kill(os.getpid(), number)


def crash_with_child(own_session: bool) -> None:
    subprocess.Popen(SLEEP, start_new_session=own_session)
    os.kill(os.getpid(), signal.SIGKILL)


# -- hangs -------------------------------------------------------------------------------------------------


def spin() -> NoReturn:
    while True:
        pass


def spin_in_c() -> None:
    re.match(r"(a+)+$", "a" * 40 + "b")  # holds the interpreter lock for hours


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_for_ever()


def hang_with_child(own_session: bool) -> None:
    subprocess.Popen(SLEEP, start_new_session=own_session)
    wait_for_ever()


def hang_with_runner() -> None:
    inner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False)
    inner.add_task(wait_for_ever)
    inner.add_task(hang_with_child, True)
    inner.run(verify=False)


# -- exceptions --------------------------------------------------------------------------------------------


class TwoArguments(Exception):
    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right}")


class Unreducible(Exception):
    def __reduce__(self) -> NoReturn:
        raise OSError("not today")


class Unspeakable(Exception):
    def __str__(self) -> NoReturn:
        raise OSError("no words")


class Odd(BaseException):
    pass


RAISED: dict[str, BaseException] = {
    "two": TwoArguments("one", "other"),
    "reduce": Unreducible("kept"),
    "str": Unspeakable(),
    "odd": Odd("base"),
    "interrupt": KeyboardInterrupt(),
    "exit": SystemExit(4),
    "timeout": TimeoutError("its own"),
}


def raise_one(name: str) -> NoReturn:
    raise RAISED[name]


def recurse() -> None:
    recurse()


# -- results -----------------------------------------------------------------------------------------------


class Unloadable:
    """Something whose unpickling calls *call*."""

    def __init__(self, call: Callable[[str], object]) -> None:
        self.call = call

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return self.call, ("x",)


def lock() -> object:
    return {"deep": [threading.Lock()]}


def generator() -> Iterator[int]:
    return (number for number in range(3))


def breaks_here() -> object:
    return Unloadable(int)


def leaves_here() -> object:
    return Unloadable(sys.exit)


def nested() -> list[object]:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    return value


def large(size: int) -> bytes:
    return b"\xa5" * size


# -- surroundings and families -----------------------------------------------------------------------------


def close_stdout() -> str:
    sys.stdout.close()
    return "closed"


def close_descriptor() -> str:
    os.close(1)
    return "closed"


def leave_alarm() -> str:
    signal.signal(signal.SIGALRM, lambda number, frame: os._exit(9))
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    return "armed"


def fork_and_return() -> str:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return "parent" if child else "child"


def fork_and_leave() -> int:
    child = os.fork()
    if not child:
        os._exit(5)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_within(use_multiprocessing: bool) -> list[object]:
    inner = concurra.TaskRunner(2, use_multiprocessing=use_multiprocessing, progress_stats=False)
    for number in range(4):
        inner.add_task(square, number)
    return [result["result"] for result in inner.run(verify=False).values()]
