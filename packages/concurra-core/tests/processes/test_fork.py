"""Workers that are forked from the program itself: what they inherit, and what they do not."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import subprocess
import threading
from multiprocessing import get_context
from pathlib import Path

import concurra
import process_tasks_edges as edges
import process_tasks_probes as probes
import pytest
from platforms import needs_processes
from runners import Records, quiet

pytestmark = needs_processes

FORK = concurra.WorkerOptions(start_method="fork")


def test_forked_workers_keep_no_command_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    forked, fork = threading.Event(), os.fork

    def fork_and_tell() -> int:
        pid = fork()
        forked.set()
        return pid

    class InBetween(subprocess.Popen[bytes]):
        """Start the command when its pipes are there, and a worker was forked since."""

        def _execute_child(self, *args: object) -> None:
            forked.wait(5)
            super()._execute_child(*args)  # type: ignore[misc] # there is no public place in between

    monkeypatch.setattr(os, "fork", fork_and_tell)
    monkeypatch.setattr(subprocess, "Popen", InBetween)
    runner = quiet(max_concurrency=2, use_multiprocessing=True, worker=FORK)
    runner.add_command(["echo", "said"], label="command")
    runner.add_task(edges.identity, 1, label="task")
    runner.execute_in_background()
    waiting = threading.Thread(target=runner.get_background_results, kwargs={"verify": False}, daemon=True)
    waiting.start()
    waiting.join(10)
    hung = waiting.is_alive()
    results = runner.abort()
    assert not hung
    assert results["command"]["result"]["stdout"] == "said\n"
    assert results["task"]["result"] == 1


def test_forked_workers_inherit_files_and_queues_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = get_context("fork").SimpleQueue()
    with Path(__file__).open("rb") as file:
        monkeypatch.setattr(edges, "inherited", (file, queue))
        runner = quiet(use_multiprocessing=True, worker=FORK)
        runner.add_task(edges.use_inherited, label="task")
        result = runner.run(verify=False)["task"]
        assert (result["error"], result["result"]) == (None, b'"""Workers')
    assert queue.get() == "from afar"
    queue.close()


def test_forked_workers_share_no_pipe_of_theirs() -> None:
    runner = quiet(max_concurrency=3, use_multiprocessing=True, worker=FORK)
    for number in range(3):
        runner.add_task(edges.links, 0.6, label=number)
    results = runner.run(verify=False)
    one, two, three = (set(results[number]["result"]) for number in range(3))
    of_the_program = one & two & three
    assert one & two == two & three == one & three == of_the_program
    assert len(one - of_the_program) == 5  # requests, results, stdout, stderr, stacks


def test_records_of_forked_workers_reach_the_handlers_of_the_program_once() -> None:
    above, below = logging.getLogger("probes"), logging.getLogger("probes.loud")
    handlers = [Records(), Records(), Records()]
    seen: list[str] = []
    for logger, handler in zip((logging.root, above, below), handlers, strict=True):
        logger.addHandler(handler)
    above.propagate = False
    below.addFilter(lambda record: not seen.append(record.getMessage()))  # type: ignore[func-returns-value] # None, as wanted
    below.setLevel(logging.INFO)
    try:
        runner = quiet(use_multiprocessing=True, worker=FORK)
        runner.add_task(probes.log, logging.INFO)
        assert runner.run(verify=False)[0]["error"] is None
    finally:
        for logger, handler in zip((logging.root, above, below), handlers, strict=True):
            logger.removeHandler(handler)
        above.propagate = True
        below.filters.clear()
        below.setLevel(logging.NOTSET)
    messages = ["took 3 of them", "plain"]
    assert seen == messages
    assert [[record.getMessage() for record in handler.records] for handler in handlers] == [
        [],
        messages,
        messages,
    ]


@pytest.mark.parametrize("worker", [FORK, concurra.WorkerOptions()], ids=["fork", "template"])
def test_what_a_runner_within_started_goes_with_the_outer_task_deaf_or_not(
    tmp_path: Path, worker: concurra.WorkerOptions
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    runner = quiet(max_concurrency=1, use_multiprocessing=True, worker=worker, timeout=1, grace=0.3)
    runner.add_task(edges.deaf_grandchild, str(fifo), label="outer")
    runner.execute_in_background()
    handle = os.pidfd_open(int(fifo.read_text()))
    try:
        error = runner.get_background_results(verify=False)["outer"]["error"]
        assert error == "TimeoutError: task exceeded its time limit of 1 seconds"
        assert select.select([handle], [], [], 1)[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
