"""A head start for worker processes: their template boots while the run that needs it is planned. POSIX."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self, TypeAlias

from concurra_core.backends.spawning import spawn_template
from concurra_core.backends.worker.orders import KILL
from concurra_core.model.errors import LifecycleError
from concurra_core.model.worker import WorkerOptions, environment_of

Spawned: TypeAlias = tuple[int, int]
"""The pid of a template, and our end of its control socket."""


class HeadStart:
    """The first template of a run, spawned before anything else: an interpreter takes longer to start than a plan.

    As a context it begins at once, and ends what nobody has taken: the run does not take place then.

    Args:
        options: what holds for every worker.

    Raises:
        LifecycleError: at its entry, if multiprocessing is starting this process and has the program run anew, or
            this is a worker that imports what its next task is made of.
    """

    def __init__(self, options: WorkerOptions) -> None:
        self.environ = _environ()
        self._options = options
        self._spawned: Spawned | None = None

    def __enter__(self) -> Self:
        _refuse_if_run_anew()
        with suppress(RuntimeError):  # told when the run asks for it
            self._spawned = self._spawn()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        spawned, self._spawned = self._spawned, None
        if spawned is not None:
            end_unused(spawned)

    def take(self) -> Spawned | None:
        """Return the template, which is the caller's from here on; None where workers are forked without one.

        Raises:
            RuntimeError: no process can be started.
        """
        spawned, self._spawned = self._spawned, None
        return spawned or self._spawn()

    def _spawn(self) -> Spawned | None:
        if self._options.start_method != "template" or not hasattr(os, "pidfd_open"):
            return None
        return spawn_template(environment_of(self._options, self.environ))


def _environ() -> dict[str, str]:
    """Return the environment of the program as it is now."""
    while True:
        try:
            return dict(os.environ)
        except (KeyError, RuntimeError):  # another thread has changed it meanwhile
            continue


def _refuse_if_run_anew() -> None:
    """Refuse worker processes where each would be a program that starts more of its kind."""
    worker: Any = sys.modules.get("_concurra_worker")
    if worker is not None and worker.now.current.loading:
        raise LifecycleError(
            "no worker processes here: a worker imports the module of its next task, and this module starts a run "
            "when it is imported; put that behind `if __name__ == '__main__':`, or the task into another module"
        )
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is None or not getattr(multiprocessing.current_process(), "_inheriting", False):
        return
    raise LifecycleError(
        "no worker processes here: multiprocessing is starting this process (start method spawn or forkserver), and "
        "for that runs the program anew; put what is for the program alone behind `if __name__ == '__main__':`, "
        "or use its start method fork"
    )


def refuse_half_imported(calls: Callable[[], Iterable[Callable[..., object]]]) -> None:
    """Refuse tasks of a module that the caller is in the midst of importing: nobody else can look them up till then.

    Raises:
        LifecycleError: there is one.
    """
    half = set(_half_imported())
    for call in calls() if half else ():
        if getattr(call, "__module__", None) in half:
            raise LifecycleError(
                f"the process task {call!r} is of a module that is still being imported, by this very thread; start "
                f"the run when that is over, or put the task into another module than {call.__module__!r}"
            )


def _half_imported() -> Iterator[str]:
    """Yield the names of the modules that this thread is importing."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - as `inspect` has it, which costs 10 ms to import
    while frame is not None:
        spec = frame.f_globals.get("__spec__") if frame.f_code.co_name == "<module>" else None
        if getattr(spec, "_initializing", False):
            yield str(getattr(spec, "name", ""))
        frame = frame.f_back


def end_unused(spawned: Spawned) -> None:
    """End a template that has been told nothing yet, and so has no workers."""
    pid, control = spawned
    with suppress(ProcessLookupError):
        os.kill(pid, KILL)
    os.close(control)
    with suppress(ChildProcessError):  # reaped by somebody else
        os.waitpid(pid, 0)
