from __future__ import annotations

import pickle

import pytest
from concurra_core.model.options import DEFAULT_TASK
from concurra_core.model.outcome import Aborted, TimedOut
from concurra_core.model.ref import Ref, is_ref
from concurra_core.model.task import RELEASED, Task


def task(index: int, *args: object) -> Task:
    needs = tuple(arg.index for arg in args if is_ref(arg))
    return Task(index, f"t{index}", print, args, None, DEFAULT_TASK, needs)


class Shy:
    """A proxy to what is not there now: nobody may ask what it is."""

    @property  # type: ignore[misc] # as proxies do it, which types do not foresee
    def __class__(self) -> type:
        raise RuntimeError("nothing is bound here")


class Unhashable(type):
    """Of a class that can be in no set."""

    __hash__ = None  # type: ignore[assignment] # so it is for one whose metaclass says when classes are equal


class Odd(metaclass=Unhashable):
    """An object of that class."""


def test_refs_among_the_arguments_become_results() -> None:
    owner = object()
    first, second = task(0), task(1)
    first.value, second.value = "one", "two"
    third = task(2, Ref(owner, second), "plain", Ref(owner, first))
    assert third.wires() == [(0, 1), (2, 0)]
    assert third.sources() == (1, 0)
    assert third.arguments([first, second, third]) == ("two", "plain", "one")


@pytest.mark.parametrize("kind", [Shy, Odd])
def test_an_argument_is_not_asked_whether_it_is_a_ref(kind: type) -> None:
    shy, first = kind(), task(0)
    first.value = "one"
    second, third = task(1, shy, Ref(object(), first)), Task(2, "", print, (shy,), None, DEFAULT_TASK, (0,))
    assert (second.takes_results, third.takes_results) == (True, False)
    assert (second.sources(), third.sources()) == ((0,), ())
    tasks = [first, second, third]
    assert (second.arguments(tasks), third.arguments(tasks)) == ((shy, "one"), (shy,))


def test_what_went_wrong_before_stays_when_the_present_attempt_goes_well() -> None:
    tried = task(0)
    assert (tried.fault, tried.retried) == (None, ())
    for limit in (1.0, 2.0):
        tried.fault = TimedOut(limit)
        tried.retry_after(TimedOut(limit))
        assert tried.fault is None
    assert tried.retried == (TimedOut(1.0), TimedOut(2.0))
    tried.fault = TimedOut(3.0)
    tried.fault = Aborted("now")
    assert (tried.fault, tried.retried) == (Aborted("now"), (TimedOut(1.0), TimedOut(2.0)))
    tried.fault = None
    assert (tried.fault, tried.retried) == (None, (TimedOut(1.0), TimedOut(2.0)))


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


def test_a_ref_is_no_default() -> None:
    owner = object()
    first: Ref[object] = Ref(owner, task(1))
    second: Ref[object] = Ref(owner, task(2))
    with pytest.raises(
        TypeError,
        match=r"the default of Ref\('t1'\) must be a value, not Ref\('t2'\), which stands for a result",
    ):
        first.or_else(second)
