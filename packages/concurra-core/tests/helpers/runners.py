"""Runners that say nothing, tasks that raise, and a handler that keeps what is logged."""

from __future__ import annotations

import logging
from collections.abc import Callable

import concurra


def quiet(**options: object) -> concurra.TaskRunner:
    return concurra.TaskRunner(progress_stats=False, **options)  # type: ignore[arg-type] # options of the runner


def raiser(error: BaseException) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task


class Records(logging.Handler):
    """Keep what comes."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
