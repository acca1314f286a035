"""A workflow to look at before it runs, and ways to add what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from concurra_core import (
    Ref,
    Workflow,
)


def two(first: object, second: object) -> object:
    return (first, second)


def added(
    flow: Workflow, call: Callable[..., object], args: tuple[object, ...], said: dict[str, Any]
) -> Ref[Any]:
    """Add what no type checker would let through."""
    add: Callable[..., Ref[Any]] = flow.add
    return add(call, *args, **said)


def etl() -> Workflow:
    flow = Workflow(name="etl")
    raw = flow.add(list, "ab", label="raw", expected_seconds=3)
    warm = flow.add(dict[str, int], label="warm", tags=["nightly"])
    rows = flow.add(sorted, raw, label="rows")
    flow.add(two, rows, raw.or_else(None), label="report", after=[warm], tags=["nightly", "slow"])
    flow.add(str, raw.outcome(), label="bye", priority=2)
    return flow
