"""Maps that cannot be: refused as a whole, so that nothing of them is added."""

from __future__ import annotations

import pytest
from concurra_core.graph.fan import map_items, map_result
from concurra_core.graph.registry import Registry
from concurra_core.model.errors import CycleError, DuplicateLabelError
from concurra_core.model.options import DEFAULT_TASK


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
