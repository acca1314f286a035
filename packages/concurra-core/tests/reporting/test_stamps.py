"""The results of many tasks are those of each alone, whatever of a neighbour's is taken over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from concurra_core.model.options import DEFAULT_TASK, TaskOptions
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from concurra_core.model.task import Task
from concurra_core.reporting.results import results_of


def fetch() -> None:
    """Be one callable."""


def load() -> None:
    """Be another."""


AGAIN = TaskOptions(retry=Retry(3))
# What neighbours mostly have in common: call, options, attempt.
KINDS: list[tuple[Callable[..., object], TaskOptions, int]] = [
    (fetch, DEFAULT_TASK, 1),
    (load, DEFAULT_TASK, 1),
    (fetch, AGAIN, 1),
    (fetch, AGAIN, 2),
]
# Seconds: at the edges of whole ones, around what rounds to nothing, and above a minute.
MOMENTS = [0.0, 0.25, 0.998, 1.0, 2.0]
LENGTHS = [0.0, 0.004, 0.006, 1.0, 61.0]


def ended(
    label: int, kind: tuple[Callable[..., object], TaskOptions, int], begin: float, length: float
) -> Task:
    call, options, attempt = kind
    task = Task(label, label, call, (), None, options, state=TaskState.SUCCEEDED, attempt=attempt)
    task.started, task.ended = begin, begin + length
    task.value = label
    return task


@pytest.mark.parametrize("wall", [0.0, 1_700_000_000.5])
def test_a_result_is_the_same_behind_another_as_alone(wall: float) -> None:
    tasks = [ended(label, *what) for label, what in enumerate(product(KINDS, MOMENTS, LENGTHS))]
    alone = {task.label: results_of([task], wall)[task.label] for task in tasks}
    for first, second in product(tasks, repeat=2):
        together = results_of([first, second], wall)
        assert together[second.label] == alone[second.label]
        assert together[first.label] == alone[first.label]
    assert together[first.label]["retry_errors"] is not alone[first.label]["retry_errors"]
