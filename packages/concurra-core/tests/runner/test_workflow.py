"""The typed face: labels, edges, outcomes and maps."""

from __future__ import annotations

from typing import Any

import concurra
import pytest
from concurra import Halt, Outcome, Retry, Skip, TaskState, Workflow
from concurra_core.model.ref import Ref
from small_tasks import boom, double, value


def test_labels_are_the_names_of_functions_and_numbered_from_the_second_on() -> None:
    flow = Workflow()
    flow.add(value, label="value-2")
    refs = [flow.add(value), flow.add(value), flow.add(value), flow.gather([]), flow.map(value, [1])]
    assert [ref.label for ref in refs] == ["value", "value-3", "value-4", "gather", "value-5"]
    assert [label for label in flow.run() if "[" in str(label)] == ["value-5[0]"]
    assert (len(flow), repr(flow)) == (7, "<Workflow 'workflow': 7 tasks>")


def test_results_flow_along_refs() -> None:
    flow = Workflow()
    one = flow.add(value, 1)
    four = flow.add(double, flow.add(double, one))
    total = flow.add(sum, flow.gather([one, four]))
    report = flow.run(max_concurrency=2)
    assert (report[total].value, report[four].attempts, report.succeeded) == (5, 1, True)


def test_what_a_failure_means_is_in_the_edge() -> None:
    flow = Workflow()
    bad = flow.add(boom)
    needs = flow.add(double, bad, label="needs")
    told = flow.add(lambda outcome: type(outcome.error), bad.outcome(), label="told")
    none = flow.add(lambda number: number, bad.optional(), label="none")
    other = flow.add(double, bad.or_else(21), label="other")
    after = flow.add(value, 3, label="after", after=[bad.outcome()])
    never = flow.add(value, 3, label="never", after=[bad])
    report = flow.run()
    assert report[needs].status is report[never].status is TaskState.SKIPPED
    assert report[needs].because == "boom"
    assert [report[ref].value for ref in (told, none, other, after)] == [ValueError, None, 42, 3]


def test_an_outcome_is_handed_to_processes_too() -> None:
    flow = Workflow()
    bad, good = flow.add(boom), flow.add(value, 3)
    told = flow.add(described, bad.outcome(), good.outcome(), on="process")
    assert flow.run()[told].value == ["failed ValueError('no')", "succeeded 3"]


def described(*outcomes: Outcome[int]) -> list[str]:
    return [f"{each.status.value} {each.value if each.succeeded else each.error!r}" for each in outcomes]


def test_a_task_may_skip_itself_and_that_is_no_failure() -> None:
    def skip() -> int:
        raise Skip("holiday")

    flow = Workflow()
    skipped = flow.add(skip)
    behind = flow.add(double, skipped)
    beside = flow.add(value, 3)
    report = flow.run(halt=Halt.now())
    assert report.succeeded
    assert [report[ref].status.value for ref in (skipped, behind, beside)] == [
        "skipped",
        "skipped",
        "succeeded",
    ]
    assert report[skipped].reason == "TaskSkipped: it skipped itself: holiday"
    report.raise_for_failures()


def test_a_task_that_may_fail_leaves_the_verdict_alone() -> None:
    flow = Workflow()
    bad = flow.add(boom, allow_failure=True)
    report = flow.run()
    assert (report.succeeded, report[bad].status) == (True, TaskState.FAILED)
    behind = flow.add(double, bad)  # this one may not
    assert list(flow.run().failed) == [behind.label]


def test_a_map_over_a_result_has_a_task_for_each_item() -> None:
    flow = Workflow()
    squares = flow.map(lambda number: number**2, flow.add(range, 5), label="square")
    kept = flow.map(double, squares, label="double", keep=True)
    empty = flow.map(double, flow.add(list[int]), label="nothing")
    report = flow.run(max_concurrency=3)
    assert report[kept].value == [0, 2, 8, 18, 32]
    assert report["double[3]"].value == 18
    assert report[empty].value == []
    assert len(report) == 3 + 2 + 5 + 5


def test_the_items_of_a_map_have_retries_limits_and_failures_of_their_own() -> None:
    tries: list[int] = []

    def picky(number: int) -> int:
        tries.append(number)
        if number == 2 or tries.count(number) == 1:
            raise ValueError(number)
        return number

    flow = Workflow()
    got = flow.map(picky, flow.add(range, 4), label="picky", retry=Retry(2), limit=1)
    total = flow.add(sum, got.or_else([7]), label="total")
    report = flow.run()
    assert sorted(tries) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [report[f"picky[{number}]"].status.value for number in range(4)].count("failed") == 1
    assert (report[got].status, report[got].because, report[total].value) == (
        TaskState.SKIPPED,
        "picky[2]",
        7,
    )


def test_what_a_map_cannot_go_through_fails_it() -> None:
    def broken() -> Any:
        yield 1
        raise LookupError("no more")

    flow = Workflow()
    number: Ref[Any] = flow.add(value, 7)
    one = flow.map(double, number, label="one")
    two = flow.map(double, flow.add(broken), label="two")
    report = flow.run()
    assert "map needs the result of its source to be iterable, not int" in str(report[one].error)
    assert repr(report[two].error) == "LookupError('no more')"


def test_the_private_limit_of_a_map_survives_a_refused_one() -> None:
    flow = Workflow()
    flow.map(value, [1, 2, 3], label="m", limit=3)
    with pytest.raises(concurra.DuplicateLabelError):
        flow.map(value, [1], label="m", limit=1)
    assert flow.run().succeeded


def test_a_ref_among_the_items_of_a_result_is_refused() -> None:
    flow = Workflow()
    other = flow.add(abs, -1, label="other")
    listed = flow.add(lambda: [1, other], label="listed")
    made = flow.map(str, listed, label="made")
    report = flow.run()
    assert report[made].status is TaskState.FAILED
    assert "map cannot make made[1] of Ref('other'), an item of the result of its source" in str(
        report[made].error
    )
