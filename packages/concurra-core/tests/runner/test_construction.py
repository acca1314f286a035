from __future__ import annotations

import math
import os
import re
from typing import Any

import concurra
import pytest
from runners import quiet


def test_parameters_may_be_given_by_place() -> None:
    runner = concurra.TaskRunner(3, "mine", 1.5, False, True, False, None, True, False, 2)
    assert (runner.max_concurrency, runner.name) == (3, "mine")


def test_concurrency_defaults_to_the_processors() -> None:
    assert concurra.TaskRunner().max_concurrency == os.cpu_count()


@pytest.mark.parametrize("wrong", [True, 1.0, "2", [1]])
def test_concurrency_is_an_int(wrong: object) -> None:
    with pytest.raises(TypeError, match="max_concurrency must be an int or None"):
        concurra.TaskRunner(max_concurrency=wrong)  # type: ignore[arg-type] # the point of the test


def test_concurrency_below_one_becomes_one_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert concurra.TaskRunner(max_concurrency=-3).max_concurrency == 1
    assert [(record.levelname, "max_concurrency=-3" in record.message) for record in caplog.records] == [
        ("WARNING", True)
    ]


@pytest.mark.parametrize("wrong", [0, -1, math.inf, math.nan])
def test_a_timeout_is_above_zero_and_finite(wrong: float) -> None:
    with pytest.raises(ValueError, match="timeout must be above 0"):
        concurra.TaskRunner(timeout=wrong)


@pytest.mark.parametrize("wrong", ["1", True])
def test_a_timeout_is_a_number(wrong: object) -> None:
    with pytest.raises(TypeError, match="timeout must be a number"):
        concurra.TaskRunner(timeout=wrong)  # type: ignore[arg-type] # the point of the test


def test_a_logger_can_log() -> None:
    with pytest.raises(TypeError, match="logger must have the methods info, warning and error"):
        concurra.TaskRunner(logger=print)  # type: ignore[arg-type] # the point of the test


def test_sinks_are_many() -> None:
    with pytest.raises(TypeError, match="sinks must be an iterable of callables"):
        concurra.TaskRunner(sinks=print)  # type: ignore[arg-type] # the point of the test


def test_a_sink_can_be_called() -> None:
    with pytest.raises(TypeError, match=r"sinks\[1\] must be callable"):
        concurra.TaskRunner(sinks=[print, 3])  # type: ignore[list-item] # the point of the test


FLAGS = [
    "progress_stats",
    "fast_fail",
    "use_multiprocessing",
    "log_errors",
    "fallback_to_thread_on_pickle_error",
]


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("old", [1, 0, None])
def test_a_switch_takes_what_older_programs_pass(name: str, old: Any) -> None:
    runner = concurra.TaskRunner(**{name: old})
    runner.add_task(len, "abc", label="x")
    assert runner.run(verify=False)["x"]["result"] == 3


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("wrong", ["no", "yes", 2, 0.5, []])
def test_a_switch_is_true_or_false(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be True or False, not {re.escape(repr(wrong))}$"):
        concurra.TaskRunner(**{name: wrong})


@pytest.mark.parametrize("name", ["verify", "raise_exception"])
def test_so_are_those_of_a_run_and_a_wrong_one_starts_nothing(name: str) -> None:
    ran: list[int] = []
    runner = quiet()
    runner.add_task(ran.append, 1)
    wrong: Any = {name: "no"}
    words = f"^{name} must be True or False, not 'no'$"
    for run in (runner.run, runner.execute, runner.get_background_results):
        with pytest.raises(TypeError, match=words):
            run(**wrong)
    assert ran == []
    runner.run(verify=False)
    assert ran == [1]
    for ask in (runner.get_background_results, runner.verify):
        with pytest.raises(TypeError, match="must be True or False, not 'no'"):
            ask(raise_exception=wrong[name])
