"""Labels that cannot be shown, told from others or hashed, from the door to the report."""

from __future__ import annotations

import concurra
import pytest
from concurra import Workflow
from strange_values import Hostile, Twin, Unprintable


@pytest.mark.parametrize("on", ["thread", "process"])
@pytest.mark.parametrize("make", [Unprintable, lambda: 10**5000])
def test_a_label_that_cannot_be_shown_is_a_label(make: object, on: str) -> None:
    label = make()  # type: ignore[operator] # one of the two above
    flow = Workflow()
    ref = flow.add(int, label=label, on=on)  # type: ignore[call-overload] # either lane
    failing = flow.add(int, "no", label="failing", after=[label])
    report = flow.run()
    assert (report[ref].value, report[label].value) == (0, 0)
    assert report[failing].status.value == "failed"
    assert "failing" in str(report)


def test_labels_that_cannot_be_told_from_one_another_are_refused() -> None:
    flow = Workflow()
    flow.add(int, label=Twin())
    with pytest.raises(
        TypeError, match=r"label must be hashable, .*Twin.*, whose hash or comparison raised Hostile"
    ):
        flow.add(int, label=Twin())
    with pytest.raises(TypeError, match=r"after holds .*Hostile object.*, which is no label"):
        flow.add(int, after=[Hostile()])
    assert len(flow) == 1


def test_a_ref_is_no_label() -> None:
    runner = concurra.TaskRunner(progress_stats=False)
    ref = runner.add_task(int, label="a")
    with pytest.raises(TypeError, match=r"label must not be the ref of a task, Ref"):
        runner.add_task(int, label=ref)
    assert len(runner) == 1


def test_an_unknown_dependency_that_cannot_be_shown_is_told() -> None:
    flow = Workflow()
    flow.add(int, label="a", after=[10**5000])
    with pytest.raises(
        concurra.UnknownDependencyError, match="unknown dependency <an int of 16610 bits> of 'a'"
    ):
        flow.run()
