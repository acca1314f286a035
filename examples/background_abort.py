"""A run in the background: look at it, do something else, and stop it."""

import threading
import time

import concurra

both_run = threading.Barrier(3)


def listen(channel: str) -> str:
    """Listen to *channel* for a while."""
    both_run.wait()
    time.sleep(0.5)
    return f"nothing heard on {channel}"


runner = concurra.TaskRunner(max_concurrency=2, name="radio", progress_stats=False)
for name in ("north", "south", "east"):
    runner.add_task(listen, name, label=name)

runner.execute_in_background()
both_run.wait()
print(f"running: {runner.is_running()}, tasks under way: {runner.get_active_runner_count()}")

runner.abort()
print(f"running: {runner.is_running()}, tasks under way: {runner.get_active_runner_count()}")

for label, result in runner.get_background_results(verify=False).items():
    print(f"{label}: {result['status']}, {result['error']}")
