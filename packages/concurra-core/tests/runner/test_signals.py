"""Real signals on real processes: what a terminal and a supervisor do to a run."""

from __future__ import annotations

import contextlib
import signal
import subprocess

from platforms import needs_posix
from signalled import Program

pytestmark = needs_posix


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


def test_sigterm_just_when_a_background_run_has_begun_leaves_nothing() -> None:
    program = Program("""
from concurra_core.runner import task_runner
class Late(task_runner.Interrupts):
    def __exit__(self, *given):
        super().__exit__(*given)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGTERM)
task_runner.Interrupts = Late
runner.execute_in_background()
threading.Event().wait()
""")
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
