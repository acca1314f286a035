"""What a process task may be, may get and may give; and what one leaves to the next in the same worker."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import cloudpickle
import concurra
import process_tasks_probes as probes
import process_tasks_values as values
import pytest
from platforms import needs_processes
from runners import quiet

pytestmark = needs_processes

MEGABYTE = 1 << 20


def run_one(call: Callable[..., object], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return the result of one task, called in a worker process."""
    runner = quiet(use_multiprocessing=True)
    runner.add_task(call, *args, **kwargs)
    result: dict[str, Any] = runner.run(verify=False)[0]
    return result


ACCOUNT = values.Account(30)
CALLS: list[tuple[Callable[..., object], tuple[object, ...], dict[str, object], object]] = [
    (len, ([1, 2],), {}, 2),
    (dict, (), {"a": 1}, {"a": 1}),
    ("a,b".split, (",",), {}, ["a", "b"]),
    (functools.partial(probes.square, 7), (), {}, 49),
    (functools.partial(ACCOUNT.plus, fee=1), (10,), {}, 39),
    (ACCOUNT.plus, (10,), {"fee": 2}, 38),
    (ACCOUNT, (3,), {}, 90),
    (values.Account.named, (), {}, "current"),
    (values.Account.rate, (), {}, 0.5),
    (os.path.join, ("a", "b"), {}, "a/b"),
    (lambda x, *, y: (x, y), (1,), {"y": 2}, (1, 2)),
    (values.cached, (4,), {}, 16),
]


@pytest.mark.parametrize(("call", "args", "kwargs", "wanted"), CALLS)
def test_whatever_can_be_called(
    call: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object], wanted: object
) -> None:
    result = run_one(call, *args, **kwargs)
    assert (result["error"], result["result"], result["execution_mode"]) == (None, wanted, "process")


def test_a_class_makes_an_instance() -> None:
    result = run_one(values.Account, 5)
    assert isinstance(result["result"], values.Account)
    assert result["result"].balance == 5


def test_arguments_that_are_called_as_our_own_options_are() -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_function(values.keywords, args=[1], kwargs={"label": "l", "task": 2, "depends_on": 3}, key="k")
    assert runner.run(verify=False)["k"]["result"] == ((1,), "l", 2, ["depends_on"])


def test_large_buffers_travel_both_ways_and_belong_to_the_task() -> None:
    ours = bytearray(range(256)) * (20 * MEGABYTE // 256)
    result = run_one(values.reverse, values.Buffer(ours))["result"]
    assert ours[:3] == b"\0\1\2"
    assert len(result.data) == 20 * MEGABYTE
    assert result.data[:3] == b"\xff\xfe\xfd"
    result.data[0] = 1


def test_large_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    ours = numpy.arange(2_000_000, dtype=float).reshape(1000, 2000)
    theirs = run_one(numpy.multiply, ours, 2)["result"]
    assert (theirs == ours * 2).all()
    theirs[0, 0] = 1


def test_many_large_results() -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    for number in range(40):
        runner.add_task(values.block, number, 2 * MEGABYTE)
    results = runner.run(verify=False)
    assert all(results[number]["result"] == values.block(number, 2 * MEGABYTE) for number in range(40))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_chain_of_results(workers: int) -> None:
    runner = quiet(max_concurrency=workers, use_multiprocessing=True)
    link = runner.add_task(values.increment, [])
    for _ in range(49):
        link = runner.add_task(values.increment, link)
    large = runner.add_task(values.block, 1, 40_000)
    for _ in range(10):
        large = runner.add_task(values.grow, large)
    results = runner.run(verify=False)
    assert results[49]["result"] == list(range(50))
    assert results[60]["result"] == values.block(1, 40_000) + b"x" * 10


def test_a_result_is_not_changed_by_the_tasks_that_get_it() -> None:
    runner = quiet(max_concurrency=1, use_multiprocessing=True)
    first = runner.add_task(values.increment, [], label="first")
    second = runner.add_task(values.append, first, label="second")
    third = runner.add_task(values.append, first, label="third", depends_on=["second"])
    results = runner.run(verify=False)
    assert [results[ref.label]["result"] for ref in (first, second, third)] == [[0], [0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("args", "kwargs", "named"),
    [
        ((1, [values.Holder()]), {}, "argument 1[0].lock"),
        ((), {"connection": values.Holder()}, "argument connection.lock"),
    ],
)
def test_what_cannot_be_pickled_fails_alone(
    args: tuple[object, ...], kwargs: dict[str, object], named: str
) -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    runner.add_function(values.nothing, args=args, kwargs=kwargs, key="bad")
    runner.add_task(probes.square, 2, label="behind", depends_on=["bad"])
    runner.add_task(probes.square, 3, label="good")
    results = runner.run(verify=False)
    assert results["bad"]["status"] == "Failed"
    assert results["bad"]["error"].startswith(f"TransferError: {named}"), results["bad"]["error"]
    assert "cannot pickle '_thread.lock' object" in results["bad"]["error"]
    assert (results["behind"]["status"], results["good"]["result"]) == ("Terminated", 9)


class Fussy(OSError):
    """Does not survive pickling."""

    def __init__(self, status: int, *, body: str) -> None:
        super().__init__(f"HTTP {status}: {body}")


def healing(folder: str) -> int:
    """Raise what does not survive pickling, until there are two files in *folder*."""
    tries = len(os.listdir(folder))
    if tries < 2:
        Path(folder, f"{tries}").touch()
        raise Fussy(503, body="later")
    return tries


@pytest.mark.parametrize("on", [Fussy, OSError, (KeyError, OSError), Exception])
def test_what_does_not_survive_pickling_is_tried_again_by_its_class(on: Any, tmp_path: Path) -> None:
    flow = concurra.Workflow()
    task = flow.add(healing, str(tmp_path), on="process", retry=concurra.Retry(3, on=on))
    report = flow.run()
    assert (report[task].value, report[task].attempts) == (2, 3)


def test_it_is_not_tried_again_by_another_class(tmp_path: Path) -> None:
    flow = concurra.Workflow()
    task = flow.add(
        healing, str(tmp_path), on="process", retry=concurra.Retry(3, on=(KeyError, ConnectionError))
    )
    report = flow.run()
    assert (str(report[task].error), report[task].attempts) == ("HTTP 503: later", 1)


def test_an_open_file_is_no_result(tmp_path: Path) -> None:
    result = run_one(lambda: (tmp_path / "notes").open("w+"))
    assert result["status"] == "Failed"
    assert f"a file ('{tmp_path / 'notes'}') stays in its process: pass its path" in str(result["error"])


def test_what_cannot_be_pickled_runs_on_a_thread_on_request() -> None:
    runner = quiet(use_multiprocessing=True, fallback_to_thread_on_pickle_error=True)
    holder = values.Holder()
    runner.add_task(getattr, holder, "lock", label="thread")
    runner.add_task(probes.square, 3, label="process")
    results = runner.run(verify=False)
    assert results["thread"]["result"] is holder.lock
    assert results["thread"]["execution_mode"] == "thread_fallback"
    assert "cannot pickle '_thread.lock' object" in results["thread"]["warning"]
    assert (results["process"]["execution_mode"], results["process"]["warning"]) == ("process", None)


def test_a_cause_and_a_note_are_told() -> None:
    trace = run_one(values.raise_with_cause)["trace"]
    assert trace.startswith("Traceback (most recent call last):\n")
    for part in (
        "literal for int() with base 10: 'missing'",
        "direct cause",
        "LookupError: outer",
        "a note for the reader",
        "in raise_with_cause",
    ):
        assert part in trace


def test_all_of_a_group_is_told() -> None:
    result = run_one(values.raise_group)
    assert result["error"] == "ExceptionGroup: several (2 sub-exceptions)"
    assert "ValueError: one of them" in result["trace"]
    assert "TypeError: another" in result["trace"]


def test_what_a_task_finds_is_put_back_and_what_it_sets_in_the_environment_is_not(tmp_path: Path) -> None:
    here, mask = os.getcwd(), os.umask(0o022)  # noqa: PTH109 - as text
    os.umask(mask)
    runner = quiet(max_concurrency=1, use_multiprocessing=True)
    for label in ("before", "disturb", "after"):
        runner.add_task(probes.disturb if label == "disturb" else probes.around, label=label)
    results = runner.run(verify=False)
    assert results["before"]["result"] == (here, mask, True, True, None)
    assert results["disturb"]["result"] == "disturbed"
    assert results["after"]["result"] == (here, mask, True, True, "here")


def test_an_environment_of_their_own_and_nothing_of_it_here() -> None:
    worker = concurra.WorkerOptions(env={"CONCURRA_TEST_OWN": "yes"})
    runner = quiet(use_multiprocessing=True, worker=worker)
    runner.add_task(os.getenv, "CONCURRA_TEST_OWN", label="own")
    runner.add_task(os.getenv, "OMP_NUM_THREADS", label="threads")
    results = runner.run(verify=False)
    assert (results["own"]["result"], os.getenv("CONCURRA_TEST_OWN")) == ("yes", None)
    assert results["threads"]["result"] == os.getenv("OMP_NUM_THREADS", "1")


def test_forked_workers_inherit_and_go_when_the_run_is_over() -> None:
    worker = concurra.WorkerOptions(start_method="fork", initializer=values.fill)
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=worker)
    for number in range(4):
        runner.add_task(values.filled, number, label=number)
    results = runner.run(verify=False)
    assert [result["result"] for result in results.values()] == [("filled", number) for number in range(4)]


def test_the_trace_of_a_function_that_went_by_value_names_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    reduce = cloudpickle.cloudpickle._code_reduce

    def anonymous(code: CodeType) -> object:  # as newer versions have it
        make, parts = reduce(code)
        return make, tuple("<dynamic-code>" if part == code.co_filename else part for part in parts)

    monkeypatch.setattr(cloudpickle.cloudpickle, "_code_reduce", anonymous)
    trace = run_one(lambda: 1 // 0)["trace"]
    assert f'File "{__file__}"' in trace
    assert "<dynamic-code>" not in trace


def test_an_argument_that_cannot_be_looked_at_fails_its_task_alone() -> None:
    runner = quiet(use_multiprocessing=True)
    for label, args in enumerate([(), (values.Unbound(),), ([values.Unbound()],), ()]):
        runner.add_task(probes.count, *args, label=label)
    runner.add_task(probes.count, label="named", unbound=values.Unbound())
    results = runner.run(verify=False)
    assert [results[label]["result"] for label in (0, 3)] == [0, 0]
    for bad in (1, 2, "named"):
        assert results[bad]["error"].startswith("TransferError: ")
        assert "nothing is bound here" in results[bad]["error"]
