"""Looking for everybody once, for all who are ended in one moment."""

from __future__ import annotations

import os

from concurra_core.backends.census import Census
from concurra_core.testing import FakeClock
from platforms import needs_proc

pytestmark = needs_proc


def test_a_look_serves_for_a_moment_and_no_longer() -> None:
    clock = FakeClock(5.0)
    census = Census(clock)
    first = census()
    assert os.getpid() in {pid for pid, *_ in first}
    clock.advance(0.005)
    assert census() is first
    clock.advance(0.1)
    assert census() is not first
