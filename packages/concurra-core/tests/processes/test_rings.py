"""When a worker has the run look at what it has done: as it gets on, before the end of a large batch, at the end."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from concurra_core.backends.batch import Batch
from concurra_core.backends.crew import Worker
from concurra_core.backends.worker import slate as layout
from concurra_core.backends.worker.batch import Runner
from concurra_core.backends.worker.columns import Columns
from concurra_core.backends.worker.slate import (
    BETWEEN,
    DONE,
    MOST,
    PLACE,
    SENT,
    Slate,
    arena,
    count_word,
    recall_word,
)
from concurra_core.backends.worker.surroundings import Surroundings
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.task import Task
from platforms import needs_processes
from slates import blank_slate

pytestmark = needs_processes

NUMBER = 1  # of the batch


@pytest.fixture
def slate() -> Iterator[Slate]:
    with blank_slate() as made:
        yield made


@pytest.fixture
def rings(slate: Slate, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what runs a batch of three in a *manner*, and returns where in it the run was told to look."""
    monkeypatch.setattr(Surroundings, "calm", lambda _: None)  # this is no worker: its handlers are pytest's
    heard: list[str] = []

    def ring() -> None:
        state = slate.words[0]
        if state & (DONE | BETWEEN):  # else it took long to get ready, and says so
            heard.append("end" if state & DONE else f"before {state & PLACE}")

    def run(
        manner: tuple[bool, float, bool], sent: int = NUMBER, then: Callable[[], object] = list
    ) -> list[str]:
        columns = Columns()
        columns.calls.extend([0, 0, 0])
        columns.labels.extend("abc")
        slate.words[recall_word(NUMBER & 1)] = MOST
        slate.words[SENT] = sent
        then()
        runner = Runner(slate, lambda *_: None, ring, Surroundings(lambda: None))
        runner.run(NUMBER, 0, {0: pickle.dumps(os.getpid)}, columns, [], manner)
        return heard

    return run


def test_the_end_of_a_batch_is_told(rings: Callable[..., list[str]]) -> None:
    assert rings((False, 1000.0, False)) == ["end"]
    assert rings((False, 1000.0, False), sent=NUMBER + 1) == ["end", "end"]


def test_the_end_of_a_batch_is_told_where_it_need_not_if_there_is_no_other(
    rings: Callable[..., list[str]],
) -> None:
    assert rings((False, 1000.0, True)) == ["end"]


def test_a_worker_that_need_not_say_so_goes_on_with_the_next_batch(rings: Callable[..., list[str]]) -> None:
    assert rings((False, 1000.0, True), sent=NUMBER + 1) == []


def test_who_gets_on_says_so_but_not_before_its_time(rings: Callable[..., list[str]]) -> None:
    assert rings((False, 0.0, True), sent=NUMBER + 1) == ["before 1", "before 2"]


def test_a_worker_that_is_frozen_begins_nothing(slate: Slate, rings: Callable[..., list[str]]) -> None:
    books = Worker(SimpleNamespace(slate=slate), threading.Event())  # type: ignore[arg-type] # all that is asked of them
    assert rings((False, 0.0, False), then=books.freeze) == ["end"]
    assert slate.words[count_word(NUMBER & 1)] == 0


def test_to_freeze_a_worker_that_has_ended_is_nothing(slate: Slate) -> None:
    books = Worker(SimpleNamespace(slate=slate), threading.Event())  # type: ignore[arg-type] # as above
    slate.close()
    books.freeze()


def test_what_was_taken_back_from_a_worker_stays_so_when_more_is(slate: Slate) -> None:
    books = Worker(SimpleNamespace(slate=slate), threading.Event())  # type: ignore[arg-type] # as above
    tasks = [(Task(number, number, os.getpid, (), None, DEFAULT_TASK), 1) for number in range(3)]
    books.batches.append(Batch(NUMBER, 0, tasks, 3, arena(NUMBER & 1)))
    word, state = recall_word(NUMBER & 1), NUMBER << layout.NUMBER
    slate.words[word], slate.words[0] = MOST, state
    assert books.recall() == tasks[1:]
    slate.words[0] = state | layout.PREPARING | 1  # where it stops, if it has not looked yet
    assert (books.recall(), slate.words[word], books.returned) == ([], 1, 2)
    books.freeze()
    assert (books.recall(), slate.words[word], books.returned) == ([], 0, 2)
