"""Two hundred tasks in one run, many of them nasty. ``python nasty.py 10`` does it ten times in a row."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

HELPERS = str(Path(__file__).parents[1] / "helpers")
if HELPERS not in sys.path:
    sys.path.insert(0, HELPERS)

import concurra  # noqa: E402 - the path comes first
import process_tasks as bad  # noqa: E402

TOKEN = "CONCURRA_TEST_FAMILY"
TOTAL = 200
OURS = ("concurra", "psm_", "sem.mp-")  # names of shared memory that ours or a task of ours could have made
LIMIT = 2.5  # seconds
DIED = "RuntimeError: worker died: "
LATE = f"TimeoutError: task exceeded its time limit of {LIMIT} seconds"
LOST = "TransferError: the result"

# What is called, with what, and how it ends: the start of the error, or the value where it succeeds.
Case: TypeAlias = tuple[Callable[..., object], tuple[object, ...], str | None, object]


def failed(call: Callable[..., object], *args: object, error: str) -> Case:
    return call, args, error, None


def good(call: Callable[..., object], *args: object, value: object) -> Case:
    return call, args, None, value


NASTY: list[Case] = [
    failed(bad.segfault, error=f"{DIED}killed by SIGSEGV"),
    failed(bad.faulted, error=f"{DIED}killed by SIGSEGV"),
    failed(os.abort, error=f"{DIED}killed by SIGABRT"),
    failed(bad.leave, 3, error=f"{DIED}exited with code 3"),
    failed(bad.leave, 0, error=f"{DIED}exited with code 0"),
    failed(bad.killed, signal.SIGKILL, error=f"{DIED}killed by SIGKILL"),
    failed(bad.killed, signal.SIGTERM, error=f"{DIED}killed by SIGTERM"),
    failed(bad.crash_with_child, False, error=f"{DIED}killed by SIGKILL"),
    failed(bad.crash_with_child, True, error=f"{DIED}killed by SIGKILL"),
    failed(sys.exit, error="SystemExit"),
    failed(bad.raise_one, "exit", error="SystemExit: 4"),
    failed(bad.raise_one, "interrupt", error="KeyboardInterrupt"),
    failed(bad.raise_one, "odd", error="Odd: base"),
    failed(bad.raise_one, "two", error="TwoArguments: one and other"),
    failed(bad.raise_one, "reduce", error="Unreducible: kept"),
    failed(bad.raise_one, "str", error="Unspeakable: "),
    failed(bad.raise_one, "timeout", error="TimeoutError: its own"),
    failed(bad.recurse, error="RecursionError: maximum recursion depth exceeded"),
    failed(bad.lock, error=f"{LOST}['deep'][0]"),
    failed(bad.generator, error=f"{LOST} (a generator) cannot be pickled"),
    failed(bad.nested, error=f"{LOST}"),
    failed(bad.breaks_here, error=f"{LOST} cannot be unpickled: ValueError: "),
    failed(bad.leaves_here, error=f"{LOST} cannot be unpickled: SystemExit: x"),
    good(bad.close_stdout, value="closed"),
    good(bad.close_descriptor, value="closed"),
    good(bad.leave_alarm, value="armed"),
    good(bad.fork_and_return, value="parent"),
    good(bad.fork_and_leave, value=5),
]
SLOW: list[Case] = [
    failed(bad.spin, error=LATE),
    failed(bad.spin_in_c, error=LATE),
    failed(bad.stubborn, error=LATE),
    failed(bad.hang_with_child, False, error=LATE),
    failed(bad.hang_with_child, True, error=LATE),
    failed(bad.hang_with_runner, error=LATE),
    good(bad.large, 100_000_000, value=b"\xa5" * 100_000_000),
    good(bad.run_within, False, value=[0, 1, 4, 9]),
    good(bad.run_within, True, value=[0, 1, 4, 9]),
]


def cases(seed: int) -> list[Case]:
    """Return all cases, shuffled by *seed*."""
    chosen = [*NASTY * 2, *SLOW]
    chosen += [good(bad.square, number, value=number * number) for number in range(TOTAL - len(chosen))]
    random.Random(seed).shuffle(chosen)  # noqa: S311 - no secret
    return chosen


def wrong(case: Case, result: dict[str, Any]) -> bool:
    """Return whether *result* is not what *case* must end with."""
    _, _, error, value = case
    if error is None:
        return bool(result["status"] != "Successful" or result["error"] or result["result"] != value)
    status = "Terminated" if error == LATE else "Failed"
    return result["status"] != status or not result["error"].startswith(error) or result["result"] is not None


def family(token: str) -> list[str]:
    """Return the processes that carry *token* in their environment, and the children of this one."""
    wanted, me, found = f"{TOKEN}={token}".encode(), str(os.getpid()), []
    for name in os.listdir("/proc"):
        if not name.isdecimal() or name == me:
            continue
        try:
            parent = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()[1].decode()
            if parent == me or wanted in Path(f"/proc/{name}/environ").read_bytes():
                found.append(f"{name} {Path(f'/proc/{name}/cmdline').read_bytes()[:80]!r}")
        except OSError:
            continue
    return found


def leftovers() -> dict[str, list[str]]:
    """Return what a run could leave behind."""
    return {
        "processes": family(os.environ[TOKEN]),
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "shared memory": sorted(name for name in os.listdir("/dev/shm") if name.startswith(OURS)),
        "temporary files": sorted(map(str, Path(os.environ["TMPDIR"]).iterdir())),
        "threads": sorted(thread.name for thread in threading.enumerate()),
    }


def go(seed: int) -> list[str]:
    """Run all once and return what was not as it must be."""
    before = leftovers()
    chosen = cases(seed)
    runner = concurra.TaskRunner(4, timeout=LIMIT, use_multiprocessing=True, progress_stats=False)
    for place, (call, args, _, _) in enumerate(chosen):
        runner.add_task(call, *args, label=place)
    began = time.perf_counter()
    results = runner.run(verify=False)
    seconds = time.perf_counter() - began
    after = leftovers()
    sys.stderr.write(f"{len(results)} tasks in {seconds:.1f} s\n")
    complaints = [
        f"{case[0].__name__}{case[1]}: {results[place]['status']} {results[place]['error']!r}, not {case[2]!r}"
        for place, case in enumerate(chosen)
        if wrong(case, results[place])
    ]
    return complaints + [
        f"{kind}: {before[kind]} before, {after[kind]} after"
        for kind in before
        if before[kind] != after[kind]
    ]


def main(times: int) -> int:
    """Run *times* times; the exit status is the number of runs that went wrong."""
    bad_runs = 0
    for seed in range(times):
        complaints = go(seed)
        bad_runs += bool(complaints)
        for complaint in complaints:
            sys.stdout.write(f"run {seed}: {complaint}\n")
    return bad_runs


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
