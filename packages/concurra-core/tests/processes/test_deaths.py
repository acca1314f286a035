"""What becomes of a run when its template or one of its workers dies."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import concurra
import process_tasks_probes as probes
import pytest
from concurra_core.backends.nursery import Nursery
from concurra_core.backends.processes import ProcessBackend
from platforms import needs_proc
from process_tasks import stubborn
from process_tree import children, template
from runners import quiet

pytestmark = needs_proc


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
left = open(f"/proc/self/task/{os.getpid()}/children")  # its first thread gets them
print([open(f"/proc/{pid}/stat").read().split()[1:4] for pid in left.read().split()])
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
    assert {number: result["error"] for number, result in results.items() if result["error"]} == {}
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


def test_a_template_that_dies_with_its_answer_unread_leaves_its_worker_to_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hire = Nursery.hire
    hired: list[int] = []

    def hire_or_kill(self: Nursery, *args: Any) -> None:
        if len(hired) == 1:
            assert self._control is not None
            select.select([self._control], [], [], 20)
            os.kill(self.pid, signal.SIGKILL)
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        hired.append(self.pid)
        hire(self, *args)

    monkeypatch.setattr(Nursery, "hire", hire_or_kill)
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    runner.add_task(probes.held, str(tmp_path), label="held")
    runner.add_task(probes.square, 3, label="other")
    results = during(runner, tmp_path, lambda _: None)
    assert [result["error"] or result["result"] for result in results.values()] == ["went", 9]


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
