"""What is said of anything that is given to `concurra.testing`, as `test_strange_values` of the runner asks."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import pytest
from concurra_core.testing import Fake, FakeClock, InlineBackend, SimulatedRun, Simulation, simulate
from doors import Door
from hypothesis import given, settings
from hypothesis import strategies as st
from public_doors import made, methods, nothing, used, workflow
from strange_values import STRANGE, anything


def simulation() -> Simulation:
    return Simulation(workflow())


def simulated() -> SimulatedRun:
    return simulation().run()


def runs_still(subject: Simulation, _: object) -> None:
    """The simulation comes to an end, which the strange fake may decide, or says that none can be."""
    assert str(subject.run())


def asserted(run: SimulatedRun, number: int) -> None:
    """What fails is the test of whoever said so few."""
    with suppress(AssertionError):
        run.assert_at_most(number)


def plays(fake: Fake) -> None:
    """A fake that was made can be used."""
    assert str(simulate(workflow(), {"first": fake}, timeout=1))


GIVEN: Final[dict[str, Any]] = {
    "task": "first",
    "first": "first",
    "second": "first",
    "seconds": 1.0,
    "flow": workflow(),
}
DOORS: Final = [
    made(Fake, used(plays)),
    made(FakeClock, nothing),
    made(InlineBackend, nothing),
    Door("Simulation", lambda: None, lambda _: Simulation, used(Simulation.run), GIVEN),
    Door("simulate", lambda: None, lambda _: simulate, nothing, GIVEN),
    *methods(Simulation, simulation, runs_still, **GIVEN),
    *(door for door in methods(SimulatedRun, simulated, nothing, **GIVEN) if "at_most" not in door.name),
    Door("at_most", simulated, lambda run: lambda number: asserted(run, number), nothing),
    Door("at_most_of", simulated, lambda run: lambda *tasks: run.assert_at_most(1, *tasks), nothing),
]
PARAMETERS: Final = [(door, name) for door in DOORS for name in door.parameters()]


@pytest.mark.parametrize(("door", "name"), PARAMETERS, ids=str)
@settings(max_examples=8, deadline=None)
@given(kind=st.sampled_from(sorted(STRANGE)))
def test_anything_works_or_is_refused_in_words(door: Door, name: str, kind: str) -> None:
    door.use(name, STRANGE[kind]())


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PARAMETERS), anything())
def test_literals_work_or_are_refused_in_words(place: tuple[Door, str], value: object) -> None:
    door, name = place
    door.use(name, value)
