"""Fifty seeds of chaos; `make chaos` runs a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from chaos.many import AT_A_TIME, complaints
from platforms import needs_proc

pytestmark = needs_proc

SIZE = 10  # seeds in one program


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Future[list[str]]]]:
    bytecode = str(tmp_path_factory.mktemp("bytecode"))
    with ThreadPoolExecutor(AT_A_TIME) as programs:
        yield {first: programs.submit(complaints, first, SIZE, bytecode) for first in range(0, 50, SIZE)}
        programs.shutdown(cancel_futures=True)


@pytest.mark.timeout(250)  # the limits of the seeds; all of them together take half a minute
@pytest.mark.parametrize("first", range(0, 50, SIZE))
def test_what_must_hold_does_whatever_a_monkey_does(
    first: int, verdicts: dict[int, Future[list[str]]]
) -> None:
    assert verdicts[first].result() == []
