"""With ``fast_fail`` the first failure ends the run: what runs is given up, what waits never starts."""

import threading
import time

import concurra

copying = threading.Event()


def copy() -> str:
    """Take a while."""
    copying.set()
    time.sleep(0.5)
    return "copied"


def check_disk() -> None:
    """Find out, while the copy is under way, that it is no use."""
    copying.wait()
    raise OSError("the disk is full")


runner = concurra.TaskRunner(max_concurrency=2, name="backup", fast_fail=True)
runner.add_task(copy, label="copy")
runner.add_task(check_disk, label="check disk")
runner.add_task(print, "never printed", label="tidy up")

for label, result in runner.run().items():
    print(f"{label}: {result['status']}, attempts: {result['attempts']}")
