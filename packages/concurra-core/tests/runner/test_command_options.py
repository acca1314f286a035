"""What a command is told of where and how it runs: refused where it is said, or told of when it starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from concurra import TaskRunner, Workflow
from runners import quiet

BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"env": {"A=B": "1"}}, ValueError, "env holds what no environment can: 'A=B': '1'"),
    ({"env": {"": "1"}}, ValueError, "env holds what no environment can: '': '1'"),
    ({"env": {"A": "\ud800"}}, ValueError, "env holds what no environment can"),
    ({"env": {"A": None}}, TypeError, "env must map str to str, but holds 'A': None"),
    ({"env": ["A=1"]}, TypeError, r"env must be a mapping of str to str, not \['A=1'\]"),
    ({"cwd": ""}, ValueError, "cwd names no directory: ''"),
    ({"cwd": b"/tmp"}, TypeError, "cwd must be a path or None, not b'/tmp'"),
    ({"check": "no"}, TypeError, "check must be True or False, not 'no'"),
    ({"capture_output": 2}, TypeError, "capture_output must be True or False, not 2"),
    ({"text": 1.0}, TypeError, r"text must be True or False, not 1\.0"),
]


@pytest.mark.parametrize(("options", "error", "words"), BAD)
def test_both_faces_refuse_it_where_it_is_said(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    runner, flow = quiet(), Workflow()
    ways: list[Callable[[], object]] = [
        lambda: runner.add_command(["true"], **options),
        lambda: runner.add_shell_command("true", **options),
        lambda: flow.command(["true"], **options),
        lambda: flow.shell("true", **options),
    ]
    for way in ways:
        with pytest.raises(error, match=words):
            way()
    assert (len(runner), len(flow)) == (0, 0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "FileNotFoundError: [Errno 2] cwd cannot be entered: No such file or directory: "),
        ("file", "NotADirectoryError: [Errno 20] cwd cannot be entered: Not a directory: "),
    ],
)
def test_a_directory_that_is_not_there_is_not_taken_for_the_program(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "file").touch()
    runner: TaskRunner = quiet()
    runner.add_command(["true"], label="in", cwd=tmp_path / name)
    runner.add_command([str(tmp_path / "missing")], label="program", cwd=tmp_path)
    results = runner.run(verify=False)
    assert results["in"]["error"] == f"{words}{str(tmp_path / name)!r}"
    assert str(results["program"]["error"]).startswith("FileNotFoundError: [Errno 2] No such file")
