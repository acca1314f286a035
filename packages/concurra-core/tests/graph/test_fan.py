"""Maps that cannot be: refused as a whole, so that nothing of them is added."""

from __future__ import annotations

import pytest
from concurra_core.graph.fan import Spread, gather, limit_of, map_items, map_result
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import CycleError, DefinitionError, DuplicateLabelError
from concurra_core.model.options import DEFAULT_TASK, Lane, TaskOptions
from concurra_core.model.retry import NO_RETRY, Retry
from graphs import add


def test_items_do_not_wait_for_one_another() -> None:
    registry = Registry("workflow", "after")
    with pytest.raises(CycleError, match=r"m\[1\] -> m\[1\]"):
        map_items(registry, str, [1, 2], "m", DEFAULT_TASK, ["m[1]"])
    assert registry.tasks == []


def test_a_label_of_a_map_can_be_hashed() -> None:
    registry = Registry("workflow", "after")
    with pytest.raises(TypeError, match=r"label must be hashable, not \[1\]; use a str or an int"):
        map_items(registry, str, [1, 2], [1], DEFAULT_TASK, None)  # type: ignore[arg-type] # wrong on purpose
    assert registry.tasks == []


def test_no_two_maps_give_their_items_the_same_labels() -> None:
    registry = Registry("workflow", "after")
    source = registry.add(list, (), None, DEFAULT_TASK, "source")
    map_result(registry, str, source, 1, DEFAULT_TASK, None)
    with pytest.raises(DuplicateLabelError, match="map '1': label 1 is taken"):
        map_result(registry, str, source, "1", DEFAULT_TASK, None)
    assert [task.label for task in registry.tasks] == ["source", 1]
    assert list(registry.spreads) == [1]


def test_an_item_of_another_graph_is_refused_before_any_is_added() -> None:
    registry, other = Registry("workflow", "after"), Registry("workflow", "after")
    stranger = other.add(list, (), None, DEFAULT_TASK, "stranger")
    with pytest.raises(DefinitionError, match="belongs to another workflow"):
        map_items(registry, str, [1, stranger], "m", DEFAULT_TASK, None)
    assert registry.tasks == []
    assert registry.labels() == []


def test_the_making_of_tasks_has_no_limits_of_theirs() -> None:
    registry = Registry()
    source = registry.add(list, (), None, DEFAULT_TASK, "source")
    theirs = TaskOptions(
        lane=Lane.PROCESS, timeout=3.0, retry=Retry(4), uses=(("db", 1),), cpus=2, priority=5, tags=("x",)
    )
    map_result(registry, str, source, "m", theirs, None)
    assert registry.tasks[1].options == TaskOptions(
        lane=Lane.THREAD, timeout=None, retry=NO_RETRY, priority=5, tags=("x",)
    )
    assert registry.spreads == {1: theirs}
    plan = make_plan(registry, spreads=registry.spreads)
    assert theirs in plan.kinds
    assert make_plan(registry).spreads == {}


def test_a_join_takes_no_time_and_may_fail_as_its_items_may() -> None:
    registry = Registry()
    options = TaskOptions(keep=True, tags=("x",), allow_failure=True, expected_seconds=9.0, priority=3)
    map_items(registry, str, [1], "m", options, None)
    assert registry.tasks[1].options == TaskOptions(
        lane=Lane.NONE, expected_seconds=0.0, keep=True, tags=("x",), allow_failure=True
    )
    gather(registry, [], "g")
    assert registry.tasks[2].options == TaskOptions(lane=Lane.NONE, expected_seconds=0.0, keep=None)


def test_what_a_spread_makes_are_plain_records() -> None:
    first, second = Spread(str, "m", DEFAULT_TASK)("xy")
    assert (first.label, first.args, first.kwargs, first.needs) == ("m[0]", ("x",), None, ())
    assert (second.label, second.args, second.options) == ("m[1]", ("y",), DEFAULT_TASK)


def test_a_spread_makes_nothing_of_a_ref() -> None:
    ref = add(Registry(), label="other")
    with pytest.raises(
        TypeError, match=r"map cannot make m\[1\] of Ref\('other'\), an item of the result of its source"
    ):
        Spread(str, "m", DEFAULT_TASK)(["x", ref])


def test_private_limits_are_no_users_and_differ() -> None:
    names = {limit_of(number) for number in range(3)}
    assert len(names) == 3
    assert all(name.startswith("\0") for name in names)
