"""What a sink that writes JSON costs a run, an event: beside no sink at all, and beside one that does nothing."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import attrs
import concurra
from concurra_logging import JsonSink

from benchmarks.alone import print_alone
from benchmarks.report import Promise, Section, table

TITLE: Final = "Events as JSON"
PROMISED: Final = 12.0  # microseconds an event, of processor time
WORKERS: Final = 2

_METHOD = """\
{tasks:,} independent tasks that do nothing, on {workers} threads, and with them {events:,} events. Runs without a sink,
with one that does nothing, and with `JsonSink` to a file take turns; figures are medians of {rounds} rounds, less what
the run costs without a sink. What is left of "nothing" is the making and delivery of the events. A line has {size:.0f}
bytes. Processor time counts both threads that run tasks and the one that delivers; the clock on the wall runs until
`run()` has returned, when every line is in the file. The last column holds on other machines, too: what the run
itself costs an event is half of what it costs a task."""


@attrs.frozen
class Cost:
    """What a run cost, in microseconds an event."""

    wall: float
    processor: float


def cost(tasks: int, sinks: Sequence[concurra.Sink]) -> Cost:
    """Return what a run of *tasks* tasks costs an event, though there may be nobody who hears of them."""
    gc.collect()
    runner = concurra.TaskRunner(max_concurrency=WORKERS, progress_stats=False, sinks=sinks)
    for number in range(tasks):
        runner.add_task(int, label=f"task-{number}")
    wall, processor = time.perf_counter(), time.process_time()
    runner.run(verify=False)
    spent = time.perf_counter() - wall, time.process_time() - processor
    return Cost(*(seconds / events_of(tasks) * 1e6 for seconds in spent))


def events_of(tasks: int) -> int:
    """Return how many events there are of a run of *tasks* tasks that go well."""
    return 2 * tasks + 2


def rounds_of(tasks: int, rounds: int, file: Path) -> dict[str, list[Cost]]:
    """Return the costs without a sink, with one that does nothing, and with `JsonSink`, *rounds* times."""
    sinks: dict[str, Callable[[], Sequence[concurra.Sink]]] = {
        "no sink": list,
        "nothing": lambda: [lambda event: None],
        "`JsonSink` to a file": lambda: [JsonSink(file)],
    }
    for make in sinks.values():
        cost(1000, make())
    found: dict[str, list[Cost]] = {name: [] for name in sinks}
    for _ in range(rounds):
        for name, make in sinks.items():
            file.write_bytes(b"")
            found[name].append(cost(tasks, make()))
    return found


def measure(*, quick: bool) -> Section:
    """Return what sinks cost an event."""
    tasks, rounds = (5_000, 3) if quick else (20_000, 11)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "run.jsonl"
        found = rounds_of(tasks, rounds, file)
        size = file.stat().st_size / events_of(tasks)
    bare = found.pop("no sink")
    extra = {
        name: Cost(
            median(with_it.wall - without.wall for with_it, without in zip(costs, bare, strict=True)),
            median(
                with_it.processor - without.processor for with_it, without in zip(costs, bare, strict=True)
            ),
        )
        for name, costs in found.items()
    }
    alone = median(one.processor for one in bare)
    promised = extra["`JsonSink` to a file"].processor
    return Section(
        title=TITLE,
        method=_METHOD.format(
            tasks=tasks, events=events_of(tasks), workers=WORKERS, rounds=rounds, size=size
        ),
        tables=[
            table(
                ["us per event, sink", "processor", "wall", "processor, times the run itself"],
                [
                    [name, f"{one.processor:.1f}", f"{one.wall:.1f}", f"{one.processor / alone:.1f}"]
                    for name, one in extra.items()
                ],
            )
        ],
        promises=[Promise("`JsonSink` to a file, processor time an event", promised, PROMISED, "us")],
    )


if __name__ == "__main__":
    print_alone(measure, __doc__)
