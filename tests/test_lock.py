"""The committed lock holds versions, file names and hashes, and no address."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def committed(name: str) -> str:
    """Return the file as git has it staged: `uv` may have completed the one in the working tree."""
    try:
        done = subprocess.run(
            ["git", "show", f":{name}"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return done.stdout


def test_the_committed_lock_has_no_address() -> None:
    lock = committed("uv.lock")
    assert "://" not in lock
    assert not re.search(r"\burl\s*=", lock)
    assert set(re.findall(r'registry = "([^"]*)"', lock)) == {"."}
    assert "[package.metadata" not in lock


def test_the_committed_lock_pins_every_file_by_its_hash() -> None:
    lock = committed("uv.lock")
    files = re.findall(r"\{ filename = [^}]*\}", lock)
    assert len(files) > 50
    assert all('hash = "sha256:' in file for file in files)


def test_the_script_is_what_makes_it_so() -> None:
    lock = committed("uv.lock")
    script = ROOT / "scripts/lock.py"
    done = subprocess.run(
        [sys.executable, str(script), "--clean"], input=lock, capture_output=True, text=True, check=True
    )
    assert done.stdout == lock
