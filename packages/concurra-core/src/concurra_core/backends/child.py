"""One external command while it runs: its pipes, its end, and the end of its family. POSIX."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, BaseSelector
from typing import IO

from concurra_core.backends.census import Census
from concurra_core.backends.ending import Ending, pidfd
from concurra_core.model.command import Command, CommandResult, Output
from concurra_core.model.task import Task

_CHUNK = 1 << 16
_LAST_WAIT = 2.0  # seconds that a process that is given up has to go


class Child:
    """A process in a session of its own, watched through a selector. All methods run on its supervisor's thread.

    Args:
        task: the task whose attempt this is; its call is the command.
        selector: what the supervisor waits on; every registered key carries a callable without arguments.
        from_elsewhere: hands a callable to the supervisor's thread, from any other.
        output: where it writes if its output is not kept; None for where this program writes.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        task: Task,
        selector: BaseSelector,
        from_elsewhere: Callable[[Callable[[], object]], object],
        output: Output | None,
        census: Census,
    ) -> None:
        command = task.call
        assert isinstance(command, Command)  # noqa: S101 - Invariant: the lane of commands holds nothing else
        self.task = task
        self.attempt = task.attempt
        self._command = command
        self._selector = selector
        self._exited = False
        self.status_lost = False  # somebody else took its exit status; known once it has a result
        self._handle: int | None = None  # the pidfd of the leader
        self._output: dict[IO[bytes], list[bytes]] = {}
        self._open: set[IO[bytes]] = set()
        with _sink(task, command, output) as sink:
            self._process = _started(command, sink)
        self.ending = Ending(self._process.pid, selector, census)
        task.worker = self._process.pid
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
        ending = self.ending
        if ending.begun:
            if ending.lost:
                return True
            # A relative that escaped the KILL may hold a pipe open for ever.
            return self._exited and ending.relatives_gone and (ending.killed or not self._open)
        return self._exited and not self._open

    def abandon(self) -> None:
        """End it and let go of everything that belongs to it, without waiting long."""
        self.ending.escalate(0.0)
        self._let_go()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WAIT)

    def result(self) -> CommandResult:
        """Reap the process and return its result. Call once, when it is over."""
        self._let_go()
        self.status_lost = not self.ending.lost and _is_reaped(self._process.pid)
        status = self._process.poll() if self.ending.lost else self._process.wait()
        if status is None:
            status = self._process.returncode = -signal.SIGKILL  # what it was told; it will be nobody's child
        out, err = (
            None if pipe is None else b"".join(self._output[pipe])
            for pipe in (self._process.stdout, self._process.stderr)
        )
        return self._command.result(status, out, err)

    def succeeded(self, result: CommandResult) -> bool:
        """Return whether *result* counts as success."""
        return result["returncode"] == 0 or not self._command.check

    def _listen(self, pipe: IO[bytes]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._output[pipe] = []
        self._open.add(pipe)
        self._selector.register(pipe, EVENT_READ, lambda: self._read(pipe))

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            data = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if data:
            self._output[pipe].append(data)
        else:
            self._unlisten(pipe)

    def _unlisten(self, pipe: IO[bytes]) -> None:
        self._selector.unregister(pipe)
        self._open.discard(pipe)
        pipe.close()

    def _await_exit(self, from_elsewhere: Callable[[Callable[[], object]], object]) -> None:
        self._handle = pidfd(self._process.pid)
        if self._handle is None:  # the system has no such thing, or the process was reaped by somebody else
            threading.Thread(target=self._wait_elsewhere, args=(from_elsewhere,), daemon=True).start()
        else:
            self._selector.register(self._handle, EVENT_READ, self._exit)

    def _wait_elsewhere(self, from_elsewhere: Callable[[Callable[[], object]], object]) -> None:
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        from_elsewhere(self._exit)

    def _exit(self) -> None:
        self._exited = True
        if self._handle is not None:
            self._selector.unregister(self._handle)
            os.close(self._handle)
            self._handle = None

    def _let_go(self) -> None:
        for pipe in tuple(self._open):
            self._unlisten(pipe)
        if self._handle is not None:
            self._exit()
        self.ending.release()


def _is_reaped(pid: int) -> bool:
    """Return whether the child *pid*, which has ended, was reaped by somebody else, or by the system at once."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def _started(command: Command, sink: int | None) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - running the user's command is the task
            command.line,
            shell=command.shell,
            stdin=subprocess.DEVNULL,  # parallel commands cannot share a terminal; a read must not hang
            stdout=sink,
            stderr=sink,
            cwd=command.cwd,
            env=command.env,
            start_new_session=True,
        )
    except OSError as error:
        if (
            command.cwd is not None and error.filename == command.cwd
        ):  # else it would be taken for the program
            error.strerror = f"cwd cannot be entered: {error.strerror}"
        raise


@contextmanager
def _sink(task: Task, command: Command, output: Output | None) -> Iterator[int | None]:
    """Give what *command* is to write to, for `subprocess.Popen`, while it is started."""
    if command.capture_output or output is None:
        yield subprocess.PIPE if command.capture_output else None
        return
    descriptor = output(task.label)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
