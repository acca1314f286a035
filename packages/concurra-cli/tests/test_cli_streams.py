"""The streams of the command: what is data, what is talk, and readers that have gone."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_flows import Run
from command_line import COMMAND

full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is at hand on Linux only")


def test_stdout_is_the_table_and_nothing_else(run: Run) -> None:
    ended = run("run", "flows.py:good")
    lines = ended.stdout.splitlines()
    assert [line.split()[1] for line in lines if line[0] == "|" and "-" not in line] == [
        "label",
        "half",
        "echo",
    ]
    assert len(lines) == 6
    for talk in ("talk at import", "talk in a task", "talk of a command"):
        assert talk in ended.stderr


def test_stdout_is_one_json_object_and_nothing_else(run: Run) -> None:
    ended = run("run", "--json", "flows.py:failing")
    document = json.loads(ended.stdout)
    assert list(document)[:3] == ["schema", "version", "results"]
    assert document["schema"] == 1
    assert list(document["results"]) == ["half", "echo", "bad", "after"]
    assert document["results"]["half"]["result"] == 21.0
    assert document["results"]["bad"]["error"] == "ValueError: no such thing"
    assert document["results"]["after"]["status"] == "Terminated"
    assert (ended.stdout.count("\n"), ended.returncode) == (1, 1)


def test_talk_after_the_end_is_no_data_either(run: Run, tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(
        "import atexit, os\n"
        "from flows import flow\n"
        "atexit.register(print, 'late words')\n"
        "atexit.register(os.system, 'echo late command')\n"
    )
    ended = run("run", "late")
    assert "late" not in ended.stdout
    assert {"late words", "late command"} <= set(ended.stderr.splitlines())


def test_a_reader_that_has_gone_is_no_error(run: Run, tmp_path: Path) -> None:
    for words in (["run", "flows"], ["run", "flows", "--json"], ["--help"], ["--version"]):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            ended = subprocess.run(
                [*COMMAND, *words],
                cwd=tmp_path,
                stdout=writing,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        finally:
            os.close(writing)
        assert ended.returncode == 0
        assert "BrokenPipe" not in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_reader_of_the_talk_that_has_gone_is_no_error(run: Run, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    (tmp_path / "talkers.py").write_text(
        "import concurra, flows\n"
        "print('talk')\n"
        "flow = concurra.Workflow()\n"
        "flow.add(flows.half, 42, label='half')\n"
    )
    command = [*COMMAND, "run", "talkers"]
    with (tmp_path / "table").open("w") as table:
        ended = subprocess.run(command, cwd=tmp_path, stdout=table, stderr=writing, check=False)
    os.close(writing)
    assert ended.returncode == 0
    assert "| half    | half" in (tmp_path / "table").read_text()


@full_disk
def test_results_that_cannot_be_written_are_told(run: Run, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*COMMAND, "run", "flows"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert "concurra-cli: the results cannot be written: " in ended.stderr


def test_closed_streams_are_no_error(run: Run) -> None:
    ended = run(command=("/bin/sh", "-c", f"{' '.join(COMMAND)} run flows >&- 2>&-"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(("closed", "data"), [("2>&-", True), (">&-", False)])
def test_data_and_talk_stay_apart_where_one_of_them_is_closed(
    run: Run, tmp_path: Path, closed: str, data: bool
) -> None:
    (tmp_path / "raw.py").write_text(
        "import os, concurra\nflow = concurra.Workflow()\n"
        "flow.add(os.write, 1, b'raw\\n', label='raw')\nflow.add(print, 'said', label='said')\n"
    )
    ended = run(command=("/bin/sh", "-c", f"{' '.join(COMMAND)} run raw.py --json {closed}"))
    assert ended.returncode == 0
    if data:
        assert list(json.loads(ended.stdout)["results"]) == ["raw", "said"]
    else:
        assert (ended.stdout, "raw\n" in ended.stderr, "schema" in ended.stderr) == ("", True, False)


@full_disk
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("run", "flows:failing"), 1),
        (("run", "talking", "-v"), 0),
        (("run", "talking", "--output", "group"), 0),
        (("run", "nothing.py"), 2),
        (("list", "--nope"), 2),
    ],
)
def test_a_full_disk_under_the_talk_changes_no_status(
    run: Run, tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    (tmp_path / "talking.py").write_text(
        "import concurra, flows\nflow = concurra.Workflow()\nflow.add(flows.half, 42)\n"
    )
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=full, text=True, check=False
        )
    assert (ended.returncode, bool(ended.stdout)) == (status, status != 2)


@full_disk
@pytest.mark.parametrize("stderr", [subprocess.PIPE, subprocess.STDOUT])
@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("run", "--help"),
        ("--version",),
        ("--print-completion", "bash"),
        ("list", "--json", "--nope"),
    ],
)
def test_what_is_asked_of_the_command_itself_and_cannot_be_written_is_told(
    run: Run, tmp_path: Path, words: tuple[str, ...], stderr: int
) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *words], cwd=tmp_path, stdout=full, stderr=stderr, text=True, check=False
        )
    assert ended.returncode == 2
    if stderr == subprocess.PIPE:
        assert "concurra-cli: the results cannot be written: [Errno 28]" in ended.stderr
        assert "Traceback" not in ended.stderr
