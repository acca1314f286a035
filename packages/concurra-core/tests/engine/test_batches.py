"""Workers that hold many tasks at a time: batches, riders, recall, as the scheduler sees them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from concurra_core.engine.batches import BatchScheduler
from concurra_core.engine.commands import Finish, Kill, Wake
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.notes import Note, NoteKind
from concurra_core.model.options import DEFAULT_TASK, Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Fault, Raised, Skipped
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState as S
from concurra_core.model.task import Report, Task
from hypothesis import given
from hypothesis import strategies as st

PROCESS = TaskOptions(lane=Lane.PROCESS)
FAULT = Raised(ValueError("no"), "Traceback ...")


def scheduler(
    total: int,
    edges: Sequence[tuple[int, int]] = (),
    *,
    slots: int = 2,
    options: TaskOptions = PROCESS,
    notes: list[Note] | None = None,
    mixed: bool = False,
) -> tuple[BatchScheduler, list[Task]]:
    registry = Registry()
    for index in range(total):
        kind = DEFAULT_TASK if mixed and index % 2 else options
        registry.add(print, (), None, kind, index, [a for a, b in edges if b == index])
    made = BatchScheduler(
        registry.tasks,
        make_plan(registry),
        RunOptions(slots=slots),
        note=None if notes is None else notes.append,
        every_task=notes is not None,
    )
    made.begin(0.0)
    return made, registry.tasks


def took(task: Task, fault: Fault | None = None) -> Report:
    return task, task.attempt, 1.0, 2.0, f"value {task.index}", fault


def indexes(tasks: Sequence[Task]) -> list[int]:
    return [task.index for task in tasks]


def test_ready_tasks_are_shared_evenly_with_the_other_slots() -> None:
    engine, _ = scheduler(9, slots=2)
    assert engine.take(Lane.PROCESS) is not None
    assert indexes(engine.more(Lane.PROCESS, 100, [])) == [1, 3, 5, 7]
    assert engine.running == 1  # a worker takes up one slot, whatever it holds
    assert engine.take(Lane.PROCESS) is not None
    assert indexes(engine.more(Lane.PROCESS, 100, [])) == [4, 6, 8]


def test_a_chain_rides_in_one_batch_and_ends_in_order() -> None:
    engine, tasks = scheduler(4, [(0, 1), (1, 2), (2, 3)])
    first = engine.take(Lane.PROCESS)
    assert first is tasks[0]
    riders = engine.more(Lane.PROCESS, 2, [first])
    assert indexes(riders) == [1, 2]
    assert engine.exchange(Lane.PROCESS, [took(task) for task in (first, *riders)], 5, list) == [tasks[3]]
    assert engine.exchange(Lane.PROCESS, [took(tasks[3])], 5, list) == []
    assert {task.state for task in tasks} == {S.SUCCEEDED}
    engine.rest()
    assert engine.running == 0
    assert Finish() in engine.outbox


def test_what_waits_for_another_worker_does_not_ride() -> None:
    engine, tasks = scheduler(3, [(0, 2), (1, 2)])
    first = engine.take(Lane.PROCESS)
    assert first is not None
    assert engine.take(Lane.PROCESS) is tasks[1]
    assert engine.more(Lane.PROCESS, 5, [first]) == []
    assert engine.more(Lane.PROCESS, 5, [first, tasks[1]]) == [tasks[2]]


def test_what_rides_already_is_not_handed_out_again() -> None:
    options = TaskOptions(lane=Lane.PROCESS, retry=Retry(attempts=2))
    engine, tasks = scheduler(3, [(0, 1), (1, 2)], options=options)
    first = engine.take(Lane.PROCESS)
    assert first is not None
    assert engine.more(Lane.PROCESS, 1, [first]) == [tasks[1]]
    assert engine.more(Lane.PROCESS, 1, [first]) == []
    assert engine.more(Lane.PROCESS, 1, [first, tasks[1]]) == [tasks[2]]


def test_what_runs_in_another_lane_does_not_ride() -> None:
    engine, tasks = scheduler(2, [(0, 1)], mixed=True)
    first = engine.take(Lane.PROCESS)
    assert first is tasks[0]
    assert engine.more(Lane.PROCESS, 5, [first]) == []


def test_a_wide_fan_does_not_ride() -> None:
    engine, _ = scheduler(20, [(0, successor) for successor in range(1, 20)])
    first = engine.take(Lane.PROCESS)
    assert first is not None
    assert engine.more(Lane.PROCESS, 100, [first]) == []


def test_riders_of_a_failure_are_skipped_and_began_nothing() -> None:
    engine, tasks = scheduler(3, [(0, 1), (1, 2)])
    first = engine.take(Lane.PROCESS)
    assert first is not None
    riders = engine.more(Lane.PROCESS, 5, [first])
    engine.settle([took(first, FAULT)])
    assert [task.state for task in tasks] == [S.FAILED, S.SKIPPED, S.SKIPPED]
    assert [task.attempt for task in tasks] == [1, 0, 0]
    assert tasks[2].fault == Skipped(1, 0)
    for rider in riders:  # the worker says so too, late
        engine.given_back(rider, 1, 3.0, slot=False)
        engine.settle([took(rider)])
    assert tasks[1].state is S.SKIPPED


def test_a_rider_that_is_given_back_waits_again() -> None:
    engine, tasks = scheduler(2, [(0, 1)])
    first = engine.take(Lane.PROCESS)
    assert first is not None
    engine.more(Lane.PROCESS, 5, [first])
    engine.given_back(tasks[1], 1, 1.0, slot=False)
    assert (tasks[1].state, tasks[1].attempt) == (S.WAITING, 0)
    assert engine.exchange(Lane.PROCESS, [took(first)], 5, list) == [tasks[1]]
    engine.given_back(tasks[1], 1, 1.0, slot=False)  # it waits for nothing any more: ready at once
    assert engine.more(Lane.PROCESS, 5, []) == [tasks[1]]


def test_a_rider_that_is_given_back_when_all_it_waited_for_has_ended_is_ready() -> None:
    engine, tasks = scheduler(2, [(0, 1)])
    first = engine.take(Lane.PROCESS)
    assert first is not None
    assert engine.more(Lane.PROCESS, 5, [first]) == [tasks[1]]
    engine.settle([took(first)])
    engine.given_back(tasks[1], 1, 1.0, slot=False)
    assert engine.more(Lane.PROCESS, 5, []) == [tasks[1]]


def test_a_rider_is_retried_like_any_other() -> None:
    options = TaskOptions(lane=Lane.PROCESS, retry=Retry(attempts=2))
    engine, tasks = scheduler(2, [(0, 1)], options=options)
    first = engine.take(Lane.PROCESS)
    assert first is not None
    engine.more(Lane.PROCESS, 5, [first])
    again = engine.exchange(Lane.PROCESS, [took(first), took(tasks[1], FAULT)], 5, list)
    assert (again, tasks[1].attempt) == ([tasks[1]], 2)
    engine.settle([took(tasks[1], FAULT)])
    assert tasks[1].state is S.FAILED


def test_a_stop_hits_what_began_and_what_did_not() -> None:
    notes: list[Note] = []
    engine, tasks = scheduler(3, notes=notes, slots=1)
    first = engine.take(Lane.PROCESS)
    assert first is not None
    engine.more(Lane.PROCESS, 5, [])
    engine.started(first, 1, 1.0)
    engine.abort("now", 2.0)
    kills = [command for command in engine.outbox if isinstance(command, Kill)]
    assert [kill.task for kill in kills] == tasks
    assert engine.more(Lane.PROCESS, 5, []) == []
    engine.given_back(tasks[2], 1, 3.0, slot=False)
    engine.settle(
        [(tasks[1], 1, 1.0, 2.1, "value", None)]
    )  # it ended just after: what it returned is ignored
    assert engine.killed(first, 1, 4.0, stack="here", slot=False)
    engine.rest()
    assert [task.state for task in tasks] == [S.CANCELLED] * 3
    assert [task.attempt for task in tasks] == [1, 1, 0]
    assert [note[2] for note in notes if note[0] is NoteKind.TASK_STARTED] == [first, tasks[1]]
    assert (tasks[1].value, engine.running) == (None, 0)
    engine.settle([took(tasks[1])])
    assert [note[0] for note in notes].count(NoteKind.TASK_ENDED) == 3


def test_what_ended_within_its_limit_counts_though_its_report_was_late() -> None:
    engine, tasks = scheduler(2, options=TaskOptions(lane=Lane.PROCESS, timeout=5.0), slots=2)
    for task in tasks:
        assert engine.take(Lane.PROCESS) is task
        engine.started(task, 1, 1.0)
    engine.tick(6.5)
    assert [task.state for task in tasks] == [S.STOPPING, S.STOPPING]
    engine.settle([(tasks[0], 1, 1.0, 5.5, "value", None), (tasks[1], 1, 1.0, 6.3, "value", None)])
    assert [task.state for task in tasks] == [S.SUCCEEDED, S.TIMED_OUT]
    assert (tasks[0].value, tasks[1].value) == ("value", None)


def test_a_start_is_noted_once() -> None:
    notes: list[Note] = []
    engine, tasks = scheduler(2, notes=notes, slots=1)
    assert engine.take(Lane.PROCESS) is tasks[0]
    assert engine.more(Lane.PROCESS, 5, []) == [tasks[1]]
    assert engine.started(tasks[0], 1, 0.5)
    engine.settle([took(tasks[0]), took(tasks[1])])
    assert [note[2] for note in notes if note[0] is NoteKind.TASK_STARTED] == tasks
    assert [task.started for task in tasks] == [0.5, 1.0]


def test_a_batch_leaves_what_is_better_in_another_lane() -> None:
    engine, tasks = scheduler(6, mixed=True, slots=1)
    assert engine.take(Lane.PROCESS) is tasks[0]
    assert engine.more(Lane.PROCESS, 5, []) == []  # 1, on a thread, comes first
    assert engine.exchange(Lane.PROCESS, [took(tasks[0])], 0, list) == []
    engine.outbox.clear()
    engine.rest()
    assert list(engine.outbox) == [Wake(Lane.THREAD)]


def test_what_ends_in_a_batch_frees_tasks_of_all_lanes() -> None:
    engine, tasks = scheduler(3, [(0, 1), (0, 2)], mixed=True)
    assert engine.take(Lane.PROCESS) is tasks[0]
    assert engine.exchange(Lane.PROCESS, [took(tasks[0])], 0, list) == []
    assert engine.take(Lane.THREAD) is tasks[1]


@pytest.mark.parametrize("fallback", [None, Lane.FALLBACK])
def test_what_cannot_be_handed_over_fails_or_moves(fallback: Lane | None) -> None:
    engine, tasks = scheduler(1, options=TaskOptions(lane=Lane.PROCESS, fallback=fallback))
    task = engine.take(Lane.PROCESS)
    assert task is not None
    engine.rejected(task, 1, FAULT, 1.0)
    if fallback is None:
        assert (task.state, task.attempt, task.started, task.ended) == (S.FAILED, 0, 0.0, 1.0)
    else:
        assert (task.state, task.attempt, task.options.moved) == (S.WAITING, 0, "no")
        assert engine.take(Lane.FALLBACK) is task
        engine.rejected(tasks[0], 7, FAULT, 1.0)  # about another attempt
        assert task.state is S.RUNNING


def start_one(engine: BatchScheduler, workers: list[list[Task]]) -> None:
    """Do what the scheduler asks for: have one more worker take a task."""
    if Wake(Lane.PROCESS) in engine.outbox:
        engine.outbox.clear()
        task = engine.take(Lane.PROCESS)
        if task is not None:
            workers.append([task])


def expected(task: Task, needs: set[int], tasks: list[Task], failed: set[int]) -> S:
    if any(tasks[need].state is not S.SUCCEEDED for need in needs):
        return S.SKIPPED
    return S.FAILED if task.index in failed else S.SUCCEEDED


@given(st.data())
def test_any_graph_comes_to_its_end(data: st.DataObject) -> None:
    total, slots = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 3))
    edges = [(a, b) for b in range(total) for a in range(b) if data.draw(st.integers(0, 3)) == 0]
    engine, tasks = scheduler(total, edges, slots=slots)
    workers: list[list[Task]] = []
    needs = [{a for a, c in edges if c == b} for b in range(total)]
    failed: set[int] = set()
    while engine.done < total:
        start_one(engine, workers)
        assert engine.running == len(workers) <= slots
        worker = data.draw(st.sampled_from(workers))
        if data.draw(st.booleans()) and len(worker) > 1:  # the last one is recalled
            engine.given_back(worker[-1], worker.pop().attempt, 1.0, slot=False)
        task = worker.pop(0)
        fault = FAULT if data.draw(st.integers(0, 4)) == 0 else None
        if task.state is S.RUNNING:
            assert all(tasks[need].state is S.SUCCEEDED for need in needs[task.index])
            failed |= {task.index} if fault else set()
        most = data.draw(st.integers(0, 4))
        worker += engine.exchange(Lane.PROCESS, [took(task, fault)], most, worker.copy)
        if not worker:
            workers.remove(worker)
            engine.rest()
    assert [task.state for task in tasks] == [
        expected(task, needs[task.index], tasks, failed) for task in tasks
    ]


def test_a_retry_that_was_stopped_before_it_began_has_the_times_of_the_attempt_before() -> None:
    engine, tasks = scheduler(1, options=TaskOptions(lane=Lane.PROCESS, retry=Retry(2)))
    assert engine.take(Lane.PROCESS) is tasks[0]
    engine.settle([took(tasks[0], FAULT)])
    assert engine.more(Lane.PROCESS, 1, []) == [tasks[0]]
    engine.abort("by the test", 5.0)
    engine.given_back(tasks[0], 2, 6.0, slot=False)
    assert (tasks[0].state, tasks[0].started, tasks[0].ended) == (S.CANCELLED, 1.0, 2.0)
