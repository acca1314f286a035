"""Every fault that we could think of, each in a program of its own: the truth is told, it ends, and nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

import pytest
from faults.cases import Case, every_case
from faults.judge import complaints, possible
from platforms import needs_proc

pytestmark = needs_proc

AT_A_TIME = 3  # programs; most wait for something now and then
Verdicts: TypeAlias = dict[Case, Future[list[str]]]


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdicts]:
    """Start the programs of all tests that were chosen, in the order of these."""
    bytecode = tmp_path_factory.mktemp("bytecode")
    chosen: list[Case] = [
        item.callspec.params["case"]  # type: ignore[misc] # a parameter can be anything; these are cases
        for item in request.session.items
        if item.path == request.path and isinstance(item, pytest.Function)
    ]
    with ThreadPoolExecutor(AT_A_TIME) as programs:
        yield {
            case: programs.submit(complaints, case, tmp_path_factory.mktemp("program"), bytecode)
            for case in chosen
            if possible(case.within)
        }
        programs.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", every_case(), ids=str)
def test_a_fault_is_told_and_leaves_nothing(case: Case, verdicts: Verdicts) -> None:
    if case not in verdicts:
        pytest.skip(f"the system does not let this user do: {case.within}")
    assert verdicts[case].result() == []
