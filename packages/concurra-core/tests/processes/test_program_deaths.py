"""What becomes of workers when their program dies."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import process_tasks_probes as probes
import pytest
from platforms import needs_proc
from process_tree import children

pytestmark = needs_proc


# Four workers, each with a child in a session of its own. Says on stdout when all of them are there.
PROGRAM = """
import sys
import concurra, process_tasks_probes as probes
runner = concurra.TaskRunner(4, use_multiprocessing=True, progress_stats=False)
for number in range(4):
    runner.add_task(probes.say_and_hang, sys.argv[1])
runner.run(verify=False)
"""


# The same, but the template is killed before that is said, and another one has taken its place.
BEREFT = """
import os, signal, sys, threading
import concurra, process_tasks_probes as probes
from concurra_core.backends.nursery import Nursery
from concurra_core.backends.processes import ProcessBackend
watch, watched = Nursery.watch, []

def watch_and_tell(self, pid, handle):
    watch(self, pid, handle)
    watched.append(pid)
    if len(watched) == 4:
        with open(sys.argv[1], "w") as file:
            file.write(said.decode())

Nursery.watch = watch_and_tell
ours = sys.argv[1] + ".inside"
os.mkfifo(ours)
runner = concurra.TaskRunner(4, use_multiprocessing=True, progress_stats=False)
for number in range(4):
    runner.add_task(probes.say_and_hang, ours)
runner.execute_in_background()
reader, said = os.open(ours, os.O_RDWR), b""
while said.count(b"\\n") < 4:
    said += os.read(reader, 4096)
(template,) = open("/proc/self/task/%d/children" % os.getpid()).read().split() or [None]
os.kill(int(template), signal.SIGKILL)
runner.get_background_results(verify=False)
"""


class Program:
    """A program in the middle of a run, and the pids of its workers and of their children."""

    def __init__(self, folder: Path, text: str = PROGRAM) -> None:
        fifo = folder / "fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDWR)
        self.process = subprocess.Popen(
            [sys.executable, "-c", text, str(fifo)],
            env={**os.environ, "PYTHONPATH": str(Path(probes.__file__).parent)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        said = b""
        try:
            while said.count(b"\n") < 4:
                assert select.select([reader], [], [], 20)[0], said
                said += os.read(reader, 4096)
        finally:
            os.close(reader)
        pids = [int(word) for word in said.split()]
        self.handles = [os.pidfd_open(pid) for pid in pids]
        self.handles += [os.pidfd_open(pid) for pid in children(self.process.pid)]  # the template

    def all_gone(self, seconds: float) -> bool:
        """Return whether nothing of it lives once *seconds* have passed."""
        end = time.monotonic() + seconds
        return all(
            select.select([handle], [], [], max(0.0, end - time.monotonic()))[0] for handle in self.handles
        )

    def close(self) -> None:
        for handle in self.handles:
            if not select.select([handle], [], [], 0)[0]:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)
        self.process.kill()
        self.process.wait()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_the_program(program: Program, number: signal.Signals) -> None:
    program.process.send_signal(number)
    assert program.all_gone(2)
    assert program.process.wait(5) != 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_program_that_dies_after_its_template(
    tmp_path: Path, number: signal.Signals
) -> None:
    program = Program(tmp_path, BEREFT)
    try:
        program.process.send_signal(number)
        assert program.all_gone(3)
    finally:
        program.close()
