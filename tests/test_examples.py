"""Every example runs as a newcomer would run it, and prints what it says it does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PYTHON = (sys.executable, "-W", "error")


def run(*words: str | Path, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run([*PYTHON, *words], cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == status, ended.stderr
    return ended


def log_lines(text: str) -> list[str]:
    """Return the heads of the log records in *text*, without times."""
    heads = [line for line in text.splitlines() if re.match(r"[A-Z]+:concurra\.core:", line)]
    return [re.sub(r" in \d+ min [\d.]+ sec$", "", head) for head in heads]


def progress(name: str, *marks: str) -> list[str]:
    return [f"INFO:concurra.core:{name} progress: {mark}" for mark in marks]


def test_all_pass(tmp_path: Path) -> None:
    ended = run(EXAMPLES / "all_pass.py", cwd=tmp_path)
    results = json.loads(ended.stdout)
    assert {label: (result["status"], result["result"]) for label, result in results.items()} == {
        "square of 3": ("Successful", 9),
        "square of 4": ("Successful", 16),
        "square of 5": ("Successful", 25),
        "an eighth": ("Successful", 12.5),
    }
    assert all(len(result) == 17 for result in results.values())
    assert log_lines(ended.stderr) == [
        *progress(
            "all pass",
            "[######...................] 1/4 [25.0%]",
            "[############.............] 2/4 [50.0%]",
            "[###################......] 3/4 [75.0%]",
            "[#########################] 4/4 [100.0%]",
        ),
        "INFO:concurra.core:",
    ]
    assert re.search(r"\n\| label +\| task +\| status +\| duration +\|\n", ended.stderr)


def test_partial_failures(tmp_path: Path) -> None:
    ended = run(EXAMPLES / "partial_failures.py", cwd=tmp_path)
    assert ended.stdout.splitlines() == [
        "parse tea: Successful, 3.5",
        "tax tea: Successful, 4.2",
        "parse cake: Failed, ValueError: could not convert string to float: 'four'",
        "tax cake: Terminated, RuntimeError: skipped: dependency 'parse cake' did not succeed",
        "parse milk: Successful, 0.9",
        "tax milk: Successful, 1.08",
    ]
    assert "ERROR:concurra.core:Some prices are unknown\n+--" in ended.stderr
    told = "Task 'parse cake' failed with error: ValueError: could not convert string to float: 'four'"
    assert f"\n{told} \n Traceback (most recent call last):\n" in ended.stderr
    assert "\nTask 'tax cake' failed with error: RuntimeError: skipped" in ended.stderr


def test_fast_fail(tmp_path: Path) -> None:
    ended = run(EXAMPLES / "fast_fail.py", cwd=tmp_path)
    assert ended.stdout.splitlines() == [
        "copy: Terminated, attempts: 1",
        "check disk: Failed, attempts: 1",
        "tidy up: Terminated, attempts: 0",
    ]
    lines = log_lines(ended.stderr)
    assert lines[:2] == [
        "ERROR:concurra.core:terminating execution !",
        "INFO:concurra.core:Deleting terminated task: copy, copy",
    ]
    assert lines[-1] == "ERROR:concurra.core:Execution Failed"
    assert "Task 'copy' failed with error: TimeoutError: terminated by fast_fail" in ended.stderr


def test_timeouts(tmp_path: Path) -> None:
    ended = run(EXAMPLES / "timeouts.py", cwd=tmp_path)
    assert ended.stdout.splitlines() == [
        "fast: Successful, answered after 0.1 seconds",
        "slow: Terminated, TimeoutError: task exceeded its time limit of 0.3 seconds",
    ]
    assert log_lines(ended.stderr) == [
        *progress(
            "servers", "[############.............] 1/2 [50.0%]", "[#########################] 2/2 [100.0%]"
        ),
        "ERROR:concurra.core:Execution Failed",
    ]


def test_background_abort(tmp_path: Path) -> None:
    ended = run(EXAMPLES / "background_abort.py", cwd=tmp_path)
    assert ended.stdout.splitlines() == [
        "running: True, tasks under way: 2",
        "running: False, tasks under way: 0",
        "north: Terminated, RuntimeError: aborted by abort() while it ran",
        "south: Terminated, RuntimeError: aborted by abort() while it ran",
        "east: Terminated, RuntimeError: aborted by abort() before it started",
    ]
    assert ended.stderr == ""


def test_pipeline(tmp_path: Path) -> None:
    file = EXAMPLES / "pipeline.py"
    ended = run(file, cwd=tmp_path)
    told = {
        "bills": {"Ada": 184.5, "Ben": 73.5},
        "ship": ["3 pieces for Ada", "3 pieces for Ben"],
        "income": 258.0,
    }
    assert json.loads(ended.stdout) == told
    assert log_lines(ended.stderr)[-1] == "INFO:concurra.core:"
    by_command = json.loads(run("-m", "concurra_cli", "run", file, "--json", cwd=tmp_path).stdout)
    assert {label: by_command["results"][label]["result"] for label in told} == told


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the census was taken."""
    folder = tmp_path_factory.mktemp("census")
    ended = run("-m", "concurra_cli", "run", f"{EXAMPLES / 'census.py'}:flow", cwd=folder)
    assert "| count json " in ended.stdout
    assert "Failed" not in ended.stdout
    *_, bar, last = ended.stderr.splitlines()
    assert bar.startswith("census progress: [####")
    assert last.startswith("census: succeeded in ")
    return folder


def test_the_census_knows_the_library(census: Path) -> None:
    document = json.loads((census / "census.json").read_text())
    assert document["unparsed"] == {}
    assert {"json", "asyncio", "email", "unittest", "xml"} <= document["packages"].keys()
    assert "site-packages" not in document["packages"]
    assert "test" not in document["packages"]
    decoder = Path(sysconfig.get_path("stdlib"), "json", "decoder.py").read_text()
    counted = document["modules"]["json.decoder"]
    assert counted["lines"] == len(decoder.splitlines())
    assert counted["functions"] == len(re.findall(r"^ *def ", decoder, re.MULTILINE)) > 0
    assert counted["classes"] == len(re.findall(r"^ *class ", decoder, re.MULTILINE)) > 0
    assert counted["imports"] == len(re.findall(r"^ *(?:from .* )?import ", decoder, re.MULTILINE)) > 0
    assert {"re", "_json"} == set(counted["imported"])


def test_the_sums_of_the_census_add_up(census: Path) -> None:
    document = json.loads((census / "census.json").read_text())
    modules = document["modules"].values()
    for what in ("lines", "functions", "classes", "imports"):
        assert document["total"][what] == sum(module[what] for module in modules)
        inside = sum(module[what] for module in modules if module["package"] == "json")
        assert document["packages"]["json"][what] == inside
    assert document["total"]["modules"] == len(modules)
    assert document["imported"]["sys"] == sum("sys" in module["imported"] for module in modules)


def test_the_readable_census_shows_the_largest(census: Path) -> None:
    document: dict[str, Any] = json.loads((census / "census.json").read_text())  # Any: what JSON holds
    text = (census / "census.md").read_text()
    largest, imported = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    by_lines = sorted(document["packages"].items(), key=lambda item: -item[1]["lines"])[:10]
    assert first_cells(largest) == ["package", *(name for name, _ in by_lines)]
    assert first_cells(imported) == ["module", *list(document["imported"])[:10]]
    assert f"| {by_lines[0][1]['lines']:,} |" in largest.splitlines()[2]
    assert len({len(line) for line in largest.splitlines()}) == 1


def first_cells(table: str) -> list[str]:
    """Return the first cell of each row of a Markdown table, its head included."""
    return [row.split("|")[1].strip() for row in table.splitlines() if not row.startswith("| -")]


def test_a_module_that_cannot_be_parsed_is_a_failure_and_not_the_end(tmp_path: Path) -> None:
    library = tmp_path / "library"
    (library / "shelf" / "tests").mkdir(parents=True)
    (library / "shelf" / "__init__.py").write_text("def lend(): ...\n")
    (library / "shelf" / "torn.py").write_text("def lend(:\n")
    (library / "shelf" / "tests" / "bad.py").write_text("def test(:\n")
    (library / "burnt.py").write_bytes(b"name = '\xff'\n")
    (library / "__good.py").write_text("import shelf, os.path\nfrom os import sep\n")
    (tmp_path / "broken.py").write_text(
        f"import sys\nsys.path.insert(0, {str(EXAMPLES)!r})\n"
        f"import census\ndef flow():\n    return census.flow({str(library)!r})\n"
    )
    ended = run("-m", "concurra_cli", "run", "broken", cwd=tmp_path, status=1)
    failed = [line for line in ended.stdout.splitlines() if "Failed" in line]
    assert [line.split("|")[1].strip() for line in failed] == ["report what cannot be parsed"]
    assert "Terminated" not in ended.stdout
    assert "ExceptionGroup: cannot be parsed: burnt, shelf.torn (2 sub-exceptions)" in ended.stderr
    assert re.search(r'torn\.py", line 1\n.*def lend\(:\n', ended.stderr)
    assert re.search(r"SyntaxError: .*0xff", ended.stderr)
    document = json.loads((tmp_path / "census.json").read_text())
    assert list(document["modules"]) == ["__good", "shelf"]
    assert list(document["unparsed"]) == ["burnt", "shelf.torn"]
    assert document["imported"] == {"shelf": 1, "os": 1}
    assert "- `shelf.torn`: invalid syntax" in (tmp_path / "census.md").read_text()


def test_the_census_on_processes_counts_the_same(census: Path, tmp_path: Path) -> None:
    run(EXAMPLES / "census.py", "--processes", cwd=tmp_path)
    assert (tmp_path / "census.json").read_text() == (census / "census.json").read_text()


def test_cpu_bound_work_counts_the_same_on_both(tmp_path: Path) -> None:
    lines = run(EXAMPLES / "cpu_bound.py", cwd=tmp_path).stdout.splitlines()
    assert [line.split(" primes in ")[0] for line in lines[:2]] == ["threads:   40005", "processes: 40005"]
    assert lines[2].startswith("speed-up:  ")
