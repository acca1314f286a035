"""Batches in runs with named limits: what takes a share of one is not handed over to wait."""

from __future__ import annotations

from concurra_core.engine.batches import BatchScheduler
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.options import Lane, RunOptions, TaskOptions

FREE = TaskOptions(lane=Lane.PROCESS)
DB = TaskOptions(lane=Lane.PROCESS, uses=(("db", 1),))


def engine(*kinds: TaskOptions) -> BatchScheduler:
    registry = Registry()
    for index, kind in enumerate(kinds):
        registry.add(print, (), None, kind, index)
    made = BatchScheduler(registry.tasks, make_plan(registry), RunOptions(slots=1, limits={"db": 9}))
    made.begin(0.0)
    return made


def test_a_task_that_takes_a_share_comes_alone() -> None:
    made = engine(FREE, FREE, DB, FREE)
    first = made.take(Lane.PROCESS)
    assert first is not None
    batch = made.more(Lane.PROCESS, 9, [first])
    assert [task.index for task in batch] == [1]
    assert [task.index for task in made.more(Lane.PROCESS, 9, [])] == [2, 3]


def test_what_takes_a_share_does_not_ride() -> None:
    registry = Registry()
    a = registry.add(print, (), None, FREE, "a")
    registry.add(print, (a,), None, DB, "b")
    registry.add(print, (a,), None, FREE, "c")
    made = BatchScheduler(registry.tasks, make_plan(registry), RunOptions(slots=1, limits={"db": 1}))
    made.begin(0.0)
    first = made.take(Lane.PROCESS)
    assert first is not None
    assert [task.label for task in made.more(Lane.PROCESS, 9, [first])] == ["c"]
