"""Recorded workflows as files tell them, and the shortest makespans that could be proven for them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

from benchmarks.report import ROOT

DEFAULT: Final = ROOT.parent / "shared" / "workflows"
BOUNDS: Final = "bounds.json"


@attrs.frozen
class Step:
    """One task of a recorded workflow.

    Args:
        label: its id.
        seconds: how long it ran, 0 or more.
        needs: the ids of the tasks it waits for, which may stand behind it.
    """

    label: str
    seconds: float
    needs: tuple[str, ...]


@attrs.frozen
class Workflow:
    """A recorded workflow.

    Args:
        name: the name of its file.
        steps: its tasks in the order of the source.
        lower: for each number of workers, the seconds below which no schedule can be.
    """

    name: str
    steps: Sequence[Step]
    lower: Mapping[int, float]


def read(folder: Path) -> list[Workflow]:
    """Return all workflows of *folder*, by name.

    Raises:
        OSError: the folder or its bounds are not there.
    """
    bounds = json.loads((folder / BOUNDS).read_text(encoding="utf-8"))
    files = [file for file in sorted(folder.glob("*.json*")) if file.name != BOUNDS]
    return [_workflow(file, bounds) for file in files]


def _workflow(file: Path, bounds: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Workflow:
    raw = file.read_bytes()
    found = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
    name = file.name.removesuffix(".gz").removesuffix(".json")
    steps = [Step(task["id"], float(task["runtime_s"]), tuple(task["parents"])) for task in found["tasks"]]
    return Workflow(name, steps, {int(workers): both["lower"] for workers, both in bounds[name].items()})
