"""A program in which something goes wrong. It writes into a file what its pool tells of the tasks, and when.

python -m benchmarks.fault_probe POOL CASE FOLDER FILE
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

from benchmarks.fault_pools import POOLS, WORKERS, Answer
from benchmarks.fault_tasks import TASKS, crash_in_turn, hang, hang_with_child, lock_in_turn


@attrs.frozen
class Case:
    """What is run.

    Args:
        call: the function of all tasks.
        arguments: makes one argument a task of the folder in which tasks may leave files.
        limit: seconds a task may take, None for no limit.
    """

    call: Callable[..., object]
    arguments: Callable[[str], Sequence[object]]
    limit: float | None = None


CASES: Final[Mapping[str, Case]] = {
    "crash": Case(crash_in_turn, lambda folder: range(TASKS)),
    "hang": Case(hang, lambda folder: [folder], limit=1.0),
    "lock": Case(lock_in_turn, lambda folder: range(10)),
    "child": Case(hang_with_child, lambda folder: [folder], limit=1.0),
    "busy": Case(hang, lambda folder: [folder] * WORKERS),
}


def main() -> None:
    """Run the case with the pool."""
    # Whoever starts a benchmark in the background may have it ignore Ctrl-C, which is one of the things tried here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pool, name, folder, file = sys.argv[1:]
    case = CASES[name]
    started = time.perf_counter()

    def tell(answers: list[Answer]) -> None:
        text = json.dumps({"seconds": time.perf_counter() - started, "answers": answers})
        draft = Path(f"{file}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.rename(file)  # whoever waits for the file finds all of it

    POOLS[pool](case.call, case.arguments(folder), case.limit, tell)


if __name__ == "__main__":
    main()
