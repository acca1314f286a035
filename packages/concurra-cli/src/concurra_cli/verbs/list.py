"""``list``: the tasks of a target."""

from __future__ import annotations

import attrs
from concurra_core import PlannedTask

from concurra_cli.answer import Answer
from concurra_cli.flow import load_flow
from concurra_cli.job import Call
from concurra_cli.text import one_line, padded, width
from concurra_cli.verbs.broken import verdict


def perform(call: Call) -> Answer:
    """Return the tasks of the target, in the order of adding."""
    flow = load_flow(call.request.target, call.settings)
    said = {name: flow.run[name] for name in ("timeout", "retry", "on") if name in flow.run}
    tasks = flow.part.tasks(**said)
    lines = _rows(tasks) if call.settings.verbosity > 0 else [one_line(task.label) for task in tasks]
    status, talk = verdict(flow.part)
    document = {
        "target": flow.target,
        "name": flow.part.name,
        "tasks": [attrs.asdict(task) for task in tasks],
    }
    return Answer(status, document, "\n".join(lines) or None, talk)


def _rows(tasks: list[PlannedTask]) -> list[str]:
    names = [one_line(task.label) for task in tasks]
    places = [task.on or task.kind for task in tasks]
    first, second = (max(map(width, cells), default=0) for cells in (names, places))
    return [
        f"{padded(name, first)}  {padded(place, second)}  {'  '.join(_notes(task))}".rstrip()
        for name, place, task in zip(names, places, tasks, strict=True)
    ]


def _notes(task: PlannedTask) -> list[str]:
    notes = [f"after {', '.join(map(one_line, task.after))}"] if task.after else []
    if task.tags:
        notes.append(f"tags {', '.join(map(one_line, task.tags))}")
    if task.timeout is not None:
        notes.append(f"at most {task.timeout:g} s")
    if task.attempts > 1:
        notes.append(f"{task.attempts} attempts")
    return notes
