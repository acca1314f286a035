"""What a task leaves behind breaks neither its own result nor the next one's, and nobody else is ever signalled."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import process_tasks_edges as edges
import pytest
from platforms import needs_processes
from runners import quiet

pytestmark = needs_processes

# A time limit ends a worker whose pid has not been told yet. The answer of the template stays unread for a while, as
# on a machine that is busy; signals to pid 0 would go to the group of the program.
UNKNOWN = """
import concurra, time
import process_tasks_edges as edges
from concurra_core.backends.nursery import Nursery

answer, moment = Nursery._listen, time.perf_counter() + 1

def later(self):
    if time.perf_counter() > moment:
        answer(self)

Nursery._listen = later
runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False, timeout=0.3)
runner.add_task(edges.hang)
runner.add_task(edges.identity, 5)
print([result["error"] or result["result"] for result in runner.run(verify=False).values()])
"""

# The program dies while an answer of its template lies unread, as when something held the interpreter lock.
UNREAD = """
import concurra, os, sys
import process_tasks_probes as probes
from concurra_core.backends.nursery import Nursery

Nursery._listen = lambda self: None
runner = concurra.TaskRunner(1, use_multiprocessing=True, progress_stats=False)
runner.add_task(probes.say_and_hang, sys.argv[1])
runner.run(verify=False)
"""


def test_a_worker_whose_pid_is_not_known_yet_is_ended_and_nobody_else() -> None:
    program = subprocess.run(
        [sys.executable, "-c", UNKNOWN],
        env={**os.environ, "PYTHONPATH": str(Path(edges.__file__).parent)},
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert program.returncode == 0, (program.returncode, program.stderr)
    assert program.stdout == "['TimeoutError: task exceeded its time limit of 0.3 seconds', 5]\n"


def test_nothing_outlives_a_program_that_dies_with_an_answer_unread(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program = subprocess.Popen(
        [sys.executable, "-c", UNREAD, str(fifo)],
        env={**os.environ, "PYTHONPATH": str(Path(edges.__file__).parent)},
        start_new_session=True,
        stderr=subprocess.PIPE,
    )
    handles = [os.pidfd_open(int(word)) for word in fifo.read_text().split()]
    program.kill()
    try:
        assert all(select.select([handle], [], [], 2)[0] for handle in handles)
        assert program.communicate(timeout=5)[1] == b""
    finally:
        for handle in handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)
        program.communicate()


@pytest.mark.parametrize(
    "call",
    [
        edges.delete_stdout,
        edges.odd_stdout,
        edges.trace_that_raises,
        edges.profile_that_raises,
        edges.trace_new_threads,
        edges.block,
    ],
)
def test_what_comes_after_a_task_has_returned_is_not_its_failure(call: Callable[[], int]) -> None:
    runner = quiet(max_concurrency=1, use_multiprocessing=True)
    runner.add_task(call)
    for number in (1, 2, 3):
        runner.add_task(edges.identity, number)
    runner.add_task(edges.traced)
    runner.add_task(edges.blocked)
    runner.add_task(os.getpid)
    results = runner.run(verify=False)
    assert [result["error"] for result in results.values()] == [None] * 7
    assert [result["result"] for result in results.values()][:-1] == [1, 1, 2, 3, [None] * 4, []]


@pytest.mark.parametrize("interval", [0, 2e-5])
def test_an_alarm_that_strikes_as_its_task_returns_kills_no_worker(interval: float) -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    for number in range(1500):
        runner.add_task(edges.late_alarm, 1e-6 * (number % 50 + 1), interval, number % 100 * 10)
        runner.add_task(edges.identity, number)
    results = list(runner.run(verify=False).values())
    assert {result["error"] for result in results[::2]} <= {None, "Late", "Late: "}
    assert [result["result"] for result in results[1::2]] == list(range(1500))


def test_a_signal_handler_may_log_while_its_task_logs(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    for _ in range(4):
        runner.add_task(edges.log_in_handler)
    results = runner.run(verify=False)
    assert [(result["error"], result["result"]) for result in results.values()] == [(None, 1)] * 4
    assert capsys.readouterr().err == ""
    assert {record.name for record in caplog.records} == {"probes.main", "probes.tick"}


def test_an_alarm_that_strikes_as_its_task_logs_harms_no_message() -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    for number in range(60):
        runner.add_task(edges.log_much, 60)
        runner.add_task(edges.identity, number)
    results = list(runner.run(verify=False).values())
    assert {result["error"] for result in results[::2]} <= {None, "TimeoutError: struck"}
    assert [result["result"] for result in results[1::2]] == list(range(60))


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_a_result_that_would_rather_leave_than_be_pickled_fails_alone(name: str) -> None:
    runner = quiet(max_concurrency=1, use_multiprocessing=True)
    runner.add_task(edges.leave_when_pickled, name, label="odd")
    runner.add_task(edges.identity, edges.LeavesWhenPickled(SystemExit), label="argument")
    runner.add_task(edges.identity, 3, label="even")
    results = runner.run(verify=False)
    assert results["odd"]["error"] == (
        f"TransferError: the result[0] (a LeavesWhenPickled) cannot be pickled: {name}: not today; "
        "return plain data, or run the task on a thread"
    )
    assert results["argument"]["error"].startswith("TransferError: argument 0 (a LeavesWhenPickled) cannot")
    assert results["even"]["result"] == 3


@pytest.mark.parametrize("cause", [False, True])
def test_the_trace_of_an_exception_group_begins_as_every_trace_does(cause: bool) -> None:
    traces = []
    for use_multiprocessing in (False, True):
        runner = quiet(use_multiprocessing=use_multiprocessing)
        runner.add_task(edges.raise_group, cause)
        traces.append(runner.run(verify=False)[0]["trace"])
    first, second, *_ = traces[0].splitlines()
    assert first == "Traceback (most recent call last):"
    assert second.startswith("  | ")
    assert "    | ValueError: one" in traces[0]
    assert traces[0] == traces[1]


# No more descriptors than *argv* says. Fewer workers than asked for do as well, until there is none.
FEW = """
import collections, resource, sys
import concurra, process_tasks_edges as edges
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
runner = concurra.TaskRunner(30, use_multiprocessing=True, progress_stats=False)
for number in range(30):
    runner.add_command(["sleep", "0.05"])
    runner.add_task(edges.identity, number)
for result in runner.run(verify=False).values():
    print(result["status"], result["error"])
"""


@pytest.mark.parametrize("most", [40, 25, 14, 10])
def test_few_descriptors_hang_nothing_and_failures_say_what_to_do(most: int) -> None:
    program = subprocess.run(
        [sys.executable, "-c", FEW, str(most)],
        env={**os.environ, "PYTHONPATH": str(Path(edges.__file__).parent)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    lines = program.stdout.splitlines()
    assert len(lines) == 60, program.stderr
    assert all(
        line == "Successful None" or "Too many open files; allow more (ulimit -n)" in line for line in lines
    )
