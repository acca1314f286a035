"""One workflow under a virtual clock: by the scheduler alone, and first in, first out. No thread, no sleep."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Final

from concurra_core.engine.scheduler import Scheduler
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.options import DEFAULT_TASK, Lane, RunOptions, TaskOptions
from concurra_core.model.task import Task

from benchmarks.contestants import nothing
from benchmarks.workflows import Workflow

_LEAST: Final = 1e-6  # seconds; what is declared for a task that was recorded with none


def scheduled(workflow: Workflow, workers: int, *, declared: bool) -> float:
    """Return the makespan in seconds under Concurra's scheduler.

    With *declared*, it knows how long each task will run; without, it knows the graph alone.
    """
    registry = Registry()
    for step in workflow.steps:
        options = TaskOptions(expected_seconds=max(step.seconds, _LEAST)) if declared else DEFAULT_TASK
        registry.add(nothing, (), None, options, step.label, step.needs)
    scheduler = Scheduler(registry.tasks, make_plan(registry), RunOptions(slots=workers))
    running: list[tuple[float, int, Task]] = []
    now = 0.0
    scheduler.begin(now)
    while True:
        while scheduler.running < workers and (task := scheduler.take(Lane.THREAD)) is not None:
            heappush(running, (now + workflow.steps[task.index].seconds, task.index, task))
        if not running:
            break
        now, _, task = heappop(running)
        following = scheduler.succeed(task, task.attempt, None, now)
        if following is not None:
            heappush(running, (now + workflow.steps[following.index].seconds, following.index, following))
    _complete(scheduler.done, workflow)
    return now


def first_in_first_out(workflow: Workflow, workers: int) -> float:
    """Return the makespan in seconds when tasks start in the order in which they became ready."""
    places = {step.label: place for place, step in enumerate(workflow.steps)}
    waits = [len(step.needs) for step in workflow.steps]
    successors: list[list[int]] = [[] for _ in waits]
    for place, step in enumerate(workflow.steps):
        for need in step.needs:
            successors[places[need]].append(place)
    ready = deque(place for place, wait in enumerate(waits) if not wait)
    running: list[tuple[float, int]] = []
    now, done = 0.0, 0
    while ready or running:
        while ready and len(running) < workers:
            place = ready.popleft()
            heappush(running, (now + workflow.steps[place].seconds, place))
        now, place = heappop(running)
        done += 1
        for successor in successors[place]:
            waits[successor] -= 1
            if not waits[successor]:
                ready.append(successor)
    _complete(done, workflow)
    return now


def _complete(done: int, workflow: Workflow) -> None:
    """Refuse a replay that did not end every task: its makespan would flatter.

    Raises:
        RuntimeError: a task was left over.
    """
    if done != len(workflow.steps):
        raise RuntimeError(f"{workflow.name}: {done} of {len(workflow.steps)} tasks ended")
