from __future__ import annotations

from concurra_core.model.outcome import END_STATE, Fault
from concurra_core.model.state import MOVES, TERMINAL, TaskState


def test_every_state_has_a_row() -> None:
    assert set(MOVES) == set(TaskState)


def test_every_state_can_be_reached_and_the_terminal_ones_left_by_nothing() -> None:
    reached = set().union(*MOVES.values())
    assert reached == set(TaskState)
    assert all(not MOVES[state] for state in TERMINAL)
    assert len(TERMINAL) == 6


def test_every_fault_has_a_terminal_state() -> None:
    assert set(END_STATE) == set(Fault.__args__)
    assert set(END_STATE.values()) == TERMINAL - {TaskState.SUCCEEDED}
