"""Every fault that we could think of, each in a program of its own: the truth is told, it ends, and nothing is left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from faults.cases import Case, every_case
from faults.judge import complaints, possible

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for leftovers in /proc")


@pytest.fixture(scope="module")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.mark.parametrize("case", every_case(), ids=str)
def test_a_fault_is_told_and_leaves_nothing(case: Case, tmp_path: Path, bytecode: Path) -> None:
    if not possible(tuple(case.within)):
        pytest.skip(f"the system does not let this user do: {case.within}")
    assert complaints(case, tmp_path, bytecode) == []
