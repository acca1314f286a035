from __future__ import annotations

from concurra_core.engine.deadlines import Deadlines
from concurra_core.testing import FakeClock
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

KEYS = st.integers(0, 5)


class AgainstADict(RuleBasedStateMachine):
    """`Deadlines` does what a dict from keys to times does, scanned each time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.deadlines = Deadlines()
        self.model: dict[int, float] = {}

    @rule(key=KEYS, seconds=st.integers(0, 9))
    def set(self, key: int, seconds: int) -> None:
        self.model[key] = self.clock() + seconds
        self.deadlines.set(key, self.clock() + seconds)

    @rule(key=KEYS)
    def drop(self, key: int) -> None:
        self.model.pop(key, None)
        self.deadlines.drop(key)

    @rule(seconds=st.integers(0, 4))
    def pass_time(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def collect(self) -> None:
        due = {key: when for key, when in self.model.items() if when <= self.clock()}
        found = self.deadlines.overdue(self.clock())
        assert sorted(found) == sorted(due)
        assert [due[key] for key in found] == sorted(due.values())
        for key in due:
            del self.model[key]

    @invariant()
    def same(self) -> None:
        soonest = min(self.model.values(), default=None)
        assert self.deadlines.next() == soonest


TestAgainstADict = AgainstADict.TestCase


def test_dropped_deadlines_do_not_pile_up() -> None:
    deadlines = Deadlines()
    deadlines.set(-1, 0.5)
    for key in range(10_000):
        deadlines.set(key, 1e9)
        deadlines.drop(key)
    assert len(deadlines._heap) < 200
    assert deadlines.overdue(1.0) == [-1]


def test_what_piled_up_leaves_the_rest_in_order() -> None:
    deadlines = Deadlines()
    for key in range(9):
        deadlines.set(key, 9.0 - key)
    for _ in range(200):
        deadlines.set(99, 5.5)
        deadlines.drop(99)
    assert deadlines.next() == 1.0
    assert deadlines.overdue(5.0) == [8, 7, 6, 5, 4]
    assert deadlines.overdue(9.0) == [3, 2, 1, 0]


def test_one_that_is_dropped_costs_no_walk_over_the_others() -> None:
    deadlines = Deadlines()
    for key in range(40):
        deadlines.set(key, float(key))
    heap = deadlines._heap
    deadlines.drop(0)
    deadlines.drop(0)
    assert deadlines._heap is heap


def test_what_is_cleared_is_let_go() -> None:
    deadlines = Deadlines()
    deadlines.set(1, 2.0)
    deadlines.clear()
    assert (deadlines._due, deadlines._heap) == ({}, [])
    assert deadlines.next() is None


def test_what_was_overdue_is_forgotten() -> None:
    deadlines = Deadlines()
    deadlines.set(1, 4.0)
    assert deadlines.overdue(3.9) == []
    assert deadlines.overdue(4.0) == [1]
    assert deadlines.next() is None
    assert (deadlines.overdue(9.0), deadlines._due) == ([], {})


def test_a_key_tells_when_it_falls_due() -> None:
    deadlines = Deadlines()
    deadlines.set(7, 4.0)
    deadlines.set(7, 2.0)
    assert (deadlines.of(7), deadlines.of(8)) == (2.0, None)
    deadlines.drop(7)
    assert deadlines.of(7) is None
