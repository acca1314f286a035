"""README and the pages of the packages are true: commands exist, code runs, output is what a run writes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pages import CODE, OUTPUTS, ROOT, Block, blocks_of, run_command, run_page

README: Final = ROOT / "README.md"
PACKAGES: Final = sorted((ROOT / "packages").glob("*/README.md"))
# What a newcomer types: install uv, and have uv run something.
NEWCOMER: Final = re.compile(r"python -m pip install uv && uv run (.+)\n")


def newcomer_commands() -> list[str]:
    """Return what uv runs in the first two blocks of README, which must be commands."""
    first = list(blocks_of(README))[:2]
    commands = [NEWCOMER.fullmatch(block.text) for block in first]
    assert all(block.language == "bash" for block in first)
    return [command[1] for command in commands if command is not None]


def shapes_of(text: str) -> Iterator[str]:
    """Yield the lines of *text* without what differs between machines and versions: numbers, bars, widths."""
    for line in text.splitlines():
        shape = re.sub(r"\[[#.]{25}\]", "[BAR]", line)
        shape = re.sub(r"\d[\d,.]*", "N", shape)
        yield re.sub(r"-+", "-", re.sub(r" +", " ", shape)).strip()


def assert_shortened(shown: str, real: str) -> None:
    """Assert that *shown* is *real* with lines left out where it says ``...``, and nowhere else."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else f"{re.escape(line)}\n" for line in shapes_of(shown))
    whole = "".join(f"{line}\n" for line in shapes_of(real))
    assert re.fullmatch(pattern, whole), f"README shows:\n{shown}\nwritten was:\n{real}"


def shown_with(words: str) -> Block:
    """Return the block of README that shows *words*."""
    (block,) = (block for block in blocks_of(README) if words in block.text and block.language in OUTPUTS)
    return block


def test_the_first_two_commands_run_the_census_and_the_tests() -> None:
    assert newcomer_commands() == ["concurra-cli run examples/census.py:flow", "pytest"]


def test_the_gate_runs_the_test_command_of_readme() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("--quiet ", "").replace("step ", "")
    assert f"python -m pip install uv && uv run {newcomer_commands()[1]}\n" in gate


def test_the_census_runs_and_prints_what_readme_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = run_command(newcomer_commands()[0], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "census.json").exists()
    assert_shortened(shown_with("census progress").text, done.stderr + done.stdout)
    assert_shortened(shown_with("## The largest").text, (tmp_path / "census.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [README, *PACKAGES], ids=lambda page: page.parent.name)
def test_code_runs_and_writes_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    found = run_page(page, tmp_path)
    assert found
    for shown in found:
        assert shown.real == shown.page, str(shown.code)


@pytest.mark.parametrize("page", [README, *PACKAGES], ids=lambda page: page.parent.name)
def test_every_block_is_code_or_output(page: Path) -> None:
    assert {block.language for block in blocks_of(page)} <= CODE | OUTPUTS


def test_every_link_of_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", PACKAGES, ids=lambda page: page.parent.name)
def test_a_package_page_stands_alone_and_says_how_to_install(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert f"python -m pip install {page.parent.name}\n" in text
    assert not re.search(r"\]\((?!https://)", text), "a relative link leads nowhere from a package index"
