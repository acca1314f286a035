"""Wirings that are wrong: every checker must complain of each line that ends with ``# error``, and of no other.

Read by `tests/test_typing.py`, never run. A wiring stands on one line, since checkers blame different ends of a longer
one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from concurra_core import Ref, Workflow
from tried import (
    Animal,
    Doer,
    Dog,
    Service,
    anything,
    both,
    fetch,
    fetch_later,
    lines,
    mean,
    mean_later,
    mean_of_any,
    nothing,
    opened,
    parse,
    square,
    starred,
    title,
    total,
    verdict,
    with_default,
)

T = TypeVar("T")


def anything_of(number: int) -> Any: ...


def with_keyword(number: int, *, places: int) -> float:
    return round(number, places)


def merge(one: list[T], other: list[T]) -> list[T]:
    return one + other


def walk(dog: Dog) -> None: ...


def eight(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int) -> int:
    return a + b + c + d + e + f + g + h


def nine(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int, i: int) -> int:
    return eight(a, b, c, d, e, f, g, h) + i


def values(flow: Workflow, texts: list[str]) -> None:
    flow.add(square, "4")  # error
    flow.add(square, 4.5)  # error
    flow.add(square, None)  # error
    flow.add(square, [4])  # error
    flow.add(both, "a", 1)  # error
    flow.add(total, texts)  # error
    flow.add(total, ["a"])  # error
    flow.add(mean, ["a"])  # error
    flow.add(walk, Animal())  # error
    flow.add(opened, "x")  # error
    flow.add(title, {"name": "Metropolis"})  # error
    flow.add(title, {"name": "Metropolis", "year": "1927"})  # error
    flow.add(Service().serve, "a")  # error
    flow.add(Doer(), "a")  # error
    flow.add(anything_of, "a")  # error
    flow.add(starred, 1, "a")  # error
    flow.add(eight, 1, 2, 3, 4, 5, 6, 7, "8")  # error


def numbers_of_arguments(flow: Workflow, number: Ref[int]) -> None:
    flow.add(square)  # error
    flow.add(square, 1, 2)  # error
    flow.add(both, 1)  # error
    flow.add(both, 1, "a", number)  # error
    flow.add(nothing, 1)  # error
    flow.add(anything, 1)  # error
    flow.add(Service.serve, number)  # error
    flow.add(Doer, number)  # error
    flow.add(eight, 1, 2, 3, 4, 5, 6, 7)  # error
    flow.add(nine, 1, 2, 3, 4, 5, 6, 7, 8, 9)  # error
    flow.add(lambda x, y: x, number)  # error


def refs(flow: Workflow, number: Ref[int], raw: Ref[bytes], rows: Ref[list[int]], text: Ref[str]) -> None:
    flow.add(square, raw)  # error
    flow.add(square, rows)  # error
    flow.add(parse, rows)  # error
    flow.add(total, flow.add(list, text))  # error
    flow.add(mean, rows)  # error
    flow.add(both, number, number)  # error
    flow.add(with_default, 1, number)  # error
    flow.add(starred, number, raw)  # error
    flow.add(walk, flow.add(Animal))  # error
    flow.add(opened, text)  # error
    flow.add(merge, rows, flow.add(list, text))  # error
    flow.add(len, number)  # error
    flow.add(str.upper, number)  # error
    flow.add(sum, text)  # error
    flow.add(fetch, flow.add(lambda x: x * 2, number))  # error
    flow.add(lambda x: x.nothing, number)  # error
    flow.add(total, [number, number])  # error
    flow.add(mean_of_any, (number, 3))  # error
    wrong: Ref[str] = flow.add(square, number)  # error
    flow.add(parse, wrong)  # error


def unsure(flow: Workflow, number: Ref[int], rows: Ref[list[int]], raw: Ref[bytes]) -> None:
    flow.add(square, number.outcome())  # error
    flow.add(square, number.optional())  # error
    flow.add(square, number.or_else("none"))  # error
    flow.add(total, rows.or_else(None))  # error
    flow.add(verdict, number)  # error
    flow.add(verdict, raw.outcome())  # error
    flow.add(total, flow.gather([number.optional()]))  # error


def coroutines(flow: Workflow, number: Ref[int], coroutine: Coroutine[Any, Any, bytes]) -> None:
    flow.add(square, flow.add(fetch_later, "a"))  # error
    flow.add(fetch, flow.add(fetch_later, "a"))  # error
    flow.add(fetch_later, 3)  # error
    flow.add(fetch_later, number)  # error
    flow.add(fetch_later)  # error
    flow.add(mean_later, ["a"])  # error
    flow.add(parse, fetch_later("a"))  # error
    flow.add(parse, coroutine)  # error


def keywords(flow: Workflow, number: Ref[int]) -> None:
    flow.add(square, number=3)  # error
    flow.add(both, 1, text="a")  # error
    flow.add(with_default, 1, places=2)  # error
    flow.add(with_keyword, 1)  # error
    flow.add(square, 3, lable="three")  # error
    flow.add(square, 3, label=["three"])  # error
    flow.add(square, 3, after=number)  # error
    flow.add(square, 3, after=[["a"]])  # error
    flow.add(square, 3, timeout="1")  # error
    flow.add(square, 3, grace="1")  # error
    flow.add(square, 3, retry=3)  # error
    flow.add(square, 3, on="threads")  # error
    flow.add(square, 3, uses=["db"])  # error
    flow.add(square, 3, uses={"db": "1"})  # error
    flow.add(square, 3, cpus=1.5)  # error
    flow.add(square, 3, priority="high")  # error
    flow.add(square, 3, expected_seconds="1")  # error
    flow.add(square, 3, tags=[1])  # error
    flow.add(square, 3, keep="yes")  # error
    flow.add(square, 3, allow_failure=None, limit=3)  # error


def no_functions(flow: Workflow, number: Ref[int]) -> None:
    flow.add(3)  # error
    flow.add("square", 3)  # error
    flow.add(square(3))  # error
    flow.add(number, 3)  # error


def gathered(flow: Workflow, number: Ref[int], rows: Ref[list[int]], text: Ref[str]) -> None:
    flow.gather([1, 2])  # error
    flow.gather([number, 3])  # error
    flow.gather(number)  # error
    flow.gather(rows)  # error
    flow.gather([number], label=[1])  # error
    flow.gather([number], timeout=3)  # error
    flow.add(square, flow.gather([number]))  # error
    flow.add(total, flow.gather([text]))  # error
    flow.add(total, flow.gather([number, text]))  # error


def mapped(flow: Workflow, number: Ref[int], rows: Ref[list[int]], texts: list[str]) -> None:
    flow.map(square, 3)  # error
    flow.map(square, number)  # error
    flow.map(square, texts)  # error
    flow.map(square, "123")  # error
    flow.map(square, ["a"])  # error
    flow.map(square, [1, "a"])  # error
    flow.map(square, [number, None])  # error
    flow.map(square, [number.outcome()])  # error
    flow.map(square, rows.optional())  # error
    flow.map(square, rows.outcome())  # error
    flow.map(square, flow.add(list, flow.add(str, number)))  # error
    flow.map(square, flow.map(fetch, texts))  # error
    flow.map(both, [(1, "a")])  # error
    flow.map(nothing, [1])  # error
    flow.map(fetch_later, rows)  # error
    flow.map(opened, texts)  # error
    flow.map(opened, ["x"])  # error
    flow.map(title, [{"nam": "Metropolis"}])  # error
    flow.map(lambda x: x * 2.5, texts)  # error
    flow.map(square, rows, limit="4")  # error
    flow.map(square, rows, limits=4)  # error
    flow.map(square, rows, on="gpu")  # error
    flow.add(total, flow.map(fetch, texts))  # error
    flow.add(square, flow.map(square, rows))  # error


def commands(flow: Workflow, number: Ref[int], text: Ref[str]) -> None:
    flow.command("ls -l")  # error
    flow.command(["sleep", 1])  # error
    flow.command(["echo", text])  # error
    flow.command(["ls"], cwd=3)  # error
    flow.command(["ls"], env={"A": 1})  # error
    flow.command(["ls"], check="no")  # error
    flow.command(["ls"], shell=True)  # error
    flow.command(["ls"], cpus="2")  # error
    flow.shell(["ls", "-l"])  # error
    flow.shell("ls", env=["A=1"])  # error
    flow.add(square, flow.command(["ls"]))  # error
    flow.add(lines, number)  # error


def not_so_generic(flow: Workflow, function: Callable[[T], int], other: Ref[str], value: T) -> None:
    flow.add(function, other)  # error
    flow.add(square, value)  # error
