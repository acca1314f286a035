"""Real programs: what their end, a fork or another thread does to a run, and how they may be started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from platforms import needs_posix
from signalled import Program

pytestmark = needs_posix


@pytest.mark.parametrize("last", ["", "sys.exit(3)", "raise ValueError"])
def test_a_program_that_ends_meanwhile_aborts_the_run_and_says_so(last: str) -> None:
    program = Program(f"""
runner.execute_in_background()
sys.stdin.readline()
{last}
""")
    status, _, err = program.end()
    assert status == {"": 0, "sys.exit(3)": 3, "raise ValueError": 1}[last]
    assert err.count("WARNING:concurra.core:the program ends while 'Concurra' runs: aborting it") == 1
    assert not program.command_lives()


def test_a_program_whose_task_hangs_for_ever_still_exits() -> None:
    body = """
import concurra, threading
runner = concurra.TaskRunner(timeout=0.1, progress_stats=False)
runner.add_task(threading.Event().wait, label="x")
print(runner.run(verify=False)["x"]["status"])
"""
    done = subprocess.run(
        [sys.executable, "-c", body], capture_output=True, text=True, timeout=20, check=True
    )
    assert (done.stdout, done.stderr) == ("Terminated\n", "")


def test_both_sides_of_a_fork_can_use_new_runners() -> None:
    body = """
import concurra, os, warnings
warnings.simplefilter("ignore")
def once(word):
    runner = concurra.TaskRunner(progress_stats=False)
    runner.add_task(lambda: word, label="x")
    print(runner.run(verify=False)["x"]["result"], flush=True)
once("before")
child = os.fork()
if not child:
    once("child")
    os._exit(0)
print(os.waitpid(child, 0)[1], flush=True)
once("parent")
"""
    done = subprocess.run(
        [sys.executable, "-c", body], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.split() == ["before", "child", "0", "parent"]


def test_a_child_forked_by_a_task_obeys_signals() -> None:
    # Of SIGINT the handler is looked at: Python 3.13 calls none in the child of a fork off the main thread.
    body = """
import concurra, os, select, signal, warnings
warnings.simplefilter("ignore")
def fork():
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        found = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        os.write(mouth, b"y" if found else b"n")
        while True:  # a signal that comes just before a wait does not end it
            select.select([], [], [], 0.05)
    found = os.read(ear, 1)
    os.kill(child, signal.SIGTERM)
    return found, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
runner = concurra.TaskRunner(progress_stats=False, max_concurrency=1)
runner.add_task(fork)
print([result["result"] for result in runner.run(verify=False).values()])
"""
    done = subprocess.run(
        [sys.executable, "-c", body], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == "[(b'y', -15)]\n"


def test_a_child_forked_beside_a_run_does_not_wait_for_it() -> None:
    program = Program("""
import warnings
warnings.simplefilter("ignore")
runner.execute_in_background()
sys.stdin.readline()
child = os.fork()
if not child:
    for call in (runner.get_background_results, runner.abort):
        try:
            call()
        except concurra.LifecycleError as error:
            assert "the process that started it" in str(error)
        else:
            os._exit(1)
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")
    status, out, _ = program.end()
    assert (status, out) == (0, "7\n")
    assert not program.command_lives()


def test_the_main_thread_is_free_to_be_anywhere() -> None:
    body = """
import concurra, threading
def elsewhere():
    runner = concurra.TaskRunner(progress_stats=False)
    runner.add_task(lambda: 1, label="x")
    print(runner.run(verify=False)["x"]["status"])
thread = threading.Thread(target=elsewhere)
thread.start()
thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", body], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == "Successful\n"


def test_ways_to_run_a_program_without_a_guard(tmp_path: Path) -> None:
    body = "import concurra\nr = concurra.TaskRunner()\nr.add_task(lambda: 7, label=0)\nprint(r.run()[0]['result'])\n"
    (tmp_path / "flow.py").write_text(body)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for words, stdin in (
        (["flow.py"], ""),
        (["-c", body], ""),
        (["-"], body),
        (["-m", "flow"], ""),
        (["-i"], body),
    ):
        done = subprocess.run(
            [sys.executable, *words],
            input=stdin,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        assert "7" in done.stdout
