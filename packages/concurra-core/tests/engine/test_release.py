"""When somebody counts who still needs a result, and what is dropped."""

from __future__ import annotations

import pytest
from concurra_core.engine.release import Release, release_of
from concurra_core.graph.fan import gather
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.options import TaskOptions
from concurra_core.model.state import TaskState
from concurra_core.model.task import RELEASED

KEPT, DROPPED, PLAIN = TaskOptions(keep=True), TaskOptions(keep=False), TaskOptions()


def release(*options: TaskOptions, wired: bool = False, joined: bool = False) -> Release | None:
    registry = Registry()
    ref = registry.add(print, (), None, options[0], 0)
    for option in options[1:]:
        registry.add(print, (ref,) if wired else (), None, option)
    if joined:
        gather(registry, [], "none", keep=options[0].keep)
    plan = make_plan(registry)
    return release_of(registry.tasks, plan, dict(plan.joins), [])


def test_nobody_counts_where_all_is_kept() -> None:
    assert release(PLAIN, PLAIN) is None
    assert release(KEPT, KEPT) is None
    assert release(KEPT, KEPT, wired=True) is None
    assert release(KEPT, PLAIN) is None
    assert release(KEPT, joined=True) is None


def test_somebody_counts_where_anything_may_be_let_go() -> None:
    assert release(DROPPED, DROPPED) is not None
    assert release(PLAIN, DROPPED) is not None
    assert release(PLAIN, PLAIN, wired=True) is not None
    assert release(PLAIN, PLAIN, PLAIN, wired=True) is not None
    assert release(KEPT, PLAIN, wired=True) is not None
    assert release(PLAIN, joined=True) is not None


@pytest.mark.parametrize(("keep", "gone"), [(True, False), (None, True), (False, True)])
def test_what_is_let_go_is_handed_out_to_be_dropped(keep: bool | None, gone: bool) -> None:
    registry = Registry()
    ref = registry.add(print, (), None, TaskOptions(keep=keep), 0)
    registry.add(print, (ref,), None, PLAIN, 1)
    source, last = registry.tasks
    dropped: list[object] = []
    made = Release(registry.tasks, {}, dropped)
    source.state, source.value = TaskState.SUCCEEDED, "value"
    made.after(source)
    assert (source.value, dropped) == ("value", [])
    last.state = TaskState.FAILED
    made.after(last)
    assert (source.value, dropped) == ((RELEASED, ["value"]) if gone else ("value", []))
