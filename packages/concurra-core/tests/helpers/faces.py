"""The typed face in the manners of the other one, so that one suite asks both for the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import concurra
from concurra_core.reporting.results import Results, results_of
from concurra_core.runner.run import Run


class FlowFace:
    """A `Workflow` and one run of it, with the methods of a `TaskRunner` that the suite uses.

    Args:
        on: where callables run; None leaves it to the library.
    """

    def __init__(
        self,
        *,
        on: str | None = None,
        fast_fail: bool = False,
        task_retries: int = 0,
        **settings: Any,  # those of `Workflow.run`
    ) -> None:
        self.flow = concurra.Workflow()
        self._on = on
        self._settings = settings
        self._settings["retry"] = concurra.Retry(task_retries + 1)
        if fast_fail:
            self._settings["halt"] = concurra.Halt.now()
        self._run: Run | None = None
        self._made: Results | None = None

    def add_task(self, task: Callable[..., object], *args: object, label: str, **said: Any) -> object:
        on = {} if self._on is None else {"on": self._on}
        add: Callable[..., object] = self.flow.add
        return add(task, *args, label=label, **on, **_options(said))

    def add_shell_command(self, line: str, *, label: str, **said: Any) -> object:
        return self.flow.shell(line, label=label, **_options(said))

    def run(self, *, verify: bool) -> Results:
        self.execute_in_background()
        return self.get_background_results(verify=verify)

    def execute_in_background(self) -> None:
        self._run = self.flow.start(**self._settings)

    def get_background_results(self, *, verify: bool) -> Results:
        assert self._run is not None
        report = self._run.wait()
        if self._made is None:
            self._made = results_of(report._tasks, report._wall, report._soft)
        return self._made

    def abort(self) -> Results:
        assert self._run is not None
        self._run.abort()
        return self.get_background_results(verify=False)

    def is_running(self) -> bool:
        assert self._run is not None
        return self._run.is_running

    def get_active_runner_count(self) -> int:
        assert self._run is not None
        return self._run.active


def _options(said: dict[str, Any]) -> dict[str, Any]:
    depends_on: Iterable[Hashable] | None = said.pop("depends_on", None)
    retries: int | None = said.pop("task_retries", None)
    options: dict[str, Any] = dict(said)
    if depends_on is not None:
        options["after"] = depends_on
    if retries is not None:
        options["retry"] = concurra.Retry(retries + 1)
    return options
