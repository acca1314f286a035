"""What assertions on simulated runs say when they fail, and how wrong words of a test are refused."""

from __future__ import annotations

from typing import Any

import concurra
import pytest
from concurra import Workflow
from concurra.testing import Fake, SimulatedRun, Simulation, UnknownLabelError, simulate


def etl(**settings: Any) -> SimulatedRun:
    """Return a run in which `a` and `b` overlap, and `c` comes after `a`."""
    flow = Workflow()
    first = flow.add(str, label="a", expected_seconds=2)
    flow.add(dict, label="b", expected_seconds=3)
    flow.add(len, first, label="c", expected_seconds=2)
    return simulate(flow, **settings)


def test_ran_before_shows_the_run_where_it_fails() -> None:
    run = etl()
    run.assert_ran_before("a", "c")
    with pytest.raises(AssertionError) as caught:
        run.assert_ran_before("b", "c")
    assert str(caught.value) == (
        "'b' had not ended when 'c' began:\n"
        "     0.000 s  started    a\n"
        "     0.000 s  started    b\n"
        "     2.000 s  succeeded  a\n"
        "     2.000 s  started    c\n"
        "     3.000 s  succeeded  b\n"
        "     4.000 s  succeeded  c"
    )


def test_ran_before_means_that_both_ran() -> None:
    run = etl(fakes={"a": Fake(fails=True)})
    with pytest.raises(
        AssertionError, match=r"'c' never ran:\n(.*\n)+.* failed +a: FakeFailure: its fake fails"
    ):
        run.assert_ran_before("a", "c")


def test_ran_before_looks_at_the_last_attempt() -> None:
    flow = Workflow()
    flow.add(dict, label="a", retry=concurra.Retry(2, delay=10))
    flow.add(dict, label="b", expected_seconds=5)
    run = simulate(flow, {"a": Fake(fails=1)})
    with pytest.raises(AssertionError, match=r"'a' had not ended when 'b' began"):
        run.assert_ran_before("a", "b")


def test_a_map_stands_for_all_of_its_items() -> None:
    flow = Workflow()
    one = flow.map(str, flow.add(range, 3, label="numbers"), label="m")
    two = flow.add(len, one, label="end")
    run = simulate(flow, {one: Fake(takes=1)})
    run.assert_ran_before("numbers", one)
    run.assert_ran_before("m", two)
    run.assert_ran_before("m[2]", "end")
    with pytest.raises(AssertionError, match="'m' had not ended when 'numbers' began"):
        run.assert_ran_before(one, "numbers")
    with pytest.raises(AssertionError, match=r"'m\[\d\]', 'm\[\d\]', 'm\[\d\]' ran:"):
        run.assert_never_ran("m")


def test_at_most_names_those_that_ran_at_once() -> None:
    run = etl()
    run.assert_at_most(2)
    run.assert_at_most(1, "a", "c")
    with pytest.raises(AssertionError, match="2 ran at once: 'a', 'b'"):
        run.assert_at_most(1)


def test_a_long_timeline_is_cut_in_the_middle() -> None:
    flow = Workflow()
    flow.map(str, range(100), label="m")
    lines = simulate(flow).timeline.splitlines()
    assert len(lines) == 61
    assert lines[30].strip() == "... 142 more ..."


def test_str_is_the_report_the_seed_and_what_happened() -> None:
    text = str(etl(seed=9))
    assert text.splitlines()[:3] == [
        "workflow: succeeded in 4.00 s; 3 tasks: 3 succeeded",
        "with seed 9:",
        "     0.000 s  started    a",
    ]
    assert repr(etl(seed=9)).startswith("<SimulatedRun seed=9: <RunReport workflow: succeeded")


@pytest.mark.parametrize("task", ["laod", 7, ("load", 1), "load[0]"])
def test_a_task_that_there_is_not_is_told_with_those_there_are(task: Any) -> None:
    flow = Workflow()
    flow.add(dict, label="load")
    with pytest.raises(UnknownLabelError, match=r"there is no task .* known labels: 'load'"):
        Simulation(flow).fake(task, fails=1)
    with pytest.raises(UnknownLabelError, match=r"there is no task .* known labels: 'load'"):
        simulate(flow).assert_never_ran(task)


def test_a_ref_of_another_flow_and_a_gather_are_refused() -> None:
    flow, other = Workflow(), Workflow()
    both = flow.gather([flow.add(str), flow.add(str)])
    with pytest.raises(concurra.DefinitionError, match="belongs to another flow than the simulated one"):
        Simulation(flow).fake(other.add(dict), fails=1)
    with pytest.raises(TypeError, match="'gather' is a gather, which runs nothing"):
        Simulation(flow).fake(both, fails=1)


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        ({"failz": 1}, TypeError, "'failz' is no keyword of a fake; there are then, call, raises, fails"),
        ({"fails": -1}, ValueError, "fails must be 0 or more, not -1"),
        ({"fails": 1.5}, TypeError, "fails must be an int, not 1.5"),
        ({"hangs": "x"}, TypeError, "hangs must be an int, not 'x'"),
        ({"crashes": -2}, ValueError, "crashes must be 0 or more, not -2"),
        ({"takes": "x"}, TypeError, "takes must be a number of seconds"),
        ({"takes": -1}, ValueError, "takes must be 0 or more and finite"),
        ({"raises": 3}, TypeError, "raises must be an exception or the type of one, not 3"),
        ({"call": 3}, TypeError, "call must be callable, not 3; a value goes into then="),
        ({"call": len, "then": 3}, TypeError, r"a value \(then=...\) or a function \(call=...\), not both"),
        ({"hangs": True, "then": 3}, ValueError, "the fake never goes well, so it never comes to its then="),
    ],
)
def test_a_fake_that_cannot_be_is_refused(what: Any, error: type[Exception], words: str) -> None:
    flow = Workflow()
    flow.add(dict, label="load")
    with pytest.raises(error, match=words):
        Simulation(flow).fake("load", **what)


def test_wrong_arguments_are_told_with_the_way_out() -> None:
    flow = Workflow()
    flow.add(dict, label="load")
    bad: Any = 3
    with pytest.raises(TypeError, match="flow must be a Workflow, not 3"):
        Simulation(bad)
    with pytest.raises(TypeError, match="seed must be an int, not 'x'"):
        Simulation(flow, seed="x")  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(TypeError, match=r"fakes must map labels or refs to fakes, such as .*, not 3"):
        simulate(flow, bad)
    with pytest.raises(TypeError, match=r"fakes\['load'\] must be a Fake, such as Fake\(fails=2\), not 3"):
        simulate(flow, {"load": bad})
    with pytest.raises(TypeError, match=r"a task is named by its label or its ref, not by \['load'\]"):
        Simulation(flow).fake(["load"])  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(TypeError, match="number must be an int, not 'load'"):
        simulate(flow).assert_at_most("load")  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(ValueError, match="seconds must be 0 or more and finite"):
        Simulation(flow).abort_at(-3)
    with pytest.raises(TypeError, match="'max_concurency' is no setting of a run"):
        simulate(flow, max_concurency=3)  # type: ignore[call-arg] # wrong on purpose
