"""A few rounds of the soak, by count; `make soak` goes on for an hour."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from platforms import needs_proc
from soak.trend import Samples, slope_of, table

TESTS = Path(__file__).parents[1]
HELPERS = TESTS.parent / "packages" / "concurra-core" / "tests" / "helpers"


@needs_proc
@pytest.mark.timeout(120)  # a sixth of it on a machine with nothing else to do
def test_a_few_rounds_hold_nothing_and_tell_the_truth() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(HELPERS)])}
    program = subprocess.run(
        [sys.executable, "-m", "soak", "--rounds", "3"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (program.stderr, program.returncode) == ("", 0), program.stdout
    assert "3 rounds, 27 runs" in program.stdout


def test_the_slope_is_that_of_the_straight_line() -> None:
    assert slope_of([0.0, 1.0, 2.0, 3.0], [1, 3, 5, 7]) == 2.0
    assert slope_of([0.0, 1.0, 2.0], [4, 4, 4]) == 0.0
    assert slope_of([1.0], [4]) == 0.0


def test_what_grows_beyond_its_noise_is_named() -> None:
    samples = Samples()
    for number in range(100):
        rest = [7, 1, 0, 0, 0, 0, 0, 20_000]
        samples.add(36.0 * number, [*rest, 30_000 + 120 * number])
    trends = samples.trends()
    assert [trend.name for trend in trends if trend.grows] == ["RSS, KiB"]
    assert round(trends[-1].per_hour) == 12000
    assert "| RSS, KiB | 32400 | 41880 | 32400 | 41880 | +12000.00 | +9480.00 | 8192 | **grows** |" in table(
        trends
    )
