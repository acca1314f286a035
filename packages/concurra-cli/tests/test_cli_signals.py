"""Real signals: the first stops a run in order and the summary is told, the second ends it at once."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import COMMAND, surroundings


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command where a terminal would: Ctrl-C is not ignored."""
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - nothing else runs here
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(file: Path) -> str:
    until = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < until, "it has not come"
        select.select([], [], [], 0.01)
    return file.read_text()


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("as_json", [False, True])
def test_the_second_signal_ends_what_the_first_only_asked(
    etl: Path, number: signal.Signals, status: int, as_json: bool
) -> None:
    words = ["run", "etl:slow", "-p", f"folder={etl}", *["--json"] * as_json]
    with started(etl, *words) as process:
        pid = int(wait_for(etl / "pid"))
        assert process.stderr is not None
        process.send_signal(number)
        for line in process.stderr:
            if "stopping; once more ends everything at once" in line:
                break
        assert process.poll() is None  # it has a minute of grace
        process.send_signal(number)
        stdout, talk = process.communicate(timeout=20)
    assert process.returncode == status
    assert "slow: cancelled in " in talk
    assert "Traceback" not in talk
    assert not is_there(pid)
    if as_json:
        found = json.loads(stdout)
        assert (found["status"], found["exit_status"]) == ("cancelled", status)
        assert found["results"]["never"]["state"] == "cancelled"
    else:
        assert stdout == ""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_one_signal_is_enough_for_tasks_that_obey(etl: Path, number: signal.Signals, status: int) -> None:
    (etl / "obeys.py").write_text(
        "import concurra\n"
        "flow = concurra.Workflow('obeys')\n"
        "flow.shell('echo $$ > pid.part; mv pid.part ready; exec sleep 60', label='nap')\n"
        "flow.add(print, label='after', after=['nap'])\n"
    )
    with started(etl, "run", "obeys") as process:
        nap = int(wait_for(etl / "ready"))
        process.send_signal(number)
        stdout, talk = process.communicate(timeout=20)
    assert not is_there(nap)
    assert (process.returncode, stdout) == (status, "")
    assert "obeys: cancelled in " in talk


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_strikes_inline_tasks_and_code_that_is_loaded(
    etl: Path, number: signal.Signals, status: int
) -> None:
    (etl / "stuck.py").write_text(
        "import concurra, pathlib, select\n"
        "def wait():\n"
        "    pathlib.Path('ready').touch()\n"
        "    while True:\n"
        "        select.select([], [], [], 0.05)\n"
        "def inline():\n"
        "    flow = concurra.Workflow('inline')\n"
        "    flow.add(wait, on='inline')\n"
        "    return flow\n"
    )
    for target in ("stuck:wait", "stuck:inline"):
        with started(etl, "run", target) as process:
            wait_for(etl / "ready")
            process.send_signal(number)
            stdout, talk = process.communicate(timeout=20)
        assert (process.returncode, stdout) == (status, ""), talk
        assert "Traceback" not in talk
        (etl / "ready").unlink()


def test_a_signal_that_is_ignored_stays_ignored(etl: Path) -> None:
    (etl / "background.py").write_text(
        "import concurra, os, signal\n"
        "flow = concurra.Workflow()\n"
        "flow.add(os.kill, os.getpid(), signal.SIGINT)\n"
    )
    line = f"trap '' INT; exec {' '.join(COMMAND)} run background"
    done = subprocess.run(["bash", "-c", line], cwd=etl, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_code_that_puts_back_what_is_usual_changes_nothing(etl: Path) -> None:
    (etl / "usual.py").write_text(
        "import concurra, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "flow = concurra.Workflow('usual')\n"
        "flow.shell('touch ready; exec sleep 60', label='nap')\n"
    )
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with started(etl, "run", "usual") as process:
            wait_for(etl / "ready")
            process.send_signal(number)
            stdout, talk = process.communicate(timeout=20)
        assert (process.returncode, stdout) == (status, "")
        assert "usual: cancelled in " in talk
        (etl / "ready").unlink()
