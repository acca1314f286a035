"""The template: a small process with one thread and no past, from which workers are forked. Child-safe.

It never holds a thread or a lock of the run's. It hires workers when it is told to, keeps each dead one until it is told
to bury it, so that its number stays its own, and adopts what a dead worker leaves behind (Linux: it is a
"child subreaper"). When the run dies, however suddenly, it ends everything, and goes.
"""

from __future__ import annotations

import gc
import posix
import sys
from _signal import SIGKILL
from _socket import AF_UNIX, CMSG_SPACE, MSG_CMSG_CLOEXEC, SOCK_STREAM, socket
from select import POLLIN, poll

from concurra_core.backends.worker.family import left_behind, relatives
from concurra_core.backends.worker.homes import LastResort
from concurra_core.backends.worker.orders import ANSWER, BURIED, BURY, HIRE, HIRED, ORDER
from concurra_core.backends.worker.serve import serve

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DESCRIPTORS = 6  # of a worker
_QUIET = 5  # milliseconds without an order, after which there is time for what is not urgent
_SET_CHILD_SUBREAPER = 36
_SET_PDEATHSIG = 1


def main(control: int, setup: Mapping[str, Any]) -> None:
    """Obey the orders that come from the descriptor *control*, in the world that *setup* describes."""
    _become(setup)
    gc.disable()
    gc.freeze()  # what is there now is shared by all workers, and stays so if no collector touches it
    Template(socket(AF_UNIX, SOCK_STREAM, 0, control), setup).obey()
    posix._exit(0)


class Template:
    """Fork workers, bury them, and end what they leave behind."""

    def __init__(self, control: socket, setup: Mapping[str, Any]) -> None:
        self._control = control
        self._setup = setup
        self._workers: set[int] = set()
        self._poll = poll()
        self._poll.register(control.fileno(), POLLIN)
        self._parent = _pidfd(setup["pid"])
        if self._parent is not None:
            self._poll.register(self._parent, POLLIN)

    def obey(self) -> None:
        """Carry out orders until the last one, or the death of the run."""
        adopting = False
        while True:
            events = self._poll.poll(None if adopting else _QUIET)
            if not events:
                adopting = True
                _adopt()
                continue
            if any(fd == self._parent for fd, _ in events) or not self._order():
                self._end_all()
                self._control.close()
                return

    def _order(self) -> bool:
        """Carry out one order; return False at the end of all orders."""
        try:
            data, extra, _, _ = self._control.recvmsg(
                ORDER.size, CMSG_SPACE(4 * DESCRIPTORS), MSG_CMSG_CLOEXEC
            )
        except OSError:  # the program died with an answer unread
            return False
        if len(data) < ORDER.size:
            return False
        kind, pid = ORDER.unpack(data)
        if kind == HIRE:
            self._hire(memoryview(extra[0][2]).cast("i").tolist())
        elif kind == BURY:
            self._answer(BURIED, pid, self._bury(pid))
        else:
            self._wait_for_workers()
            return False
        return True

    def _hire(self, descriptors: list[int]) -> None:
        pid = posix.fork()
        if not pid:
            try:
                self._control.close()
                if self._parent is not None:
                    posix.close(self._parent)
                serve(descriptors, self._setup)
            finally:
                posix._exit(1)  # whatever happens, there is one template only
        for number in descriptors:
            posix.close(number)
        self._workers.add(pid)
        self._answer(HIRED, pid, 0)

    def _bury(self, pid: int) -> int:
        """Reap *pid*, which has ended, and end what it left behind; return how it ended."""
        self._workers.discard(pid)
        try:
            posix.waitid(posix.P_PID, pid, posix.WEXITED | posix.WNOWAIT)
            _kill_group(pid)  # its number is its own until it is reaped
            self._end_orphans(pid)
            return posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])
        except ChildProcessError:
            return 0

    def _end_orphans(self, pid: int) -> None:
        """End what came to the template when *pid* died."""
        own = {*self._workers, pid}
        children = _children()
        if children is not None and children <= own:
            return
        for orphan in left_behind(posix.getpid(), own):
            _kill(orphan)

    def _wait_for_workers(self) -> None:
        """Wait until every worker is gone: the run has closed their descriptors, and ends those who stay."""
        waiting = poll()
        if self._parent is not None:
            waiting.register(self._parent, POLLIN)
        names = {}
        for pid in self._workers:
            fd = _pidfd(pid)
            if fd is not None:
                names[fd] = pid
                waiting.register(fd, POLLIN)
        while names:
            for fd, _ in waiting.poll():
                if fd == self._parent:
                    return
                waiting.unregister(fd)
                self._bury(names.pop(fd))

    def _end_all(self) -> None:
        """Leave nothing behind."""
        for pid in self._workers:
            for relative in relatives(pid):
                _kill(relative)
            _kill_group(pid)
            _kill(pid)
        for pid in tuple(self._workers):
            self._bury(pid)

    def _answer(self, kind: int, pid: int, status: int) -> None:
        try:
            self._control.send(ANSWER.pack(kind, pid, status))
        except OSError:
            return  # the run has died; the next order says so


def _become(setup: Mapping[str, Any]) -> None:
    """Take over from the run what its tasks should find."""
    sys.path[:] = setup["path"]
    sys.argv[:] = setup["argv"]
    for name, value in setup["sys"].items():
        setattr(sys, name, value)
    sys.setrecursionlimit(setup["recursion"])
    sys.meta_path.append(LastResort(setup["files"]))
    sys.modules["__main__"] = type(sys)("__main__")  # what is looked up there is not found, and goes by value
    import _sitebuiltins
    import builtins

    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D (i.e. EOF)"))


def _adopt() -> None:
    """Become the parent of what dead workers leave behind. Linux; elsewhere a worker's group is all there is."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies. Linux."""
    _prctl(_SET_PDEATHSIG, SIGKILL)


def _prctl(option: int, value: int) -> None:
    try:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return


def _children() -> set[int] | None:
    """Return the children of this process, None where the system does not tell."""
    try:
        with open(f"/proc/self/task/{posix.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123 - no pathlib here
            return {int(pid) for pid in file.read().split()}
    except OSError:
        return None


def _pidfd(pid: int) -> int | None:
    try:
        return posix.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _kill(pid: int) -> None:
    try:
        posix.kill(pid, SIGKILL)
    except OSError:
        return


def _kill_group(pid: int) -> None:
    try:
        posix.killpg(pid, SIGKILL)
    except OSError:
        return
