"""Failures are told last, with the command that runs only them again."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Cli = Callable[..., CompletedProcess[str]]
Data = Callable[..., dict[str, Any]]


def test_root_failures_come_last_with_what_they_cost_and_how_to_run_it_again(cli: Cli, data: Data) -> None:
    done = cli("run", "etl:broken")
    assert done.returncode == 1
    lines = done.stderr.splitlines()[-5:]
    assert lines[0].startswith("failed as it may  may fail (")
    assert lines[1].startswith("failed     bad (")
    assert lines[1].endswith("ValueError: no such thing")
    assert lines[2] == "           skipped because of it: after, much later"
    assert lines[3].startswith("broken: failed in ")
    command = lines[4].removeprefix("only what failed: ")
    # What failed takes a result of what went well: that must run too.
    assert command == "concurra-cli run etl:broken -s '+much later'"
    assert done.stderr.index("Task 'bad' failed with error: ValueError") < done.stderr.index("broken: failed")
    again = data(*shlex.split(command)[1:])
    assert [*again["results"]] == ["raw", "bad", "other", "after", "much later"]
    assert again["rerun"] == [*shlex.split(command), "--json"]


@pytest.mark.parametrize("label", ["-s", "+plus+", "tag:x", "br[0]", "it's"])
def test_what_failed_can_be_run_again_whatever_it_is_called(data: Data, etl: Path, label: str) -> None:
    (etl / "odd.py").write_text(
        "import concurra\n"
        "def odd(label):\n"
        "    flow = concurra.Workflow('odd')\n"
        "    flow.add(int, 'x', label=label)\n"
        "    flow.add(int, 1, label='br0')\n"
        "    return flow\n"
    )
    rerun = data("run", "odd:odd", "-p", f"label={label}")["rerun"]
    assert [*data(*rerun[1:-1])["results"]] == [label]


def test_what_failed_is_run_again_as_it_was_but_for_what_may_be_secret(data: Data, cli: Cli) -> None:
    words = ["--exclude", "", "--env", "SITE=s3cret", "--no-processes", "-vv"]
    words += ["--deadline", "1234567.5", "--no-dry-run", "-k", "--color"]
    found = data("run", "etl:broken", *words)
    assert "s3cret" not in json.dumps(found)
    again = found["rerun"][found["rerun"].index("+much later") + 1 :]
    assert shlex.join(again) == (
        "--exclude '' --env SITE --keep-going --no-processes --deadline 1234567.5 --no-dry-run --json "
        "--verbose --verbose --color"
    )
    refused = cli(*found["rerun"][1:])
    assert (refused.returncode, "'SITE' is not set; say SITE=VALUE" in refused.stderr) == (2, True)
    assert cli(*found["rerun"][1:], SITE="s3cret").returncode == 1


@pytest.mark.parametrize("label", ["7", "('part', 2)", "'br['"])
def test_what_failed_in_a_map_can_be_run_again_whatever_that_is_called(
    data: Data, etl: Path, label: str
) -> None:
    (etl / "maps.py").write_text(
        "import concurra\n"
        "flow = concurra.Workflow('maps')\n"
        "numbers = flow.add(lambda: ['1', 'x'], label='numbers')\n"
        f"flow.map(int, numbers, label={label})\n"
        "flow.add(print, label='other')\n"
    )
    again = data(*data("run", "maps")["rerun"][1:])
    name = str(ast.literal_eval(label))
    assert [*again["results"]] == ["numbers", name, f"{name}[0]", f"{name}[1]"]
    assert again["counts"] == {"succeeded": 2, "failed": 1, "skipped": 1}
