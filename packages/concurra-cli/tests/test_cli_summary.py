"""The last words on a run."""

from __future__ import annotations

import pytest
from concurra_cli.summary import spelt_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.004, "0.00 sec"),
        (59.994, "59.99 sec"),
        (59.999, "1 min 0 sec"),
        (60.0, "1 min 0 sec"),
        (119.7, "2 min 0 sec"),
        (3725.4, "62 min 5 sec"),
    ],
)
def test_a_time_is_rounded_before_it_is_told(seconds: float, text: str) -> None:
    assert spelt_time(seconds) == text
