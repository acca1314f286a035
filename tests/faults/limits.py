"""Faults of time: limits and delays too short, too long, or struck at the worst moment."""

from __future__ import annotations

import select
import threading
import time

import concurra
from faults.cases import ALL, BOTH, PROCESS, THREAD, Kind, add, fault, said
from faults.plain import square


@fault({"0": "succeeded 0", "1": "succeeded 1", "command": "succeeded "}, ALL)
def limits_are_longer_than_any_clock(kind: Kind) -> object:
    flow = concurra.Workflow()
    for number in range(2):
        add(flow, kind, square, number, label=f"{number}", timeout=1e300, grace=1e300)
    flow.command(["true"], label="command", timeout=1e300)
    return said(flow.run(deadline=1e300))


@fault({"0": "", "1": "", "command": ""}, ALL)
def limits_are_shorter_than_any_call(kind: Kind) -> object:
    flow = concurra.Workflow()
    for number in range(2):
        add(flow, kind, square, number, label=f"{number}", timeout=1e-9, grace=0)
    flow.command(["sleep", "1000"], label="command", timeout=1e-9, grace=0)
    return said(flow.run())


def fail() -> None:
    raise ValueError("again")


def wait() -> None:
    threading.Event().wait()


@fault({"bad": "cancelled TaskCancelled: ", "good": "succeeded 9"}, BOTH)
def a_retry_is_to_come_after_the_end_of_time(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, fail, label="bad", retry=concurra.Retry(5, delay=1e300))
    add(flow, kind, square, 3, label="good")
    return said(flow.run(deadline=0.5))


@fault({"bad": "timed_out TaskTimeout: ", "good": "succeeded 9"}, BOTH)
def the_wall_clock_jumps(kind: Kind) -> object:
    wall, moments = time.time, iter(range(10**9, 0, -(10**6)))
    time.time = lambda: float(next(moments))
    flow = concurra.Workflow()
    add(flow, kind, wait, label="bad", timeout=0.2, grace=0.1)
    add(flow, kind, square, 3, label="good")
    try:
        return said(flow.run())
    finally:
        time.time = wall


@fault({f"{number}": "cancelled TaskCancelled: " for number in range(200)}, BOTH)
def the_deadline_of_a_run_is_over_at_once(kind: Kind) -> object:
    flow = concurra.Workflow()
    for number in range(200):
        add(flow, kind, wait, label=f"{number}", grace=0)
    return said(flow.run(deadline=1e-9))


@fault({f"{number}": "timed_out TaskTimeout: " for number in range(100)}, THREAD)
def a_hundred_limits_are_over_at_the_same_moment(kind: Kind) -> object:
    flow = concurra.Workflow()
    for number in range(100):
        add(flow, kind, wait, label=f"{number}", timeout=0.2)
    return said(flow.run(max_concurrency=100))


def heavy(number: int) -> int:
    """Take longer than the pool looks on."""
    select.select([], [], [], 0.05)
    return number


class Heavy:
    """Takes a while to be packed, and to be unpacked."""

    def __reduce__(self) -> tuple[object, ...]:
        return heavy, (heavy(3),)


def turn_into(value: object) -> Heavy:
    return Heavy()


def spin() -> None:
    while True:
        pass


@fault(
    {
        "good": "succeeded 9",
        "short": "succeeded 16",
        "slow": "succeeded 3",
        "hangs": "timed_out TaskTimeout: ",
    },
    PROCESS,
)
def a_task_that_hangs_behind_one_that_is_slow_to_return(kind: Kind) -> object:
    flow = concurra.Workflow()
    add(flow, kind, square, 3, label="good")  # so short that the others come in one batch
    add(flow, kind, square, 4, label="short")
    add(flow, kind, turn_into, Heavy(), label="slow")
    add(flow, kind, spin, label="hangs", timeout=0.2)
    return said(flow.run(max_concurrency=1))
