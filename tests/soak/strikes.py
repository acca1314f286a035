"""Runs that are struck from outside, at a moment that an event of theirs names: stopped, halted, or robbed of processes."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import concurra
from concurra import Event, Halt, RunReport, TaskEnded, TaskStarted, TaskState
from soak import actions
from soak.gauges import children
from soak.plot import Plot
from soak.scenes import mixed


class At:
    """A sink that calls *then* at the event of *kind* with this *number*, once."""

    def __init__(self, kind: type[TaskStarted | TaskEnded], number: int, then: Callable[[], object]) -> None:
        self._kind = kind
        self._left = number
        self._then = then

    def __call__(self, event: Event, /) -> None:
        if isinstance(event, self._kind):
            self._left -= 1
            if self._left == 0:
                self._then()


def aborted(chance: random.Random) -> Plot:
    """Abort a run from another thread, in its midst, while some of its tasks would never end."""
    plot = mixed(chance)
    plot.name = "aborted"
    plot.also = {TaskState.CANCELLED, TaskState.SKIPPED}
    for kind in ("thread", "process"):
        plot.bad("", actions.hang_until_told, kind, state=TaskState.CANCELLED, on=kind)
    plot.bad("", actions.hang_later, state=TaskState.CANCELLED)
    plot.bad("", ["sleep", "1000"], state=TaskState.CANCELLED)
    plot.settings["max_concurrency"] = 6  # two more than what hangs, so that the event comes
    at_once = chance.random() < 0.5
    now = threading.Event()
    plot.settings["sinks"] = [At(TaskEnded, chance.randint(1, 30), now.set)]

    def door(flow: concurra.Workflow, settings: dict[str, Any]) -> RunReport:
        run = flow.start(**settings)
        waiter = threading.Thread(target=run.wait)
        waiter.start()
        now.wait()
        run.abort(at_once=at_once)
        waiter.join()
        return run.report

    plot.door = door
    return plot


def halted(chance: random.Random) -> Plot:
    """Have failures, or the deadline, stop a run."""
    plot = mixed(chance)
    plot.name = "halted"
    plot.also = {TaskState.CANCELLED, TaskState.SKIPPED}
    rule = chance.choice(["now", "soon", "deadline"])
    if rule == "deadline":
        plot.settings["deadline"] = 0.2
        plot.bad("", actions.hang_until_told, "late", on="process", state=TaskState.CANCELLED)
    else:
        plot.settings["halt"] = Halt.now() if rule == "now" else Halt.soon(2)
        plot.bad("ValueError: ", actions.fail, "it")
    return plot


def robbed(chance: random.Random) -> Plot:
    """Kill a worker, or the template, while tasks run; the sink that does it raises as well."""
    plot = mixed(chance)
    plot.name = "robbed"
    plot.also = {TaskState.CRASHED, TaskState.SKIPPED}
    whom = chance.choice(["template", "worker"])
    number = chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])

    def strike() -> None:
        template = next(iter(children(os.getpid())), None)
        victims = [template] if whom == "template" else children(template) if template else []
        for pid in victims[:1]:
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        raise ValueError("a sink that raises")

    plot.settings["sinks"] = [At(TaskStarted, chance.randint(1, 30), strike)]
    return plot
