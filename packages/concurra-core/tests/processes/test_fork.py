"""Workers that are forked from the program itself: what they inherit, and what they do not."""

from __future__ import annotations

import sys
import threading
from multiprocessing import get_context
from pathlib import Path

import concurra
import process_tasks_edges as edges
import pytest
from runners import quiet

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="worker processes are POSIX")

FORK = concurra.WorkerOptions(start_method="fork")


def test_forked_workers_keep_no_command_waiting() -> None:
    runner = quiet(max_concurrency=4, use_multiprocessing=True, worker=FORK)
    waits = threading.Event()
    for number in range(10):
        runner.add_command(["true"], label=f"before {number}")
        runner.add_task(edges.identity, number, label=number)
    runner.add_task(waits.wait, label="refused")  # a lock does not travel
    for number in range(10):
        runner.add_command(["echo", str(number)], label=f"after {number}", depends_on=[number])
    runner.execute_in_background()
    ended = threading.Thread(target=runner.get_background_results, kwargs={"verify": False}, daemon=True)
    ended.start()
    ended.join(20)
    hung = ended.is_alive()
    results = runner.abort()
    assert not hung, {label: result["error"] for label, result in results.items()}
    assert [results[f"after {number}"]["result"]["stdout"] for number in range(10)] == [
        f"{number}\n" for number in range(10)
    ]


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
        runner.add_task(edges.links, 0.2, label=number)
    results = runner.run(verify=False)
    one, two, three = (set(results[number]["result"]) for number in range(3))
    of_the_program = one & two & three
    assert one & two == two & three == one & three == of_the_program
    assert len(one - of_the_program) == 5  # requests, results, stdout, stderr, stacks
