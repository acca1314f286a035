"""What type checkers say of wirings: nothing of the right ones, and something of each line that is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).resolve().parent.parent
RIGHT = (
    Path("tests/typing/right_tasks.py"),
    Path("tests/typing/right_flows.py"),
    Path("tests/typing/tried.py"),
)
WRONG = Path("tests/typing/wrong.py")

# By file and line: what was said of it.
Complaints: TypeAlias = Mapping[tuple[Path, int], list[str]]
Checker: TypeAlias = Callable[[], Complaints]

# A checker on a cold cache and a busy machine takes its time, and the first test of each pays for all.
pytestmark = pytest.mark.timeout(300)


def output_of(*command: str) -> str:
    """Return what a checker writes; it must have worked, whatever it found."""
    # Told so by a variable, pyright's launcher would fetch another version of it.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYRIGHT_PYTHON_")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


@cache
def mypy() -> Complaints:
    """Run mypy as pyproject.toml has it, so that it shares its cache with `make type`."""
    found = defaultdict(list)
    for line in output_of("mypy", "--output=json", *map(str, RIGHT), str(WRONG)).splitlines():
        said = json.loads(line)
        if said["severity"] == "error":
            found[Path(said["file"]), said["line"]].append(f"{said['message']} [{said['code']}]")
    return found


@cache
def pyright() -> Complaints:
    """Run pyright as it comes; what is right is so in its strict mode, too, by a comment in the file."""
    found = defaultdict(list)
    written = output_of(
        "pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, RIGHT), str(WRONG)
    )
    for said in json.loads(written)["generalDiagnostics"]:
        if said["severity"] != "information":
            place = Path(said["file"]).relative_to(ROOT), said["range"]["start"]["line"] + 1
            found[place].append(f"{said['message']} [{said.get('rule')}]")
    return found


both = pytest.mark.parametrize("checker", [mypy, pyright])


def said_of(file: Path, complaints: Complaints) -> dict[int, list[str]]:
    return {line: said for (place, line), said in complaints.items() if place == file}


def lines_with(file: Path, pattern: str) -> dict[int, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {number: line for number, line in enumerate(lines, 1) if re.search(pattern, line)}


@both
def test_no_right_wiring_is_an_error(checker: Checker) -> None:
    complaints = checker()
    assert [said_of(file, complaints) for file in RIGHT] == [{}] * len(RIGHT)


@both
def test_every_wrong_wiring_is_an_error(checker: Checker) -> None:
    said = said_of(WRONG, checker())
    assert {
        number: line for number, line in lines_with(WRONG, "# error$").items() if number not in said
    } == {}


@both
def test_nothing_else_is_an_error(checker: Checker) -> None:
    marked = lines_with(WRONG, "# error$")
    said = said_of(WRONG, checker())
    assert {number: errors for number, errors in said.items() if number not in marked} == {}


def test_there_are_wirings() -> None:
    assert sum(len(lines_with(file, r"^    assert_type\(")) for file in RIGHT) > 150
    assert len(lines_with(WRONG, "# error$")) > 100
