"""What is measured of a rival on each axis, in the environment that this runs in. Linux: much of it reads /proc."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median
from typing import Final, TypeAlias

import attrs

from benchmarks import contestants, process_contestants
from benchmarks.contestants import FLOOR, Contestant
from benchmarks.fault_pools import POOLS, Answer
from benchmarks.fault_tasks import CULPRIT
from benchmarks.fault_trial import SETTLE, held, struck, told
from benchmarks.graphs import Graph, chain, independent, layered
from benchmarks.overhead import ratio, rounds_of
from benchmarks.process_efficiency import Runner, ideal, iterations_of, seconds
from benchmarks.process_tasks import burn
from benchmarks.report import ROOT
from benchmarks.rivals import Rival
from benchmarks.workflows import read

# Of one axis, its figures by case. None: there is none to be had.
Figures: TypeAlias = dict[str, float | None]

WORKERS: Final = process_contestants.WORKERS
LIMIT: Final = 1.0  # seconds, that of the case "hang"
TASKS_OF: Final = {0.001: 400, 0.005: 200, 0.05: 40}  # seconds of a task: how many of them
WORKFLOWS: Final = (
    "montage-chameleon-dss-05d-001",
    "epigenomics-chameleon-hep-1seq-100k-001",
    "rnaseq-dirt02-001",
)
BOUND: Final = 2.0  # seconds that the lower bound of a workflow's makespan is scaled to
STUCK: Final = 60.0  # seconds after which a start is given up


@attrs.frozen
class How:
    """How thoroughly to measure, and where recorded workflows lie."""

    quick: bool
    workflows: Path

    def times(self, often: int) -> int:
        """Return *often*, or one if it is to be quick."""
        return 1 if self.quick else often


def _costs(who: str, present: Mapping[str, Contestant], graphs: list[Graph], how: How) -> Figures:
    """Return what a task costs *who* in each of *graphs*, in microseconds, and as a part of the floor's cost."""
    taking_part = {name: present[name] for name in (who, FLOOR)}
    found: Figures = {}
    for graph in graphs:
        costs = rounds_of([graph], taking_part, how.times(3), [independent(10)])
        case = f"{graph.name}, {len(graph):,}"
        found[case] = median(costs[graph.name, who])
        found[f"{case}, part of the floor's"] = ratio(costs, graph.name, who)
    return found


def thread_costs(rival: Rival, how: How) -> Figures:
    """Return what a task costs on threads; nothing if it has none."""
    if rival.threads is None:
        return {}
    share = 5 if how.quick else 1
    graphs = [independent(100), independent(10_000 // share), chain(2_000 // share), layered(5_000 // share)]
    return _costs(rival.threads, contestants.contestants()[0], graphs, how)


def process_costs(rival: Rival, how: How) -> Figures:
    """Return what a task costs in processes."""
    share = 5 if how.quick else 1
    found: Figures = {}
    for graph in (
        independent(100),
        independent(2_000 // share),
        chain(500 // share),
        layered(2_000 // share),
    ):
        present, _ = process_contestants.contestants(graph.name)
        if rival.processes in present:
            found |= _costs(rival.processes, present, [graph], how)
    return found


def _in_processes(shape: str) -> Mapping[str, Contestant]:
    """Return who runs graphs of *shape*: those that `make bench` knows, and one whose start takes longer than all."""
    present, _ = process_contestants.contestants(shape)
    return {**present, process_contestants.DISTRIBUTED: process_contestants.with_distributed}


def start(rival: Rival, how: How) -> Figures:
    """Return the milliseconds of an import and a first run of two tasks, in a new interpreter."""
    command = [sys.executable, "-m", "benchmarks.rival_start", rival.name]

    def once() -> float:
        done = subprocess.run(  # noqa: S603 - our own module
            command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=STUCK
        )
        return float(done.stdout)

    once()  # compiles what was never imported
    return {"two tasks": median(once() for _ in range(how.times(7)))}


def memory(rival: Rival, how: How) -> Figures:
    """Return the megabytes of a program with two busy workers."""
    found = [held(rival.name) for _ in range(how.times(3))]
    known = [megabytes for megabytes in found if megabytes is not None]
    return {"two busy workers": median(known) if known else None}


def lateness(rival: Rival, how: How) -> Figures:
    """Return how many milliseconds after its limit a task is told to be over, if its process is ended, too."""
    late = []
    for _ in range(how.times(5)):
        found = told(rival.name, "hang")
        if found.begun is None or found.left:
            return {"a limit of a second": None}
        late.append((found.begun - LIMIT) * 1e3)
    return {"a limit of a second": median(late)}


def abort(rival: Rival, how: How) -> Figures:
    """Return how many milliseconds after Ctrl-C the program and all its processes have ended."""
    spent = []
    for _ in range(how.times(5)):
        found = struck(rival.name, signal.SIGINT)
        if not found.ended or found.left or found.seconds >= SETTLE:
            return {"Ctrl-C amid busy workers": None}
        spent.append(found.seconds * 1e3)
    return {"Ctrl-C amid busy workers": median(spent)}


def crash(rival: Rival, how: How) -> Figures:
    """Return how many results of the other 99 tasks arrive when one kills its process; None if nothing is told."""
    answers = told(rival.name, "crash").answers
    well = None if answers is None else sum(ok for place, (ok, _) in enumerate(answers) if place != CULPRIT)
    return {"one crash among 100 tasks": well}


def efficiency(rival: Rival, how: How) -> Figures:
    """Return how much of two processors equal tasks get, in percent of what plain processes get."""
    found: Figures = {}
    for wanted, many in TASKS_OF.items():
        iterations, parts = iterations_of(wanted), []
        count = many // 4 if how.quick else many
        before = ideal(iterations, count)
        for _ in range(how.times(2)):
            spent = seconds(_pool(rival), burn, [iterations] * count)
            after = ideal(iterations, count)
            parts.append(100 * fmean((before, after)) / spent)
            before = after
        found[f"{count} tasks of {wanted * 1e3:.0f} ms"] = median(parts)
    return found


def _pool(rival: Rival) -> Runner:
    """Return what runs calls with *rival*, and raises if one of them went wrong."""

    def run(call: Callable[..., object], arguments: Sequence[object]) -> None:
        answers: list[Answer] = []
        POOLS[rival.name](call, arguments, None, answers.extend)
        if not all(well for well, _ in answers):
            raise RuntimeError(next(text for well, text in answers if not well))

    return run


def makespan(rival: Rival, how: How) -> Figures:
    """Return the makespan of recorded workflows, start and end of the pool included, times the lower bound."""
    if not how.workflows.is_dir():
        return {}
    contestant = _in_processes("recorded")[rival.processes]
    found: Figures = {}
    for flow in read(how.workflows):
        if flow.name in WORKFLOWS:
            scale = BOUND / flow.lower[WORKERS]
            graph = Graph(
                flow.name,
                [(step.label, step.needs) for step in flow.steps],
                {step.label: step.seconds * scale for step in flow.steps},
            )
            found[f"{flow.name}, {len(graph)} tasks"] = _whole(contestant, graph) / BOUND
    return found


def _whole(contestant: Contestant, graph: Graph) -> float:
    """Return the seconds that *contestant* takes for *graph*, until its pool has ended."""
    started = time.perf_counter()
    with ExitStack() as after:
        contestant(graph, after)
    return time.perf_counter() - started


AXES: Final[Mapping[str, Callable[[Rival, How], Figures]]] = {
    "start": start,
    "memory": memory,
    "lateness": lateness,
    "abort": abort,
    "crash": crash,
    "threads": thread_costs,
    "processes": process_costs,
    "efficiency": efficiency,
    "makespan": makespan,
}
