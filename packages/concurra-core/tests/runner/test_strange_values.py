"""Anything may be given as anything: it works, or it is refused where it is said, in words. Nothing hangs or breaks."""

from __future__ import annotations

import inspect
from typing import Any, Final

import concurra
import process_tasks_values as values
import pytest
from concurra import Workflow
from concurra_core.model.settings import On
from doors import Door
from hypothesis import given, settings
from hypothesis import strategies as st
from public_doors import DOORS, HANDED, SPARED
from strange_values import STRANGE, anything

# The same settings as of a `Runner`, which is made of them.
_SAME: Final = {"Workflow.run", "Workflow.start", "Workflow.run_async", "TaskRunner.execute"}
_PARAMETERS: Final = [(door, name) for door in DOORS if door.name not in _SAME for name in door.parameters()]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize(("door", "name"), _PARAMETERS, ids=str)
@settings(max_examples=8, deadline=None)
@given(kind=st.sampled_from(sorted(STRANGE)))
def test_anything_works_or_is_refused_in_words(door: Door, name: str, kind: str) -> None:
    if kind not in SPARED.get(name, ()):
        door.use(name, STRANGE[kind]())


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_PARAMETERS), anything())
def test_literals_work_or_are_refused_in_words(place: tuple[Door, str], value: object) -> None:
    door, name = place
    if value is not True or name not in SPARED:
        door.use(name, value)


def test_every_public_name_is_a_door_or_is_handed_out() -> None:
    names = {door.name.partition(".")[0] for door in DOORS} | {*HANDED}
    errors = {
        name
        for name in concurra.__all__
        if inspect.isclass(getattr(concurra, name)) and issubclass(getattr(concurra, name), Exception)
    }
    assert {*concurra.__all__} - errors - names == set()


@pytest.mark.parametrize("on", ["thread", "inline"])
def test_a_proxy_among_the_arguments_is_not_asked_what_it_is(on: On) -> None:
    flow = Workflow()
    shy = values.Unbound()
    given = flow.add(lambda *args: args[1:], flow.add(abs, -1), shy, on=on)
    assert flow.validate() == []
    assert flow.run()[given].value == (shy,)


def test_what_says_that_it_is_a_ref_is_none() -> None:
    flow = Workflow()
    ref = flow.add(abs, -1, label="one")
    liar: Any = values.Stands(ref)
    with pytest.raises(TypeError, match="gather takes refs only, but item 1 is"):
        flow.gather([ref, liar])
    with pytest.raises(TypeError, match="map needs an iterable of items or a ref to one"):
        flow.map(abs, liar)
    with pytest.raises(TypeError, match="after must be an iterable of labels"):
        flow.add(abs, -1, after=liar)
    given = flow.add(lambda what: what, liar)
    assert flow.run()[given].value is liar
