"""Workers forked from the program itself, on request: they inherit its memory, large data and all. POSIX.

Only the supervisor's thread goes on in a worker, so a lock that another thread held stays locked there: that is why
it is not the way workers start by default. There is no template, hence nobody who adopts what a dead worker leaves
in sessions of its own; its group is ended all the same.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress

from concurra_core.backends import worker as package
from concurra_core.backends.beginning import Beginning
from concurra_core.backends.current import seats
from concurra_core.backends.inheritance import let_go
from concurra_core.backends.setup import setup_of
from concurra_core.backends.worker.arrivals import Program
from concurra_core.backends.worker.orders import KILL
from concurra_core.backends.worker.serve import serve
from concurra_core.backends.worker.template import end_with_parent
from concurra_core.model.worker import environment_of


class ForkingNursery:
    """What `Nursery` is to a template, without one: it owes nothing, and nobody can stop it.

    Args:
        beginning: what the run began with.
        ours: returns the descriptors that no worker is to inherit.
        gone: called after `end`, when every worker has been reaped.

    Raises:
        TransferError: the initializer cannot be pickled.
    """

    owes = stopped = False

    def __init__(
        self,
        beginning: Beginning,
        ours: Callable[[], Sequence[int]],
        gone: Callable[[], object],
    ) -> None:
        options, environ = beginning.options, beginning.environ
        self._setup = setup_of(options, beginning.run_id)
        self._environ = {**environment_of(options, environ), **environ, **options.env}
        self._before = beginning.opened
        self._ours = ours
        self._gone = gone
        self._children: set[int] = set()
        self._ending = False

    def hire(self, descriptors: Sequence[int], then: Callable[[int], object]) -> None:
        """Fork a worker that gets *descriptors*; *then* is told its pid.

        Raises:
            OSError: the system gives no process.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads beside a fork: it was asked for
            pid = os.fork()
        if not pid:
            try:
                self._become(descriptors)
                serve(descriptors, self._setup)
            finally:
                os._exit(1)
        self._children.add(pid)
        then(pid)

    def bury(self, pid: int, then: Callable[[int | None], object]) -> None:
        """Reap the dead worker *pid*, and end its group; *then* is told its exit status."""
        then(self._reap(pid))

    def forget(self, pid: int) -> None:
        """Reap a worker that has left at the end of the run."""
        self._reap(pid)
        if self._ending and not self._children:
            self._gone()

    def last_order(self) -> None:
        """Have nobody to tell: workers see the end of their requests."""

    def end(self) -> None:
        """Say that the run is over."""
        self._ending = True
        if not self._children:
            self._gone()

    def kill(self) -> None:
        """End every worker that is left."""
        for pid in tuple(self._children):
            with suppress(OSError):
                os.kill(pid, KILL)
            self.forget(pid)

    def discard(self) -> None:
        """End every worker that is left; nobody is told."""
        self._ending = False
        self.kill()

    def lose(self) -> None:
        """Have lost nothing: there is no template that could die."""

    def watch(self, pid: int, handle: int) -> None:
        """Have nothing to watch: workers end with the program."""

    def _reap(self, pid: int) -> int | None:
        self._children.discard(pid)
        try:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            with suppress(OSError):
                os.killpg(pid, KILL)  # its number is its own until it is reaped
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except ChildProcessError:  # reaped by somebody else
            return None

    def _become(self, descriptors: Sequence[int]) -> None:
        """In the child: let go of what belongs to the run alone."""
        end_with_parent()
        for number in self._ours():  # plain numbers, which no object closes once more
            if number not in descriptors:
                os.close(number)
        null = os.open(os.devnull, os.O_RDWR)
        let_go(self._before, descriptors, null)
        os.dup2(null, 0)  # and `null` stays, in case it is what lies there
        # What the program does at its end is not for its workers. There is no public way to say so.
        atexit._clear()  # noqa: SLF001 - as multiprocessing has it
        os.environ.update(self._environ)
        seats.clear()
        sys.modules["_concurra_worker"] = package
        # Functions of the program travel by value, with their globals, and make a `__main__` of their own here.
        sys.modules["__main__"] = Program(sys.modules.get("__main__"))
        for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
            if isinstance(logger, logging.Logger):
                # Records go to the run, whose handlers and filters these are, by way of the root logger's.
                logger.handlers.clear()
                logger.filters.clear()
                logger.propagate = True
