"""Whether a caller is in the midst of a run's own work, which may hold locks that it must not wait for.

User code gets there without being called: a finalizer, which the garbage collector runs wherever it likes, and the
handler of a signal. What it asks of a run must not wait for the work that it has interrupted.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Final

from concurra_core.backends.call import run_from

# Modules, by the beginnings of their names.
_WORK: Final = (
    "concurra_core.engine.",
    "concurra_core.backends.",
    *(f"concurra_core.runner.{name}" for name in ("combiner", "hosting", "execution", "closing", "flag")),
)


def is_within_a_run() -> bool:
    """Return whether the caller's caller was called, on this thread, from within the work of a run.

    A task is not: it is called by functions that hold nothing. Walks up the stack, so it is for rare occasions.
    """
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - there is no other way to look at the stack
    tasks = _callers_of_tasks()
    while frame is not None:
        if frame.f_code in tasks:
            return False
        if str(frame.f_globals.get("__name__")).startswith(_WORK):
            return True
        frame = frame.f_back
    return False


def _callers_of_tasks() -> set[CodeType]:
    callers = {run_from.__code__}
    aio = sys.modules.get("concurra_core.backends.aio")  # not loaded for this
    if aio is not None:
        callers.add(aio.awaited.__code__)
    return callers
