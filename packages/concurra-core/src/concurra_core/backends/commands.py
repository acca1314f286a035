"""External commands: one supervisor thread and one selector, however many commands run. POSIX."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from concurra_core.backends.advice import advised
from concurra_core.backends.base import Capabilities, Host
from concurra_core.backends.child import Child
from concurra_core.backends.loop import Supervisor
from concurra_core.model.command import Output
from concurra_core.model.errors import CommandError
from concurra_core.model.options import Lane
from concurra_core.model.outcome import capture
from concurra_core.model.task import Task


class CommandBackend:
    """Run external commands, each in a session of its own, and end them with all their children.

    Args:
        name: what the run is called.
        output: where commands write that do not keep their output; None for where this program writes.
    """

    capabilities = Capabilities(ends_tasks=True)

    def __init__(self, name: str = "concurra", output: Output | None = None) -> None:
        self._name = name
        self._output = output
        self._host: Host | None = None
        self._lane = Lane.COMMAND
        self._mutex = threading.Lock()
        self._supervisor: _Commands | None = None  # started with the first command

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self._host = host
        self._lane = lane

    def wake(self) -> None:
        supervisor = self._supervise()
        supervisor.order(supervisor.take)

    def kill(self, task: Task, attempt: int, grace: float) -> None:
        supervisor = self._supervise()
        supervisor.order(lambda: supervisor.stop(task, attempt, grace))

    def close(self, then: Callable[[], object]) -> None:
        with self._mutex:
            supervisor = self._supervisor
        if supervisor is None:
            then()
        else:
            supervisor.close(then)

    def _supervise(self) -> _Commands:
        with self._mutex:
            if self._supervisor is None:
                assert self._host is not None  # noqa: S101 - Invariant: open comes first
                self._supervisor = _Commands(self._host, self._lane, f"{self._name}-commands", self._output)
            return self._supervisor


class _Commands(Supervisor):
    """The thread that starts, watches and ends commands."""

    def __init__(self, host: Host, lane: Lane, name: str, output: Output | None) -> None:
        self._children: list[Child] = []
        self._output = output
        super().__init__(host, lane, name)

    # -- orders ----------------------------------------------------------------------------------------

    def take(self) -> None:
        """Start one more command, if the host has one."""
        self._start(self._host.take(self._lane))

    def stop(self, task: Task, attempt: int, grace: float) -> None:
        """End the command of *task*."""
        for child in self._children:
            if child.task is task and child.attempt == attempt:
                child.ending.ask(grace, self._host.clock())
                return
        self._host.given_back(
            task, attempt, self._host.clock()
        )  # it was over before the order came, or never begun

    # -- the loop --------------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        return bool(self._children)

    def _due(self) -> float | None:
        return min(
            (child.ending.deadline for child in self._children if child.ending.deadline is not None),
            default=None,
        )

    def _abandon(self) -> None:
        for child in self._children:
            with suppress(Exception):
                child.abandon()

    def _settle(self) -> None:
        """End what overstays its grace, and report what is over."""
        now = self._host.clock()
        for child in self._children:
            if child.ending.deadline is not None and child.ending.deadline <= now:
                child.ending.escalate(now)
        for child in [child for child in self._children if child.over]:
            self._children.remove(child)
            self._start(self._report(child))

    def _start(self, task: Task | None) -> None:
        """Start the command of *task*; one that cannot be started fails, and the next is tried."""
        while task is not None:
            attempt = task.attempt
            started = self._host.clock()
            if not self._host.started(task, attempt, started):
                self._host.given_back(task, attempt, started)
                return
            try:
                self._children.append(Child(task, self._selector, self.order, self._output, self._census))
            except BaseException as error:  # noqa: BLE001 - whatever keeps it from starting is its failure
                task = self._host.failed(task, attempt, capture(advised(error)), self._host.clock())
            else:
                return

    def _report(self, child: Child) -> Task | None:
        """Tell the host what became of *child*; return the next task."""
        result = child.result()
        now = self._host.clock()
        if child.ending.begun:
            self._host.killed(child.task, child.attempt, now, result)
            return None
        if child.status_lost:
            lost = ChildProcessError(
                "the exit status of the command was lost: SIGCHLD is ignored in this program, or a thread of it waits "
                "for any child; have signal.signal(signal.SIGCHLD, signal.SIG_DFL)"
            )
            fault = capture(lost, frames=0, value=result)
            return self._host.failed(child.task, child.attempt, fault, now)
        if child.succeeded(result):
            return self._host.finished(child.task, child.attempt, result, now)
        fault = capture(CommandError(result), frames=0, value=result)
        return self._host.failed(child.task, child.attempt, fault, now)
