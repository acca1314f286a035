"""What a whole run of few tasks takes: starting threads and settling the books counts here, not the tasks."""

from __future__ import annotations

from statistics import median
from typing import Final

from benchmarks.alone import print_alone
from benchmarks.contestants import contestants
from benchmarks.graphs import chain, independent
from benchmarks.overhead import microseconds
from benchmarks.report import Section, table

_METHOD = """\
The same contestants and the same clock, with so few tasks that starting is most of it. Milliseconds of the whole run,
and not per task; medians of {rounds} rounds, in which all take turns. dask keeps its threads from one run to the
next; the others start theirs anew each time. Closing a pool is not counted; pebble's takes a tenth of a second."""

_GRAPHS: Final = (independent(1), independent(10), chain(10), independent(100))


def measure(*, quick: bool) -> Section:
    """Return how long each contestant takes for one task, for ten and for a hundred."""
    rounds = 10 if quick else 60
    present, _ = contestants()
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for place, graph in enumerate(_GRAPHS):
            for name, contestant in present.items():
                spent = microseconds(contestant, graph) * len(graph) / 1e3
                times.setdefault((name, place), []).append(spent)
    rows = [
        [name, *(f"{median(times[name, place]):.2f}" for place in range(len(_GRAPHS)))] for name in present
    ]
    heads = ["ms of a whole run", *(f"{graph.name}, {len(graph)}" for graph in _GRAPHS)]
    return Section(
        title="Small runs", method=_METHOD.format(rounds=rounds), tables=[table(heads, rows)], promises=()
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
