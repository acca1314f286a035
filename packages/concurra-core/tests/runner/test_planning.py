"""Plans and drawings of a workflow, and that only they load networkx."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from concurra_core import (
    CycleError,
    UnknownDependencyError,
    Workflow,
    WorkflowPlan,
)
from previewed import etl


def test_a_plan_tells_waves_order_width_and_the_critical_path() -> None:
    plan = etl().plan()
    assert isinstance(plan, WorkflowPlan)
    assert plan.waves == (("raw", "warm"), ("rows", "bye"), ("report",))
    assert [*plan.wave_seconds] == [3, 1, 1]
    assert plan.order == ("raw", "bye", "warm", "rows", "report")
    assert plan.widest == 2
    assert plan.critical_path == ("raw", "rows", "report")
    assert (plan.critical_seconds, plan.total_seconds) == (5, 7)


def test_the_order_is_that_of_a_run_on_one_worker() -> None:
    for seed in range(20):
        dice = random.Random(seed)  # noqa: S311 - graphs need no secrets
        flow = Workflow()
        started: list[object] = []
        for index in range(9):
            after = [number for number in range(index) if dice.random() < 0.3]
            flow.add(
                started.append, index, label=index, after=after, priority=dice.randint(0, 1),
                expected_seconds=dice.choice([0.5, 1, 2]),
            )  # fmt: skip
        flow.run(max_concurrency=1)
        assert started == [*flow.plan().order]


def test_a_plan_reads_well() -> None:
    assert str(etl().plan()) == (
        "etl: 5 tasks in 3 waves, widest 2, 7 s of work\n"
        "critical path, 5 s: raw -> rows -> report\n"
        "\n"
        "wave  tasks  seconds  labels\n"
        "   1      2        3  raw, warm\n"
        "   2      2        1  rows, bye\n"
        "   3      1        1  report"
    )


def test_a_long_plan_is_shortened_for_people_only() -> None:
    flow = Workflow()
    last: list[object] = []
    for index in range(60):
        flow.add(int, label=index, after=last)
        last = [index]
    for index in range(60, 80):
        flow.add(int, label=index)
    plan = flow.plan()
    lines = str(plan).splitlines()
    assert lines[0] == "workflow: 80 tasks in 60 waves, widest 21, 80 s of work"
    assert lines[1] == "critical path, 60 s: 0 -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> (52 more) -> 59"
    assert lines[4] == "   1     21        1  0, 60, 61, 62, 63, 64, 65, (13 more), 79"
    assert lines[-1] == "and 20 more waves"
    assert len(plan.to_json()["waves"]) == 60


def test_an_empty_plan() -> None:
    plan = Workflow().plan()
    assert (plan.waves, plan.order, plan.critical_path, plan.widest) == ((), (), (), 0)
    assert (plan.critical_seconds, plan.total_seconds) == (0, 0)
    assert str(plan) == "workflow: 0 tasks"


def test_a_plan_is_json() -> None:
    flow = Workflow(name="odd")
    infinite = float("inf")
    labels = [1, "1", 2.5, False, infinite, ("x", 1), frozenset({1})]
    for label in labels:
        flow.add(int, label=label)
    told = json.loads(json.dumps(flow.plan().to_json(), allow_nan=False))
    words = [1, "1", 2.5, False, "inf", "('x', 1)", "frozenset({1})"]
    assert told == {
        "schema": 1,
        "name": "odd",
        "tasks": 7,
        "waves": [words],
        "wave_seconds": [1],
        "widest": 7,
        "order": words,
        "critical_path": [1],
        "critical_seconds": 1,
        "total_seconds": 7,
    }


def test_broken_graphs_have_no_plan() -> None:
    flow = Workflow()
    flow.add(int, label="a", after=["b"])
    with pytest.raises(UnknownDependencyError, match="unknown dependency 'b' of 'a'"):
        flow.plan()
    flow.add(int, label="b", after=["a"])
    with pytest.raises(CycleError, match="a -> b -> a"):
        flow.plan()


def test_maps_and_joins_are_planned() -> None:
    flow = Workflow()
    raw = flow.add(list[int], label="raw")
    later = flow._map(int, raw, None, {"label": "later", "expected_seconds": 4})
    flow.add(int, label="other", expected_seconds=3)
    known = flow._map(int, [1, 2], None, {"label": "known"})
    flow._gather([known, later], "all")
    plan = flow.plan()
    assert plan.waves == (("raw", "other", "known[0]", "known[1]"), ("later", "known"), ("all",))
    assert plan.order == ("raw", "later", "other", "known[0]", "known[1]", "known", "all")
    assert plan.critical_path == ("raw", "later", "all")
    assert plan.critical_seconds == 5


def test_the_graph_is_one_of_networkx() -> None:
    graph = etl().graph()
    assert graph.name == "etl"
    assert [*graph] == ["raw", "warm", "rows", "report", "bye"]
    assert {edge: graph.edges[edge]["kind"] for edge in graph.edges} == {
        ("raw", "rows"): "value",
        ("rows", "report"): "value",
        ("raw", "report"): "settled",
        ("warm", "report"): "order",
        ("raw", "bye"): "settled",
    }
    assert graph.nodes["report"]["tags"] == ("nightly", "slow")
    assert (graph.nodes["raw"]["expected_seconds"], graph.nodes["bye"]["priority"]) == (3, 2)


def test_the_graph_is_drawn_in_three_ways() -> None:
    flow = etl()
    assert flow.mermaid().splitlines()[1] == '    n0["raw"]'
    assert flow.dot().splitlines()[0] == 'digraph "etl" {'
    assert flow.text().splitlines()[-1] == "report  takes rows, raw (settled); after warm"


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("mine")


def test_a_label_that_cannot_be_told_is_drawn_and_planned_all_the_same() -> None:
    flow = Workflow()
    flow.add(int, label=Unspeakable())
    for text in (
        flow.mermaid(),
        flow.dot(),
        flow.text(),
        str(flow.plan()),
        json.dumps(flow.plan().to_json()),
    ):
        assert "Unspeakable" in text
    assert len(flow.select("*Unspeakable*")) == 1


def loaded(use: str) -> list[str]:
    script = (
        "import sys, concurra; flow = concurra.Workflow(); a = flow.add(len, 'abc', label='a');"
        f"b = flow.add(abs, a, label='b'); {use}; print('networkx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    "use",
    ["flow.run()", "flow.validate()", "flow.text(), flow.mermaid(), flow.dot()", "flow.select('+b').run()"],
)
def test_networkx_is_not_loaded_for_what_does_not_need_it(use: str) -> None:
    assert loaded(use) == ["False"]


@pytest.mark.parametrize("use", ["flow.plan()", "flow.graph()"])
def test_networkx_is_loaded_by_who_asks_for_it(use: str) -> None:
    assert loaded(use) == ["True"]
