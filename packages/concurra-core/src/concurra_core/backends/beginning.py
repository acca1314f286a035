"""What a run began with, as far as it matters to its worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import attrs

from concurra_core.backends.inheritance import Opened
from concurra_core.model.worker import WorkerOptions

Calls: TypeAlias = Callable[[], Iterable[Callable[..., object]]]


@attrs.frozen(kw_only=True)
class Beginning:
    """The options of a run, and what it found.

    Args:
        run_id: what tells the run from every other.
        options: what holds for every worker.
        environ: the environment of the program.
        opened: the pipes and sockets that were open.
        spawned: pid and control socket of the template that has been started, None if none is needed.
        calls: returns what the workers will call.
    """

    run_id: str
    options: WorkerOptions
    environ: Mapping[str, str]
    opened: Opened
    spawned: tuple[int, int] | None = None
    calls: Calls = tuple
