from __future__ import annotations

import functools
import itertools
import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from concurra_core import (
    CycleError,
    DefinitionError,
    Problem,
    Ref,
    SelectionError,
    UnknownDependencyError,
    Workflow,
    WorkflowPlan,
)
from graphs import WAYS, Link, links
from hypothesis import given, settings


def two(first: object, second: object) -> object:
    return (first, second)


def added(
    flow: Workflow, call: Callable[..., object], args: tuple[object, ...], said: dict[str, Any]
) -> Ref[Any]:
    """Add what no type checker would let through."""
    add: Callable[..., Ref[Any]] = flow.add
    return add(call, *args, **said)


def etl() -> Workflow:
    flow = Workflow(name="etl")
    raw = flow.add(list, "ab", label="raw", expected_seconds=3)
    warm = flow.add(dict[str, int], label="warm", tags=["nightly"])
    rows = flow.add(sorted, raw, label="rows")
    flow.add(two, rows, raw.or_else(None), label="report", after=[warm], tags=["nightly", "slow"])
    flow.add(str, raw.outcome(), label="bye", priority=2)
    return flow


def told(flow: Workflow, **said: Any) -> list[str]:
    return [str(problem) for problem in flow.validate(**said)]


# -- validate --------------------------------------------------------------------------------------------


def test_a_sound_workflow_has_no_problem() -> None:
    assert etl().validate() == []
    assert etl().validate(max_concurrency=1, limits={}, on="process") == []
    assert Workflow().validate() == []


def test_every_problem_is_found_at_once() -> None:
    flow = Workflow()
    flow.add(int, label="a", after=["b", "nobody"])
    flow.add(int, label="b", after=["a"])
    flow.add(int, label="c", after=["d"])
    flow.add(int, label="d", after=["e"])
    flow.add(int, label="e", after=["c", "bb"])
    added(flow, two, (1,), {"label": "f", "uses": {"db": 2}})
    added(flow, int, (threading.Lock(),), {"label": "g", "on": "process", "cpus": 4})
    problems = flow.validate(limits={"db": 1}, max_concurrency=2)
    assert [(problem.kind, problem.labels) for problem in problems] == [
        ("unknown", ("a",)),
        ("unknown", ("e",)),
        ("cycle", ("a", "b", "a")),
        ("cycle", ("c", "e", "d", "c")),
        ("limit", ("f",)),
        ("limit", ("g",)),
        ("arguments", ("f",)),
        ("pickle", ("g",)),
    ]
    known = "known labels: 'a', 'b', 'c', 'd', 'e', 'f', 'g'"
    assert [str(problem) for problem in problems] == [
        f"unknown dependency 'nobody' of 'a'; {known}",
        f"unknown dependency 'bb' of 'e'; did you mean 'b'? {known}",
        "circular dependency: a -> b -> a",
        "circular dependency: c -> e -> d -> c",
        "task 'f' uses 2 of 'db', but there is only 1; say limits={'db': 2}, or use less",
        "task 'g' takes cpus=4, but max_concurrency is 2; say max_concurrency=4, or cpus=2",
        "task 'f': two(first, second) cannot be called with what it is given: "
        "missing a required argument: 'second'",
        "task 'g': argument 0 (a lock) cannot be pickled for a worker process: TypeError: cannot pickle "
        "'_thread.lock' object; pass plain data and open connections, locks and files inside the task, "
        "or run it on a thread",
    ]


def test_a_problem_is_a_frozen_value() -> None:
    problem = Problem(kind="limit", labels=("a",), message="no")
    assert problem == Problem(kind="limit", labels=("a",), message="no")
    with pytest.raises(AttributeError):
        problem.message = "yes"  # type: ignore[misc] # the point of the test


def test_validating_changes_nothing_and_can_be_repeated() -> None:
    flow = etl()
    before = flow.text()
    assert flow.validate(on="process") == flow.validate(on="process") == []
    assert flow.text() == before
    assert flow.run().succeeded


def test_limits_are_looked_at_only_where_they_are_known() -> None:
    flow = Workflow()
    flow.add(int, label="a", uses={"db": 3}, cpus=9)
    flow._map(int, [1, 2], 1, {"label": "m", "uses": {"gpu": 1}})
    flow._map(int, flow.add(list), 1, {"label": "later", "uses": {"gpu": 2}})
    flow.add(int, on="inline")
    assert flow.validate() == []
    assert told(flow, limits={"db": 3, "gpu": 2}) == []
    assert told(flow, limits={}) == [
        "task 'a' uses 'db', of which there is no limit; say limits={'db': 3}",
        "task 'm[0]' uses 'gpu', of which there is no limit; say limits={'gpu': 1} (the same holds for 'm[1]')",
        "task 'later' uses 'gpu', of which there is no limit; say limits={'gpu': 2}",
    ]
    assert told(flow, max_concurrency=8) == [
        "task 'a' takes cpus=9, but max_concurrency is 8; say max_concurrency=9, or cpus=8"
    ]
    with pytest.raises(DefinitionError, match="task 'a' takes cpus=9, but max_concurrency is 8"):
        flow.run(max_concurrency=8, limits={"db": 3, "gpu": 2})


def test_tasks_with_the_same_problem_have_one() -> None:
    flow = Workflow()
    flow._map(two, range(9), None, {"label": "m"})
    (problem,) = flow.validate()
    assert len(problem.labels) == 9
    assert problem.message == (
        "task 'm[0]': two(first, second) cannot be called with what it is given: missing a required argument: "
        "'second' (the same holds for 'm[1]', 'm[2]', 'm[3]', 'm[4]', 'm[5]' and 3 more)"
    )


class Callables:
    def method(self, only: object) -> object:
        return only

    def __call__(self, first: object, /, *rest: object, flag: bool = False) -> object:
        return first


class Strange:
    @property
    def __signature__(self) -> object:
        raise RuntimeError("mine")

    def __call__(self) -> None: ...


async def coroutine(one: object) -> object:
    return one


@pytest.mark.parametrize(
    ("call", "args", "end"),
    [
        (two, (1, 2), None),
        (two, (1, 2, 3), "two(first, second) cannot be called with what it is given: too many positional arguments"),
        (functools.partial(two, 1), (2,), None),
        (functools.partial(two, 1), (2, 3), "too many positional arguments"),
        (lambda: 1, (1,), "<lambda>() cannot be called with what it is given: too many positional arguments"),
        (Callables().method, (1,), None),
        (Callables().method, (), "method(only) cannot be called with what it is given: missing a required argument: 'only'"),
        (Callables(), (1, 2, 3), None),
        (Callables(), (), "Callables(first, /, *rest, flag) cannot be called with what it is given: missing a required argument: 'first'"),
        (coroutine, (), "missing a required argument: 'one'"),
        (range, (1, 2, 3, 4), None),  # C tells no signature
        (Strange(), (1,), None),
    ],
)  # fmt: skip
def test_arguments_are_tried_on_the_signature(
    call: Callable[..., object], args: tuple[object, ...], end: str | None
) -> None:
    flow = Workflow()
    added(flow, call, args, {"label": "a"})
    problems = told(flow)
    assert len(problems) == (end is not None)
    assert all(problem.startswith("task 'a': ") and problem.endswith(end or "") for problem in problems)


def test_refs_count_as_arguments_and_so_does_an_item() -> None:
    flow = Workflow()
    raw = flow.add(list[int], label="raw")
    added(flow, two, (raw,), {"label": "one"})
    added(flow, two, (raw, raw.outcome()), {"label": "both"})
    flow._map(two, raw, None, {"label": "items"})
    flow._map(len, raw, None, {"label": "fine"})
    flow._gather([raw, raw], "all")
    flow.command(["true"])
    assert [problem.labels for problem in flow.validate()] == [("one", "items")]


def test_what_must_go_to_a_process_is_pickled_by_the_lane_it_will_have() -> None:
    lock = threading.Lock()
    flow = Workflow()
    raw = flow.add(list[int], label="raw")
    added(flow, two, (raw, {"conn": [lock]}), {"label": "default"})
    added(flow, two, (raw, lock), {"label": "thread", "on": "thread"})
    flow._map(functools.partial(two, lock), raw, None, {"label": "items", "on": "process"})
    flow._map(lambda item: (lock, item), [1, 2], None, {"label": "known", "on": "process"})
    added(flow, two, (raw, lambda: 1), {"label": "by value", "on": "process"})
    (partial, function) = flow.validate()
    assert [partial.kind, function.kind] == ["pickle", "pickle"]
    assert (partial.labels, function.labels) == (("items",), ("known[0]", "known[1]"))
    assert "task 'items': the callable" in partial.message
    assert "task 'known[0]': the function " in function.message
    assert function.message.endswith("or run it on a thread (the same holds for 'known[1]')")
    first = flow.validate(on="process")[0]
    assert first.labels == ("default",)
    assert "argument 1['conn'][0] (a lock) cannot be pickled for a worker process" in first.message
    assert len(flow.validate(on="thread")) == 2


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"max_concurrency": 0}, ValueError),
        ({"max_concurrency": True}, TypeError),
        ({"limits": ["db"]}, TypeError),
        ({"limits": {"db": 0}}, ValueError),
        ({"on": "moon"}, ValueError),
    ],
)
def test_what_is_said_of_the_run_is_checked(said: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        etl().validate(**said)


# -- plan ------------------------------------------------------------------------------------------------


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


# -- graph -----------------------------------------------------------------------------------------------


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


# -- select ----------------------------------------------------------------------------------------------


def labels(flow: Workflow) -> list[object]:
    return [*flow.graph()]


def test_a_selection_is_a_workflow_of_its_own() -> None:
    flow = etl()
    part = flow.select("+report", "tag:nightly")
    assert (type(part), part.name, labels(part)) == (Workflow, "etl", ["raw", "warm", "rows", "report"])
    part.add(int, label="more")
    part.add(dict)
    part.add(dict)
    assert labels(part)[4:] == ["more", "dict", "dict-2"]
    assert len(flow) == 5
    assert part.run()["report"].value == (["a", "b"], ["a", "b"])
    assert labels(flow.select(exclude=["bye", "report"])) == ["raw", "warm", "rows"]


def test_names_go_on_where_they_were() -> None:
    flow = Workflow()
    flow.add(int)
    flow.add(int)
    part = flow.select("int-2")
    part.add(int)
    assert labels(part) == ["int-2", "int-3"]


def test_order_alone_may_be_cut_and_is_kept_across_what_is_left_out() -> None:
    flow = Workflow()
    flow.add(int, label="a")
    flow.add(int, label="b", after=["a"])
    flow.add(int, label="c", after=["b"])
    part = flow.select("a", "c")
    assert [*part.graph().edges] == [("a", "c")]
    assert [*flow.select("c").run()] == ["c"]


def test_what_is_cut_off_and_needed_is_named() -> None:
    with pytest.raises(SelectionError) as caught:
        etl().select("rows", "report", "bye")
    assert caught.value.cut == (("rows", "raw"), ("report", "raw"), ("bye", "raw"))
    assert caught.value.unmatched == ()
    assert str(caught.value).splitlines()[0] == (
        "'rows' needs the result of 'raw', which is not selected; '+rows' selects all that it depends on"
    )


def test_what_matches_nothing_is_named() -> None:
    with pytest.raises(SelectionError, match=r"no task matches 'rwos'; did you mean 'rows'\?") as caught:
        etl().select("rwos")
    assert (caught.value.unmatched, caught.value.cut) == (("rwos",), ())
    with pytest.raises(SelectionError, match="nothing is selected"):
        etl().select("raw", exclude=["raw"])


def test_patterns_are_text() -> None:
    flow = etl()
    with pytest.raises(TypeError, match="patterns must hold str only, not 3"):
        flow.select(3)  # type: ignore[arg-type] # the point of the test
    with pytest.raises(
        TypeError, match=r"exclude must be an iterable of str, not 'raw'; write exclude=\['raw'\]"
    ):
        flow.select(exclude="raw")


def test_what_a_run_says_holds_for_the_tasks_of_a_selection() -> None:
    def where() -> str:
        return threading.current_thread().name

    flow = Workflow()
    flow.add(where, label="a")
    flow.add(where, label="b", on="thread")
    report = flow.select("a", "b").run(on="inline")
    assert report["a"].value == threading.current_thread().name != report["b"].value


def test_maps_keep_their_items_and_their_private_limits() -> None:
    flow = Workflow()
    flow.add(int, label="before")
    raw = flow.add(range, 6, label="raw")
    gauge = threading.Semaphore(2)

    def square(number: int) -> int:
        assert gauge.acquire(blocking=False), "more than two at once"
        try:
            return number**2
        finally:
            gauge.release()

    later = flow._map(square, raw, 2, {"label": "later", "keep": True})
    known = flow._map(square, [1, 2, raw], 2, {"label": "known"})
    flow.add(len, known, label="count")
    part = flow.select("+later")
    assert part.run(max_concurrency=6)[later.label].value == [0, 1, 4, 9, 16, 25]
    assert labels(flow.select("known[0]")) == ["known[0]"]
    with pytest.raises(SelectionError, match=r"'known\[2\]' needs the result of 'raw'"):
        flow.select("known")


def test_a_leaf_of_the_selection_keeps_its_result() -> None:
    flow = Workflow()
    raw = flow.add(list, "ab", label="raw")
    flow.add(len, raw, label="size")
    assert flow.select("raw").run()["raw"].value == ["a", "b"]


def test_a_selection_of_a_broken_workflow_may_be_sound() -> None:
    flow = Workflow()
    flow.add(int, label="a", after=["b"])
    flow.add(int, label="b", after=["a"])
    flow.add(int, label="c", after=["nobody"])
    assert flow.select("a").validate() == []
    assert [problem.kind for problem in flow.select("b", "c").validate()] == ["unknown"]
    assert [problem.kind for problem in flow.select("+b").validate()] == ["cycle"]


class Sub(Workflow):
    def __init__(self, extra: int) -> None:
        super().__init__("sub")
        self.extra = extra


def test_a_selection_is_of_the_same_class() -> None:
    flow = Sub(3)
    flow.add(int, label="a")
    part = flow.select("a")
    assert isinstance(part, Sub)
    assert part.extra == 3


def value_of(*args: object) -> object:
    """Return what tells the arguments, whatever they are."""
    return tuple(getattr(arg, "value", arg) for arg in args)


@given(links())
@settings(max_examples=25, deadline=None)
def test_a_selection_with_all_above_gives_the_same_values(graph: tuple[int, list[Link]]) -> None:
    total, wires = graph
    flow = Workflow()
    refs: list[Ref[Any]] = []
    for index in range(total):
        into = [wire for wire in wires if wire.target == index]
        args = tuple(WAYS[wire.way](refs[wire.source]) for wire in into if wire.way in WAYS)
        after = [wire.source for wire in into if wire.way not in WAYS]
        refs.append(added(flow, value_of, (*args, index), {"label": index, "after": after, "keep": True}))
    whole = flow.run(max_concurrency=2)
    wanted = [f"+{index}" for index in range(0, total, 3)]
    part = flow.select(*wanted)
    report = part.run(max_concurrency=2)
    assert {label: result.value for label, result in report.items()} == {
        label: whole[label].value for label in labels(part)
    }
    ways = {(a, b) for a, b in itertools.pairwise(part.plan().critical_path)}
    assert ways <= {*flow.graph().edges}


# -- what it costs ---------------------------------------------------------------------------------------


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
