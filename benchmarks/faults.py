"""What becomes of a program when a worker process of it goes wrong: this library beside other pools.

    python -m benchmarks.faults            about two minutes, prints the table and writes its page
    python -m benchmarks.faults --print    prints only

Linux: who is alive is read from /proc.
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Final

from benchmarks.fault_pools import installed
from benchmarks.fault_tasks import CULPRIT, TASKS
from benchmarks.fault_trial import HARD, SETTLE, Struck, Told, struck, told
from benchmarks.report import ROOT, machine, table

PAGE: Final = ROOT / "docs" / "explanation" / "process_faults.md"

_WORDS: Final = 60  # characters of an error that are shown

_PAGE = """\
# When a worker process fails

A worker process can crash, hang, or have a result that cannot travel; and the program itself can be interrupted or
killed. The table shows what a program is told then, and what is left running, with Concurra and with other pools of
processes. `make bench-faults` tries all of it anew and rewrites this page.

Each cell comes from a program of its own, which uses the pool as its documentation shows, with two workers and with the limit
that the pool offers: `timeout` of Concurra and pebble, `task_timeout` of mpire. `concurrent.futures` and loky have none for a
task, and `future.result(timeout=1)` stands in for it, which is a limit on waiting. A program that tells nothing for {hard:.0f} seconds
is given up. What is alive is counted {settle:.0f} seconds after the program was told, interrupted or killed.

{table}

- **A crash**: the task at number {culprit} of {tasks} kills its own process with SIGKILL, as the kernel does when memory runs out.
- **A hang**: one task sleeps for a minute, with a limit of one second.
- **A result that cannot be pickled**: one task of ten returns a lock.
- **A grandchild**: the task that hangs has started a program.
- **Ctrl-C**: SIGINT goes to the whole group of processes, as from a terminal, while both workers are busy. Processes are
  all that the program had started, and that those had: workers and their attendants.
- **The program is killed**: SIGKILL goes to the program alone, while both workers are busy.

{machine}
"""


def crash(pool: str) -> list[str]:
    """Return how many results arrive beside a crash, and what is told of it."""
    found = told(pool, "crash")
    if found.answers is None:
        return [_nothing(found), "-"]
    others = [well for place, (well, _) in enumerate(found.answers) if place != CULPRIT]
    return [f"{sum(others)} of {len(others)}", _error(found, CULPRIT)]


def hang(pool: str) -> list[str]:
    """Return what is told of a hang and when, what its process does then, and the program."""
    found = told(pool, "hang")
    if found.answers is None:
        return [_nothing(found), "-", "-"]
    return [
        f"{_error(found, 0)}, after {found.seconds:.1f} s",
        "runs on" if found.left else "gone",
        "yes" if found.ended else "**no**",
    ]


def lock(pool: str) -> list[str]:
    """Return what is told of a result that cannot be pickled, and how many others arrive."""
    found = told(pool, "lock")
    if found.answers is None:
        return [_nothing(found), "-"]
    others = [well for well, _ in found.answers[1:]]
    return [_error(found, 0), f"{sum(others)} of {len(others)}"]


def child(pool: str) -> list[str]:
    """Return what becomes of the program that a hung task has started."""
    found = told(pool, "child")
    return ["**alive**" if found.left else "gone"]


def signalled(pool: str) -> list[str]:
    """Return what is left after Ctrl-C, and after the death of the program."""
    interrupted = struck(pool, signal.SIGINT)
    ended = "yes" if interrupted.ended else "**no**"
    return [ended, _left(interrupted), _left(struck(pool, signal.SIGKILL))]


ROWS: Final = {
    crash: [f"a crash among {TASKS} tasks: results of the others", "what is told of the one that crashed"],
    hang: [
        "a hang, limit 1 s: what is told",
        "the hung process then",
        f"the program can end within {SETTLE:.0f} s",
    ],
    lock: ["a result that cannot be pickled: what is told", "results of the nine others"],
    child: ["a grandchild of a task over its limit"],
    signalled: [
        "Ctrl-C: the program ends",
        "processes alive after Ctrl-C",
        "processes alive after the program is killed",
    ],
}


def _error(found: Told, place: int) -> str:
    """Return in short what was told of the task at *place*."""
    well, text = (found.answers or [])[place]
    if well:
        return f"a result: {text[:_WORDS]}"
    first = " ".join(text.split()).replace("|", "/").replace("`", "'")
    return f"`{first if len(first) <= _WORDS else first[:_WORDS] + '...'}`"


def _nothing(found: Told) -> str:
    return "**the program dies**" if found.ended else f"**nothing within {HARD:.0f} s**"


def _left(found: Struck) -> str:
    count = f"{found.left} of {found.family}"
    return f"**{count}**" if found.left else count


def measure() -> str:
    """Return the table of all cases and pools."""
    pools, missing = installed()
    columns = []
    for pool in pools:
        print(f"trying: {pool}", file=sys.stderr)
        columns.append([cell for case in ROWS for cell in case(pool)])
    titles = [title for rows in ROWS.values() for title in rows]
    text = table(["", *pools], [[title, *cells] for title, *cells in zip(titles, *columns, strict=True)])
    return f"{text}\n\nNot installed, and left out: {', '.join(missing)}." if missing else text


def main() -> int:
    """Try everything, print the table, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the table and write nothing")
    options = parser.parse_args()
    text = measure()
    print(text)
    if not options.print:
        page = _PAGE.format(
            hard=HARD, settle=SETTLE, table=text, culprit=CULPRIT, tasks=TASKS, machine=machine()
        )
        PAGE.write_text(page, encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
