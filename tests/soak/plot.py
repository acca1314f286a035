"""A workflow that is built together with the truth about each of its tasks, run by some door, and judged."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

import attrs
import concurra
from concurra import Ref, RunReport, TaskResult, TaskState

_LOG: Final = logging.getLogger("soak")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False

Door: TypeAlias = Callable[[concurra.Workflow, dict[str, Any]], RunReport]


@attrs.frozen
class Truth:
    """How a task ends: in *state*, with *value* if it succeeds; otherwise what is said of it begins with *says*."""

    state: TaskState
    value: object = None
    says: str = ""


class Plot:
    """A workflow and the truth about it.

    *also* holds the states that a task may end in besides the true one, where chance has a hand in it.
    """

    def __init__(self, name: str, chance: random.Random) -> None:
        self.name = name
        self.chance = chance
        self.flow = concurra.Workflow(name)
        self.truths: dict[Hashable, Truth] = {}
        self.also: Collection[TaskState] = ()
        self.settings: dict[str, Any] = {
            "max_concurrency": chance.randint(2, 4),
            "grace": 0.1,
            "logger": _LOG,
        }
        self.door: Door = chance.choice(DOORS)

    # -- building --------------------------------------------------------------------------------------

    def good(self, call: Any, *args: Any, value: object, **options: Any) -> Ref[Any]:
        """Add a task that succeeds with *value*."""
        return self.add(Truth(TaskState.SUCCEEDED, value), call, *args, **options)

    def bad(
        self, says: str, call: Any, *args: Any, state: TaskState = TaskState.FAILED, **options: Any
    ) -> Ref[Any]:
        """Add a task that ends in *state*."""
        return self.add(Truth(state, says=says), call, *args, **options)

    def add(self, truth: Truth, call: Any, *args: Any, **options: Any) -> Ref[Any]:
        """Add a task with this *truth*."""
        label = options.pop("label", None) or f"{len(self.truths)} {getattr(call, '__name__', call)}"
        self.truths[label] = truth
        if isinstance(call, list):
            ref: Ref[Any] = self.flow.command(call, label=label, **options)
        elif isinstance(call, str):
            ref = self.flow.shell(call, label=label, **options)
        else:
            ref = self.flow.add(call, *args, label=label, **options)
        return ref

    def expect(self, label: Hashable, value: object) -> None:
        """Have *label*, which the workflow has been given already, succeed with *value*."""
        self.truths[label] = Truth(TaskState.SUCCEEDED, value)

    # -- running and judging ---------------------------------------------------------------------------

    def complaints(self) -> list[str]:
        """Run it and return what was not true."""
        report = self.door(self.flow, self.settings)
        found = (
            [] if report.keys() == self.truths.keys() else [f"{self.name}: labels {sorted(map(str, report))}"]
        )
        for label, truth in self.truths.items():
            if label in report and (wrong := self._wrong(report, report[label], truth)):
                found.append(f"{self.name}: {label}: {wrong}")
        return found

    def _wrong(self, report: RunReport, result: TaskResult[Any], truth: Truth) -> str:
        status, said = result.status, result.reason or ""
        if status is TaskState.SKIPPED and result.because is not None:
            if report[result.because].status is TaskState.SUCCEEDED:
                return f"skipped because of {result.because}, which succeeded"
        elif status is TaskState.SUCCEEDED:
            if truth.state is status and result.value == truth.value:
                return ""
            return f"returned {result.value!r:.200}, not {truth.value!r:.200}"
        if status in self.also or (status is truth.state and said.startswith(truth.says)):
            return ""
        return f"{status.value} {said[:300]!r}, not {truth.state.value} {truth.says!r}"


# -- doors -----------------------------------------------------------------------------------------------


def run(flow: concurra.Workflow, settings: dict[str, Any]) -> RunReport:
    return flow.run(**settings)


def start(flow: concurra.Workflow, settings: dict[str, Any]) -> RunReport:
    return flow.start(**settings).wait()


def run_async(flow: concurra.Workflow, settings: dict[str, Any]) -> RunReport:
    return asyncio.run(flow.run_async(**settings))


def run_in_a_thread(flow: concurra.Workflow, settings: dict[str, Any]) -> RunReport:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(flow.run, **settings).result()


DOORS: Final[tuple[Door, ...]] = (run, start, run_async, run_in_a_thread)
