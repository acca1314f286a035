"""What a task costs in things that can be counted, and so do not depend on what else the machine does."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import Any

import pytest
from concurra_core import TaskRunner, Workflow
from concurra_core.backends.worker import wire
from concurra_core.runner import hosting
from concurra_core.runner.combiner import Combiner
from platforms import needs_processes

TASKS = 1000


def nothing() -> None:
    """Be a task."""


class CountedBaton(dict[int, bool]):
    """The lock of a run, which counts how often it was asked for."""

    asked = 0

    def pop(self, *args: Any) -> Any:
        CountedBaton.asked += 1
        return super().pop(*args)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[CountedBaton]:
    monkeypatch.setattr(hosting, "Combiner", lambda: Combiner(CountedBaton({0: True})))
    monkeypatch.setattr(CountedBaton, "asked", 0)
    return CountedBaton


@pytest.mark.parametrize("deps", [False, True], ids=["independent", "chain"])
def test_a_thread_task_takes_the_lock_once(counted: type[CountedBaton], deps: bool) -> None:
    runner = TaskRunner(max_concurrency=1, progress_stats=False)
    for number in range(TASKS):
        runner.add_task(nothing, label=number, depends_on=[number - 1] if deps and number else None)
    runner.run(verify=False)
    assert TASKS <= counted.asked <= TASKS + 10


def test_a_registered_task_is_two_objects() -> None:
    labels = [str(number) for number in range(TASKS)]
    for face in (TaskRunner(progress_stats=False), Workflow()):
        add: Any = face.add_task if isinstance(face, TaskRunner) else face.add
        add(nothing, label="first")
        gc.collect()
        before = sys.getallocatedblocks()
        for label in labels:  # the refs are dropped, as most programs do
            add(nothing, label=label)
        # The record and its index, from 257 on; lists and dicts grow by large steps.
        assert (sys.getallocatedblocks() - before) / TASKS < 2.2


def test_a_result_is_a_dict_and_a_list_and_what_they_hold() -> None:
    runner = TaskRunner(max_concurrency=1, progress_stats=False)
    for number in range(TASKS):
        runner.add_task(nothing, label=number)
    before = sys.getallocatedblocks()
    results = runner.run(verify=False)
    # The dict, its keys and values, the list of retries; two times of the record.
    assert (sys.getallocatedblocks() - before) / len(results) < 6.5


@needs_processes
def test_short_tasks_travel_to_processes_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    write = wire.write_some

    def counting(fd: int, pieces: list[memoryview]) -> None:
        sent.append(fd)
        write(fd, pieces)

    monkeypatch.setattr(wire, "write_some", counting)
    runner = TaskRunner(max_concurrency=1, use_multiprocessing=True, progress_stats=False)
    for number in range(4 * TASKS):
        runner.add_task(abs, number, label=number)
    results = runner.run(verify=False)
    assert [result["result"] for result in results.values()] == list(range(4 * TASKS))
    assert len(sent) < len(results) / 10  # 256 at a time where a task takes no longer than 4 us


@pytest.mark.parametrize("labelled", [False, True])
def test_a_registered_task_takes_at_most_230_bytes(labelled: bool) -> None:
    total = 100 * TASKS  # dicts and lists grow by large steps: fewer tasks pay for room that they do not fill
    labels: list[str | None] = [str(number) for number in range(total)] if labelled else [None] * total
    runner = TaskRunner(progress_stats=False)
    tracemalloc.start()
    try:
        for label in labels:
            runner.add_task(nothing, label=label)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / total <= 230
