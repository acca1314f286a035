"""Faults of arguments and results: what cannot travel, what bites when it is touched, what is too much."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import concurra
from faults.cases import ALL, BOTH, GOOD, PROCESS, Kind, add, fault, ran, said


class Nasty:
    """An object that calls *call* wherever it is asked for *what*."""

    def __init__(self, what: str, call: str) -> None:
        self.what, self.call = what, call

    def _act(self, what: str) -> None:
        if what == self.what:
            CALLS[self.call]()

    def __reduce__(self) -> tuple[object, ...]:
        self._act("pickle")
        return (make_nasty, (self.what, self.call))

    def __eq__(self, other: object) -> bool:
        self._act("eq")
        return self is other

    def __hash__(self) -> int:
        self._act("hash")
        return 7

    def __repr__(self) -> str:
        self._act("repr")
        return "<Nasty>"

    def __bool__(self) -> bool:
        self._act("bool")
        return True


def make_nasty(what: str, call: str) -> Nasty:
    if what == "unpickle":
        CALLS[call]()
    return Nasty(what, call)


def fail() -> NoReturn:
    raise ValueError("it bites")


def recurse() -> None:
    recurse()


CALLS: dict[str, Callable[[], object]] = {
    "raise": fail,
    "exit": sys.exit,
    "recurse": recurse,
    "die": os.abort,
}
QUIET = ("eq", "hash", "bool", "repr")


def take(value: object) -> str:
    return type(value).__name__


def give(what: str, call: str) -> Nasty:
    return Nasty(what, call)


@fault(
    {f"{what} {call}": "succeeded 'Nasty'" for what in QUIET for call in ("raise", "exit", "recurse")}, ALL
)
def takes_an_argument_that_bites(kind: Kind) -> object:
    flow = concurra.Workflow()
    for what in QUIET:
        for call in ("raise", "exit", "recurse"):
            add(flow, kind, take, Nasty(what, call), label=f"{what} {call}")
    return said(flow.run())


@fault(
    {"pickle raise": "failed TransferError: argument 0"}
    | dict.fromkeys(("pickle exit", "pickle recurse"), "failed TransferError: ")
    | dict.fromkeys(("unpickle raise", "unpickle exit"), "failed TransferError: ")
    | {"unpickle die": "crashed WorkerCrashed: worker died: killed by SIGABRT"},
    PROCESS,
)
def takes_an_argument_that_bites_on_its_way(kind: Kind) -> object:
    flow = concurra.Workflow()
    for label in (
        "pickle raise",
        "pickle exit",
        "pickle recurse",
        "unpickle raise",
        "unpickle exit",
        "unpickle die",
    ):
        add(flow, kind, take, Nasty(*label.split()), label=label)
    return said(flow.run())


@fault(
    dict.fromkeys(
        (f"{what} {call}" for what in ("pickle", "unpickle") for call in ("raise", "exit")),
        "failed TransferError: the result",
    )
    | {
        "pickle die": "crashed WorkerCrashed: worker died: killed by SIGABRT",
        "pickle recurse": "failed TransferError: the result",
    },
    PROCESS,
)
def returns_what_bites_on_its_way(kind: Kind) -> object:
    flow = concurra.Workflow()
    for label in (
        "pickle raise",
        "pickle exit",
        "unpickle raise",
        "unpickle exit",
        "pickle die",
        "pickle recurse",
    ):
        add(flow, kind, give, *label.split(), label=label)
    return said(flow.run())


def returned(results: concurra.RunReport) -> dict[str, str]:
    return {
        str(label): f"{result.status.value} {type(result.value).__name__}"
        for label, result in results.items()
    }


@fault(dict.fromkeys(QUIET, "succeeded Nasty"), ALL)
def returns_what_bites_when_it_is_looked_at(kind: Kind) -> object:
    flow = concurra.Workflow()
    for what in QUIET:
        add(flow, kind, give, what, "raise", label=what)
    return returned(flow.run())


@fault(dict.fromkeys(QUIET, "Successful"), BOTH, hears=["Successful"])
def returns_what_bites_to_a_runner_that_logs(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process")
    for what in QUIET:
        runner.add_task(give, what, "raise", label=what)
    return {label: result["status"] for label, result in runner.run().items()}


def nest(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@fault(GOOD | {"bad": "failed TransferError: "}, PROCESS)
def returns_what_is_deeper_than_the_stack(kind: Kind) -> object:
    return ran(kind, nest, 50_000)


@fault(GOOD | {"bad": "failed TransferError: "}, PROCESS)
def takes_what_is_deeper_than_the_stack(kind: Kind) -> object:
    return ran(kind, take, nest(50_000))


def itself() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


@fault(GOOD | {"bad": "succeeded [[...]]"}, ALL)
def returns_a_list_that_holds_itself(kind: Kind) -> object:
    return ran(kind, itself)


@fault(GOOD | {"bad": "succeeded 'int'", "huge": "succeeded 40000000"}, PROCESS)
def takes_and_returns_more_than_any_pipe_holds(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, len, b"x" * 40_000_000, label="huge")
    add(flow, kind, take, 1 << 4_000_000, label="bad")
    add(flow, kind, len, "fine", label="good")
    return said(flow.run())


class NotACallable:
    """Looks like one, and is not."""

    __call__: Any = None


class BadName:
    """A callable that cannot be asked for its name."""

    def __getattr__(self, name: str) -> NoReturn:
        raise ValueError(f"do not ask for {name}")

    def __call__(self) -> str:
        return "called"


@fault({"bad": "succeeded 'called'"}, BOTH)
def calls_what_cannot_be_asked_for_its_name(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, BadName(), label="bad")
    return said(flow.run())


@fault({"bad": "failed TypeError: 'NoneType' object is not callable"}, BOTH)
def calls_what_only_looks_callable(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, NotACallable(), label="bad")
    return said(flow.run())


class OddLabel:
    """A label whose words cannot be had."""

    def __repr__(self) -> NoReturn:
        raise ValueError("no words")

    __str__ = __repr__


@fault({"status": "failed", "runner": "Failed"}, BOTH)
def is_named_by_a_label_without_words(kind: Kind) -> object:
    flow = concurra.Workflow()
    label = OddLabel()
    add(flow, kind, fail, label=label)
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process")
    runner.add_task(fail, label=label)
    return {"status": flow.run()[label].status.value, "runner": runner.run()[label]["status"]}


def items() -> Iterator[int]:
    yield 1
    raise ValueError("no more items")


def double(number: int) -> int:
    return 2 * number


@fault({"items": "succeeded ", "map": "failed ValueError: no more items", "list": "skipped "}, ("thread",))
def maps_over_what_fails_on_the_way(kind: Kind) -> object:
    flow = concurra.Workflow()
    source = flow.add(items, label="items", keep=True)
    mapped = flow.map(double, source, label="map")
    flow.add(list, mapped, label="list")
    report = said(flow.run())
    return {label: report[label] for label in ("items", "map", "list")}
