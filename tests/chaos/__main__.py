"""Run random flows while a monkey strikes their processes: ``python -m chaos FIRST COUNT``, one run for each seed.

What was not as it must be goes to stdout. A seed that does not end within the limit has its threads shown, and ends all.
Exit status: 0, or 1 if something was wrong.
"""

from __future__ import annotations

import faulthandler
import os
import random
import sys
import tempfile
import threading
from typing import Final

from chaos.graphs import build, random_graph
from chaos.judge import Judge
from chaos.monkey import Monkey
from soak.gauges import GAUGES, MARK, relatives

LIMIT: Final = 20  # seconds that one seed may take
_HELD: Final = [name for name, (noise, _) in GAUGES.items() if noise < 1]  # what is counted, and not measured


def go(seed: int) -> list[str]:
    """Run *seed* and return what was not as it must be."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    graph = random_graph(chance)
    monkey = Monkey(chance, forked=graph.forked)
    before = _held()
    run = build(graph).start(**graph.settings(), sinks=[monkey])
    monkey.run = run
    report = run.wait()
    monkey.let_go()
    found = list(Judge(graph, report, monkey).complaints())
    for thread in threading.enumerate():
        if (
            thread is not threading.current_thread()
        ):  # the monkey's, and the one whose last act was to say that all is over
            thread.join()
    after = _held()
    found += [
        f"{name}: {before[name]} before, {after[name]} after"
        for name in before
        if before[name] != after[name]
    ]
    found += [f"alive: {relative}" for relative in relatives()] if found else []
    told = f"{graph.slots} slots, {'forked' if graph.forked else 'template'}, {monkey.done}"
    return [*found, told] if found else []


def _held() -> dict[str, int]:
    return {name: GAUGES[name][1]() for name in _HELD}


def main(first: int, count: int) -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TMPDIR": folder, MARK: os.urandom(8).hex()}
        tempfile.tempdir = None  # read anew
        for seed in range(first, first + count):
            sys.stderr.write(f"seed {seed}\n")
            faulthandler.dump_traceback_later(LIMIT, exit=True)
            found = go(seed)
            wrong += bool(found)
            for words in found:
                sys.stdout.write(f"seed {seed}: {words}\n")
                sys.stdout.flush()
    faulthandler.cancel_dump_traceback_later()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
