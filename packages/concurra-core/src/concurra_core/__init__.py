"""Run callables and commands in parallel, in dependency order, with one true result per task.

Names load when they are first used: every program that imports this pays for what it uses only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurra_core.backends.current import CurrentTask, current_task
    from concurra_core.model.errors import (
        BackendLostError,
        CommandError,
        ConcurraError,
        CycleError,
        DefinitionError,
        DuplicateLabelError,
        InitializerError,
        LifecycleError,
        RemoteError,
        RunFailedError,
        TransferError,
        UnknownDependencyError,
    )
    from concurra_core.model.events import (
        SCHEMA_VERSION,
        Event,
        RunEnded,
        RunStarted,
        TaskEnded,
        TaskRetrying,
        TaskStarted,
    )
    from concurra_core.model.worker import WorkerOptions
    from concurra_core.model.sink import Sink
    from concurra_core.model.state import TaskState
    from concurra_core.model.ref import Ref
    from concurra_core.reporting.table import results_table
    from concurra_core.runner.task_runner import TaskRunner

    __version__: str

__all__ = [
    "SCHEMA_VERSION",
    "BackendLostError",
    "CommandError",
    "ConcurraError",
    "CurrentTask",
    "CycleError",
    "DefinitionError",
    "DuplicateLabelError",
    "Event",
    "InitializerError",
    "LifecycleError",
    "Ref",
    "RemoteError",
    "RunEnded",
    "RunFailedError",
    "RunStarted",
    "Sink",
    "TaskEnded",
    "TaskRetrying",
    "TaskRunner",
    "TaskStarted",
    "TaskState",
    "TransferError",
    "UnknownDependencyError",
    "WorkerOptions",
    "current_task",
    "results_table",
]

_HOMES = {
    "errors": (
        "BackendLostError CommandError ConcurraError CycleError DefinitionError DuplicateLabelError "
        "InitializerError LifecycleError RemoteError RunFailedError TransferError UnknownDependencyError"
    ),
    "events": "SCHEMA_VERSION Event RunEnded RunStarted TaskEnded TaskRetrying TaskStarted",
    "worker": "WorkerOptions",
    "sink": "Sink",
    "state": "TaskState",
    "ref": "Ref",
}
_MODULES = {name: f"concurra_core.model.{home}" for home, names in _HOMES.items() for name in names.split()}
_MODULES["results_table"] = "concurra_core.reporting.table"
_MODULES |= dict.fromkeys(("CurrentTask", "current_task"), "concurra_core.backends.current")
_MODULES["TaskRunner"] = "concurra_core.runner.task_runner"


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("concurra-core")
    elif name in _MODULES:
        value = getattr(import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
