from __future__ import annotations

import pytest
from concurra_core.graph.demands import check_demands, impossible
from concurra_core.model.errors import DefinitionError
from concurra_core.model.options import RunOptions, TaskOptions
from concurra_core.model.task import Task


def tasks(*kinds: TaskOptions) -> list[Task]:
    return [Task(index, f"t{index}", print, (), None, kind) for index, kind in enumerate(kinds)]


def test_what_there_is_enough_of_is_fine() -> None:
    kind = TaskOptions(cpus=2, uses=(("db", 1),))
    check_demands(tasks(kind, kind, TaskOptions()), {}, RunOptions(slots=2, limits={"db": 1}), {})


def test_all_that_can_never_start_is_told_together() -> None:
    wanting = tasks(TaskOptions(cpus=3), TaskOptions(uses=(("db", 2), ("gpu", 1))), TaskOptions())
    spreads = {2: TaskOptions(uses=(("tape", 1),))}
    with pytest.raises(DefinitionError) as caught:
        check_demands(wanting, spreads, RunOptions(slots=2, limits={"db": 1}), {"own": 1})
    assert str(caught.value).splitlines() == [
        "task 't0' takes cpus=3, but max_concurrency is 2; say max_concurrency=3, or cpus=2",
        "task 't1' uses 2 of 'db', but there is only 1; say limits={'db': 2}, or use less",
        "task 't1' uses 'gpu', of which there is no limit; say limits={'gpu': 1}",
        "task 't2' uses 'tape', of which there is no limit; say limits={'tape': 1}",
    ]


def test_tasks_that_say_the_same_are_told_once() -> None:
    kind = TaskOptions(cpus=3)
    assert len([*impossible(tasks(kind, kind), {}, 2, {})]) == 1
