"""Many small runs in one program: ``python many_runs.py 1000`` says what is left of them."""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path

import concurra


def double(number: int) -> int:
    return 2 * number


def fails() -> None:
    raise ValueError("as meant")


def flow() -> None:
    """Run a small flow: a chain, a failure, a death."""
    runner = concurra.TaskRunner(2, use_multiprocessing=True, progress_stats=False)
    one = runner.add_task(double, 1, label="one")
    runner.add_task(double, one, label="two")
    runner.add_task(fails, label="fails")
    runner.add_task(os._exit, 3, label="dies")
    results = runner.run(verify=False)
    assert results["two"]["result"] == 4, results
    assert results["fails"]["error"] == "ValueError: as meant", results
    assert results["dies"]["error"] == "RuntimeError: worker died: exited with code 3", results


def held() -> dict[str, int]:
    """Return what this process holds; memory in KiB."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    tasks = list(Path("/proc/self/task").iterdir())
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "children": sum(len((task / "children").read_text().split()) for task in tasks),
        "shared mappings": Path("/proc/self/maps").read_text().count("memfd:"),
        "memory": int(memory.split()[1]),
        "objects": len(gc.get_objects()),
    }


def main(times: int) -> None:
    """Run *times* times after a few that warm up, and print what is held before and after."""
    for _ in range(10):
        flow()
    before = held()
    for _ in range(times):
        flow()
    after = held()
    for kind, count in before.items():
        sys.stdout.write(f"{kind}: {count} {after[kind]}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
