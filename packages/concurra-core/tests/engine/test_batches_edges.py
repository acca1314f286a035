"""Batches where something is just so: full, free, stale, exactly in time, on the way to more than one end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import attrs
import pytest
from concurra_core.engine.batches import BatchScheduler
from concurra_core.engine.commands import Wake
from concurra_core.graph.plan import make_plan
from concurra_core.graph.registry import Registry
from concurra_core.model.halt import FAIL_FAST, NEVER, Halt
from concurra_core.model.notes import Note, NoteKind
from concurra_core.model.options import Lane, RunOptions, TaskOptions
from concurra_core.model.outcome import Aborted, Raised, Skipped, TimedOut
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState as S
from concurra_core.model.task import Report, Task

PROCESS = TaskOptions(lane=Lane.PROCESS)
LIMITED = TaskOptions(lane=Lane.PROCESS, timeout=4.0)
DB = TaskOptions(lane=Lane.PROCESS, uses=(("db", 1),), timeout=4.0)
FAULT = Raised(ValueError("no"), "Traceback ...")


def scheduler(
    kinds: Sequence[TaskOptions],
    edges: Sequence[tuple[int, int]] = (),
    *,
    slots: int = 2,
    limits: Mapping[str, int] = MappingProxyType({"db": 1}),
    halt: Halt = NEVER,
    notes: list[Note] | None = None,
) -> tuple[BatchScheduler, list[Task]]:
    registry = Registry()
    for index, kind in enumerate(kinds):
        registry.add(print, (), None, kind, index, [a for a, b in edges if b == index])
    made = BatchScheduler(
        registry.tasks,
        make_plan(registry),
        RunOptions(slots=slots, limits=limits, halt=halt),
        note=None if notes is None else notes.append,
        every_task=notes is not None,
    )
    made.begin(0.0)
    return made, registry.tasks


def take(engine: BatchScheduler) -> Task:
    task = engine.take(Lane.PROCESS)
    assert task is not None
    return task


def more(engine: BatchScheduler, most: int) -> list[int]:
    return [task.index for task in engine.more(Lane.PROCESS, most, [])]


def report(task: Task, fault: Raised | None = None, *, started: float = 1.0, ended: float = 2.0) -> Report:
    return task, task.attempt, started, ended, f"value {task.index}", fault


def test_hands_take_turns_where_nothing_waits_for_another() -> None:
    engine, _ = scheduler([PROCESS] * 8)
    assert [more(engine, 3), more(engine, 3), more(engine, 3)] == [[0, 2, 4], [1, 3, 5], [6]]


@pytest.mark.parametrize(
    ("kinds", "edges"),
    [
        ([PROCESS] * 6, [(0, 5)]),
        ([*[TaskOptions(lane=Lane.PROCESS, expected_seconds=2.0)] * 3, *[PROCESS] * 3], []),
    ],
    ids=["something may ride", "some go first"],
)
def test_neighbours_stay_together_where_tasks_differ(
    kinds: list[TaskOptions], edges: list[tuple[int, int]]
) -> None:
    engine, _ = scheduler(kinds, edges)
    assert [more(engine, 2), more(engine, 1)] == [[0, 1], [2]]


def test_what_came_back_goes_before_what_is_dealt() -> None:
    engine, tasks = scheduler([PROCESS] * 8)
    assert more(engine, 2) == [0, 2]
    engine.given_back(tasks[2], 1, 1.0, slot=False)
    assert more(engine, 3) == [1, 2, 3]


def test_lanes_that_share_the_order_are_not_dealt() -> None:
    engine, _ = scheduler([PROCESS, TaskOptions()] * 4)
    assert more(engine, 4) == [0]


def test_one_more_is_one_more() -> None:
    engine, tasks = scheduler([PROCESS] * 3, slots=1)
    first = take(engine)
    assert engine.exchange(Lane.PROCESS, [report(first)], 1, list) == [tasks[1]]


def test_a_stale_report_holds_up_no_other() -> None:
    engine, tasks = scheduler([PROCESS] * 2, slots=1)
    first = take(engine)
    (second,) = engine.more(Lane.PROCESS, 1, [first])
    engine.settle([(first, 7, 1.0, 2.0, None, None), report(second)])
    assert [task.state for task in tasks] == [S.RUNNING, S.SUCCEEDED]


def test_the_task_that_was_added_first_may_be_the_one_that_is_freed() -> None:
    engine, tasks = scheduler([PROCESS] * 2, [(1, 0)])
    assert take(engine) is tasks[1]
    assert engine.exchange(Lane.PROCESS, [report(tasks[1])], 5, list) == [tasks[0]]


def test_what_a_batch_frees_is_offered_to_other_workers() -> None:
    engine, _ = scheduler([PROCESS] * 3, [(0, 1), (0, 2)])
    first = take(engine)
    engine.outbox.clear()
    engine.settle([report(first)])
    assert list(engine.outbox) == [Wake(Lane.PROCESS)]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0.0, S.SUCCEEDED), (0.5, S.SUCCEEDED), (4.0, S.SUCCEEDED), (4.5, S.TIMED_OUT)]
)
def test_what_took_no_longer_than_its_limit_counts(seconds: float, state: S) -> None:
    engine, tasks = scheduler([LIMITED])
    take(engine)
    engine.started(tasks[0], 1, 1.0)
    engine.tick(5.0)
    assert tasks[0].state is S.STOPPING
    engine.settle([report(tasks[0], started=1.5, ended=1.5 + seconds)])
    assert (tasks[0].state, tasks[0].started) == (state, 1.0 if state is S.SUCCEEDED else 1.5)
    assert tasks[0].fault == (None if state is S.SUCCEEDED else TimedOut(4.0))


def test_a_report_on_what_is_stopped_says_when_it_began() -> None:
    engine, tasks = scheduler([PROCESS])
    take(engine)
    engine.abort("now", 5.0)
    engine.settle([report(tasks[0], started=3.0, ended=6.0)])
    assert (tasks[0].state, tasks[0].started, tasks[0].ended) == (S.CANCELLED, 3.0, 6.0)
    assert tasks[0].fault == Aborted("now", running=True)


def test_a_report_after_the_limit_gives_back_what_was_taken() -> None:
    engine, tasks = scheduler([DB, DB])
    take(engine)
    engine.started(tasks[0], 1, 1.0)
    engine.tick(5.0)
    engine.settle([report(tasks[0], started=1.0, ended=9.0)])
    assert tasks[0].state is S.TIMED_OUT
    assert engine.more(Lane.PROCESS, 1, []) == [tasks[1]]


def test_a_task_that_takes_a_share_is_not_put_behind_what_is_held() -> None:
    engine, tasks = scheduler([PROCESS, DB])
    first = take(engine)
    assert engine.more(Lane.PROCESS, 5, [first]) == []
    assert engine.more(Lane.PROCESS, 5, []) == [tasks[1]]


def test_nothing_rides_while_others_are_ready() -> None:
    engine, tasks = scheduler([PROCESS] * 6, [(0, 5)])
    first = take(engine)
    assert engine.more(Lane.PROCESS, 9, [first]) == tasks[1:3]


def test_a_batch_is_not_fuller_than_it_may_be() -> None:
    engine, tasks = scheduler([PROCESS] * 3, [(0, 2)], slots=1)
    first = take(engine)
    assert engine.more(Lane.PROCESS, 1, [first]) == [tasks[1]]


def test_up_to_eight_ride_behind_one_task() -> None:
    engine, tasks = scheduler([PROCESS] * 9, [(0, behind) for behind in range(1, 9)])
    assert engine.more(Lane.PROCESS, 99, [take(engine)]) == tasks[1:]


def test_a_wide_fan_in_the_line_hides_no_rider_behind_it() -> None:
    fan = [(0, behind) for behind in range(3, 12)]
    engine, tasks = scheduler([PROCESS] * 12, [*fan, (1, 2)], slots=1)
    first = take(engine)
    assert first is tasks[0] or first is tasks[1]
    line = [first, *engine.more(Lane.PROCESS, 1, [first])]
    assert line == tasks[:2]
    assert engine.more(Lane.PROCESS, 99, line) == [tasks[2]]


def test_a_rider_behind_two_that_do_not_come_is_skipped_once() -> None:
    engine, tasks = scheduler([PROCESS] * 3, [(0, 1), (0, 2), (1, 2)])
    first = take(engine)
    assert engine.more(Lane.PROCESS, 5, [first]) == tasks[1:]
    engine.settle([report(first, FAULT)])
    assert [task.fault for task in tasks[1:]] == [Skipped(0, 0), Skipped(0, 0)]
    assert [task.attempt for task in tasks] == [1, 0, 0]
    assert (engine.done, engine.failures) == (3, 3)


def test_what_cannot_be_handed_over_gives_back_what_it_took() -> None:
    engine, tasks = scheduler([DB, DB])
    first = take(engine)
    engine.outbox.clear()
    engine.rejected(first, 1, FAULT, 1.0)
    assert first.state is S.FAILED
    assert (first.options.lane, first.options.moved) == (Lane.PROCESS, DB.moved)
    assert list(engine.outbox) == [Wake(Lane.PROCESS)]
    assert take(engine) is tasks[1]


def test_a_retry_that_cannot_be_handed_over_ended_when_its_last_attempt_did() -> None:
    engine, tasks = scheduler([attrs.evolve(PROCESS, retry=Retry(2))])
    assert engine.exchange(Lane.PROCESS, [report(take(engine), FAULT)], 1, list) == tasks
    engine.rejected(tasks[0], 2, FAULT, 9.0)
    assert (tasks[0].state, tasks[0].attempt, tasks[0].ended) == (S.FAILED, 1, 2.0)


def test_what_moves_to_another_lane_moves_once_and_leaves_the_slot_to_its_worker() -> None:
    engine, tasks = scheduler([attrs.evolve(PROCESS, fallback=Lane.FALLBACK)])
    first = take(engine)
    engine.rejected(first, 1, FAULT, 1.0)
    assert (first.options.lane, first.options.fallback) == (Lane.FALLBACK, None)
    assert engine.running == 1
    assert engine.more(Lane.FALLBACK, 1, []) == tasks


def test_what_had_ended_when_the_run_was_aborted_counts_though_its_report_is_late() -> None:
    engine, tasks = scheduler([PROCESS] * 3, slots=1)
    assert engine.take(Lane.PROCESS) is tasks[0]
    assert engine.more(Lane.PROCESS, 5, []) == tasks[1:]
    engine.abort("now", 2.0)
    engine.settle([(tasks[0], 1, 0.5, 1.0, "value", None), (tasks[1], 1, 1.0, 2.0, None, FAULT)])
    engine.settle([(tasks[2], 1, 2.0, 2.5, "too late", None)])
    assert [task.state for task in tasks] == [S.SUCCEEDED, S.FAILED, S.CANCELLED]
    assert (tasks[0].value, tasks[2].value) == ("value", None)


def test_what_had_ended_when_the_run_was_halted_counts_and_nothing_after_it() -> None:
    engine, tasks = scheduler([PROCESS] * 3, slots=1, halt=FAIL_FAST)
    assert engine.take(Lane.PROCESS) is tasks[0]
    assert engine.more(Lane.PROCESS, 5, []) == tasks[1:]
    engine.settle([report(tasks[0], FAULT), report(tasks[1]), report(tasks[2], ended=2.5)])
    assert [task.state for task in tasks] == [S.FAILED, S.SUCCEEDED, S.CANCELLED]


def test_a_batch_has_one_priority() -> None:
    urgent = TaskOptions(lane=Lane.PROCESS, priority=1)
    engine, tasks = scheduler([PROCESS, urgent, urgent, PROCESS], slots=1)
    first = engine.more(Lane.PROCESS, 9, [])
    assert first == tasks[1:3]
    assert engine.more(Lane.PROCESS, 9, first) == []
    assert [task.state for task in tasks] == [S.WAITING, S.RUNNING, S.RUNNING, S.WAITING]
    assert engine.more(Lane.PROCESS, 9, []) == [tasks[0], tasks[3]]
    assert [task.attempt for task in tasks] == [1] * 4


def test_the_start_of_what_was_killed_is_told_once() -> None:
    notes: list[Note] = []
    engine, tasks = scheduler([LIMITED] * 3, slots=3, notes=notes)
    known, unknown, unbegun = take(engine), take(engine), take(engine)
    assert engine.started(known, 1, 1.0)
    engine.abort("now", 2.0)
    assert engine.killed(known, 1, 3.0, began=1.0, slot=False)
    assert engine.killed(unknown, 1, 3.0, began=1.5, slot=False)
    assert engine.killed(unbegun, 1, 3.0, slot=False)
    starts = [(when, task) for kind, when, task, _ in notes if kind is NoteKind.TASK_STARTED]
    assert starts == [(1.0, tasks[0]), (1.5, tasks[1])]


def test_a_run_ends_with_its_last_task_whenever_that_is_told() -> None:
    notes: list[Note] = []
    engine, tasks = scheduler([PROCESS] * 2, notes=notes)
    take(engine), take(engine)
    engine.settle([report(tasks[0], ended=9.0)])
    engine.settle([report(tasks[1], ended=5.0)])
    assert notes[-1][:2] == (NoteKind.RUN_ENDED, 9.0)
