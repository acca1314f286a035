"""Runners that say nothing, and tasks that raise."""

from __future__ import annotations

from collections.abc import Callable

import concurra


def quiet(**options: object) -> concurra.TaskRunner:
    return concurra.TaskRunner(progress_stats=False, **options)  # type: ignore[arg-type] # options of the runner


def raiser(error: BaseException) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task
