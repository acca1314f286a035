"""The command as its callers see it: real processes and their exit statuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from command_flows import Run
from command_line import COMMAND


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


@pytest.mark.parametrize("words", [("run", "--json"), ("plan", "--json"), ("validate", "--json")])
def test_a_file_that_is_called_like_what_the_command_needs_takes_no_place(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for name in ("json", "networkx", "random"):
        (tmp_path / f"{name}.py").write_text("raise ValueError('not the real one')\n")
    (tmp_path / "hidden.py").write_text("from flows import *\n")
    verb, flag = words
    ended = run(verb, "hidden:good", flag)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["schema"] == 1
    assert "'json' in " in ended.stderr
    assert "has the name of a module that is in use; rename it" in ended.stderr
    assert "ValueError" not in ended.stderr


@pytest.mark.parametrize("name", ["concurra-cli", "concurra"])
def test_the_installed_command_is_the_same(run: Run, name: str) -> None:
    script = Path(sys.executable).parent / name
    if not script.exists():
        pytest.skip("not installed beside this Python")
    ended = run("run", "flows", command=(str(script),))
    assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 6)
