"""The pages of docs/ are true: their code runs and writes what they show, their tables match the code."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs
import concurra_core
import concurra_logging
import pytest
from concurra_core import testing
from concurra_core.model.settings import AddOptions
from concurra_core.runner.run import RunSettings
from pages import CODE, OUTPUTS, ROOT, blocks_of, run_page, runs

PAGES: Final = sorted(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)
REFERENCE: Final = ROOT / "docs" / "reference.md"
ARCHITECTURE: Final = ROOT / "docs" / "explanation" / "architecture.md"
CONTRIBUTING: Final = ROOT / "CONTRIBUTING.md"


def rows_of(page: Path, title: str) -> list[list[str]]:
    """Return the cells of the first table under the heading *title*, without its head."""
    section = page.read_text(encoding="utf-8").split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_runs_and_writes_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    for shown in run_page(page, tmp_path):
        assert shown.real == shown.page, str(shown.code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_code_or_output_or_a_directive(page: Path) -> None:
    for block in blocks_of(page):
        assert block.language in CODE | OUTPUTS or block.language.startswith("{"), str(block)
        if block.language in OUTPUTS - {"text"}:  # text may be a drawing; these are always what a block wrote
            assert block.below, f"{block}: output that no test compares"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_example_sleeps_long(page: Path) -> None:
    code = "".join(block.text for block in blocks_of(page) if block.language == "python")
    assert all(float(seconds) <= 0.3 for seconds in re.findall(r"(?:sleep\(|sleep, ?)([\d.]+)", code))


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING], ids=lambda page: page.stem)
def test_what_a_page_installs_and_makes_is_there(page: Path) -> None:
    packages = {path.name for path in (ROOT / "packages").iterdir()}
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for block in blocks_of(page):
        if block.language == "bash" and not runs(block):
            assert set(re.findall(r"pip install ([\w-]+)", block.text)) <= packages | {"uv"}, str(block)
            assert set(re.findall(r"(?m)^make ([a-z]+)", block.text)) <= targets, str(block)


def test_the_reference_names_every_key_of_a_result_in_its_order() -> None:
    runner = concurra_core.TaskRunner(progress_stats=False)
    runner.add_task(len, "abc")
    keys = list(runner.run(verify=False)[0])
    assert [row[0].strip("`") for row in rows_of(REFERENCE, "The results dict")] == keys
    assert len(keys) == 17


def test_the_reference_names_every_field_of_an_event() -> None:
    named = {name for row in rows_of(REFERENCE, "Events") for name in re.findall(r"`(\w+)`", row[0])}
    events = (
        concurra_core.RunStarted,
        concurra_core.TaskStarted,
        concurra_core.TaskRetrying,
        concurra_core.TaskEnded,
        concurra_core.RunEnded,
    )
    assert named == {field.name for event in events for field in attrs.fields(event)}
    assert f"Schema version {concurra_core.SCHEMA_VERSION}," in REFERENCE.read_text(encoding="utf-8")


def test_the_reference_has_every_public_name() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert [name for name in concurra_core.__all__ if f"concurra_core.{name}" not in text] == []
    assert [name for name in testing.__all__ if f"concurra_core.testing.{name}" not in text] == []


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Workflow", concurra_core.Workflow),
        ("RunReport", concurra_core.RunReport),
        ("Testing", testing.Simulation),
        ("Testing", testing.SimulatedRun),
    ],
)
def test_the_reference_has_every_member_where_it_lists_them_by_hand(title: str, shown: type) -> None:
    section = REFERENCE.read_text(encoding="utf-8").split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    listed = set(re.findall(r"\.\. auto(?:method|property|attribute):: (\w+)", section))
    inherited = set(dir(Mapping))
    assert {name for name in dir(shown) if not name.startswith("_")} - inherited - listed == set()


@pytest.mark.parametrize(
    ("title", "names"), [("Options of a task", AddOptions), ("Settings of a run", RunSettings)]
)
def test_the_reference_names_every_option_in_its_order(title: str, names: type) -> None:
    assert [row[0].strip("`") for row in rows_of(REFERENCE, title)] == list(names.__annotations__)


def test_the_reference_of_flags_is_what_the_parser_says() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "flags.py"), "--check"], check=False)
    assert done.returncode == 0, "make flags writes it anew"


def test_the_layers_of_the_architecture_page_hold_every_module() -> None:
    source = ROOT / "packages" / "concurra-core" / "src" / "concurra_core"
    layers = {path.parent.name: path.parent for path in source.glob("*/__init__.py")}
    (drawing,) = (block.text for block in blocks_of(ARCHITECTURE) if "runner/" in block.text)
    parts = re.split(r"(?m)^(\w+)/", drawing)[1:]
    assert set(parts[::2]) == set(layers)
    for layer, words in zip(parts[::2], parts[1::2], strict=True):
        modules = {path.stem for path in layers[layer].glob("*.py")} - {"__init__"}
        assert modules - set(words.split()) == set(), f"{layer}/ has modules that the page does not show"


def test_contributing_is_short_and_cites_files_that_exist() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 120
    cited = set(re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|md|toml|lock))`", text))
    core = ROOT / "packages" / "concurra-core" / "src" / "concurra_core"
    assert [path for path in cited if not ((ROOT / path).exists() or (core / path).exists())] == []


def test_the_page_of_the_json_events_is_what_their_schema_says() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "events_page.py"), "--check"]
    done = subprocess.run(command, check=False, timeout=30)
    assert done.returncode == 0, "run: python scripts/events_page.py"


def test_the_page_of_the_json_events_has_every_name_of_the_package() -> None:
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert [name for name in concurra_logging.__all__ if f"concurra_logging.{name}\n" not in text] == []


def test_every_fragment_is_one_sentence_of_a_known_kind() -> None:
    for fragment in (ROOT / "changelog.d").glob("*.md"):
        assert fragment.suffixes[-2] in {".feature", ".change", ".fix"}, fragment.name
        text = fragment.read_text(encoding="utf-8").strip()
        assert text.endswith("."), fragment.name
        assert "\n" not in text, fragment.name


def test_the_changelog_has_the_place_for_fragments() -> None:
    assert "<!-- fragments below -->\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
