"""A logger for one test, and what it was told: level and text."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def logger(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    made = logging.getLogger(f"test.{request.node.name}")
    made.setLevel(logging.INFO)
    yield made
    made.handlers.clear()


class Memory(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelname, record.getMessage()))


def remembered(logger: logging.Logger) -> list[tuple[str, str]]:
    memory = Memory()
    logger.addHandler(memory)
    return memory.lines
