"""The run's hold on its template process: it has workers hired and buried there. Called by the supervisor."""

from __future__ import annotations

import os
import socket
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Final

from concurra_core.backends.headstart import end_unused
from concurra_core.backends.preloading import imports_of
from concurra_core.backends.setup import first_message
from concurra_core.backends.spawning import spawn_template
from concurra_core.backends.worker.family import is_stopped
from concurra_core.backends.worker.orders import ANSWER, BURY, END, HIRE, HIRED, KILL, ORDER, WATCH
from concurra_core.model.worker import WorkerOptions, environment_of

_LAST_WAIT: Final = 2.0  # seconds that the template has to end its workers


class Nursery:
    """Start the template, give it orders, and hand its answers to whoever asked.

    Args:
        options: what holds for every worker.
        run_id: what tells the run from every other.
        environ: the environment of the program.
        selector: what the supervisor waits on.
        gone: called when the template has died, or ended as it was told to.
        spawned: pid and control socket of a template that has been started already.
        calls: what the workers will call.

    Raises:
        RuntimeError: no process can be started.
        TransferError: the initializer cannot be pickled.
    """

    def __init__(
        self,
        options: WorkerOptions,
        run_id: str,
        environ: Mapping[str, str],
        selector: BaseSelector,
        gone: Callable[[], object],
        spawned: tuple[int, int] | None = None,
        calls: Callable[[], Iterable[Callable[..., object]]] = tuple,
    ) -> None:
        self._selector = selector
        self._gone = gone
        self._hired: deque[Callable[[int], object]] = deque()
        self._buried: dict[int, Callable[[int | None], object]] = {}
        self._answers = b""
        self._ending = False
        self._control: socket.socket | None = None
        self.pid, control = spawned or spawn_template(environment_of(options, environ))
        ours = socket.socket(fileno=control)
        try:  # put together while the interpreter starts
            message = first_message(options, run_id, imports_of(calls()))
            ours.setblocking(False)
            selector.register(ours, EVENT_READ, self._listen)
        except BaseException:
            end_unused((self.pid, ours.detach()))
            raise
        self._control = ours
        # What the socket has not taken yet, and descriptors of our own that go with it.
        self._outgoing: deque[tuple[memoryview, list[int]]] = deque([(memoryview(message), [])])
        self._writing = False
        self._flush()

    def hire(self, descriptors: Sequence[int], then: Callable[[int], object]) -> None:
        """Have a worker forked that gets *descriptors*; *then* is told its pid.

        Raises:
            OSError: the template is gone, or has been asked for more than the system lets one ask for.
        """
        self._order(HIRE, 0, descriptors)
        self._hired.append(then)

    def watch(self, pid: int, handle: int) -> None:
        """Have the worker *pid*, of a template that has died, ended when the program dies; *handle* is its pidfd."""
        with suppress(OSError):  # gone too: the selector tells
            self._order(WATCH, pid, [handle])

    def bury(self, pid: int, then: Callable[[int | None], object]) -> None:
        """Have the dead worker *pid* reaped, and what it left behind ended; *then* is told its exit status.

        A status is negative for a signal, as that of `subprocess`, and None if nobody can tell it any more.
        """
        self._buried[pid] = then
        with suppress(OSError):  # gone: the selector tells
            self._order(BURY, pid)

    def forget(self, pid: int) -> None:
        """Leave a worker that has left at the end of the run to the template, which waits for all of them."""

    @property
    def owes(self) -> bool:
        """Whether an answer is outstanding."""
        return bool(self._hired or self._buried)

    @property
    def stopped(self) -> bool:
        """Whether somebody has stopped the template with a signal. False where the system does not tell."""
        return is_stopped(self.pid)

    def last_order(self) -> None:
        """Let the template go once its workers have gone."""
        if not self._ending:
            self._ending = True
            with suppress(OSError):  # as above
                self._order(END, 0)

    def end(self) -> None:
        """Have nothing more to do: the template says when it has gone."""

    def kill(self) -> None:
        """End the template at once."""
        with suppress(OSError):
            os.kill(self.pid, KILL)

    def discard(self) -> None:
        """Have the template end all its workers, also those that it has yet to fork, and go; nobody is told."""
        control = self._control
        if control is None:
            return
        self._selector.unregister(control)
        control.settimeout(_LAST_WAIT)
        try:
            control.shutdown(socket.SHUT_WR)
            while control.recv(4096):
                pass
        except OSError:  # it is dead, or will not go
            self.kill()
        self._release(control)

    def _order(self, kind: int, pid: int, descriptors: Sequence[int] = ()) -> None:
        """Give an order, and *descriptors* with it; what the socket does not take now goes by itself later.

        Raises:
            OSError: the template is gone, or the system has no room for the descriptors.
        """
        control = self._control
        if control is None:
            return
        order = memoryview(ORDER.pack(kind, pid))
        if not self._outgoing:
            with suppress(BlockingIOError):  # hundreds of orders that it has yet to read
                order = order[control.sendmsg([order], _rights(descriptors)) :]
                descriptors = ()
        if order:
            self._outgoing.append((order, [os.dup(number) for number in descriptors]))
            self._watch_for_room()

    def _flush(self) -> None:
        """Send what the socket takes. Of the first message, 60 kB, that is mostly all."""
        control = self._control
        while self._outgoing and control is not None:
            data, descriptors = self._outgoing[0]
            try:
                left = data[control.sendmsg([data], _rights(descriptors)) :]
            except BlockingIOError:
                break
            except OSError:  # gone: the selector tells
                self._forget_outgoing()
                break
            for number in descriptors:
                os.close(number)
            self._outgoing.popleft()
            if left:
                self._outgoing.appendleft((left, []))
        self._watch_for_room()

    def _watch_for_room(self) -> None:
        """Have the selector tell of room in the socket as long as something waits for it."""
        if self._control is not None and self._writing != bool(self._outgoing):
            self._writing = not self._writing
            events = EVENT_READ | EVENT_WRITE if self._writing else EVENT_READ
            self._selector.modify(self._control, events, self._turn if self._writing else self._listen)

    def _turn(self) -> None:
        """There is room in the socket, or an answer."""
        self._flush()
        self._listen()

    def _forget_outgoing(self) -> None:
        for _, descriptors in self._outgoing:
            for number in descriptors:
                os.close(number)
        self._outgoing.clear()

    def _listen(self) -> None:
        control = self._control
        assert control is not None  # noqa: S101 - Invariant: registered while it is open
        try:
            data = control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(data)
        else:
            self.lose()

    def _take(self, data: bytes) -> None:
        """Hand out the answers in *data*."""
        self._answers += data
        whole = len(self._answers) // ANSWER.size * ANSWER.size
        answers, self._answers = self._answers[:whole], self._answers[whole:]
        for kind, pid, status in ANSWER.iter_unpack(answers):
            if kind == HIRED:
                self._hired.popleft()(pid)
            else:
                self._buried.pop(pid)(status)

    def lose(self) -> None:
        """Reap the template, which has closed its end: it is dead, or about to be. What it has answered counts."""
        control = self._control
        if control is None:
            return
        self._selector.unregister(control)
        self.kill()  # it holds nothing any more; this only makes sure that the wait is short
        self._take(self._release(control))
        for then in list(self._buried.values()):
            then(None)
        self._buried.clear()
        self._gone()

    def _release(self, control: socket.socket) -> bytes:
        """Reap the template, which ends; return what it has answered, and nobody has read."""
        self._forget_outgoing()
        with suppress(ChildProcessError):  # reaped by somebody else
            os.waitpid(self.pid, 0)
        answers = b""
        with suppress(OSError):
            while data := control.recv(4096):
                answers += data
        control.close()
        self._control = None
        return answers


def _rights(descriptors: Sequence[int]) -> list[tuple[int, int, array[int]]]:
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))] if descriptors else []
