"""A `TaskRunner` as a `Workflow`: the same tasks behind the other face."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from concurra_core.model.errors import LifecycleError
from concurra_core.model.options import Lane
from concurra_core.model.retry import Retry
from concurra_core.reporting.log import LogOut
from concurra_core.runner.adding import Adders
from concurra_core.runner.execution import Execution
from concurra_core.runner.launch import Launch

if TYPE_CHECKING:
    from concurra_core.runner.run import RunSettings
    from concurra_core.runner.workflow import Workflow


class Twin(Adders):
    """Part of `TaskRunner`: what leads from it to a `Workflow`."""

    name: str
    _log: LogOut
    _launch: Launch
    _mutex: threading.Lock
    _execution: Execution | None

    def workflow(self) -> Workflow:
        """Return the tasks as a `Workflow`, to look at them before the run, or to run some of them, or otherwise.

        It has the tasks themselves, by the same refs, and nothing of what the runner says of its run: see `settings`.

        Raises:
            RuntimeError: the runner has been started.

        >>> from concurra_core import TaskRunner
        >>> runner = TaskRunner(max_concurrency=2, progress_stats=False)
        >>> half = runner.add_task(lambda: 21, label="half")
        >>> whole = runner.add_task(lambda x: x * 2, half, label="whole")
        >>> print(runner.workflow().text(), end="")
        half
        whole  takes half
        >>> settings = runner.settings
        >>> settings["timeout"] = 5
        >>> runner.workflow().run(**settings)[whole].value
        42
        """
        from concurra_core.runner.workflow import Workflow

        with self._mutex:
            if self._execution is not None:
                raise LifecycleError("the runner has been started; ask for its workflow before")
            return Workflow._over(self.name, self._registry, self._said())  # noqa: SLF001 - the other face

    @property
    def settings(self) -> RunSettings:
        """What the runner says of its run, as keywords of `Workflow.run`: all that holds for its tasks."""
        launch = self._launch
        options = launch.options
        settings: RunSettings = {
            "max_concurrency": options.slots,
            "limits": dict(options.limits),
            "timeout": self._timeout,
            "grace": self._grace,
            "retry": Retry(self._retries + 1),
            "deadline": options.deadline,
            "halt": options.halt,
            "sinks": launch.sinks,
            "backend": launch.backend,
            "worker": launch.worker,
            "logger": self._log.logger,
        }
        if launch.main is Lane.PROCESS and launch.backend is None:
            settings["on"] = "process"
        return settings
