from __future__ import annotations

import pytest
from concurra_core.model.checks import switch


@pytest.mark.parametrize(
    ("value", "meaning"), [(True, True), (1, True), (False, False), (0, False), (None, False)]
)
def test_older_programs_say_yes_and_no_in_numbers(value: object, meaning: bool) -> None:
    assert switch("fast_fail", value) is meaning


@pytest.mark.parametrize("value", ["yes", 2, 1.0, []])
def test_all_else_is_no_switch(value: object) -> None:
    with pytest.raises(TypeError, match="fast_fail must be True or False, not "):
        switch("fast_fail", value)
