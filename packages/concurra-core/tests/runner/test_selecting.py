"""Parts of a workflow, which are workflows of their own."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest
from concurra_core import (
    Ref,
    SelectionError,
    Workflow,
)
from graphs import WAYS, Link, links
from hypothesis import given, settings
from previewed import added, etl


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
