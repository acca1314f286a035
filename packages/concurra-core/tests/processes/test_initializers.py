"""Initializers that fail, die or hang."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import concurra
import process_tasks_probes as probes
import pytest
from platforms import needs_processes
from process_tasks_edges import hang, links
from runners import quiet

pytestmark = needs_processes


@pytest.mark.parametrize("initializer", [probes.broken_initializer, probes.dying_initializer])
def test_a_run_whose_initializer_fails_says_so_soon(initializer: Callable[[], object]) -> None:
    runner = quiet(
        max_concurrency=2, use_multiprocessing=True, worker=concurra.WorkerOptions(initializer=initializer)
    )
    for number in range(10):
        runner.add_task(probes.square, number)
    began = time.monotonic()
    results = runner.run(verify=False)
    assert time.monotonic() - began < 5
    assert {result["status"] for result in results.values()} == {"Failed"}
    word = "no database" if initializer is probes.broken_initializer else "exited with code 7"
    assert all(word in result["error"] for result in results.values()), results[0]["error"]


@pytest.mark.parametrize("start_method", ["template", "fork"])
def test_an_initializer_that_hangs_ends_at_its_limit(start_method: str) -> None:
    worker = concurra.WorkerOptions(initializer=hang, initializer_timeout=0.3, start_method=start_method)
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=worker, timeout=60)
    for number in range(4):
        runner.add_task(probes.square, number)
    began = time.monotonic()
    results = runner.run(verify=False)
    assert time.monotonic() - began < 5
    assert {result["error"] for result in results.values()} == {
        "InitializerError: the initializer of the workers took longer than its limit of 0.3 seconds"
    }


def test_an_initializer_in_time_is_not_ended_later() -> None:
    worker = concurra.WorkerOptions(initializer=os.getpid, initializer_timeout=1)
    runner = quiet(use_multiprocessing=True, worker=worker)
    runner.add_task(links, 1.3)
    assert runner.run(verify=False)[0]["error"] is None


def test_an_abort_ends_an_initializer_that_hangs() -> None:
    worker = concurra.WorkerOptions(initializer=hang)
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=worker)
    for number in range(4):
        runner.add_task(probes.square, number)
    runner.execute_in_background()
    began = time.monotonic()
    results = runner.abort()
    assert time.monotonic() - began < 5
    assert {result["status"] for result in results.values()} == {"Terminated"}
