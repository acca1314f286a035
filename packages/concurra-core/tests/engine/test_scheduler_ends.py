"""How the scheduler ends tasks: limits, late news, aborts, halts, lost backends."""

from __future__ import annotations

from concurra_core.engine.commands import Kill
from concurra_core.model.halt import FAIL_FAST
from concurra_core.model.notes import NoteKind
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.outcome import Aborted, Halted, Raised, TimedOut
from concurra_core.model.retry import Retry
from concurra_core.model.state import TaskState
from world import World

S = TaskState


def test_a_limit_counts_from_the_start_and_its_strike_waits_for_the_worker() -> None:
    world = World([TaskOptions(timeout=4.0), TaskOptions()], [(0, 1)])
    world.clock.advance(50.0)
    world.wake()
    assert world.alarm == 154.0
    world.ring()
    assert world.kills == [Kill(world.tasks[0], 1, 1.0)]
    assert world.states() == [S.STOPPING, S.WAITING]
    world.kill()
    assert world.states() == [S.TIMED_OUT, S.SKIPPED]
    assert world.tasks[0].fault == TimedOut(4.0)


def test_limits_of_ended_tasks_are_forgotten() -> None:
    world = World([TaskOptions(timeout=4.0), TaskOptions(timeout=9.0)], slots=1)
    world.wake()
    world.clock.advance(1.0)
    world.succeed()
    world.ring()
    assert world.states() == [S.SUCCEEDED, S.RUNNING]
    world.ring()
    assert world.clock() == 110.0
    world.kill()
    assert world.over


def test_a_report_that_races_with_the_strike_settles_it() -> None:
    world = World([TaskOptions(timeout=4.0), TaskOptions()], slots=1)
    world.wake()
    world.ring()
    world.succeed()
    assert world.states() == [S.TIMED_OUT, S.RUNNING]
    assert world.tasks[0].value is None
    world.kill()
    world.succeed()
    assert world.over


def test_late_news_of_a_task_is_ignored() -> None:
    world = World([TaskOptions(timeout=4.0)], slots=1)
    world.wake()
    task = world.tasks[0]
    world.ring()
    world.kill()
    assert world.scheduler.succeed(task, 1, "late", 300.0) is None
    assert world.scheduler.fail(task, 1, Raised(ValueError(), ""), 300.0) is None
    assert not world.scheduler.started(task, 1, 300.0)
    world.scheduler.killed(task, 1, 300.0)
    world.scheduler.given_back(task, 1, 300.0)
    world.obey()
    assert (task.state, task.value, task.ended) == (S.TIMED_OUT, None, 104.0)


def test_what_was_never_begun_runs_elsewhere_and_uses_up_no_attempt() -> None:
    world = World.plain(1)
    world.wake()
    world.give_back()
    assert world.tasks[0].attempt == 0
    world.settle()
    assert (world.tasks[0].attempt, world.states()) == (1, [S.SUCCEEDED])


def test_what_is_returned_while_it_is_stopped_ends() -> None:
    world = World.plain(1)
    world.wake()
    world.scheduler.abort("now", world.clock())
    world.obey()
    world.give_back()
    assert world.states() == [S.CANCELLED]
    assert (world.tasks[0].fault, world.tasks[0].attempt) == (Aborted("now"), 0)


def test_what_is_returned_over_its_limit_ends_by_its_limit() -> None:
    world = World([TaskOptions(timeout=1.0)])
    world.wake()
    world.ring()
    world.give_back()
    world.kill()
    assert world.states() == [S.TIMED_OUT]


def test_an_abort_ends_all_that_waits_and_stops_all_that_runs() -> None:
    world = World.plain(4, [(0, 3)], slots=2)
    world.wake()
    world.wake()
    world.clock.advance(7.0)
    world.scheduler.abort("by hand", world.clock())
    world.obey()
    assert world.states() == [S.STOPPING, S.STOPPING, S.CANCELLED, S.CANCELLED]
    world.scheduler.abort("again", world.clock())
    world.scheduler.hurry()
    world.obey()
    assert [kill.grace for kill in world.kills] == [1.0, 1.0, 0.0, 0.0]
    world.settle()
    faults = [Aborted("by hand", running=True)] * 2 + [Aborted("by hand")] * 2
    assert [task.fault for task in world.tasks] == faults


def test_an_abort_ends_a_waiting_retry() -> None:
    world = World([TaskOptions(retry=Retry(attempts=2, delay=5.0))])
    world.wake()
    world.fail()
    world.scheduler.abort("by hand", 101.0)
    world.obey()
    assert world.states() == [S.CANCELLED]
    assert world.scheduler.deadlines.next() is None


def test_the_first_failure_halts_a_run_that_is_to_fail_fast() -> None:
    world = World([TaskOptions()] * 5, [(0, 3)], halt=FAIL_FAST)
    world.wake()
    world.wake()
    world.fail(0)
    assert world.states() == [S.FAILED, S.STOPPING, S.CANCELLED, S.SKIPPED, S.CANCELLED]
    assert world.tasks[2].fault == Halted(0, fast=True)
    world.kill()
    assert world.tasks[1].fault == Halted(0, running=True, fast=True)
    kinds = [note[0] for note in world.notes]
    assert kinds.count(NoteKind.HALTED) == 1
    assert kinds.count(NoteKind.DELETED) == 1
    assert world.over


def test_a_time_limit_halts_it_too() -> None:
    world = World([TaskOptions(timeout=1.0), TaskOptions()], slots=1, halt=FAIL_FAST)
    world.wake()
    world.ring()
    world.kill()
    assert world.states() == [S.TIMED_OUT, S.CANCELLED]


def test_a_lost_backend_fails_every_open_task() -> None:
    world = World([TaskOptions(timeout=1.0), TaskOptions(), TaskOptions(), TaskOptions()], [(1, 2)], slots=2)
    world.wake()
    world.wake()
    world.ring()
    world.tasks[3].state = S.SUCCEEDED
    fault = Raised(RuntimeError("gone"), "")
    world.scheduler.done += 1
    world.scheduler.lose(Lane.THREAD, fault, world.clock())
    world.running.clear()
    world.obey()
    assert world.states() == [S.TIMED_OUT, S.FAILED, S.FAILED, S.SUCCEEDED]
    assert world.tasks[2].fault is fault


def test_what_runs_elsewhere_is_stopped_when_a_backend_is_lost() -> None:
    command = TaskOptions(lane=Lane.COMMAND, timeout=1.0)
    world = World([TaskOptions(), command, TaskOptions()], slots=2)
    world.wake()
    world.wake()
    fault = Raised(RuntimeError("gone"), "")
    world.scheduler.lose(Lane.THREAD, fault, world.clock())
    world.running.pop(0)
    world.obey()
    assert world.states() == [S.FAILED, S.STOPPING, S.FAILED]
    assert world.scheduler.deadlines.next() is None
    world.kill()
    assert world.states() == [S.FAILED] * 3
    assert not world.scheduler.killed(world.tasks[1], 1, world.clock())


def test_what_was_handed_out_and_not_begun_when_a_backend_is_lost_never_began() -> None:
    world = World.plain(1)
    task = world.scheduler.take(Lane.THREAD)
    assert task is not None
    assert task.attempt == 1
    world.scheduler.lose(Lane.THREAD, Raised(RuntimeError("gone"), ""), world.clock())
    assert (task.state, task.attempt, task.started) == (S.FAILED, 0, 0.0)
