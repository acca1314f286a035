"""Tasks that ask who they are. Importable, so that worker processes find them by name."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from importlib.util import find_spec

import concurra


def whose() -> str:
    return concurra.current_task().run_id


async def whose_coroutine() -> str:
    return whose()


def what_sigterm_does() -> list[bool]:
    """Return whether SIGTERM ends the process, once the task knows its name, and once it has the event."""
    task = concurra.current_task()
    answers = [signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]
    assert not task.cancelled.is_set()
    return [*answers, signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]


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


calls: list[str] = []  # of `note_import`, in this process


def note_import() -> None:
    calls.append("noted")


def imports_late(name: str, *, look: bool = False) -> tuple[bool, int]:
    """Import a module; return whether it is there, and how often `note_import` was called."""
    if look:
        assert find_spec(name) is not None
        assert not calls
    import_module(name)
    return name in sys.modules, len(calls)
