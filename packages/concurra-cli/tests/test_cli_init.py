"""``init``: what it writes runs, and nothing is lost."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import concurra_cli.starter
import pytest

Cli = Callable[..., CompletedProcess[str]]


def test_the_starter_runs_and_every_command_it_names_works(
    cli: Cli, data: Callable[..., dict[str, Any]], etl: Path
) -> None:
    done = cli("init")
    assert (done.returncode, done.stdout) == (0, "flow.py\n")
    assert done.stderr == "next: concurra-cli list flow.py; concurra-cli run flow.py\n"
    text = (etl / "flow.py").read_text()
    named = [
        line.split("  ")[0].split()[1:] for line in text.splitlines() if line.startswith("concurra-cli ")
    ]
    assert {words[0] for words in named} == {"list", "plan", "run"}
    for words in named[2:]:
        assert cli(*words).returncode == 0
    results = data("run", "flow.py:build", "-p", "top=1")["results"]
    assert results["report"]["result"] == "the 7"


@pytest.mark.parametrize(
    "path",
    [
        "my flow.py",
        "we\\Nird.py",
        'q"""x.py',
        "it's.py",
        "end\\.py",
        "two\nlines.py",
        "-x.py",
        "odd\udcff.py",
    ],
)
def test_whatever_the_file_is_called_it_can_be_loaded_and_its_commands_work(
    cli: Cli, etl: Path, path: str
) -> None:
    done = cli("init", "--", path)
    assert done.returncode == 0, done.stderr
    text = (etl / path).read_text()
    told = ast.get_docstring(ast.parse(text))
    assert told is not None
    command = next(line for line in told.splitlines() if line.startswith("concurra-cli list "))
    command = command.removesuffix("the tasks").strip()
    assert f"next: {command}; " in done.stderr
    assert f"# `{command.replace(' list ', ' run ')}` looks for this name." in text
    if path.isprintable():  # else it cannot be written down as it is
        assert cli(*shlex.split(command)[1:]).returncode == 0


def test_what_is_there_stays_unless_it_is_forced(cli: Cli, etl: Path) -> None:
    file = etl / "jobs" / "mine.py"
    assert cli("init", "jobs/mine.py").returncode == 0
    assert "concurra-cli run jobs/mine.py -s" in file.read_text()
    file.write_text("mine")
    done = cli("init", "jobs/mine.py", "--json")
    told = json.loads(done.stdout)["error"]
    assert (done.returncode, told["type"]) == (2, "PlaceError")
    assert "'jobs/mine.py' is there already; --force writes over it" in done.stderr
    assert file.read_text() == "mine"
    told = json.loads(cli("init", "jobs/mine.py", "--json", "--force").stdout)
    assert (told["path"], told["replaced"]) == ("jobs/mine.py", True)
    assert "flow = build()" in file.read_text()


@pytest.mark.parametrize(
    ("path", "trouble"), [("flow.txt", "does not end with .py"), ("/dev/null/flow.py", "cannot be written")]
)
def test_a_place_that_makes_no_sense_is_told(cli: Cli, path: str, trouble: str) -> None:
    done = cli("init", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert trouble in done.stderr


def test_the_starter_is_checked_as_code_of_ours() -> None:
    assert concurra_cli.starter.build().run(sinks=[]).succeeded
