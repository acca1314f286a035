from __future__ import annotations

from collections.abc import Sequence

from concurra_core.model.halt import Halt
from concurra_core.model.notes import NoteKind
from concurra_core.model.options import Lane, TaskOptions
from concurra_core.model.outcome import Skipped
from concurra_core.model.retry import Retry
from concurra_core.model.state import MOVES, TERMINAL, TaskState
from hypothesis import given, settings
from hypothesis import strategies as st
from world import World

OPTIONS = st.builds(
    TaskOptions,
    lane=st.sampled_from([Lane.THREAD, Lane.COMMAND]),
    timeout=st.sampled_from([None, None, 1.0, 3.0]),
    retry=st.builds(Retry, attempts=st.integers(1, 3), delay=st.sampled_from([0.0, 2.0])),
    priority=st.integers(0, 2),
    keep=st.booleans(),
)

HALTS = st.sampled_from(
    [Halt.never(), Halt.now(), Halt.now(3), Halt.soon(), Halt.soon(2), Halt.now(ratio=0.3)]
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    options = draw(st.lists(OPTIONS, min_size=1, max_size=10))
    order = draw(st.permutations(range(len(options))))  # edges may point backwards in the order of adding
    pairs = [(order[a], order[b]) for b in range(len(options)) for a in range(b)]
    edges = draw(st.sets(st.sampled_from(pairs), max_size=15)) if pairs else set()
    return World(options, edges, slots=draw(st.integers(1, 4)), halt=draw(HALTS))


def possible(world: World) -> list[str]:
    """Return what could happen next without anybody interfering."""
    happens = {
        "wake": bool(world.wakes),
        "kill": bool(world.kills),
        "succeed": bool(world.running),
        "fail": bool(world.running),
        "give_back": bool(world.running),
        "ring": world.alarm is not None,
    }
    return [what for what, can in happens.items() if can]


def legal(before: TaskState, after: TaskState) -> bool:
    """Return whether one stimulus may take a task from one state to the other; a retry may start at once."""
    return before is after or after in MOVES[before] or any(after in MOVES[via] for via in MOVES[before])


def play(data: st.DataObject, world: World, *, aborts: bool) -> None:
    """Let anything happen in any order until every task has ended."""
    given_back = 0
    while not world.over:
        choices = possible(world)
        assert choices, "deadlock: nothing can happen and tasks are open"
        if given_back >= 5:
            choices = [what for what in choices if what != "give_back"] or choices
        what = data.draw(st.sampled_from([*choices, "abort"] if aborts else choices))
        before = world.states()
        if what in {"succeed", "fail", "give_back"}:
            given_back += what == "give_back"
            getattr(world, what)(data.draw(st.integers(0, len(world.running) - 1)))
        elif what == "abort":
            world.scheduler.abort("by hand", world.clock())
            world.obey()
        else:
            getattr(world, what)()
        assert all(legal(a, b) for a, b in zip(before, world.states(), strict=True))


def check_the_end(world: World) -> None:
    """Every task ended exactly once, and the run too."""
    assert world.finished == 1
    assert world.scheduler.running == 0
    ended = [note[2] for note in world.notes if note[0] is NoteKind.TASK_ENDED]
    assert sorted(task.index for task in ended if task is not None) == [task.index for task in world.tasks]
    assert world.notes[-1][0] is NoteKind.RUN_ENDED
    assert world.scheduler.failures == sum(state is not TaskState.SUCCEEDED for state in world.states())


@settings(max_examples=300)
@given(worlds(), st.data())
def test_whatever_happens_each_task_ends_once_and_in_order(world: World, data: st.DataObject) -> None:
    # World.obey checks after every step: the limit is never exceeded, one wake-up in flight at most, the end
    # is announced once; World.begin: nothing starts before its dependencies succeeded.
    play(data, world, aborts=True)
    check_the_end(world)


@settings(max_examples=300)
@given(worlds(), st.data())
def test_skips_are_exactly_the_descendants_of_what_did_not_succeed(world: World, data: st.DataObject) -> None:
    play(data, world, aborts=False)
    check_the_end(world)
    halted = world.scheduler.cut is not None
    for task in world.tasks:
        blocked = [need for need in task.needs if world.tasks[need].state is not TaskState.SUCCEEDED]
        if task.state is TaskState.SKIPPED:
            assert isinstance(task.fault, Skipped)
            assert task.fault.because in blocked
            assert task.fault.root in ancestors(world, task.index)
            assert world.tasks[task.fault.root].state in TERMINAL - {TaskState.SKIPPED, TaskState.SUCCEEDED}
        elif task.state is TaskState.CANCELLED:
            assert halted
        else:
            assert not blocked


@given(worlds())
def test_when_all_goes_well_all_succeed(world: World) -> None:
    world.settle()
    assert set(world.states()) == {TaskState.SUCCEEDED}


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 4))
def test_ready_tasks_start_by_priority_and_then_in_the_order_of_adding(
    priorities: Sequence[int], slots: int
) -> None:
    world = World([TaskOptions(priority=priority) for priority in priorities], slots=slots)
    world.settle()
    assert world.order == sorted(range(len(priorities)), key=lambda index: (-priorities[index], index))


def ancestors(world: World, index: int) -> set[int]:
    found: set[int] = set()
    open_ones = [index]
    while open_ones:
        for need in world.tasks[open_ones.pop()].needs:
            if need not in found:
                found.add(need)
                open_ones.append(need)
    return found
