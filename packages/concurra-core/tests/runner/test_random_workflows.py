"""Random workflows of every kind under the scheduler of real runs: what must always hold, and what comes out of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import attrs
import pytest
from concurra_core import (
    Event,
    Halt,
    LifecycleError,
    RunStatus,
    TaskEnded,
    TaskRetrying,
    TaskStarted,
    TaskState,
)
from concurra_core.testing import SimulatedRun, simulate
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from random_flows import LIMITS, SLOTS, STRICT, End, Node, build, expected, label_of, nodes, plain

OWN = {TaskState.FAILED, TaskState.CRASHED, TaskState.TIMED_OUT}
SEEDS = st.integers(0, 7)
# Not the explanation of failures: it traces every line that runs, which takes minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
many = settings(max_examples=200, deadline=None, phases=PHASES)
some = settings(max_examples=100, deadline=None, phases=PHASES)


def simulated(flow: Sequence[Node], seed: int, **said: Any) -> SimulatedRun:
    made, fakes = build(flow)
    return simulate(made, fakes, seed=seed, **{"max_concurrency": SLOTS, "limits": LIMITS, **said})


def node_of(flow: Sequence[Node], label: Hashable) -> Node:
    return flow[int(str(label).partition("-")[0])]


def check_attempts(run: SimulatedRun) -> None:
    """Every task ends exactly once, after its last attempt; each attempt begins once, and ends before the next."""
    ended = Counter(event.label for event in run.events if isinstance(event, TaskEnded))
    assert ended == dict.fromkeys(run.report, 1)
    attempts: dict[Hashable, int] = {}
    underway: set[Hashable] = set()
    for event in run.events:
        if isinstance(event, TaskStarted):
            assert event.label not in underway
            assert event.attempt == attempts.get(event.label, 0) + 1
            attempts[event.label] = event.attempt
            underway.add(event.label)
        elif isinstance(event, TaskRetrying):
            assert event.attempt == attempts[event.label]
            underway.remove(event.label)
        elif isinstance(event, TaskEnded):
            underway.discard(event.label)
    assert not underway
    assert {label: result.attempts for label, result in run.report.items() if result.attempts} == attempts


def check_limits(flow: Sequence[Node], run: SimulatedRun) -> None:
    """Never more slots, named limits, items of a map, or inline tasks than there are."""
    running: dict[Hashable, Node] = {}
    for event in run.events:
        if isinstance(event, TaskStarted):
            node = node_of(flow, event.label)
            is_item = str(event.label).endswith("]")
            if node.kind != "gather" and is_item == node.is_map:
                running[event.label] = node
        elif isinstance(event, TaskRetrying | TaskEnded):
            running.pop(event.label, None)
        on = list(running.values())
        assert sum(node.cpus for node in on) <= SLOTS
        assert sum(node.kind == "inline" for node in on) <= 1
        used = Counter[str]()
        for node in on:
            used.update(dict(node.uses))
        assert all(used[name] <= most for name, most in LIMITS.items())
        for node in on:
            assert node.limit is None or not node.is_map or sum(other is node for other in on) <= node.limit


def check_edges(flow: Sequence[Node], run: SimulatedRun) -> None:
    """Nothing begins before what it waits for has settled, or succeeded where it needs that."""
    settled: dict[Hashable, TaskState] = {}
    for event in run.events:
        if isinstance(event, TaskEnded):
            settled[event.label] = event.status
        elif isinstance(event, TaskStarted):
            for source, rule in node_of(flow, event.label).edges:
                state = settled[label_of(source, flow[source])]
                assert state is TaskState.SUCCEEDED or rule not in STRICT


def check_causes(flow: Sequence[Node], run: SimulatedRun) -> None:
    """What was skipped names a task that it needed, and that did not succeed."""
    for label, result in run.report.items():
        if result.status is not TaskState.SKIPPED:
            continue
        because = result.because
        assert not run.report[because].succeeded
        node = node_of(flow, label)
        needed = {label_of(source, flow[source]) for source, rule in node.edges if rule in STRICT}
        assert because in needed or (node.is_map and str(because).startswith(f"{label}["))


def check_times(run: SimulatedRun) -> None:
    moments = [event.monotonic for event in run.events]
    assert moments == sorted(moments)
    for result in run.report.values():
        assert result.seconds >= 0
        assert result.waited is None or result.waited >= 0
        if result.started is not None:
            assert result.ended >= result.started


def check_always(flow: Sequence[Node], run: SimulatedRun) -> None:
    check_attempts(run)
    check_limits(flow, run)
    check_edges(flow, run)
    check_causes(flow, run)
    check_times(run)


def taken(flow: Sequence[Node]) -> set[Hashable]:
    return {
        label_of(source, flow[source])
        for node in flow
        for source, rule in node.edges
        if not rule.startswith("after")
    }


def value_of(run: SimulatedRun, label: Hashable) -> object:
    return run.report[label].value


def check_values(flow: Sequence[Node], run: SimulatedRun, ends: dict[Hashable, End]) -> None:
    """What succeeded has the value that it has without an engine, if that is to be kept."""
    needed = taken(flow)
    for label, result in run.report.items():
        if not result.succeeded:
            assert result.value is None
            continue
        node = node_of(flow, label)
        item = node.is_map and str(label).endswith("]")
        keep = node.keep if node.kind != "gather" else None
        if keep or (keep is None and label not in needed and not item):
            assert plain(result.value) == plain(ends[label][1])
        else:
            with pytest.raises(LifecycleError):
                value_of(run, label)


@given(nodes(), SEEDS)
@many
def test_all_ends_as_it_does_without_an_engine(flow: list[Node], seed: int) -> None:
    run = simulated(flow, seed)
    ends = expected(flow)
    assert {label: result.status for label, result in run.report.items()} == {
        label: state for label, (state, _) in ends.items()
    }
    check_always(flow, run)
    check_values(flow, run, ends)
    at_fault = [label for label, (state, _) in ends.items() if state is not TaskState.SUCCEEDED]
    counts = [label for label in at_fault if not run.report[label].allow_failure]
    assert run.report.status is (RunStatus.FAILED if counts else RunStatus.SUCCEEDED)


@given(
    nodes(),
    SEEDS,
    st.sampled_from(
        [Halt.soon(), Halt.soon(2), Halt.now(), Halt.now(2), Halt.soon(ratio=0.2), Halt.now(ratio=0.2)]
    ),
)
@many
def test_a_halted_run_ends_what_it_did_not_finish(flow: list[Node], seed: int, halt: Halt) -> None:
    check_stopped(flow, simulated(flow, seed, halt=halt))


@given(nodes(), SEEDS, st.floats(0.5, 30))
@many
def test_a_run_at_its_deadline_ends_what_it_did_not_finish(
    flow: list[Node], seed: int, deadline: float
) -> None:
    run = simulated(flow, seed, deadline=deadline)
    check_stopped(flow, run)
    late = any(result.status is TaskState.CANCELLED for result in run.report.values())
    assert (run.report.status is RunStatus.TIMED_OUT) == late
    assert run.seconds <= deadline + 1  # and the grace


def check_stopped(flow: Sequence[Node], run: SimulatedRun) -> None:
    """What was not stopped is as it would be in a run that goes on."""
    check_always(flow, run)
    ends = expected(flow)
    for label, result in run.report.items():
        if result.status is TaskState.CANCELLED:
            assert result.value is None
        elif (
            result.status is not ends[label][0]
        ):  # what fails when nothing starts any more is not tried again
            assert result.status in OWN
            assert result.attempts < node_of(flow, label).attempts


@given(nodes(), SEEDS)
@some
def test_the_same_seed_gives_the_same_run(flow: list[Node], seed: int) -> None:
    first, again = simulated(flow, seed), simulated(flow, seed)
    assert first.starts == again.starts
    assert [
        attrs.evolve(event, run_id="")
        for event in first.events
        if isinstance(event, TaskEnded | TaskRetrying)
    ] == [
        attrs.evolve(event, run_id="")
        for event in again.events
        if isinstance(event, TaskEnded | TaskRetrying)
    ]


# -- who starts when: without maps, and with nothing but slots to wait for ----------------------------------

PLAIN = nodes(kinds=["thread", "process", "async", "command", "list", "gather"])


def unlimited(flow: Sequence[Node]) -> list[Node]:
    return [attrs.evolve(node, cpus=1, uses=()) for node in flow]


def place_of(label: Hashable) -> int:
    return int(str(label).partition("-")[0])


@attrs.define
class Board:
    """Where the tasks of a flow stand, event by event."""

    flow: Sequence[Node]
    settled: dict[int, TaskState] = attrs.field(factory=dict)
    begun: dict[int, float] = attrs.field(factory=dict)  # when their next attempt may begin
    running: set[int] = attrs.field(factory=set)

    def take(self, event: Event) -> None:
        match event:
            case TaskStarted(label=label) if self.flow[place_of(label)].kind != "gather":
                self.running.add(place_of(label))
            case TaskRetrying(label=label, delay=delay, monotonic=now):
                self.running.remove(place_of(label))
                self.begun[place_of(label)] = now + delay
            case TaskEnded(label=label, status=status):
                self.running.discard(place_of(label))
                self.settled[place_of(label)] = status
            case _:
                pass

    def ready(self, now: float) -> set[int]:
        """Return what could have begun before *now*."""
        return {place for place, node in enumerate(self.flow) if self._is_ready(place, node, now)}

    def _is_ready(self, place: int, node: Node, now: float) -> bool:
        if node.kind == "gather" or place in self.running or place in self.settled:
            return False
        ends = [(self.settled.get(source), rule) for source, rule in node.edges]
        return self.begun.get(place, 0.0) < now and all(
            state is TaskState.SUCCEEDED or (state is not None and rule not in STRICT) for state, rule in ends
        )


@given(PLAIN, SEEDS, st.integers(1, 3))
@many
def test_no_slot_is_free_while_a_task_could_start(flow: list[Node], seed: int, slots: int) -> None:
    board = Board(unlimited(flow))
    before = 0.0
    for event in simulated(board.flow, seed, max_concurrency=slots).events:
        if event.monotonic > before:  # time has passed: all that could be done at the moment before was done
            assert len(board.running) == slots or not board.ready(event.monotonic)
            before = event.monotonic
        board.take(event)
        assert len(board.running) <= slots
