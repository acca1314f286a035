"""`concurra_core.testing` by its short name: the same objects."""

from concurra_core.testing import (
    Fake,
    FakeClock,
    FakeFailure,
    HangError,
    InlineBackend,
    RecordingSink,
    Simulate,
    SimulatedRun,
    Simulation,
    UnknownLabelError,
    simulate,
)

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
