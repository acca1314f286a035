"""A sink hears of the end of a task before it hears of the start of one that waited for it, wherever both run."""

from __future__ import annotations

import os
import time
from typing import Any

import concurra
import process_tasks as tasks
import pytest
from concurra_core.backends.pool import Pool
from platforms import needs_processes

pytestmark = needs_processes


def toil(number: int) -> int:
    end = time.perf_counter() + 0.001
    while time.perf_counter() < end:
        pass
    return number + 1


def test_a_start_is_told_after_the_end_of_what_it_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Pool._watch

    def late(pool: Pool, worker: Any) -> None:
        """As where the supervisor has to wait for a processor just here: the worker gets on meanwhile."""
        before = worker.running()
        while before is not None and worker.running() == before:
            os.sched_yield()
        watch(pool, worker)

    monkeypatch.setattr(Pool, "_watch", late)
    flow = concurra.Workflow()
    for number in range(500):  # which take no time, so that many of the others are handed out together
        flow.add(tasks.square, number)
    link = flow.add(toil, 0, label="0")
    for number in range(1, 50):
        link = flow.add(toil, link, label=f"{number}")
    told: list[tuple[type, str]] = []
    flow.run(
        max_concurrency=1,
        on="process",
        sinks=[lambda event: told.append((type(event), str(getattr(event, "label", ""))))],
    )
    order = [label for kind, label in told if kind is concurra.TaskStarted and label.isdecimal()]
    assert order == [str(number) for number in range(50)]
    for number in range(1, 50):
        end, start = (concurra.TaskEnded, f"{number - 1}"), (concurra.TaskStarted, f"{number}")
        assert told.index(end) < told.index(start), number
