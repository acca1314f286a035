"""No task may run longer than the timeout, counted from its own start.

A thread cannot be killed: the slow task is reported in time and its result is ignored, but its thread goes on
until it is done. The program may end before that.
"""

import time

import concurra


def answer(seconds: float) -> str:
    """Answer after *seconds*."""
    time.sleep(seconds)
    return f"answered after {seconds} seconds"


runner = concurra.TaskRunner(max_concurrency=2, name="servers", timeout=0.3)
runner.add_task(answer, 0.1, label="fast")
runner.add_task(answer, 5.0, label="slow")

for label, result in runner.run().items():
    print(f"{label}: {result['status']}, {result['error'] or result['result']}")
