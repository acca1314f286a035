"""Run callables and commands in parallel, in dependency order, with one true result per task.

Names load when they are first used: every program that imports this pays for what it uses only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurra_core.backends.current import CurrentTask, current_task
    from concurra_core.model.command import CommandResult
    from concurra_core.model.errors import (
        BackendLostError,
        CommandError,
        ConcurraError,
        CycleError,
        DefinitionError,
        DuplicateLabelError,
        EndedError,
        InitializerError,
        LifecycleError,
        RemoteError,
        RunFailedError,
        SelectionError,
        Skip,
        TaskCancelled,
        TaskSkipped,
        TaskTimeout,
        TransferError,
        UnknownDependencyError,
        WorkerCrashed,
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
    from concurra_core.model.halt import Halt
    from concurra_core.model.ref import Ref
    from concurra_core.model.retry import Retry
    from concurra_core.model.settings import AddOptions
    from concurra_core.model.settled import Outcome
    from concurra_core.model.sink import BufferingSink, Sink
    from concurra_core.model.state import RunStatus, TaskState
    from concurra_core.model.worker import WorkerOptions, on_worker_import
    from concurra_core.reporting.forecast import WorkflowPlan
    from concurra_core.reporting.listing import PlannedTask
    from concurra_core.reporting.report import RunReport
    from concurra_core.reporting.table import results_table
    from concurra_core.reporting.task_result import TaskResult
    from concurra_core.runner.run import Run, Runner, RunSettings
    from concurra_core.runner.task_runner import TaskRunner
    from concurra_core.runner.validation import Problem
    from concurra_core.runner.workflow import Workflow

    __version__: str

__all__ = [
    "SCHEMA_VERSION",
    "AddOptions",
    "BackendLostError",
    "BufferingSink",
    "CommandError",
    "CommandResult",
    "ConcurraError",
    "CurrentTask",
    "CycleError",
    "DefinitionError",
    "DuplicateLabelError",
    "EndedError",
    "Event",
    "Halt",
    "InitializerError",
    "LifecycleError",
    "Outcome",
    "PlannedTask",
    "Problem",
    "Ref",
    "RemoteError",
    "Retry",
    "Run",
    "RunEnded",
    "RunFailedError",
    "RunReport",
    "RunSettings",
    "RunStarted",
    "RunStatus",
    "Runner",
    "SelectionError",
    "Sink",
    "Skip",
    "TaskCancelled",
    "TaskEnded",
    "TaskResult",
    "TaskRetrying",
    "TaskRunner",
    "TaskSkipped",
    "TaskStarted",
    "TaskState",
    "TaskTimeout",
    "TransferError",
    "UnknownDependencyError",
    "WorkerCrashed",
    "WorkerOptions",
    "Workflow",
    "WorkflowPlan",
    "current_task",
    "on_worker_import",
    "results_table",
]

# Where each name is loaded from.
_HOMES = {
    "backends.current": "CurrentTask current_task",
    "model.command": "CommandResult",
    "model.errors": "BackendLostError CommandError ConcurraError CycleError DefinitionError DuplicateLabelError EndedError InitializerError LifecycleError RemoteError RunFailedError SelectionError Skip TaskCancelled TaskSkipped TaskTimeout TransferError UnknownDependencyError WorkerCrashed",
    "model.events": "Event RunEnded RunStarted SCHEMA_VERSION TaskEnded TaskRetrying TaskStarted",
    "model.halt": "Halt",
    "model.ref": "Ref",
    "model.retry": "Retry",
    "model.settings": "AddOptions",
    "model.settled": "Outcome",
    "model.sink": "BufferingSink Sink",
    "model.state": "RunStatus TaskState",
    "model.worker": "WorkerOptions on_worker_import",
    "reporting.forecast": "WorkflowPlan",
    "reporting.listing": "PlannedTask",
    "reporting.report": "RunReport",
    "reporting.table": "results_table",
    "reporting.task_result": "TaskResult",
    "runner.run": "Run RunSettings Runner",
    "runner.task_runner": "TaskRunner",
    "runner.validation": "Problem",
    "runner.workflow": "Workflow",
}
_MODULES = {name: f"concurra_core.{home}" for home, names in _HOMES.items() for name in names.split()}


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
    return sorted({*globals(), *__all__})
