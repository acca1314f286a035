"""The command as its callers see it: real processes, their streams and their exit statuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeAlias

import pytest

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = (sys.executable, "-W", "error", "-m", "concurra_cli")

FLOWS = """\
import sys
from concurra_core import TaskRunner

print("talk at import")

def half(number):
    print("talk in a task")
    return number / 2

def fail():
    raise ValueError("no such thing")

def good():
    runner = TaskRunner(max_concurrency=2)
    runner.add_task(half, 42, label="half")
    runner.add_command(["echo", "talk of a command"], label="echo", capture_output=False)
    return runner

def failing():
    runner = good()
    runner.add_task(fail, label="bad")
    runner.add_task(half, 1, label="after", depends_on=["bad"])
    return runner

def ring():
    runner = TaskRunner()
    runner.add_task(fail, label="a", depends_on=["b"])
    runner.add_task(fail, label="b", depends_on=["a"])
    return runner

def unknown():
    runner = good()
    runner.add_task(fail, depends_on=["hafl"])
    return runner

def twice():
    runner = good()
    runner.add_task(fail, label="half")
    return runner

def broken():
    return good() + 1

def leaving():
    sys.exit(0)

started = TaskRunner(progress_stats=False)
started.run(verify=False)
flow = good
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a folder that holds the flows above, as `flows.py`."""
    (tmp_path / "flows.py").write_text(FLOWS)

    def run(*words: str, command: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess[str]:
        return subprocess.run((*command, *words), cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("flows:good", 0, "Concurra progress: [#########################] 2/2 [100.0%]"),
        ("flows:failing", 1, "Task 'bad' failed with error: ValueError: no such thing\nTraceback (most"),
        ("flows:nothing", 2, "flows has no attribute 'nothing'"),
        ("nothing", 2, "no module 'nothing' in "),
        ("flows:broken", 2, "calling flows:broken() raised TypeError"),
        ("flows:leaving", 2, "calling flows:leaving() raised SystemExit"),
        ("flows:started", 2, "flows:started has been started by its own code"),
        ("flows:ring", 3, "circular dependency: a -> b -> a"),
        ("flows:unknown", 3, "unknown dependency 'hafl' of 2; did you mean 'half'?"),
        ("flows:twice", 3, "DuplicateLabelError: label 'half' is taken"),
    ],
)
def test_the_exit_status_tells_what_happened(run: Run, target: str, status: int, said: str) -> None:
    ended = run("run", target)
    assert (ended.returncode, said in ended.stderr) == (status, True), ended.stderr
    assert bool(ended.stdout) == (status in {0, 1})


@pytest.mark.parametrize("words", [(), ("walk",), ("run",), ("run", "flows", "--jsno")])
def test_bad_usage_is_two(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("usage: concurra-cli")


def test_a_flag_that_is_not_there_is_told_with_what_may_have_been_meant(run: Run) -> None:
    for words, told in (
        (("run", "flows", "--fail-fats"), "--fail-fats; did you mean '--fail-fast'"),
        (("graph", "flows", "--zzz"), "--zzz; concurra-cli graph --help lists what there is"),
    ):
        assert told in run(*words).stderr


def test_bad_usage_is_json_wherever_that_was_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told(*words: str) -> object:
        ended = run(*words)
        document = json.loads(ended.stdout)
        assert (document["schema"], document["error"]["status"], ended.returncode) == (1, 2, 2)
        return document["error"]["type"]

    assert told("run", "--json") == "UsageError"
    (tmp_path / "pyproject.toml").write_text("[tool.concurra]\njson = true\n")
    assert told("run") == "UsageError"
    (tmp_path / "pyproject.toml").unlink()
    monkeypatch.setenv("CONCURRA_JSON", "yes")
    assert told("walk") == "UsageError"
    monkeypatch.setenv("CONCURRA_JOBS", "many")
    assert told("run", "flows") == "SettingError"


def test_an_error_in_the_graph_at_import_is_three(run: Run, tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text("from flows import ring\nring().run()\n")
    ended = run("run", "early")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "CycleError: circular dependency: a -> b -> a" in ended.stderr


def test_an_error_in_the_users_code_keeps_its_traceback_and_loses_ours(run: Run, tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text("import flows\n\nflows.broken()\n")
    for target in ("early", "early.py"):
        trace = run("run", target).stderr
        assert f'File "{tmp_path / "early.py"}", line 3, in <module>' in trace
        assert f'File "{tmp_path / "flows.py"}", line 42, in broken' in trace
        assert "TypeError: unsupported operand" in trace
        assert "concurra_cli" not in trace
        assert "importlib" not in trace


def test_a_module_that_the_users_code_misses_is_the_users_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text("import no_such_thing\n")
    ended = run("run", "early")
    assert ended.returncode == 2
    assert "ModuleNotFoundError: No module named 'no_such_thing'" in ended.stderr
    assert "line 1, in <module>" in ended.stderr


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is at hand on Linux only")
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


def test_ctrl_c_is_one_hundred_and_thirty(run: Run, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(
        "import select, signal\n"
        "from concurra_core import TaskRunner\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job inherits it ignored\n"
        "def wait():\n"
        "    print('waiting')\n"
        "    while True:  # a signal that comes just before a wait does not end it\n"
        "        select.select([], [], [], 0.05)\n"
        "def flow():\n"
        "    runner = TaskRunner()\n"
        "    runner.add_task(wait)\n"
        "    return runner\n"
        "def stuck():\n"
        "    wait()\n"
    )
    for target in ("endless", "endless:stuck"):
        with subprocess.Popen(
            [*COMMAND, "run", target], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            stderr: IO[str] | None = process.stderr
            assert stderr is not None
            assert stderr.readline() == "waiting\n"
            process.send_signal(signal.SIGINT)
            try:
                stdout, talk = process.communicate(timeout=20)
            finally:
                process.kill()
        assert (process.returncode, stdout) == (130, "")
        assert "Traceback" not in talk


def test_help_and_version_load_nothing_heavy(run: Run) -> None:
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from concurra_cli.main import main\n"
        "status = main(sys.argv[1:])\n"
        "print(status, *set(sys.modules) - before, file=sys.stderr)\n"
    )
    heavy = {
        "concurra_core",
        "attr",
        "networkx",
        "rich",
        "structlog",
        "tabulate",
        "asyncio",
        "multiprocessing",
        "inspect",
    }
    for words in (["--help"], ["run", "--help"]):
        ended = run(command=(sys.executable, "-c", script, *words))
        status, *loaded = ended.stderr.split()
        assert status == "0"
        assert "argparse" in loaded
        assert heavy.isdisjoint(loaded)
        assert ended.stdout.startswith("usage: concurra-cli")
    ended = run("--version")
    assert (ended.returncode, ended.stdout) == (0, "concurra-cli 0.1.0\n")


@pytest.mark.parametrize("name", ["concurra-cli", "concurra"])
def test_the_installed_command_is_the_same(run: Run, name: str) -> None:
    script = Path(sys.executable).parent / name
    if not script.exists():
        pytest.skip("not installed beside this Python")
    ended = run("run", "flows", command=(str(script),))
    assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 6)
