"""The fixtures of the behavioural suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kits import KITS, Kit


@pytest.fixture(params=KITS, ids=lambda kit: kit.__name__)
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    made: Kit = request.param(tmp_path)
    yield made
    made.close()


@pytest.fixture
def stoppable(kit: Kit) -> Kit:
    """Backends on which a task that hangs does not hold up the caller."""
    if not kit.stoppable:
        pytest.skip("an inline task runs in the caller, who cannot stop it")
    return kit
