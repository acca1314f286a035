"""Faults of commands: programs that are not there, that do not end, that write too much, or leave somebody behind."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import concurra
from faults.cases import THREAD, Kind, fault, told

ABSENT = "/no/such/folder"


def run(commands: dict[str, Any], **settings: Any) -> dict[str, str]:
    """Run shell commands, by label; a list is no shell's."""
    runner = concurra.TaskRunner(8, progress_stats=False, **settings)
    for label, line in commands.items():
        if isinstance(line, list):
            runner.add_command(line, label=label)
        else:
            runner.add_shell_command(line, label=label)
    return told(runner.run(verify=False))


@fault(
    {
        "absent": "Failed FileNotFoundError: ",
        "folder": "Failed PermissionError: ",
        "plain": "Failed PermissionError: ",
        "no program": "Failed OSError: [Errno 8] Exec format error",
        "surrogate": "Failed FileNotFoundError: ",
        "long": "Failed OSError: [Errno 7] Argument list too long",
    },
)
def cannot_be_started(kind: Kind) -> object:
    plain, no_program = Path(os.environ["TMPDIR"], "plain"), Path(os.environ["TMPDIR"], "no-program")
    plain.touch(0o600)
    no_program.write_bytes(b"\x7fnothing that runs")
    no_program.chmod(0o700)
    lines = {
        "absent": ["/no/such/program"],
        "folder": ["/"],
        "plain": [str(plain)],
        "no program": [str(no_program)],
        "surrogate": ["\udcff"],
        "long": ["true", "x" * 4_000_000],
    }
    try:
        return run(lines)
    finally:
        plain.unlink()
        no_program.unlink()


@fault({"folder": "Failed FileNotFoundError: ", "file": "Failed NotADirectoryError: ", "env": "Failed "})
def is_to_start_where_it_cannot(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, progress_stats=False)
    runner.add_command(["true"], label="folder", cwd=ABSENT)
    runner.add_command(["true"], label="file", cwd=sys.executable)
    runner.add_command(["sh", "-c", "exit 3"], label="env", env={**os.environ, "A": "b\udcff"})
    return told(runner.run(verify=False))


@fault(
    {
        "status": "Failed CommandError: command 'exit 3' failed with return code 3",
        "kill": "Failed CommandError: command 'kill -9 $$' failed with return code -9 (SIGKILL)",
        "segv": "Failed CommandError: command 'kill -11 $$' failed with return code -11 (SIGSEGV)",
        "high": "Failed CommandError: command 'exit 255' failed with return code 255",
        "syntax": "Failed CommandError: ",
        "pipe": "Successful",
    }
)
def fails_by_itself(kind: Kind) -> object:
    return run(
        {
            "status": "exit 3",
            "kill": "kill -9 $$",
            "segv": "kill -11 $$",
            "high": "exit 255",
            "syntax": "if",
            "pipe": "yes | head -n 1",
        }
    )


LATE = "Terminated TimeoutError: task exceeded its time limit of 0.3 seconds"


@fault(dict.fromkeys(("sleeps", "deaf", "children", "session", "stopped", "spins", "flood"), LATE))
def does_not_end(kind: Kind) -> object:
    flood = {"flood": "yes"}
    return run(
        {
            "sleeps": "exec sleep 1000",
            "deaf": "trap '' TERM HUP INT; while :; do sleep 1000; done",
            "children": "sleep 1000 & sleep 1000 & wait",
            "session": "setsid sleep 1000 & wait",
            "stopped": "kill -STOP $$",
            "spins": "while :; do :; done",
        }
        | flood,
        timeout=0.3,
        grace=0.1,
    )


@fault({"bad": LATE})
def ends_and_leaves_its_output_open(kind: Kind) -> object:
    return run({"bad": "sleep 1000 & exit 0"}, timeout=0.3)


@fault({"binary": "Successful", "big": "Successful", "closed": "Successful", "no text": "Successful"})
def writes_what_is_hard_to_read(kind: Kind) -> object:
    return run(
        {
            "binary": "head -c 100000 /dev/urandom",
            "big": "head -c 30000000 /dev/zero",
            "closed": "exec >&- 2>&-; sleep 0.05",
            "no text": r"printf '\377\376\n'; printf 'x\0y'",
        }
    )


@fault({"reads": "Successful", "tty": "Failed CommandError: "})
def waits_for_somebody_to_type(kind: Kind) -> object:
    return run({"reads": "cat; ! read line", "tty": "read line < /dev/tty"})


@fault({"bad": "Failed CommandError: ", "good": "Successful"})
def changes_what_is_the_parents(kind: Kind) -> object:
    """It cannot: not the environment, not the working directory, not the limits."""
    found = run({"bad": "cd /; export A=b; ulimit -n 20; umask 777; exit 1", "good": "true"})
    assert "A" not in os.environ
    assert Path.cwd() != Path("/")
    return found


@fault(
    {"0": "Terminated RuntimeError: aborted by abort()", "1": "Terminated RuntimeError: aborted by abort()"}
)
def is_aborted_and_deaf(kind: Kind) -> object:
    runner = concurra.TaskRunner(2, progress_stats=False, grace=0.1)
    runner.add_shell_command("trap '' TERM; while :; do sleep 1000; done")
    runner.add_shell_command("exec sleep 1000")
    runner.execute_in_background()
    return told(runner.abort())


LOST = "Failed ChildProcessError: the exit status of the command was lost"


@fault({"good": LOST, "bad": LOST}, THREAD)
def is_reaped_by_somebody_else(kind: Kind) -> object:
    """SIGCHLD is ignored, so the system reaps every child at once, and nobody learns how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    return run({"good": "exit 0", "bad": "kill -9 $$"})


@fault({"good": ""}, THREAD)  # whoever is faster has its exit status; what counts is that it ends
def has_a_parent_that_handles_the_end_of_children(kind: Kind) -> object:
    def reap(*_: object) -> None:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return

    signal.signal(signal.SIGCHLD, reap)
    return run({"good": "sleep 0.05"})


@fault({f"{number}": "Successful" for number in range(60)}, THREAD)
def comes_in_a_crowd(kind: Kind) -> object:
    return run({f"{number}": ["true"] for number in range(60)})


@fault({"bad": "Terminated TimeoutError: "}, THREAD)
def starts_a_family_in_many_sessions(kind: Kind) -> object:
    line = "for i in 1 2 3; do setsid sh -c 'trap : TERM; while :; do sleep 1000; done' & done; wait"
    return run({"bad": line}, timeout=0.5, grace=0.1)
