"""What a run leaves in files: `--report` and `--log-json`."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from command_line import COMMAND, surroundings

Cli = Callable[..., CompletedProcess[str]]


def test_events_can_be_logged(cli: Cli, etl: Path) -> None:
    pytest.importorskip("concurra_logging")
    for _ in range(2):
        assert cli("run", "etl", "--log-json", "events.jsonl").returncode == 0
    events = [json.loads(line)["event"] for line in (etl / "events.jsonl").read_text().splitlines()]
    assert events.count("run.started") == events.count("run.ended") == 2
    assert events.count("task.ended") == 10
    refused = cli("run", "etl", "--log-json", "nowhere/events.jsonl")
    assert (refused.returncode, "cannot be written" in refused.stderr) == (2, True)


def test_the_report_is_a_file_too(cli: Cli, etl: Path) -> None:
    done = cli("run", "etl:broken", "--report", "report.json")
    assert (done.returncode, done.stdout[:1]) == (1, "+")
    report = json.loads((etl / "report.json").read_text())
    assert report["failed"] == ["bad", "after", "much later"]
    assert [path.name for path in etl.glob("*.part")] == []
    for place, trouble in (("nowhere/report.json", "there is no folder 'nowhere'"), (".", "'.' is a folder")):
        refused = cli("run", "etl", "--report", place)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert trouble in refused.stderr
        assert "fetching" not in refused.stderr  # it is known before anything runs


def test_files_lie_where_the_command_began_wherever_the_code_goes(cli: Cli, etl: Path) -> None:
    pytest.importorskip("concurra_logging")
    (etl / "a" / "b").mkdir(parents=True)
    (etl / "moves.py").write_text(
        "import concurra, os\n"
        "os.chdir('a')\n"
        "flow = concurra.Workflow()\n"
        "flow.add(os.chdir, 'b', label='move')\n"
    )
    assert cli("run", "moves.py", "--report", "report.json", "--log-json", "events.jsonl").returncode == 0
    found = [path.relative_to(etl).as_posix() for path in etl.rglob("*.json*")]
    assert sorted(found) == ["events.jsonl", "report.json"]


def test_a_report_goes_where_a_link_leads(cli: Cli, etl: Path) -> None:
    (etl / "store").mkdir()
    for name in ("there", "not yet"):
        link, real = etl / f"{name}.link", etl / "store" / name
        link.symlink_to(Path("store", name))
        if name == "there":
            real.write_text("old")
        assert cli("run", "etl", "--report", str(link)).returncode == 0
        assert link.is_symlink()
        assert json.loads(real.read_text())["status"] == "succeeded"
    assert sorted(path.name for path in (etl / "store").iterdir()) == ["not yet", "there"]
    (etl / "astray").symlink_to(Path("nowhere", "report.json"))
    refused = cli("run", "etl", "--report", "astray")
    assert (refused.returncode, f"there is no folder '{etl}/nowhere'" in refused.stderr) == (2, True)


def test_a_report_goes_through_a_pipe(etl: Path) -> None:
    line = f"{shlex.join(COMMAND)} run etl --report >(cat > seen) > table; wait $!"
    subprocess.run(["bash", "-c", line], cwd=etl, env=surroundings(), stderr=subprocess.DEVNULL, check=True)
    assert json.loads((etl / "seen").read_text())["status"] == "succeeded"


@pytest.mark.parametrize(
    ("words", "key", "status"),
    [
        (("boom.py",), "error", 2),
        (("etl:ring",), "error", 3),
        (("etl", "-s", "nobody"), "error", 4),
        (("etl", "-j", "many"), "error", 2),
        (("etl", "-n"), "plan", 0),
    ],
)
def test_a_report_tells_what_came_of_the_command_whatever_it_was(
    cli: Cli, etl: Path, words: tuple[str, ...], key: str, status: int
) -> None:
    (etl / "boom.py").write_text("import nothing_of_this_name\n")
    report = etl / "report.json"
    report.write_text('{"status": "succeeded"}')
    done = cli("run", *words, "--report", "report.json", "--json")
    assert (done.returncode, report.read_text()) == (status, done.stdout)
    assert key in json.loads(done.stdout)
