"""Adding to a workflow: from several threads, and with options that another task said before."""

from __future__ import annotations

import sys
import threading

import concurra
import pytest
from concurra import Workflow


def value(number: int = 1) -> int:
    return number


def test_several_threads_may_add_to_a_flow() -> None:
    async def other() -> None: ...

    flow = Workflow()
    refused: list[Exception] = []

    def add() -> None:
        try:
            for number in range(300):
                flow.add(value if number % 2 else other)
                flow.map(value, [1])
                flow.gather([])
        except Exception as error:
            refused.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=add) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert refused == []
    assert len(flow) == 4 * 300 * 4
    tasks = [task for task in flow.tasks() if task.kind == "task"]
    assert {(str(task.label).startswith("other"), task.on) for task in tasks} == {
        (True, "async"),
        (False, "thread"),
    }


def test_two_maps_whose_items_would_have_the_same_labels_cannot_be() -> None:
    flow = Workflow()
    numbers = flow.add(range, 2)
    flow.map(value, numbers, label=1)
    with pytest.raises(concurra.DuplicateLabelError, match="map '1': label 1 is taken by an earlier task"):
        flow.map(value, numbers, label="1")
    assert list(flow.run()) == ["range", 1, "1[0]", "1[1]"]


def test_an_option_is_checked_also_where_another_task_said_the_like() -> None:
    flow = Workflow()
    flow.add(int, keep=True, cpus=1)
    with pytest.raises(TypeError, match="cpus must be an int, not True"):
        flow.add(int, keep=True, cpus=True)
    with pytest.raises(TypeError, match="keep must be True or False, not 1"):
        flow.add(int, keep=1, cpus=1)  # type: ignore[call-overload] # wrong on purpose
