from __future__ import annotations

import pickle

import pytest
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.ref import Ref
from concurra_core.model.task import RELEASED, Task


def task(index: int, *args: object) -> Task:
    wires = tuple(place for place, arg in enumerate(args) if isinstance(arg, Ref))
    return Task(index, f"t{index}", print, args, None, DEFAULT_TASK, wires=wires)


def test_refs_among_the_arguments_become_results() -> None:
    owner = object()
    first, second = task(0), task(1)
    first.value, second.value = "one", "two"
    third = task(2, Ref(owner, second), "plain", Ref(owner, first))
    assert third.sources() == (1, 0)
    assert third.arguments([first, second, third]) == ("two", "plain", "one")


def test_a_ref_knows_its_task_and_its_owner() -> None:
    owner = object()
    ref: Ref[object] = Ref(owner, task(3))
    assert (ref.label, ref.index, repr(ref)) == ("t3", 3, "Ref('t3')")
    assert ref._belongs_to(owner)
    assert not ref._belongs_to(object())


def test_what_was_let_go_says_so() -> None:
    assert repr(RELEASED) == "<released>"


def test_a_ref_within_an_argument_does_not_travel() -> None:
    with pytest.raises(
        TypeError, match=r"Ref\('t3'\) stands for a result among the positional arguments .* flow.gather"
    ):
        pickle.dumps([Ref(object(), task(3))])
