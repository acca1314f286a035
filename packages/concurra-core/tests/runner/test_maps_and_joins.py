from __future__ import annotations

import gc
import weakref
from collections.abc import Hashable
from datetime import timedelta
from typing import Any

import pytest
from concurra_core import Ref, TaskState, Workflow
from concurra_core.model.settings import On
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


def test_a_map_ends_when_one_of_its_items_has_failed() -> None:
    flow = Workflow()
    numbers = flow.add(lambda: [1, 2, 3], label="numbers")
    whole = map_of(flow, numbers)
    report = simulate(flow, {whole: Fake(takes=2), "map[1]": Fake(takes=3, fails=1)}).report
    assert report[whole].status is TaskState.SKIPPED
    assert report[whole].because == "map[1]"
    assert report[whole].ended == report["map[1]"].ended
    assert report[whole].seconds == 3.0
    assert report["map[2]"].succeeded


def test_what_waits_for_a_skipped_task_to_settle_is_ready_when_that_is_skipped() -> None:
    flow = Workflow()
    bad = flow.add(int, "x", label="bad")
    skipped = flow.add(abs, bad, label="skipped")
    flow.add(str, skipped.outcome(), label="clean up")
    report = simulate(flow, {"bad": Fake(takes=4, fails=True)}).report
    assert report["skipped"].ended == report["bad"].ended
    assert report["clean up"].queued == report["bad"].ended
    assert report["clean up"].waited == 0.0
    assert report["bad"].started is not None
    assert report["clean up"].queued - report["bad"].started == timedelta(seconds=4)


def test_a_join_gives_no_slot_back_that_it_never_took() -> None:
    flow = Workflow()
    flow._gather([], "nothing")
    for label in "abc":
        flow.add(int, label=label, cpus=2)
    fakes = {label: Fake(takes=1) for label in "abc"}
    run = simulate(flow, fakes, max_concurrency=3)
    run.assert_at_most(1, "a", "b", "c")
    assert run.seconds == 3.0


@pytest.mark.parametrize("label", ["size", 7, ("size", 1)])
def test_a_workflow_tells_the_map_of_a_task_whatever_the_map_is_called(label: Hashable) -> None:
    flow = Workflow()
    words = flow.add(lambda: ["a", "b"], label="words")
    flow.map(len, words, label=label)
    flow.map(len, ["a"], label="known")
    for whole in (flow, flow.select("known+", f"+{label}")):
        assert {name: whole.map_of(name) for name in whole.run(sinks=[])} == {
            "words": None,
            label: None,
            "known[0]": "known",
            "known": None,
            f"{label}[0]": label,
            f"{label}[1]": label,
        }
    assert [flow.map_of(other) for other in ("known[1]", "words[0]", "nobody", 0)] == [None] * 4
    with pytest.raises(TypeError, match="must be hashable"):
        flow.map_of([])  # type: ignore[arg-type] # as users may


class Item:
    """Something that can be seen to be gone."""


@pytest.mark.parametrize("on", ["thread", "inline"])
def test_what_items_of_a_map_were_made_of_is_let_go(on: On) -> None:
    seen: list[weakref.ref[Item]] = []

    def make() -> list[Item]:
        made = [Item() for _ in range(3)]
        seen.extend(map(weakref.ref, made))
        return made

    flow = Workflow()
    done = flow.map(id, flow.add(make, on=on), label="taken", on=on)
    report = flow.run(max_concurrency=2)
    gc.collect()
    assert report[done].status is TaskState.SUCCEEDED
    assert [ref() for ref in seen] == [None, None, None]
