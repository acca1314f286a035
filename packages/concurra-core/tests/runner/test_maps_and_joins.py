from __future__ import annotations

from typing import Any

import pytest
from concurra_core import Ref, Workflow
from concurra_core.testing import Fake, simulate


def map_of(flow: Workflow, items: Ref[Any], **options: object) -> Ref[Any]:
    return flow._map(abs, items, None, {"label": "map", **options})


@pytest.mark.parametrize("keep", [None, False])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_map_takes_is_there_until_it_has_made_its_tasks(keep: bool | None, seed: int) -> None:
    flow = Workflow()
    numbers = flow.add(lambda: [-1, -2], label="numbers", keep=keep)
    flow.add(len, numbers, label="another that takes them")
    warm = flow.add(int, label="warm-up")
    both = map_of(flow, numbers, after=[warm])
    run = simulate(flow, {"warm-up": Fake(takes=5)}, seed=seed)
    assert run.report[both].value == [1, 2]


def test_a_task_that_failed_has_no_value_also_when_nobody_needs_it_any_more() -> None:
    flow = Workflow()
    bad = flow.add(int, "x", label="bad")
    flow.add(abs, bad, label="behind")
    assert simulate(flow).report[bad].value is None
