"""What is said of a workflow without running it: data on stdout, talk on stderr, the right exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Cli = Callable[..., CompletedProcess[str]]
Data = Callable[..., dict[str, Any]]


def test_plan_tells_waves_and_the_critical_path(cli: Cli, data: Data) -> None:
    done = cli("plan", "etl")
    assert done.stdout.startswith("etl: 5 tasks in 4 waves, widest 2, 5 s of work\n")
    assert (done.returncode, done.stderr) == (0, "talk at import\n")
    assert data("plan", "etl")["plan"]["critical_path"] == ["users", "merge", "report", "cleanup"]


def test_a_dry_run_is_a_plan(cli: Cli) -> None:
    assert cli("run", "etl", "-n").stdout == cli("plan", "etl").stdout
    assert "fetching" not in cli("run", "etl", "--dry-run").stderr


def test_list_tells_labels_and_more_if_asked(cli: Cli, data: Data) -> None:
    assert cli("list", "etl").stdout.splitlines() == ["users", "sales", "merge", "report", "cleanup"]
    long = cli("list", "etl", "-v", "--retries", "2", "--processes").stdout.splitlines()
    assert long[0] == "users    process  tags raw  at most 50 s  3 attempts"
    assert long[4] == "cleanup  process  after report  3 attempts"
    tasks = data("list", "etl", "--timeout", "1m")["tasks"]
    assert [task["timeout"] for task in tasks] == [50.0, 60.0, 60.0, 60.0, 60.0]
    assert tasks[2]["after"] == ["users", "sales"]


def test_columns_stand_where_they_should_behind_wide_letters(cli: Cli, etl: Path) -> None:
    wide = "\u6570\u636e"
    (etl / "wide.py").write_text(
        "import concurra\n"
        "flow = concurra.Workflow()\n"
        f"flow.add(int, label='{wide}')\n"
        f"flow.add(int, label='plain', tags=['{wide}'])\n"
    )
    assert cli("list", "wide", "-v").stdout == f"{wide}   thread\nplain  thread  tags {wide}\n"
    shown = cli("run", "wide", "--show-config", "-s", wide * 2, "--env", "A=wider than that").stdout
    place = next(line.index("--env") for line in shown.splitlines() if "--env" in line)
    selected = next(line for line in shown.splitlines() if line.startswith("select "))
    assert selected.index("--select") == place - 4


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("text", "merge    takes users, sales"),
        ("mermaid", "flowchart LR"),
        ("dot", 'digraph "etl" {'),
    ],
)
def test_graph_is_drawn_in_three_ways(cli: Cli, form: str, line: str) -> None:
    done = cli("graph", "etl", "--as", form)
    assert (done.returncode, line in done.stdout.splitlines()) == (0, True)


def test_graph_is_data_too(data: Data) -> None:
    found = data("graph", "etl", "--as", "dot")
    assert found["nodes"][0] == {"label": "users", "kind": "task"}
    assert {"source": "report", "target": "cleanup", "kind": "order", "passes": False} in found["edges"]
    assert found["text"].startswith("digraph")


def test_validate_finds_everything(cli: Cli, data: Data) -> None:
    assert cli("validate", "etl").stdout == "etl: 5 tasks, no problem\n"
    done = cli("validate", "etl:ring")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "unknown: unknown dependency 'c' of 'b'; known labels: 'a', 'b'",
        "cycle: circular dependency: a -> b -> a",
    ]
    found = data("validate", "etl:shared", "--limit", "disk=1")
    assert (found["valid"], found["problems"][0]["kind"]) == (False, "limit")
    assert data("validate", "etl:shared", "--limit", "db=1")["valid"]


@pytest.mark.parametrize("verb", ["list", "graph"])
def test_a_broken_graph_is_shown_and_told(cli: Cli, verb: str) -> None:
    done = cli(verb, "etl:ring")
    assert (done.returncode, bool(done.stdout)) == (3, True)
    assert "circular dependency: a -> b -> a" in done.stderr


@pytest.mark.parametrize("verb", ["run", "plan", "list", "graph", "validate"])
def test_selection_is_the_same_in_every_verb(cli: Cli, data: Data, verb: str) -> None:
    words = [verb, "etl", "-s", "+merge", "--select", "tag:nigh*", "--exclude", "cleanup"]
    done = cli(*words)
    assert done.returncode == 0, done.stderr
    assert "cleanup" not in done.stdout
    # Nothing is left; a pattern that matches nothing.
    for more in (["--exclude", "*"], ["-s", "reprot"]):
        assert cli(verb, "etl", *more).returncode == 4
        error = data(verb, "etl", *more)["error"]
        assert (error["type"], error["status"]) == ("SelectionError", 4)
    cut = cli(verb, "etl", "-s", "report")
    assert (cut.returncode, "'+report' selects all" in cut.stderr) == (3, True)


@pytest.mark.parametrize("verb", ["run", "plan", "list", "graph", "validate"])
def test_an_error_in_the_graph_that_a_factory_raises_is_three(cli: Cli, data: Data, verb: str) -> None:
    done = cli(verb, "etl:twice")
    assert (done.returncode, done.stdout) == (3, "")
    assert "in twice" in done.stderr
    assert data(verb, "etl:twice")["error"]["type"] == "DuplicateLabelError"


@pytest.mark.parametrize(
    ("words", "status", "kind"),
    [
        (["list", "nothing"], 2, "TargetError"),
        (["list", "etl:nothing"], 2, "TargetError"),
        (["list", "etl", "--bogus"], 2, "UsageError"),
        (["run", "etl", "-j", "0"], 2, "SettingError"),
        (["plan", "etl:ring"], 3, "UnknownDependencyError"),
        (["run", "etl:ring"], 3, "UnknownDependencyError"),
        (["run", "etl:shared"], 3, "DefinitionError"),
        (["run", "etl:counted"], 2, "TargetError"),
    ],
)
def test_errors_are_data_too(cli: Cli, data: Data, words: list[str], status: int, kind: str) -> None:
    error = data(*words)["error"]
    assert (error["type"], error["status"]) == (kind, status)
    done = cli(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert "concurra-cli: " in done.stderr


def test_a_trace_of_the_users_is_data_too(data: Data, etl: Any) -> None:
    (etl / "early.py").write_text("import nothing_of_the_kind\n")
    error = data("list", "early")["error"]
    assert error["type"] == "ModuleNotFoundError"
    assert "line 1, in <module>" in error["trace"]


def test_modules_are_looked_for_in_app_dir(cli: Cli, etl: Any) -> None:
    (etl / "apps").mkdir()
    (etl / "apps" / "other.py").write_text("from etl import flow\n")
    (etl / "apps" / "sub").mkdir()
    (etl / "apps" / "sub" / "file.py").write_text("from other import flow\n")
    (etl / "etl.py").rename(etl / "apps" / "etl.py")
    assert cli("list", "other", "--app-dir", "apps").returncode == 0
    assert cli("list", "apps/sub/file.py", "--app-dir", "apps").returncode == 0
    assert cli("list", "other", "--app-dir", "nowhere").returncode == 2


def test_labels_are_harmless(cli: Cli) -> None:
    for verb in ("run", "plan", "list", "graph", "validate"):
        done = cli(verb, "etl:evil")
        assert "\x1b" not in done.stdout + done.stderr
        assert "talk" not in done.stdout
