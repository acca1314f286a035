"""What a `Retry` is for: exception types, and predicates that are asked."""

from __future__ import annotations

from typing import Any

import pytest
from concurra_core.model.retry import Retry, asks


@pytest.mark.parametrize("nothing", [[], (), set(), {}, iter([])])
def test_a_retry_after_nothing_is_refused(nothing: Any) -> None:
    with pytest.raises(ValueError, match=r"on must name what is tried again, not .*; leave it out for any"):
        Retry(3, on=nothing)


def test_only_predicates_are_asked() -> None:
    assert [asks(Retry(3, on=on)) for on in (OSError, (OSError, KeyError), lambda error: True)] == [
        False,
        False,
        True,
    ]
