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
