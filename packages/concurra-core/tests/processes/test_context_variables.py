"""Context variables in worker processes: what a task sets is its own."""

from __future__ import annotations

import decimal
from contextvars import ContextVar

from platforms import needs_processes
from runners import quiet

pytestmark = needs_processes


def precision(digits: int | None) -> int:
    """Set the precision of decimals, if *digits* says so; return what it was."""
    found = decimal.getcontext().prec
    if digits is not None:
        decimal.getcontext().prec = digits
    return found


def test_a_context_variable_that_a_task_sets_is_seen_by_no_other() -> None:
    runner = quiet(max_concurrency=1, use_multiprocessing=True)
    for number in range(20):
        runner.add_task(precision, 5 if number % 3 == 0 else None, label=number)
    results = runner.run(verify=False)
    assert {result["result"] for result in results.values()} == {decimal.getcontext().prec}


class Unequal:
    """Refuses to be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment] # as arrays have it


variable: ContextVar[object] = ContextVar("variable", default=None)


def set_variable() -> bool:
    """Set the variable; return whether it was set before."""
    before = variable.get()
    variable.set(Unequal())
    return before is not None


def test_values_of_variables_need_not_be_comparable() -> None:
    runner = quiet(max_concurrency=1, use_multiprocessing=True)
    for number in range(5):
        runner.add_task(set_variable, label=number)
    assert [result["result"] for result in runner.run(verify=False).values()] == [False] * 5
