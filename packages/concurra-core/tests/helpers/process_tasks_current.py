"""Tasks that ask who they are. Importable, so that worker processes find them by name."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec

from concurra import current_task  # loaded with the module: what a task loads takes time from its limit


def whose() -> str:
    return current_task().run_id


async def whose_coroutine() -> str:
    return whose()


def what_sigterm_does() -> list[bool]:
    """Return whether SIGTERM ends the process, once the task knows its name, and once it has the event."""
    task = current_task()
    answers = [signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]
    assert not task.cancelled.is_set()
    return [*answers, signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]


def who() -> tuple[object, int, float | None]:
    task = current_task()
    return task.label, task.attempt, task.remaining


def flaky() -> tuple[object, int]:
    task = current_task()
    if task.attempt == 1:
        raise ValueError("not yet")
    return task.label, task.attempt


def stops_by_itself(folder: str) -> None:
    task = current_task()
    if task.cancelled.wait(20):
        with open(f"{folder}/tidied", "w", encoding="utf-8") as file:  # noqa: PTH123 - plain
            file.write(str(current_task().remaining))


def is_told_while_it_begins_to_wait() -> bool:
    """Be asked to stop in the one moment in which the event's own lock is held by who is about to wait for it."""
    event = current_task().cancelled
    with event._cond:  # type: ignore[attr-defined]
        os.kill(os.getpid(), signal.SIGTERM)
        signal.getsignal(signal.SIGTERM)  # a call, after which the handler has run
    return event.wait(20)


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


def leave_a_child() -> None:
    """Fork a child that waits until it is ended."""
    if not os.fork():
        os.read(os.pipe()[0], 1)
