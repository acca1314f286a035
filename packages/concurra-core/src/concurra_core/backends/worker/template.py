"""The template: a small process with one thread and no past, from which workers are forked. Child-safe.

It never holds a thread or a lock of the run's. It hires workers when it is told to, keeps each dead one until it is
told to bury it, so that its number stays its own, and adopts what a dead worker leaves behind (Linux: it is a "child
subreaper"). When the run dies, however suddenly, it ends everything, and goes. Where it takes the place of one that has
died, it watches over the workers of that one as well.
"""

from __future__ import annotations

import gc
import posix
import sys
from _signal import SIGKILL
from _socket import AF_UNIX, CMSG_SPACE, MSG_CMSG_CLOEXEC, MSG_DONTWAIT, SOCK_STREAM, socket
from select import POLLIN, poll
from time import perf_counter

from concurra_core.backends.worker.arrivals import Program
from concurra_core.backends.worker.family import left_behind, relatives
from concurra_core.backends.worker.homes import LastResort
from concurra_core.backends.worker.orders import ANSWER, BURIED, BURY, HIRE, HIRED, ORDER, WATCH
from concurra_core.backends.worker.serve import serve

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DESCRIPTORS = 6  # of a worker
_GENERATIONS = 8  # of those that a dead worker leaves behind: what the first leave comes once they have ended
_MOMENT = 1.0  # seconds that what was killed has to end, and be reaped here
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
        self._adopts = False
        self._workers: set[int] = set()
        self._others: dict[int, int] = {}  # pidfds of workers of a template before this one
        self._poll = poll()
        self._poll.register(control.fileno(), POLLIN)
        self._parent = _pidfd(setup["pid"])
        if self._parent is not None:
            self._poll.register(self._parent, POLLIN)

    def obey(self) -> None:
        """Carry out orders until the last one, or the death of the run."""
        while True:
            events = self._poll.poll()
            if any(fd == self._parent for fd, _ in events):
                while self._order(MSG_DONTWAIT):
                    pass
                self._end_all()
            elif not self._order():
                self._end_all()
            else:
                continue
            self._control.close()
            return

    def _order(self, flags: int = 0) -> bool:
        """Carry out one order; return False at the end of all orders, or where *flags* keep it from waiting for one.

        Then the run has died, and nobody is hired any more.
        """
        try:
            data, extra, _, _ = self._control.recvmsg(
                ORDER.size, CMSG_SPACE(4 * DESCRIPTORS), MSG_CMSG_CLOEXEC | flags
            )
        except OSError:  # the program died with an answer unread, or there is nothing
            return False
        if len(data) < ORDER.size:
            return False
        kind, pid = ORDER.unpack(data)
        descriptors = memoryview(extra[0][2]).cast("i").tolist() if extra else []
        if kind == WATCH:
            self._others[pid] = descriptors[0]
        elif flags:
            return True
        elif kind == HIRE:
            self._hire(descriptors)
        elif kind == BURY:
            self._answer(BURIED, pid, self._bury(pid))
        else:
            self._others.clear()  # the run ends them itself
            self._wait_for_workers()
            return False
        return True

    def _hire(self, descriptors: list[int]) -> None:
        gate = None if self._adopts else posix.pipe()  # before which the first worker waits until this adopts
        pid = posix.fork()
        if not pid:
            try:
                self._control.close()
                if self._parent is not None:
                    posix.close(self._parent)
                for number in self._others.values():
                    posix.close(number)
                serve(descriptors, self._setup, gate)
            finally:
                posix._exit(1)  # whatever happens, there is one template only
        for number in descriptors:
            posix.close(number)
        self._workers.add(pid)
        if gate is not None:  # while the first worker gets ready, which takes as long
            _adopt()
            self._adopts = True
            for number in gate:
                posix.close(number)
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
        """End what came to the template when *pid* died, and what comes when that has ended."""
        own = {*self._workers, pid}
        for _ in range(_GENERATIONS):
            children = _children()
            if children is not None and children <= own:
                return
            orphans = left_behind(posix.getpid(), own)
            for orphan in orphans:
                _kill(orphan)
            _reap({*orphans, *(children or ())} - own, orphans)
            if not orphans:
                return

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
        killed = []
        for pid in (*self._workers, *(pid for pid, fd in self._others.items() if not _ended(fd, 0))):
            for relative in relatives(pid):
                _kill(relative)
                killed.append(relative)
            _kill_group(pid)
            _kill(pid)
        for pid in tuple(self._workers):
            self._bury(pid)
        _reap({*killed, *(_children() or ())}, killed)

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
    sys.set_int_max_str_digits(setup["digits"])
    sys.meta_path.append(LastResort(setup["files"]))
    sys.modules["__main__"] = Program()  # what functions by value bring will stand there
    import _sitebuiltins
    import builtins

    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D (i.e. EOF)"))
    for name in setup["imports"]:
        _try_import(name)


def _try_import(name: str) -> None:
    """Import *name* for all workers; where that fails, whoever needs it will be told."""
    try:
        __import__(name)
    except BaseException:  # noqa: BLE001 - as above
        return


def _adopt() -> None:
    """Become the parent of what dead workers leave behind. Linux; elsewhere a worker's group is all there is."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies. Linux."""
    _prctl(_SET_PDEATHSIG, SIGKILL)


def _prctl(option: int, value: int) -> None:
    """Call the C library's `prctl`. What `ctypes` itself rests on is enough, and 3 ms quicker to have."""
    try:
        from _ctypes import call_function, dlopen, dlsym

        library = dlopen(None, 0)  # type: ignore[arg-type] # the program itself, as in C
        call_function(dlsym(library, "prctl"), (option, value, 0, 0, 0))
    except (ImportError, OSError, AttributeError):
        return


def _children() -> set[int] | None:
    """Return the children of this process, None where the system does not tell."""
    try:
        with open(f"/proc/self/task/{posix.getpid()}/children", "rb") as file:  # noqa: PTH123 - no pathlib here
            return {int(pid) for pid in file.read().split()}
    except OSError:
        return None


def _pidfd(pid: int) -> int | None:
    try:
        return posix.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _reap(pids: set[int], killed: list[int]) -> None:
    """Reap what of *pids* has ended, once *killed* have, or a moment is over: who adopts a zombie may never look."""
    end = perf_counter() + _MOMENT
    for pid in killed:
        fd = _pidfd(pid)
        if fd is not None:
            _ended(fd, end - perf_counter())
            posix.close(fd)
    for pid in pids:
        try:
            posix.waitpid(pid, posix.WNOHANG)
        except ChildProcessError:  # not this one's
            continue


def _ended(fd: int, seconds: float) -> bool:
    """Return whether the process of the pidfd *fd* has ended, after *seconds* at the latest."""
    waiting = poll()
    waiting.register(fd, POLLIN)
    return bool(waiting.poll(max(0, int(1000 * seconds))))


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
