"""Faults of tasks themselves: whatever they raise, however they leave, and what they do to the thread they are on."""

from __future__ import annotations

import contextvars
import ctypes
import decimal
import os
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn

import concurra
from faults.cases import ALL, BOTH, GOOD, PROCESS, THREAD, Kind, add, fault, ran, said


class Odd(BaseException):
    """Not an `Exception`."""


class Unspeakable(Exception):
    """One that cannot be shown."""

    def __str__(self) -> NoReturn:
        raise OSError("no words")

    __repr__ = __str__


class Unreducible(Exception):
    """One that cannot be pickled."""

    def __reduce__(self) -> NoReturn:
        raise OSError("not today")


class TwoArguments(Exception):
    """One that cannot be unpickled: its arguments are not those of the exception."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right}")


class Evasive(Exception):
    """One whose attributes cannot be asked for."""

    def __getattr__(self, name: str) -> NoReturn:
        raise ValueError(f"do not ask for {name}")


class Liar(Exception):
    """One whose words are no text."""

    def __str__(self) -> Any:
        return 5  # noqa: PLE0307 - on purpose


def throw(error: BaseException) -> NoReturn:
    raise error


def throw_new(name: str, *args: object) -> NoReturn:
    """Raise what cannot travel as an argument."""
    raise globals()[name](*args)


RAISED: dict[str, BaseException] = {
    "exit": SystemExit(4),
    "exit_words": SystemExit("words"),
    "interrupt": KeyboardInterrupt("its own"),
    "generator": GeneratorExit("its own"),
    "timeout": TimeoutError("its own"),
    "memory": MemoryError("its own"),
    "broken": BrokenPipeError(32, "its own"),
    "group": BaseExceptionGroup("both", [SystemExit(1), ValueError("one")]),
    "stop": StopIteration(3),
    "lifecycle": concurra.LifecycleError("its own"),
    "lost": concurra.BackendLostError("its own"),
    "crashed": concurra.WorkerCrashed("its own"),
    "assertion": AssertionError(),
    "surrogate": ValueError("\udcff\ud800 \0"),
}


@fault(
    dict.fromkeys(RAISED, "failed ")
    | {"exit": "failed SystemExit: 4", "timeout": "failed TimeoutError: its own"},
    ALL,
)
def raises_whatever_there_is(kind: Kind) -> object:
    flow = concurra.Workflow()
    for label, error in RAISED.items():
        add(flow, kind, throw, error, label=label)
    return said(flow.run())


def raise_ring() -> NoReturn:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    raise first


def raise_chain(length: int) -> None:
    error: BaseException | None = None
    for number in range(length):
        error, before = ValueError(number), error
        error.__cause__ = before
    if error is not None:
        raise error


def recurse() -> None:
    recurse()


class LongWords(ValueError):
    """An error with much to say."""

    def __init__(self) -> None:
        super().__init__("x" * 1_000_000)


AWKWARD: list[tuple[str, Callable[..., object], tuple[object, ...]]] = [
    ("failed Unspeakable: ", throw_new, ("Unspeakable",)),
    ("failed Liar: ", throw_new, ("Liar",)),
    ("failed Unreducible: kept", throw_new, ("Unreducible", "kept")),
    ("failed TwoArguments: one and other", throw_new, ("TwoArguments", "one", "other")),
    ("failed Evasive: kept", throw_new, ("Evasive", "kept")),
    ("failed LongWords: xxx", throw_new, ("LongWords",)),
    ("failed Odd: base", throw, (Odd("base"),)),
    ("failed ValueError: first", raise_ring, ()),
    ("failed ValueError: 4999", raise_chain, (5000,)),
    ("failed RecursionError: maximum recursion depth", recurse, ()),
    ("failed MemoryError", bytes, (1 << 62,)),
    ("failed TypeError: ", recurse, (1, 2, 3)),
]


@fault({f"{place}": start for place, (start, _, _) in enumerate(AWKWARD)}, ALL)
def raises_what_is_awkward(kind: Kind) -> object:
    flow = concurra.Workflow()
    for place, (_, call, args) in enumerate(AWKWARD):
        add(flow, kind, call, *args, label=place)
    return said(flow.run())


@fault(GOOD | {"bad": "skipped TaskSkipped: "}, ALL)
def skips_itself(kind: Kind) -> object:
    return ran(kind, throw, concurra.Skip("not today"))


class Grave:
    """Something whose end raises."""

    def __del__(self) -> None:
        raise ValueError("from the grave")


def dig() -> str:
    Grave()
    return "dug"


@fault(GOOD | {"bad": "succeeded 'dug'"}, ALL, hears=["from the grave"])
def drops_what_raises_when_it_is_collected(kind: Kind) -> object:
    return ran(kind, dig)


def warn() -> None:
    warnings.warn("careful", stacklevel=1)


@fault(GOOD | {"bad": "failed UserWarning: careful"}, ALL, flags=["-W", "error::UserWarning"])
def warns_where_warnings_are_errors(kind: Kind) -> object:
    return ran(kind, warn)


def strike() -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), ctypes.py_object(Odd))
    for _ in range(100_000):
        pass


@fault(GOOD | {"bad": "failed Odd: "}, BOTH)
def is_struck_by_an_exception_from_outside(kind: Kind) -> object:
    return ran(kind, strike)


def use_up() -> object:
    sys.setrecursionlimit(60)
    decimal.getcontext().prec = 1
    threading.stack_size(64 * 1024)
    sys.setswitchinterval(1.0)
    os.umask(0o777)
    return sys.getrecursionlimit()


@fault(GOOD | {"bad": "succeeded 60", "next": "succeeded 9"}, PROCESS)
def leaves_the_interpreter_at_its_narrowest(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, use_up, label="bad")
    add(flow, kind, pow, 3, 2, label="next", after=["bad"])
    add(flow, kind, len, "fine", label="good", after=["next"])
    return said(flow.run(max_concurrency=1))


def coroutine() -> Awaitable[int]:
    async def made() -> int:
        return 1

    return made()


@fault(
    GOOD | {"bad": "failed TypeError: coroutine returned a coroutine, which nobody awaits"},
    (*BOTH, "inline"),
    but={"process": {"bad": "failed TypeError: it returned a coroutine, which nobody awaits"}},
)
def returns_a_coroutine_where_nobody_awaits_it(kind: Kind) -> object:
    return ran(kind, coroutine)


variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)


def set_variable() -> int:
    before = variable.get()
    variable.set(9)
    return before


@fault({"first": "succeeded 0", "second": "succeeded 0"}, ("thread", "async", "inline"))
def sets_a_context_variable_for_nobody_else(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, set_variable, label="first")
    add(flow, kind, set_variable, label="second", after=["first"])
    return said(flow.run(max_concurrency=1))


def numbers() -> Iterator[int]:
    yield 1
    raise ValueError("in the midst")


@fault({"numbers": "succeeded ", "list": "failed ValueError: in the midst"}, THREAD)
def has_a_generator_that_fails_in_its_consumer(kind: Kind) -> object:
    flow = concurra.Workflow()
    made = flow.add(numbers, label="numbers", keep=True)
    flow.add(list, made, label="list")
    return said(flow.run())
