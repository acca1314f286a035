"""A program in the middle of a run, to send signals to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

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
