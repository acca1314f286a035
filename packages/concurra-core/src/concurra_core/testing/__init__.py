"""Testing your flows: the scheduler of real runs with a clock that costs nothing, and doubles for tests.

Names load when they are first used: pytest looks at this package for its fixture at every start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurra_core.backends.inline import InlineBackend
    from concurra_core.testing.doubles import FakeClock, RecordingSink
    from concurra_core.testing.errors import FakeFailure, HangError, UnknownLabelError
    from concurra_core.testing.fakes import Fake
    from concurra_core.testing.simulated_run import SimulatedRun
    from concurra_core.testing.simulation import Simulate, Simulation, simulate

__all__ = [
    "Fake",
    "FakeClock",
    "FakeFailure",
    "HangError",
    "InlineBackend",
    "RecordingSink",
    "Simulate",
    "SimulatedRun",
    "Simulation",
    "UnknownLabelError",
    "simulate",
]

# Where each name is loaded from.
_HOMES = {
    "backends.inline": "InlineBackend",
    "testing.doubles": "FakeClock RecordingSink",
    "testing.errors": "FakeFailure HangError UnknownLabelError",
    "testing.fakes": "Fake",
    "testing.simulated_run": "SimulatedRun",
    "testing.simulation": "Simulate Simulation simulate",
}
_MODULES = {name: f"concurra_core.{home}" for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
