"""Real signals on real processes: what a terminal, a supervisor and the end of a program do to a run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")

# Says on stdout when both tasks run, and waits for ever in a thread and in a command.
HEAD = """
import concurra, os, signal, sys, threading
runner = concurra.TaskRunner(max_concurrency=2, progress_stats=False)
runner.add_task(lambda: 1, label="done")
def stuck():
    os.write(1, b"thread\\n")  # in one piece: the command writes there too
    threading.Event().wait()
runner.add_task(stuck, label="stuck", depends_on=["done"])
runner.add_shell_command("echo command $$; exec sleep 60", label="command", depends_on=["done"], capture_output=False)
"""


class Program:
    """A Python program, its output line by line, and the process of the command it started."""

    def __init__(self, body: str, *, head: str = HEAD, says: tuple[str, ...] = ("command", "thread")) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", head + body],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        lines = sorted(self.process.stdout.readline().split() for _ in says)
        if [line[:1] for line in lines] != [[word] for word in says]:
            self.process.kill()
            raise AssertionError(lines)
        self.command = int(lines[0][1])

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        """Return status, the rest of stdout and stderr; the program ends by itself or the test fails."""
        try:
            out, err = self.process.communicate("\n", timeout=20)
        finally:
            self.process.kill()
        return self.process.returncode, out, err

    def command_lives(self) -> bool:
        try:
            stat = Path(f"/proc/{self.command}/stat").read_bytes()
        except FileNotFoundError:
            return False
        return stat.rpartition(b")")[2].split()[0] != b"Z"


def test_ctrl_c_stops_the_run_and_keeps_what_there_is() -> None:
    program = Program("""
try:
    runner.run()
except KeyboardInterrupt:
    results = runner.get_background_results(verify=False)
    print([result["status"] for result in results.values()], results["stuck"]["error"])
    other = concurra.TaskRunner(progress_stats=False)
    other.add_task(lambda: "again", label="x")
    print(other.run(verify=False)["x"]["result"])
    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGTERM))
""")
    program.send(signal.SIGINT)
    status, out, _ = program.end()
    assert status == 0
    assert out.splitlines() == [
        "['Successful', 'Terminated', 'Terminated'] RuntimeError: aborted by a signal while it ran",
        "again",
        "True 0",
    ]
    assert not program.command_lives()


def test_ctrl_c_that_nobody_catches_ends_the_program() -> None:
    program = Program("runner.run()")
    program.send(signal.SIGINT)
    status, _, err = program.end()
    assert status == -signal.SIGINT
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert not program.command_lives()


def test_ctrl_c_while_waiting_for_a_background_run_is_the_same() -> None:
    program = Program("""
try:
    runner.execute_in_background()
    runner.get_background_results()
except KeyboardInterrupt:
    runner.abort()  # in case that it came between the two
    print("interrupted", runner.is_running())
""")
    program.send(signal.SIGINT)
    status, out, _ = program.end()
    assert (status, out) == (0, "interrupted False\n")
    assert not program.command_lives()


def test_sigterm_leaves_no_orphan_and_still_ends_the_program() -> None:
    program = Program("runner.run()")
    program.send(signal.SIGTERM)
    status, _, _ = program.end()
    assert status == -signal.SIGTERM
    assert not program.command_lives()


STUBBORN = """
import attrs, concurra
runner = concurra.TaskRunner(progress_stats=False)
runner.add_shell_command("trap '' TERM; echo command $$; while :; do sleep 1; done", capture_output=False)
(task,) = runner._registry.tasks
task.options = attrs.evolve(task.options, grace=3600.0)
"""


def test_sigterm_ends_a_background_run_too() -> None:
    program = Program("""
import select
runner.execute_in_background()
while True:  # a signal that comes just before a wait does not end it
    select.select([], [], [], 0.05)
""")
    program.send(signal.SIGTERM)
    assert program.end()[0] == -signal.SIGTERM
    assert not program.command_lives()


def test_sigterm_during_one_run_ends_the_others() -> None:
    program = Program("""
runner.execute_in_background()
other = concurra.TaskRunner(progress_stats=False)
other.add_task(threading.Event().wait)
other.run()
""")
    program.send(signal.SIGTERM)
    assert program.end()[0] == -signal.SIGTERM
    assert not program.command_lives()


def test_a_second_ctrl_c_does_not_wait_for_the_grace() -> None:
    program = Program("runner.run()", head=STUBBORN, says=("command",))
    # Two signals of one kind that arrive at once are one: ask until the program has understood.
    while program.process.poll() is None:
        program.send(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.process.wait(0.2)
    assert program.end()[0] == -signal.SIGINT
    assert not program.command_lives()


def test_a_terminal_that_closes_leaves_no_orphan() -> None:
    program = Program("runner.run()")
    program.send(signal.SIGHUP)
    assert program.end()[0] == -signal.SIGHUP
    assert not program.command_lives()


def test_who_ignores_hangups_goes_on_ignoring_them() -> None:
    program = Program("""
signal.signal(signal.SIGHUP, signal.SIG_IGN)
runner.execute_in_background()
sys.stdin.readline()
print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)
""")
    assert program.end()[1] == "True\n"


def test_a_third_ctrl_c_leaves_a_sink_that_hangs_behind() -> None:
    body = """
import concurra, sys, threading
def hang(event):
    print("command 0", flush=True)
    threading.Event().wait()
runner = concurra.TaskRunner(progress_stats=False, sinks=[hang])
runner.add_task(lambda: 1)
try:
    runner.run()
except KeyboardInterrupt:
    print("out", runner.is_running(), flush=True)
    __import__("os")._exit(0)
"""
    program = Program("", head=body, says=("command",))
    while program.process.poll() is None:
        program.send(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.process.wait(0.2)
    assert program.end()[:2] == (0, "out False\n")


def test_a_handler_of_the_users_is_left_alone() -> None:
    program = Program("""
class Stop(Exception):
    pass
def handler(number, frame):
    raise Stop
signal.signal(signal.SIGINT, handler)
try:
    runner.run()
except Stop:
    print("stopped", runner.is_running(), signal.getsignal(signal.SIGINT) is handler)
""")
    program.send(signal.SIGINT)
    status, out, _ = program.end()
    assert (status, out) == (0, "stopped False True\n")
    assert not program.command_lives()


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
