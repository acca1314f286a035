"""The table of faults: small programs, what each is to say, and how it is to end. The child and the tests read it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, Literal, TypeAlias

import attrs
import concurra

Kind: TypeAlias = Literal["thread", "process", "async", "inline"]
Said: TypeAlias = Mapping[str, str]
Program: TypeAlias = Callable[[Kind], object]

THREAD: Final[tuple[Kind, ...]] = ("thread",)
PROCESS: Final[tuple[Kind, ...]] = ("process",)
BOTH: Final[tuple[Kind, ...]] = ("thread", "process")
ALL: Final[tuple[Kind, ...]] = ("thread", "process", "async", "inline")

MODULES: Final = (
    "tasks",
    "coroutines",
    "values",
    "foreign",
    "workers",
    "templates",
    "commands",
    "listeners",
    "limits",
    "signals",
    "resources",
    "worlds",
    "interpreter",
    "endings",
)


@attrs.frozen
class Case:
    """One fault on one kind of task.

    Args:
        program: what the child calls, with the kind.
        kind: how its tasks run.
        says: the start of what is to be said of each label.
        status: how the program exits; negative for a signal.
        hears: what stderr is to hold, in this order.
        within: the words of a command that runs the program in a world of its own; none for this one.
        flags: words for the interpreter.
        late: what it started may take a moment to go, since the program dies without being asked.
    """

    program: Program
    kind: Kind
    says: Said
    status: int
    hears: Sequence[str]
    within: Sequence[str]
    flags: Sequence[str]
    late: bool

    def __str__(self) -> str:
        return f"{self.module}-{self.program.__name__}-{self.kind}"

    @property
    def module(self) -> str:
        """The module it is in."""
        return self.program.__module__.rpartition(".")[2]


_table: list[Case] = []


def fault(
    says: Said,
    on: Sequence[Kind] = THREAD,
    *,
    but: Mapping[Kind, Said] | None = None,
    status: int = 0,
    hears: Sequence[str] = (),
    within: Sequence[str] = (),
    flags: Sequence[str] = (),
    late: bool = False,
) -> Callable[[Program], Program]:
    """Put a program into the table, once for each kind of *on*; *but* has what one kind says otherwise."""

    def put(program: Program) -> Program:
        for kind in on:
            said = {**says, **(but or {}).get(kind, {})}
            _table.append(Case(program, kind, said, status, hears, within, flags, late))
        return program

    return put


def every_case() -> list[Case]:
    """Return all cases of all modules."""
    for module in MODULES:
        import_module(f"faults.{module}")
    return list(_table)


# -- what programs are made of -----------------------------------------------------------------------------


class Awaited:
    """A coroutine function that calls *call*, and awaits what comes of it if it can be awaited."""

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call
        functools.update_wrapper(self, call)

    async def __call__(self, *args: object) -> object:
        made = self._call(*args)
        return await made if inspect.isawaitable(made) else made


def add(flow: concurra.Workflow, kind: Kind, call: Any, *args: Any, **options: Any) -> concurra.Ref[Any]:
    """Add a task of *kind* to *flow*; the wiring is checked elsewhere."""
    if kind == "async":
        call = Awaited(call)
    ref: concurra.Ref[Any] = flow.add(call, *args, on=kind, **options)
    return ref


def ran(kind: Kind, call: Any, *args: Any, **settings: Any) -> dict[str, str]:
    """Run *call* as the task ``bad``, and beside it one that nothing keeps from succeeding."""
    flow = concurra.Workflow()
    add(flow, kind, call, *args, label="bad")
    add(flow, kind, len, "fine", label="good")
    return said(flow.run(**settings))


def said(report: concurra.RunReport) -> dict[str, str]:
    """Return one line about each task: how it ended, and with what."""
    lines = {}
    for label, result in report.items():
        succeeded = result.status is concurra.TaskState.SUCCEEDED
        words = short(result.value) if succeeded else f"{type(result.error).__name__}: {text(result.error)}"
        lines[str(label)] = f"{result.status.value} {words}"
    return lines


def told(results: Mapping[Any, Mapping[str, Any]]) -> dict[str, str]:
    """Return the same about the results of a `TaskRunner`."""
    return {
        str(label): f"{result['status']} {result['error'] or short(result['result'])}"
        for label, result in results.items()
    }


def short(value: object) -> str:
    """Return the beginning of what *value* looks like."""
    return repr(value)[:200]


def text(error: object) -> str:
    """Return the beginning of what *error* says, if it can say it."""
    try:
        return str(error)[:400]
    except Exception as worse:
        return f"<{type(worse).__name__}>"


GOOD: Final = {"good": "succeeded 4"}
