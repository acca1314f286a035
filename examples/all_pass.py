"""Every task succeeds. The results, as JSON, are all that goes to stdout; progress and report go to stderr."""

import json
import time

import concurra


def square(number: int) -> int:
    """Return the square of *number*, slowly."""
    time.sleep(0.1)
    return number * number


def divide(total: int, parts: int) -> float:
    """Return one of *parts* equal parts of *total*."""
    time.sleep(0.2)
    return total / parts


runner = concurra.TaskRunner(max_concurrency=4, name="all pass")
for side in (3, 4, 5):
    runner.add_task(square, side, label=f"square of {side}")
runner.add_task(divide, 100, parts=8, label="an eighth")

print(json.dumps(runner.run(), indent=4))
