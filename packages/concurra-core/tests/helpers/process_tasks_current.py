"""Tasks that ask who they are. Importable, so that worker processes find them by name."""

from __future__ import annotations

import concurra


def who() -> tuple[object, int, float | None]:
    task = concurra.current_task()
    return task.label, task.attempt, task.remaining


def flaky() -> tuple[object, int]:
    task = concurra.current_task()
    if task.attempt == 1:
        raise ValueError("not yet")
    return task.label, task.attempt


def stops_by_itself(folder: str) -> None:
    task = concurra.current_task()
    if task.cancelled.wait(20):
        with open(f"{folder}/tidied", "w", encoding="utf-8") as file:  # noqa: PTH123 - plain
            file.write(str(concurra.current_task().remaining))
