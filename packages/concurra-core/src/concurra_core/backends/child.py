"""One external command while it runs: its pipes, its end, and the end of its family. POSIX."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, BaseSelector
from typing import IO

from concurra_core.backends.family import relatives
from concurra_core.model.command import Command
from concurra_core.model.task import Task

_CHUNK = 1 << 16
_LAST_WAIT = 2.0  # seconds that something has to go after SIGKILL


class Child:
    """A process in a session of its own, watched through a selector. All methods run on its supervisor's thread.

    Args:
        task: the task whose attempt this is; its call is the command.
        selector: what the supervisor waits on; every registered key carries a callable without arguments.
        from_elsewhere: hands a callable to the supervisor's thread, from any other.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self, task: Task, selector: BaseSelector, from_elsewhere: Callable[[Callable[[], object]], object]
    ) -> None:
        command = task.call
        assert isinstance(command, Command)  # noqa: S101 - Invariant: the lane of commands holds nothing else
        self.task = task
        self.attempt = task.attempt
        self.stopping = False
        self.deadline: float | None = None  # when grace ends, while it is being stopped
        self._command = command
        self._selector = selector
        self._killed = False
        self._lost = False  # it does not even obey SIGKILL; nobody waits for it any more
        self._exited = False
        self._output: dict[IO[bytes], list[bytes]] = {}
        self._open: set[IO[bytes]] = set()
        self._family: set[int] = set()  # pidfds of relatives that are still alive
        sink = subprocess.PIPE if command.capture_output else None
        self._process = subprocess.Popen(  # noqa: S603 - running the user's command is the task
            command.line,
            shell=command.shell,
            stdin=subprocess.DEVNULL,  # parallel commands cannot share a terminal; a read must not hang
            stdout=sink,
            stderr=sink,
            cwd=command.cwd,
            env=command.env,
            start_new_session=True,
        )
        try:
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe is not None:
                    self._listen(pipe)
            self._await_exit(from_elsewhere)
        except BaseException:
            self.abandon()
            raise

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        if self.stopping:
            if self._lost:
                return True
            # A relative that escaped the KILL may hold a pipe open for ever.
            return self._exited and not self._family and (self._killed or not self._open)
        return self._exited and not self._open

    def stop(self, grace: float, now: float) -> None:
        """Ask the whole family to end; `escalate` is due after *grace* seconds."""
        self.stopping = True
        if grace <= 0:
            self.escalate(now)
        elif self.deadline is None:
            self.deadline = now + grace
            self._signal(signal.SIGTERM)

    def escalate(self, now: float) -> None:
        """End the whole family; what has not gone when this is called again is let go of."""
        self._lost = self._killed and self.deadline is not None and self.deadline <= now
        self._killed = True
        self.deadline = now + _LAST_WAIT
        self._signal(signal.SIGKILL)

    def abandon(self) -> None:
        """End it and let go of everything that belongs to it, without waiting long."""
        self._signal(signal.SIGKILL)
        for pipe in tuple(self._open):
            self._unlisten(pipe)
        for handle in tuple(self._family):
            self._gone(handle)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WAIT)

    def result(self) -> dict[str, object]:
        """Reap the process and return its result. Call once, when it is over."""
        for pipe in tuple(self._open):
            self._unlisten(pipe)
        for handle in tuple(self._family):
            self._gone(handle)
        status = self._process.poll() if self._lost else self._process.wait()
        if status is None:
            status = self._process.returncode = -signal.SIGKILL  # what it was told; it will be nobody's child
        out, err = (
            None if pipe is None else b"".join(self._output[pipe])
            for pipe in (self._process.stdout, self._process.stderr)
        )
        return self._command.result(status, out, err)

    def succeeded(self, result: dict[str, object]) -> bool:
        """Return whether *result* counts as success."""
        return result["returncode"] == 0 or not self._command.check

    def _signal(self, number: signal.Signals) -> None:
        for pid in relatives(self._process.pid):
            # A pidfd names one process for good: no signal goes astray when its number is used again.
            with suppress(OSError):
                self._follow(pid, number)
        # The leader is not reaped before the end, so its number, and the group's, is still its own.
        with suppress(OSError):
            os.killpg(self._process.pid, number)

    def _follow(self, pid: int, number: signal.Signals) -> None:
        handle = _pidfd(pid)
        if handle is None:
            os.kill(pid, number)
            return
        try:
            signal.pidfd_send_signal(handle, number)
        except OSError:  # gone, or not ours to signal
            os.close(handle)
            return
        self._family.add(handle)
        self._selector.register(handle, EVENT_READ, lambda: self._gone(handle))

    def _gone(self, handle: int) -> None:
        self._selector.unregister(handle)
        self._family.discard(handle)
        os.close(handle)

    def _listen(self, pipe: IO[bytes]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._output[pipe] = []
        self._open.add(pipe)
        self._selector.register(pipe, EVENT_READ, lambda: self._read(pipe))

    def _read(self, pipe: IO[bytes]) -> None:
        data = os.read(pipe.fileno(), _CHUNK)
        if data:
            self._output[pipe].append(data)
        else:
            self._unlisten(pipe)

    def _unlisten(self, pipe: IO[bytes]) -> None:
        self._selector.unregister(pipe)
        self._open.discard(pipe)
        pipe.close()

    def _await_exit(self, from_elsewhere: Callable[[Callable[[], object]], object]) -> None:
        handle = _pidfd(self._process.pid)
        if handle is None:  # the system has no such thing, or the process was reaped by somebody else
            threading.Thread(target=self._wait_elsewhere, args=(from_elsewhere,), daemon=True).start()
        else:
            self._family.add(handle)
            self._selector.register(handle, EVENT_READ, lambda: self._exit(handle))

    def _wait_elsewhere(self, from_elsewhere: Callable[[Callable[[], object]], object]) -> None:
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        from_elsewhere(self._exit)

    def _exit(self, handle: int | None = None) -> None:
        self._exited = True
        if handle is not None:
            self._gone(handle)


def _pidfd(pid: int) -> int | None:
    """Return a descriptor that is readable once *pid* has ended, None where there is none to be had."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
