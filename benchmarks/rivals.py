"""Who is compared by `benchmarks.compare`: what each needs to be installed, and what our modules call it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from benchmarks import contestants, process_contestants

OURS: Final = "concurra"
FLOOR: Final = "concurrent.futures"


@attrs.frozen
class Rival:
    """A library that runs calls in parallel.

    Args:
        name: what pages call it, and its pool in `benchmarks.fault_pools`.
        processes: its name among the contestants that run graphs in processes.
        threads: the same for threads; None if it has none.
        packages: what is installed for it beside this library, whose modules measure.
    """

    name: str
    processes: str
    threads: str | None = None
    packages: Sequence[str] = ()


RIVALS: Final = (
    Rival(OURS, contestants.OURS, contestants.OURS),
    Rival(FLOOR, contestants.FLOOR, contestants.FLOOR),
    Rival("pebble", "pebble", "pebble (threads)", ["pebble"]),
    Rival("loky", "loky", None, ["loky"]),
    Rival("joblib", process_contestants.JOBLIB, None, ["joblib"]),
    Rival("mpire", "mpire", None, ["mpire"]),
    Rival("dask", process_contestants.DASK, "dask (threads)", ["dask"]),
    Rival("dask.distributed", process_contestants.DISTRIBUTED, None, ["dask", "distributed"]),
)
