"""Run flows full of faults in one program, over and over: ``python -m soak --minutes 60``, or ``--rounds 3``.

A round is one run of each scene. After each run the results must be the true ones; after each round what the program
holds is sampled. The report is Markdown on stdout. Exit status: 0, or 1 if something grew or was untrue.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import threading
import time
from typing import Final

from soak import scenes, strikes
from soak.gauges import MARK, sample
from soak.trend import Samples, table

SCENES: Final = (
    scenes.processes,
    scenes.threads,
    scenes.coroutines,
    scenes.commands,
    scenes.inline,
    scenes.mixed,
    strikes.aborted,
    strikes.halted,
    strikes.robbed,
)
_LEAVE: Final = 20.0  # seconds that a thread has to end that was given up by a run, and knows


class Soak:
    """The rounds so far."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.began = time.monotonic()
        self.samples = Samples()
        self.rounds = self.runs = self.tasks = 0
        self.untrue = 0

    def round(self) -> None:
        """Run each scene once, in an order of chance."""
        chance = random.Random(f"{self._seed} {self.rounds}")  # noqa: S311 - no secret
        for scene in chance.sample(SCENES, len(SCENES)):
            plot = scene(chance)
            complaints = plot.complaints()
            self.runs += 1
            self.tasks += len(plot.truths)
            self.untrue += len(complaints)
            for complaint in complaints:
                sys.stderr.write(f"round {self.rounds}: {complaint}\n")
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(_LEAVE)
        self.rounds += 1
        self.samples.add(time.monotonic() - self.began, sample())

    def report(self) -> bool:
        """Write the table; return whether all is well."""
        minutes = (time.monotonic() - self.began) / 60
        machine = (
            f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors"
        )
        sys.stdout.write(
            f"{minutes:.1f} minutes, {self.rounds} rounds, {self.runs} runs, {self.tasks} tasks, "
            f"{self.untrue} untrue results; seed {self._seed}; {machine}, {platform.system()}\n\n"
        )
        trends = self.samples.trends()
        sys.stdout.write(f"{table(trends)}\n")
        return not self.untrue and not any(trend.grows for trend in trends)


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m soak", description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--minutes", type=float, default=0.0)
    words.add_argument("--rounds", type=int, default=0)
    words.add_argument("--seed", type=int, default=0)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TMPDIR": folder, MARK: os.urandom(8).hex()}
        tempfile.tempdir = None  # read anew
        soak = Soak(asked.seed)
        while soak.rounds < asked.rounds or time.monotonic() - soak.began < 60 * asked.minutes:
            soak.round()
        return not soak.report()


if __name__ == "__main__":
    sys.exit(main())
