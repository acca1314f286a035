"""The command in a folder that holds a few workflows."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from command_line import COMMAND, ETL, surroundings

Done: TypeAlias = subprocess.CompletedProcess[str]


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what would change what the command does: a gate may run the tests in GitHub Actions."""
    for name in os.environ.keys() - surroundings().keys():
        monkeypatch.delenv(name)


@pytest.fixture
def etl(tmp_path: Path) -> Path:
    """A folder that holds the workflows above, as `etl.py`."""
    (tmp_path / "etl.py").write_text(ETL)
    return tmp_path


@pytest.fixture
def cli(etl: Path) -> Callable[..., Done]:
    """Run the command there; keywords are environment variables."""

    def run(*words: str, **more: str) -> Done:
        return subprocess.run(
            (*COMMAND, *words),
            cwd=etl,
            env=surroundings(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )

    return run


@pytest.fixture
def data(cli: Callable[..., Done]) -> Callable[..., dict[str, Any]]:
    """Run the command with --json and return what it wrote, which must be one object and nothing else."""

    def run(*words: str, **more: str) -> dict[str, Any]:
        done = cli(*words, "--json", **more)
        assert done.stdout.count("\n") == 1, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert list(found)[:2] == ["schema", "version"]
        return found

    return run
