"""Running: what the flags do, what is told of failures, and how a run ends."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from command_line import COMMAND

Cli = Callable[..., CompletedProcess[str]]
Data = Callable[..., dict[str, Any]]


def test_a_workflow_runs_and_its_results_are_data(cli: Cli, data: Data) -> None:
    done = cli("run", "etl")
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines() if line[0] == "|" and "-" not in line] == [
        "label", "users", "sales", "merge", "report", "cleanup",
    ]  # fmt: skip
    assert "etl progress: [#########################] 5/5 [100.0%]" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("etl: succeeded in ")
    found = data("run", "etl")
    assert (found["results"]["report"]["result"], found["status"], found["exit_status"]) == (
        2,
        "succeeded",
        0,
    )
    assert found["counts"] == {"succeeded": 5}
    assert found["results"]["users"]["tags"] == ["raw"]


def test_a_deadline_is_one_hundred_and_twenty_four(cli: Cli, data: Data, etl: Path) -> None:
    (etl / "nap.py").write_text(
        "import concurra\nflow = concurra.Workflow('nap')\nflow.command(['sleep', '60'], label='nap')\n"
    )
    done = cli("run", "nap", "--deadline", "0.2")
    assert done.returncode == 124, done.stderr
    assert "cancelled  nap (0." in done.stderr
    assert "nap: timed out in " in done.stderr
    found = data("run", "nap", "--deadline", "200ms")
    assert (found["status"], found["exit_status"]) == ("timed_out", 124)


def test_a_time_limit_holds_for_tasks_that_say_nothing(data: Data, etl: Path) -> None:
    (etl / "nap.py").write_text(
        "import threading, concurra\n"
        "flow = concurra.Workflow()\n"
        "flow.add(threading.Event().wait, label='nap')\n"
    )
    found = data("run", "nap", "--timeout", "100ms")
    assert found["results"]["nap"]["state"] == "timed_out"


def test_keep_going_and_fail_fast_hold_over_what_the_target_says(data: Data) -> None:
    assert data("run", "etl:runner")["results"]["x"]["state"] == "cancelled"
    assert data("run", "etl:runner", "-k")["results"]["x"]["state"] == "succeeded"
    assert data("run", "etl:runner", "-k", "-x")["error"]["type"] == "SettingError"
    assert data("run", "etl:broken", "-x", "-j", "1")["counts"]["failed"] == 1


def test_retries(data: Data, etl: Path) -> None:
    assert (
        data("run", "etl:flaky", "-p", f"path={etl / 'x'}", "--retries", "2")["results"]["once"]["attempts"]
        == 3
    )
    assert data("run", "etl:runner")["results"]["bad"]["attempts"] == 2
    assert data("run", "etl:runner", "--retries", "0")["results"]["bad"]["attempts"] == 1


def test_processes_and_environment(data: Data) -> None:
    results = data("run", "etl:where", "--processes", "--env", "COLOUR=green", "--env", "X=a=b")["results"]
    assert results["pid"]["execution_mode"] == "process"
    assert results["colour"]["result"] == "green"
    assert data("run", "etl:where", CONCURRA_PROCESSES="1")["results"]["pid"]["execution_mode"] == "process"
    threads = data("run", "etl:where", "--no-processes", CONCURRA_PROCESSES="1")
    assert threads["results"]["pid"]["execution_mode"] == "thread"


def test_limits(data: Data) -> None:
    assert data("run", "etl:shared", "--limit", "db=1")["status"] == "succeeded"


def test_what_tasks_write_can_be_kept_apart(cli: Cli) -> None:
    def said(mode: str, **more: str) -> list[str]:
        found = cli("run", "etl:talkers", "--output", mode, **more).stderr.splitlines()
        return [line for line in found if line[:1] in "ab-:" and "abo" not in line]

    assert said("none") == []
    assert sorted(said("stream")) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    group = said("group")
    for name in "ab":
        place = group.index(f"--- {name}")
        assert group[place + 1 : place + 4] == [f"{name}0", f"{name}1", f"{name}2"]
    done = cli("run", "etl:talkers", "--output", "failed")
    assert "--- bad\nabout to fail\nTask 'bad' failed" in done.stderr
    assert "a0" not in done.stderr
    assert "about to fail" not in cli("run", "etl:talkers", "--output", "none").stderr


def test_what_processes_and_commands_write_is_kept_apart_too(cli: Cli, etl: Path) -> None:
    (etl / "loud.py").write_text(
        "import concurra, os, subprocess, sys\n"
        "def say(name, end):\n"
        "    print(name, 'print')\n"
        "    subprocess.run(['echo', name, 'child'])\n"
        "    os.write(2, f'{name} raw\\n'.encode())\n"
        "    print(name, 'error', file=sys.stderr)\n"
        "    print(name, 'open', end='')\n"
        "    return end and end()\n"
        "def fail(): raise ValueError('no')\n"
        "def die(): sys.stdout.flush(); os._exit(3)\n"
        "flow = concurra.Workflow('loud')\n"
        "for name, end in {'good': None, 'bad': fail, 'dead': die}.items():\n"
        "    flow.add(say, name, end, label=name, on='process')\n"
        "flow.add(say, 'odd', None, label=('odd', 1), on='process')\n"
        "flow.shell('echo cmd; echo cmd error >&2; exit 3', label='cmd', capture_output=False)\n"
    )
    written = {"good", "odd", "bad", "dead"}

    def groups(mode: str) -> dict[str, list[str]]:
        done = cli("run", "loud", "--output", mode, "-q")
        assert done.returncode == 1
        found: dict[str, list[str]] = {"": []}
        name = ""
        for line in done.stderr.splitlines():
            if line.startswith("--- "):
                name = line.removeprefix("--- ")
                found[name] = []
            elif line.split()[0] in {*written, "cmd"}:
                found[name].append(line)
        return found

    whole = {
        name: [f"{name} {what}" for what in ("print", "child", "raw", "error", "open")] for name in written
    }
    whole |= {"cmd": ["cmd", "cmd error"], "('odd', 1)": whole.pop("odd"), "": []}
    assert groups("group") == whole
    assert groups("failed") == {
        name: lines for name, lines in whole.items() if name in {"", "bad", "dead", "cmd"}
    }
    assert groups("none") == {"": []}


def test_what_a_task_leaves_behind_in_a_worker_is_told_at_the_end(cli: Cli, etl: Path) -> None:
    (etl / "late.py").write_text(
        "import concurra, os, subprocess\n"
        "def start():\n"
        "    subprocess.Popen(['sh', '-c', 'read line < go; echo left behind; : > said'])\n"
        "def wait():\n"
        "    open('go', 'w').close()\n"
        "    open('said').close()\n"
        "    os._exit(0)\n"
        "flow = concurra.Workflow('late')\n"
        "started = flow.add(start, label='start', on='process')\n"
        "flow.add(wait, label='wait', after=[started], on='process', allow_failure=True)\n"
    )
    for name in ("go", "said"):
        os.mkfifo(etl / name)
    done = cli("run", "late", "--output", "group", "-q", "-j", "1")
    assert "left behind\n" in done.stderr


def test_github_gets_groups_and_annotations(cli: Cli) -> None:
    done = cli("run", "etl:talkers", GITHUB_ACTIONS="true")
    assert "::group::a\na0\na1\na2\n::endgroup::" in done.stderr
    assert "::error file=etl.py,line=17,title=talkers%3A bad failed::ValueError: no such thing" in done.stderr
    evil = cli("run", "etl:evil", GITHUB_ACTIONS="true").stderr
    assert "::error file=etl.py,line=17,title=evil \\x1b[2J%3A red \\x1b[31m\\nred failed::" in evil


def test_annotations_name_files_wherever_a_task_went_and_warn_of_what_may_fail(cli: Cli, etl: Path) -> None:
    (etl / "gone.py").write_text(
        "import concurra, os\n"
        "def go():\n"
        "    os.mkdir('gone')\n"
        "    os.chdir('gone')\n"
        "    os.rmdir('../gone')\n"
        "    raise ValueError('no way back')\n"
        "flow = concurra.Workflow('gone')\n"
        "flow.add(go)\n"
        "flow.add(int, 'x', label='soft', allow_failure=True)\n"
        "flow.map(int, ['y'], label='many', allow_failure=True)\n"
        "flow.map(int, flow.add(lambda: ['z'], label='zs'), label=7, allow_failure=True)\n"
    )
    said = cli("run", "gone", "-j", "1", GITHUB_ACTIONS="true").stderr
    assert "::error file=gone.py,line=6,title=gone%3A go failed::ValueError: no way back" in said
    assert "::warning title=gone%3A soft failed::ValueError: invalid literal" in said
    assert "::warning title=gone%3A many[0] failed::ValueError: invalid literal" in said
    assert "::warning title=gone%3A 7[0] failed::ValueError: invalid literal" in said
    assert said.count("::error ") == 1


def test_quiet_and_verbose(cli: Cli) -> None:
    quiet = cli("run", "etl:broken", "-q").stderr
    assert "progress" not in quiet
    assert "Task 'bad' failed" in quiet
    assert "broken: failed in" in quiet
    assert "etl: succeeded" not in cli("run", "etl", "-q").stderr
    silent = cli("run", "etl:broken", "-qq", "--output", "none")
    assert (silent.stderr, silent.returncode) == ("talk at import\n", 1)
    loud = cli("run", "etl", "-v").stderr
    assert "started    users\n" in loud
    assert "succeeded  users (" in loud


def test_a_reader_that_leaves_early_is_no_error(etl: Path) -> None:
    line = f"{shlex.join(COMMAND)} list etl:many | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=etl, env=os.environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "one[0]\n", "talk at import\n")


def test_help_describes_every_flag_and_imports_nothing(cli: Cli) -> None:
    from concurra_cli.options import OPTIONS

    for verb in ("run", "plan", "list", "graph", "validate"):
        text = cli(verb, "--help").stdout
        assert [each.flag for each in OPTIONS if verb in each.verbs.split() and each.flag not in text] == []
        assert "examples:\n  concurra-cli" in text
