"""Whose result is whose: what strikes while one is put down or sent costs that task its value, and no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from concurra_core.backends.batch import Batch
from concurra_core.backends.crew import Worker
from concurra_core.backends.worker.batch import Runner
from concurra_core.backends.worker.columns import Columns
from concurra_core.backends.worker.slate import MOST, Slate, arena, recall_word
from concurra_core.backends.worker.surroundings import Surroundings
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.outcome import Raised
from concurra_core.model.task import Task
from platforms import needs_processes
from slates import blank_slate

pytestmark = needs_processes

LARGE = 1 << 20  # bytes, for which the slate has no room


def large(number: int) -> bytes:
    return bytes([number]) * LARGE


def small(number: int) -> bytes:
    return bytes([number])


@pytest.fixture
def slate() -> Iterator[Slate]:
    with blank_slate() as made:
        yield made


def columns_of(call: Any, numbers: list[int]) -> tuple[Columns, dict[int, bytes]]:
    import pickle

    columns = Columns()
    for place, number in enumerate(numbers):
        columns.calls.append(0)
        columns.labels.append(number)
        columns.payloads[place] = pickle.dumps(((number,), None)), 0
    return columns, {0: pickle.dumps(call)}


def values(
    slate: Slate, call: Any, monkeypatch: pytest.MonkeyPatch, strike: Any, count: int = 3
) -> list[object]:
    """Return what the run is told of *count* tasks that return bytes of their own; *strike* is called by a sender."""
    found = Worker(SimpleNamespace(slate=slate, read=lambda: None), threading.Event())  # type: ignore[arg-type] # all that is asked of them

    def send(tag: int, main: bytes, buffers: list[memoryview]) -> None:
        whole = [bytearray(buffer) for buffer in buffers]
        found.piped[int.from_bytes(whole.pop(), "little")] = bytearray(main), whole
        strike()

    monkeypatch.setattr(Surroundings, "calm", lambda _: None)  # this is no worker: its handlers are pytest's
    runner = Runner(slate, send, lambda: None, Surroundings(lambda: None))
    columns, pickles = columns_of(call, list(range(1, count + 1)))
    slate.words[recall_word(1)] = MOST
    tasks = [Task(number, number, call, (), None, DEFAULT_TASK) for number in range(count)]
    found.batches.append(Batch(1, 0, [(task, 1) for task in tasks], count, arena(1)))
    found._number = 1
    runner.run(1, 0, pickles, columns, [], (False, 0.002, False))
    reports, unrun = found.collect()
    assert unrun == []
    assert not found.piped
    return [value if fault is None else fault for _, _, _, _, value, fault in reports]


def once(error: BaseException) -> Any:
    left = [error]

    def strike() -> None:
        if left:
            raise left.pop()

    return strike


def test_what_strikes_behind_a_large_result_changes_no_other(
    slate: Slate, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = values(slate, large, monkeypatch, once(KeyboardInterrupt()))
    assert isinstance(first, Raised)
    assert others == [large(2), large(3)]


def test_what_strikes_behind_a_small_result_changes_no_other(
    slate: Slate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurra_core.backends.worker.results import Results

    take, strike = Results.take, once(KeyboardInterrupt())

    def taken(results: Results, value: object, sequence: int) -> int:
        record = take(results, value, sequence)
        strike()
        return record

    monkeypatch.setattr(Results, "take", taken)
    first, *others = values(slate, small, monkeypatch, lambda: None)
    assert isinstance(first, Raised)
    assert others == [small(2), small(3)]
