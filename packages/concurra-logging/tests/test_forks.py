"""A child of a fork writes lines of its own, whatever another thread was writing when the process forked."""

from __future__ import annotations

import pytest
from log_programs import lines_written

# Another thread is within a line that is more than a pipe holds, so it has the stream's lock when the process forks.
PROGRAM = """
import os, signal, threading, warnings

def run(label):
    runner = concurra.TaskRunner(progress_stats=False, sinks=[sink])
    runner.add_task(len, "abc", label=label)
    runner.run(verify=False)

reading, writing = os.pipe()
stream = open(writing, "w")
write, last = {write}
thread = threading.Thread(target=write, args=("x" * 1_000_000,))
thread.start()
os.read(reading, 1)
waits, goes = os.pipe()
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads, which this is about
child = os.fork()
if not child:
    signal.alarm(20)
    os.read(waits, 1)
    write("child")
    os._exit(0)
with open(reading) as lines:
    for line in lines:
        if last in line:
            break
    thread.join()
    os.write(goes, b"!")
    stream.close()
    sys.stdout.write(lines.read())
_, status = os.waitpid(child, 0)
assert status == 0, status
"""
RUN = ["run.started", "task.started", "task.ended", "run.ended"]


@pytest.mark.parametrize(
    ("write", "events"),
    [
        ("configure(stream) and logging.getLogger().info, 'xxx'", ["child"]),
        ("configure(stream) and structlog.get_logger().info, 'xxx'", ["child"]),
        ("(sink := JsonSink(stream, progress=None)) and run, 'run.ended'", RUN),
        ("setattr(sys, 'stderr', stream) or (sink := JsonSink(progress=None)) and run, 'run.ended'", RUN),
    ],
    ids=["logging", "structlog", "sink of a stream", "sink of stderr"],
)
def test_a_child_is_not_held_up_by_a_thread_that_it_has_not(write: str, events: list[str]) -> None:
    assert [line["event"] for line in lines_written(PROGRAM.format(write=write))] == events
