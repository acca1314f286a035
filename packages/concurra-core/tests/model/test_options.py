from __future__ import annotations

import doctest
import math
from typing import Any

import pytest
from concurra_core.model import worker
from concurra_core.model.checks import count, period, seconds
from concurra_core.model.options import RunOptions, TaskOptions
from concurra_core.model.retry import Retry
from concurra_core.model.worker import WorkerOptions, environment_of, on_worker_import


@pytest.mark.parametrize("wrong", ["1", True, [1], 1j])
def test_a_limit_of_the_wrong_type_is_named(wrong: object) -> None:
    with pytest.raises(TypeError, match="timeout must be a number of seconds") as caught:
        seconds("timeout", wrong)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("wrong", [0, -1, 0.0, math.inf, math.nan, 10**400])
def test_a_limit_out_of_range_is_named(wrong: float) -> None:
    with pytest.raises(ValueError, match="timeout must be above 0 and finite"):
        seconds("timeout", wrong)


def test_a_limit_may_be_any_whole_number() -> None:
    assert seconds("timeout", 3) == 3.0
    assert seconds("timeout", None) is None


@pytest.mark.parametrize(
    ("wrong", "error"), [(True, TypeError), (1.0, TypeError), ("1", TypeError), (-1, ValueError)]
)
def test_a_count_is_a_whole_number_from_zero(wrong: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="task_retries must be"):
        count("task_retries", wrong)


@pytest.mark.parametrize(
    ("wrong", "error"), [(True, TypeError), ("1", TypeError), (-1, ValueError), (math.inf, ValueError)]
)
def test_a_period_is_seconds_from_zero(wrong: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="grace must be"):
        period("grace", wrong)


def test_a_period_may_be_zero() -> None:
    assert [period("grace", value) for value in (0, 2.5)] == [0.0, 2.5]


def test_options_check_every_field() -> None:
    with pytest.raises(ValueError, match="grace must be 0 or more"):
        TaskOptions(grace=-1.0)
    with pytest.raises(ValueError, match="timeout must be 0 or more"):
        TaskOptions(timeout=-1.0)
    with pytest.raises(TypeError, match="attempts must be an int"):
        Retry(attempts=1.5)  # type: ignore[arg-type] # the point of the test
    with pytest.raises(ValueError, match="slots must be 1 or more"):
        RunOptions(slots=0)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"initializer": 3}, TypeError, "initializer must be a callable"),
        ({"initializer_timeout": 0}, ValueError, "initializer_timeout must be above 0"),
        ({"initializer_timeout": "5"}, TypeError, "initializer_timeout must be"),
        ({"max_tasks": 0}, ValueError, "max_tasks must be 1 or more, not 0"),
        ({"max_tasks": True}, TypeError, "max_tasks must be an int"),
        ({"start_method": "spawn"}, ValueError, "one of template, fork, not 'spawn'"),
        ({"env": [("A", "b")]}, TypeError, "env must be a mapping"),
        ({"env": {"A": 1}}, TypeError, "env must map str to str, but holds 'A': 1"),
        ({"env": {"A=B": "1"}}, ValueError, "no environment can: 'A=B'"),
    ],
)
def test_worker_options_check_every_field(
    options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        WorkerOptions(**options)  # type: ignore[arg-type] # the point of the test


def test_workers_have_the_programs_environment_and_one_thread_a_library() -> None:
    options = WorkerOptions(initializer=print, max_tasks=3, env={"A": "2", "MKL_NUM_THREADS": "4"})
    environment = environment_of(options, {"A": "1", "B": "1", "OMP_NUM_THREADS": "8"})
    assert {name: environment[name] for name in ("A", "B", "MKL_NUM_THREADS", "OMP_NUM_THREADS")} == {
        "A": "2",
        "B": "1",
        "MKL_NUM_THREADS": "4",
        "OMP_NUM_THREADS": "8",
    }
    assert environment["OPENBLAS_NUM_THREADS"] == "1"


def test_the_last_word_on_a_module_that_workers_import_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ON_IMPORT", {})
    on_worker_import("colorsys", "faulthandler:enable")
    on_worker_import("colorsys", "faulthandler:disable")
    assert worker.ON_IMPORT == {"colorsys": "faulthandler:disable"}


@pytest.mark.parametrize(
    ("module", "target", "kind", "message"),
    [
        (1, "a:b", TypeError, "module must be a str, not 1"),
        ("m", None, TypeError, "target must be a str, not None"),
        ("m", "a.b", ValueError, "target must be as 'package.module:function', not 'a.b'"),
        ("m", ":b", ValueError, "not ':b'"),
        ("m", "a:b()", ValueError, r"not 'a:b\(\)'"),
    ],
)
def test_what_workers_call_at_an_import_is_told_by_names(
    module: Any, target: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        on_worker_import(module, target)


def test_the_example_of_on_worker_import_changes_nothing_for_later_runs() -> None:
    before = dict(worker.ON_IMPORT)
    assert doctest.testmod(worker).failed == 0
    assert before == worker.ON_IMPORT
