"""Tasks that do not end by themselves, for worker processes."""

from __future__ import annotations

import os
import signal
import time


def spin(folder: str) -> None:
    """Leave a file in *folder* that is named like this process, and use the processor until it is ended."""
    with open(f"{folder}/{os.getpid()}", "x", encoding="ascii"):  # noqa: PTH123 - this module imports little
        pass
    while True:
        pass


def spin_regardless(folder: str) -> None:
    """Do the same, and ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    spin(folder)


def hang_in_turn(number: int, place: int, file: str) -> None:
    """Return at once, unless *number* is *place*: then write the time into *file* and hang."""
    if number == place:
        with open(file, "w", encoding="ascii") as out:  # noqa: PTH123 - this module imports little
            out.write(repr(time.perf_counter()))  # Linux and macOS: one clock for all processes
        time.sleep(60)
