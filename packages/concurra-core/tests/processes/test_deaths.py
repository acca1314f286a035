"""Who dies when somebody dies: the program, the template, a worker."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import concurra
import process_tasks_probes as probes
import pytest
from concurra_core.backends.nursery import Nursery
from concurra_core.backends.processes import ProcessBackend
from process_tasks import stubborn
from process_tasks_edges import hang, links
from runners import quiet

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

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


def children(pid: int) -> list[int]:
    """Return the children of *pid*."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that ends just now
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def template() -> int:
    """Return the template process of the run that goes on here."""
    (found,) = [
        pid for pid in children(os.getpid()) if b"posix.setsid" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return found


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


# The program is the one that would get what its template has not reaped.
LEFTOVERS = """
import ctypes, os
import concurra, process_tasks as bad
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
runner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False, timeout=2)
for number in range(6):
    runner.add_task(bad.crash_with_child, number % 2 == 0)
runner.add_task(bad.hang_with_child, True)
runner.run(verify=False)
print([open(f"/proc/{pid}/stat").read().split()[1:4] for task in os.listdir("/proc/self/task")
       for pid in open(f"/proc/self/task/{task}/children").read().split()])
"""


def test_what_crashed_workers_left_is_ended_and_reaped() -> None:
    program = subprocess.run(
        [sys.executable, "-c", LEFTOVERS],
        env={**os.environ, "PYTHONPATH": str(Path(probes.__file__).parent)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert program.stdout == "[]\n", program.stderr


def during(runner: concurra.TaskRunner, folder: Path, act: Callable[[int], object]) -> dict[Any, Any]:
    """Return the results of *runner*, whose "held" task calls `probes.held`; *act* on its worker while it runs."""
    os.mkfifo(folder / "pid")
    os.mkfifo(folder / "go")
    runner.execute_in_background()
    pid = int((folder / "pid").read_text())
    act(pid)
    try:
        fd = os.open(folder / "go", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # nobody is left to read
        pass
    else:
        os.write(fd, b"go")
        os.close(fd)
    return runner.get_background_results(verify=False)


def test_a_run_goes_on_when_its_template_is_killed(tmp_path: Path) -> None:
    before = set(children(os.getpid()))  # another test may have left one that is on its way out
    runner = quiet(max_concurrency=3, use_multiprocessing=True)
    held = runner.add_task(probes.held, str(tmp_path), label="held")
    for number in range(20):
        runner.add_task(probes.square, number, label=number)
    for number in range(20, 40):
        runner.add_task(probes.square, number, label=number, depends_on=[held.label])

    def kill_template(_: int) -> None:
        pid = template()
        handle = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        select.select([handle], [], [], 5)
        os.close(handle)

    results = during(runner, tmp_path, kill_template)
    assert results.pop("held")["result"] == "went"
    assert {number: result["result"] for number, result in results.items()} == {n: n * n for n in range(40)}
    assert set(children(os.getpid())) <= before


def test_a_template_that_dies_as_the_first_worker_is_hired_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hire = Nursery.hire
    killed: list[int] = []

    def kill_and_hire(self: Nursery, *args: Any) -> None:
        if not killed:
            killed.append(self.pid)
            os.kill(self.pid, signal.SIGKILL)
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        hire(self, *args)

    monkeypatch.setattr(Nursery, "hire", kill_and_hire)
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    for number in range(4):
        runner.add_task(probes.square, number)
    results = runner.run(verify=False)
    assert [result["error"] or result["result"] for result in results.values()] == [0, 1, 4, 9]
    assert len(killed) == 1


def test_a_worker_killed_from_outside_fails_its_task_alone(tmp_path: Path) -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    runner.add_task(probes.held, str(tmp_path), label="held")
    for number in range(20):
        runner.add_task(probes.square, number, label=number)
    results = during(runner, tmp_path, lambda pid: os.kill(pid, signal.SIGKILL))
    held = results.pop("held")
    assert (held["status"], held["error"], held["trace"]) == (
        "Failed",
        "RuntimeError: worker died: killed by SIGKILL",
        None,
    )
    assert {number: result["result"] for number, result in results.items()} == {n: n * n for n in range(20)}


def test_a_stopped_worker_ends_at_its_limit(tmp_path: Path) -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True, timeout=0.5)
    runner.add_task(probes.held, str(tmp_path), label="held")
    runner.add_task(probes.square, 3, label="other")
    began = time.monotonic()
    results = during(runner, tmp_path, lambda pid: os.kill(pid, signal.SIGSTOP))
    assert time.monotonic() - began < 5
    assert results["held"]["status"] == "Terminated"
    assert results["held"]["error"].startswith("TimeoutError: ")
    assert results["other"]["result"] == 9


@pytest.mark.parametrize("initializer", [probes.broken_initializer, probes.dying_initializer])
def test_a_run_whose_initializer_fails_says_so_soon(initializer: Callable[[], object]) -> None:
    runner = quiet(
        max_concurrency=2, use_multiprocessing=True, worker=concurra.WorkerOptions(initializer=initializer)
    )
    for number in range(10):
        runner.add_task(probes.square, number)
    began = time.monotonic()
    results = runner.run(verify=False)
    assert time.monotonic() - began < 5
    assert {result["status"] for result in results.values()} == {"Failed"}
    word = "no database" if initializer is probes.broken_initializer else "exited with code 7"
    assert all(word in result["error"] for result in results.values()), results[0]["error"]


@pytest.mark.parametrize("start_method", ["template", "fork"])
def test_an_initializer_that_hangs_ends_at_its_limit(start_method: str) -> None:
    worker = concurra.WorkerOptions(initializer=hang, initializer_timeout=0.3, start_method=start_method)
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=worker, timeout=60)
    for number in range(4):
        runner.add_task(probes.square, number)
    began = time.monotonic()
    results = runner.run(verify=False)
    assert time.monotonic() - began < 5
    assert {result["error"] for result in results.values()} == {
        "InitializerError: the initializer of the workers took longer than its limit of 0.3 seconds"
    }


def test_an_initializer_in_time_is_not_ended_later() -> None:
    worker = concurra.WorkerOptions(initializer=os.getpid, initializer_timeout=1)
    runner = quiet(use_multiprocessing=True, worker=worker)
    runner.add_task(links, 1.3)
    assert runner.run(verify=False)[0]["error"] is None


def test_an_abort_ends_an_initializer_that_hangs() -> None:
    worker = concurra.WorkerOptions(initializer=hang)
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=worker)
    for number in range(4):
        runner.add_task(probes.square, number)
    runner.execute_in_background()
    began = time.monotonic()
    results = runner.abort()
    assert time.monotonic() - began < 5
    assert {result["status"] for result in results.values()} == {"Terminated"}


def test_a_worker_for_each_task_where_that_is_asked_for() -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=concurra.WorkerOptions(max_tasks=1))
    for _ in range(12):
        runner.add_task(os.getpid)
    assert len({result["result"] for result in runner.run(verify=False).values()}) == 12


def test_grace_is_an_option() -> None:
    runner = quiet(use_multiprocessing=True, timeout=0.1, grace=0.0)
    runner.add_task(stubborn, label="deaf")
    result = runner.run(verify=False)["deaf"]
    assert str(result["error"]).startswith("TimeoutError: ")
    assert result["duration_seconds"] < 1


def second_time_wait(folder: str) -> int:
    """Fail once, then take a while."""
    try:
        Path(folder, "first").touch(exist_ok=False)
    except FileExistsError:
        select.select([], [], [], 0.3)
        return 2
    raise ValueError("first")


def test_an_end_that_comes_late_strikes_no_later_attempt(tmp_path: Path) -> None:
    backend = ProcessBackend()

    def late(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskStarted) and event.attempt == 2:
            (task,) = runner._registry.tasks
            backend.kill(
                task, 1, 0.5
            )  # as a watchdog may, which struck before the report of the first was read

    runner = quiet(use_multiprocessing=True, task_retries=1, backend=backend, sinks=[late])
    runner.add_task(second_time_wait, str(tmp_path), label="x")
    result = runner.run(verify=False)["x"]
    assert (result["status"], result["result"], result["attempts"]) == ("Successful", 2, 2)


def test_a_task_that_no_worker_was_there_for_never_began() -> None:
    runner = quiet(use_multiprocessing=True, worker=concurra.WorkerOptions(initializer=hang_up))
    runner.add_task(int, label="x")
    result = runner.run(verify=False)["x"]
    assert (result["status"], result["start_time"], result["duration_seconds"], result["attempts"]) == (
        "Failed",
        None,
        0.0,
        0,
    )


def hang_up() -> None:
    """Be an initializer that fails."""
    raise ValueError("no")
