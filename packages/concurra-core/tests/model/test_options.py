from __future__ import annotations

import math

import pytest
from concurra_core.model.options import Retry, RunOptions, TaskOptions, count, seconds


@pytest.mark.parametrize("wrong", ["1", True, [1], 1j])
def test_a_limit_of_the_wrong_type_is_named(wrong: object) -> None:
    with pytest.raises(TypeError, match="timeout must be a number of seconds") as caught:
        seconds("timeout", wrong)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("wrong", [0, -1, 0.0, math.inf, math.nan, 10**400])
def test_a_limit_out_of_range_is_named(wrong: float) -> None:
    with pytest.raises(ValueError, match="timeout must be above 0 and finite"):
        seconds("timeout", wrong)


def test_a_limit_may_be_any_whole_number() -> None:
    assert seconds("timeout", 3) == 3.0
    assert seconds("timeout", None) is None


@pytest.mark.parametrize(
    ("wrong", "error"), [(True, TypeError), (1.0, TypeError), ("1", TypeError), (-1, ValueError)]
)
def test_a_count_is_a_whole_number_from_zero(wrong: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="task_retries must be"):
        count("task_retries", wrong)


def test_options_check_every_field() -> None:
    with pytest.raises(ValueError, match="grace must be 0 or more"):
        TaskOptions(grace=-1.0)
    with pytest.raises(ValueError, match="timeout must be above 0"):
        TaskOptions(timeout=0.0)
    with pytest.raises(TypeError, match="attempts must be an int"):
        Retry(attempts=1.5)  # type: ignore[arg-type] # the point of the test
    with pytest.raises(ValueError, match="slots must be 1 or more"):
        RunOptions(slots=0)
