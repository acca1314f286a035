"""Whether every task can ever get what it uses. What can never start is an error before the run, not a hang in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from concurra_core.model.errors import DefinitionError
from concurra_core.model.options import RunOptions, TaskOptions
from concurra_core.model.quoting import quoted
from concurra_core.model.task import Task


def check_demands(
    tasks: Sequence[Task],
    spreads: Mapping[int, TaskOptions],
    options: RunOptions,
    private: Mapping[str, int],
) -> None:
    """Refuse tasks that use more than there is in a run with *options*.

    Args:
        tasks: the records of the run.
        spreads: the options of tasks that others will make.
        options: the slots and the named limits.
        private: named limits of the graph's own.

    Raises:
        DefinitionError: there are such tasks; all of them are told.
    """
    limits = {**options.limits, **private}
    problems = [text for _, text in impossible(tasks, spreads, options.slots, limits)]
    if problems:
        raise DefinitionError("\n".join(problems))


def impossible(
    tasks: Sequence[Task],
    spreads: Mapping[int, TaskOptions],
    slots: int,
    limits: Mapping[str, int],
) -> Iterator[tuple[TaskOptions, str]]:
    """Yield options by which tasks use more than *slots* or *limits* have, with a sentence on the first such task."""
    # Most tasks share their options with many: one of them, the first, stands for all.
    firsts = {id(task.options): (task, task.options) for task in reversed(tasks)}
    firsts |= {id(item): (tasks[index], item) for index, item in spreads.items()}
    for task, options in sorted(firsts.values(), key=lambda first: first[0].index):
        if options.cpus > slots:
            way_out = f"say max_concurrency={quoted(options.cpus)}, or cpus={quoted(slots)}"
            text = f"takes cpus={quoted(options.cpus)}, but max_concurrency is {quoted(slots)}; {way_out}"
            yield options, f"task {quoted(task.label)} {text}"
        for name, share in options.uses:
            if name not in limits:
                way_out = f"say limits={{{quoted(name)}: {quoted(share)}}}"
                yield (
                    options,
                    f"task {quoted(task.label)} uses {quoted(name)}, of which there is no limit; {way_out}",
                )
            elif share > limits[name]:
                way_out = f"say limits={{{quoted(name)}: {quoted(share)}}}, or use less"
                text = f"uses {quoted(share)} of {quoted(name)}, but there is only {quoted(limits[name])}; {way_out}"
                yield options, f"task {quoted(task.label)} {text}"
