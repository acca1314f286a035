"""One behavioural suite, every backend: what differs between them is how a task is made."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import threading
from pathlib import Path

from concurra_core.backends.inline import InlineBackend
from concurra_core.model.ref import Ref
from concurra_core.runner.task_runner import TaskRunner
from faces import FlowFace
from process_kit import process_bad, process_hang, process_ok


class Kit:
    """Makes tasks that succeed, fail and hang on one kind of backend."""

    kind: str
    on: str | None = None  # what the typed face is told of where; None for nothing
    typed = False  # whether the typed face is asked
    stoppable = True  # a task that hangs does not hold up the caller

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runner(self, **options: object) -> TaskRunner:
        if self.typed:
            return FlowFace(on=self.on, **options)  # type: ignore[return-value, arg-type] # what the suite uses of a runner, and its options
        return self.untyped(**options)

    def untyped(self, **options: object) -> TaskRunner:
        return TaskRunner(progress_stats=False, **options)  # type: ignore[arg-type] # options of the runner

    def ok(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        """Add a task that leaves a mark and succeeds."""
        raise AssertionError(label)

    def bad(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        """Add a task that leaves a mark and fails."""
        raise AssertionError(label)

    def hang(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        """Add a task that says when it runs and never ends by itself."""
        raise AssertionError(label)

    def await_hanging(self, label: str) -> None:
        """Return when the hanging task runs."""
        raise AssertionError(label)

    def marks(self) -> list[str]:
        """Return the labels of the attempts that ran, in order."""
        raise AssertionError

    def close(self) -> None:
        """Let go of whatever still hangs."""


class CallableKit(Kit):
    """Tasks are functions of this process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._marks: list[str] = []
        self._started: dict[str, threading.Event] = {}
        self._release = threading.Event()

    def ok(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return runner.add_task(self._ok, label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def bad(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return runner.add_task(self._bad, label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def hang(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        self._started[label] = threading.Event()
        return runner.add_task(self._hang, label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def await_hanging(self, label: str) -> None:
        assert self._started[label].wait(10)

    def marks(self) -> list[str]:
        return self._marks

    def close(self) -> None:
        self._release.set()

    def _ok(self, label: str) -> str:
        self._marks.append(label)
        return f"value of {label}"

    def _bad(self, label: str) -> None:
        self._marks.append(label)
        raise ValueError(f"no {label}")

    def _hang(self, label: str) -> None:
        self._started[label].set()
        self._release.wait(30)


class Threads(CallableKit):
    kind = "thread"


class Inline(CallableKit):
    kind = "thread"
    stoppable = False

    def untyped(self, **options: object) -> TaskRunner:
        backend = InlineBackend()
        return TaskRunner(progress_stats=False, backend=backend, **options)  # type: ignore[arg-type] # options of the runner


class Caller(CallableKit):
    """The thread that waits for the run; only the typed face has it."""

    kind = "inline"
    on = "inline"
    stoppable = False


class Coroutines(CallableKit):
    """Tasks are coroutine functions."""

    kind = "async"

    def ok(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return runner.add_task(self._async_ok, label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def bad(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return runner.add_task(self._async_bad, label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def hang(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        self._started[label] = threading.Event()
        return runner.add_task(self._async_hang, label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    async def _async_ok(self, label: str) -> str:
        await asyncio.sleep(0)
        return self._ok(label)

    async def _async_bad(self, label: str) -> None:
        await asyncio.sleep(0)
        self._bad(label)

    async def _async_hang(self, label: str) -> None:
        self._started[label].set()
        await asyncio.Event().wait()


class Commands(Kit):
    kind = "subprocess"

    def ok(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return self._add(runner, label, f"{self._mark(label)}; echo value of {label}", options)

    def bad(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return self._add(runner, label, f"{self._mark(label)}; echo no {label} >&2; exit 3", options)

    def hang(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        pipe = self.folder / f"{label}.fifo"
        os.mkfifo(pipe)
        return self._add(runner, label, f"echo on > {shlex.quote(str(pipe))}; exec sleep 60", options)

    def await_hanging(self, label: str) -> None:
        assert (self.folder / f"{label}.fifo").read_text() == "on\n"

    def marks(self) -> list[str]:
        file = self.folder / "marks"
        return file.read_text().split() if file.exists() else []

    def _mark(self, label: str) -> str:
        return f"echo {label} >> {shlex.quote(str(self.folder / 'marks'))}"

    def _add(self, runner: TaskRunner, label: str, line: str, options: dict[str, object]) -> Ref[object]:
        return runner.add_shell_command(line, label=label, **options)  # type: ignore[arg-type] # options of the adder


class Processes(Kit):
    kind = "process"
    on = "process"

    def untyped(self, **options: object) -> TaskRunner:
        return TaskRunner(progress_stats=False, use_multiprocessing=True, **options)  # type: ignore[arg-type] # options of the runner

    def ok(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return runner.add_task(process_ok, str(self.folder), label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def bad(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        return runner.add_task(process_bad, str(self.folder), label, label=label, **options)  # type: ignore[arg-type] # options of add_task

    def hang(self, runner: TaskRunner, label: str, **options: object) -> Ref[object]:
        pipe = self.folder / f"{label}.fifo"
        os.mkfifo(pipe)
        return runner.add_task(process_hang, str(pipe), label=label, **options)  # type: ignore[arg-type] # options of add_task

    def await_hanging(self, label: str) -> None:
        assert (self.folder / f"{label}.fifo").read_text() == "on\n"

    def marks(self) -> list[str]:
        file = self.folder / "marks"
        return file.read_text().split() if file.exists() else []


def typed(kit: type[Kit]) -> type[Kit]:
    """Return *kit*, asked through the typed face."""
    return type(f"Flow{kit.__name__}", (kit,), {"typed": True})


_BOTH: list[type[Kit]] = [Threads, Coroutines]
if sys.platform != "win32":
    _BOTH += [Commands, Processes]
KITS: list[type[Kit]] = [Inline, *_BOTH, typed(Caller), *map(typed, _BOTH)]
