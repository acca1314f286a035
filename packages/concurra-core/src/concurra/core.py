"""The module that callers of old import `TaskRunner` from."""

from concurra_core.runner.task_runner import TaskRunner

__all__ = ["TaskRunner"]
