"""What worker processes do when they first import a module."""

from __future__ import annotations

from collections.abc import Iterator

import concurra
import pytest
from concurra_core.model.worker import ON_IMPORT
from process_tasks_current import imports_late
from runners import quiet


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    before = dict(ON_IMPORT)
    yield
    ON_IMPORT.clear()
    ON_IMPORT.update(before)


@pytest.mark.parametrize("method", ["template", "fork"])
def test_a_worker_calls_what_it_is_to_call_when_it_imports(method: str) -> None:
    concurra.on_worker_import("colorsys", "process_tasks_current:note_import")
    runner = quiet(
        use_multiprocessing=True, max_concurrency=1, worker=concurra.WorkerOptions(start_method=method)
    )
    for number in range(3):
        runner.add_task(imports_late, "colorsys", label=number)
    results = runner.run(verify=False)
    assert [results[number]["result"] for number in range(3)] == [(True, 1)] * 3


def test_what_the_call_leaves_behind_keeps_no_worker_from_its_work() -> None:
    concurra.on_worker_import("marshal", "process_tasks_current:leave_a_child")  # which every worker has
    runner = quiet(use_multiprocessing=True, max_concurrency=1)
    runner.add_task(imports_late, "colorsys", label="x")
    assert runner.run(verify=False)["x"]["result"] == (True, 0)


def test_what_the_call_raises_is_no_tasks_failure(capfd: pytest.CaptureFixture[str]) -> None:
    concurra.on_worker_import("colorsys", "process_tasks_current:no_such_function")
    runner = quiet(use_multiprocessing=True)
    runner.add_task(imports_late, "colorsys", label="x")
    assert runner.run(verify=False)["x"]["result"] == (True, 0)
    assert "no attribute 'no_such_function'" in capfd.readouterr().err


def test_to_look_for_a_module_is_not_to_import_it() -> None:
    concurra.on_worker_import("colorsys", "process_tasks_current:note_import")
    runner = quiet(use_multiprocessing=True)
    runner.add_task(imports_late, "colorsys", look=True, label="x")
    assert runner.run(verify=False)["x"]["result"] == (True, 1)


@pytest.mark.parametrize(
    ("module", "target", "error", "message"),
    [
        (7, "a:b", TypeError, "module must be a str, not 7"),
        ("a", print, TypeError, "target must be a str, not <built-in function print>"),
        ("a", "b", ValueError, "target must be as 'package.module:function', not 'b'"),
        ("a", ":b", ValueError, "not ':b'"),
        ("a", "b:c d", ValueError, "not 'b:c d'"),
    ],
)
def test_what_nobody_could_call_is_refused(
    module: object, target: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        concurra.on_worker_import(module, target)  # type: ignore[arg-type] # wrong on purpose
