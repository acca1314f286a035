"""Ending a process with all its family: asked first, then made to. Shared by commands and worker processes. POSIX."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from selectors import EVENT_READ, BaseSelector

from concurra_core.backends.census import Census
from concurra_core.backends.worker.family import relatives

_LAST_WAIT = 2.0  # seconds that something has to go after SIGKILL


class Ending:
    """The end of the process *leader*, of its session, its group and its descendants.

    All methods run on the thread that owns *selector*; every registered key carries a callable without arguments.
    *leader* must not be reaped before `release`, so that its number, and the group's, stays its own.
    """

    def __init__(self, leader: int, selector: BaseSelector, census: Census) -> None:
        self.begun = False
        self.killed = False
        self.lost = False  # it does not even obey SIGKILL; nobody waits for it any more
        self.deadline: float | None = None  # when the next step is due
        self._leader = leader
        self._selector = selector
        self._census = census
        self._family: dict[int, int] = {}  # relatives that are still alive, by pidfd

    @property
    def relatives_gone(self) -> bool:
        """Whether all relatives that were signalled have gone."""
        return not self._family

    def ask(self, grace: float, now: float) -> None:
        """Ask the whole family to end; `escalate` is due after *grace* seconds. Asked again without grace, it is."""
        first = not self.begun
        self.begun = True
        if grace <= 0:
            self.escalate(now)
        elif first:
            self.deadline = now + grace
            self._signal(signal.SIGTERM)

    def escalate(self, now: float) -> None:
        """End the whole family; what has not gone when this is called again, later, is let go of."""
        self.begun = True
        self.lost = self.killed and self.deadline is not None and self.deadline <= now
        self.killed = True
        self.deadline = now + _LAST_WAIT
        self._signal(signal.SIGKILL)

    def release(self) -> None:
        """Let go of all descriptors."""
        for handle in tuple(self._family):
            self._gone(handle)

    def _signal(self, number: signal.Signals) -> None:
        # Those found before belong to it also when the one they descend from has ended since.
        known = set()
        for handle, pid in self._family.items():
            with suppress(OSError):  # reaped, and its number may be somebody else's
                signal.pidfd_send_signal(handle, number)
                known.add(pid)
        for pid in relatives(self._leader, *known, among=self._census()):
            # A pidfd names one process for good: no signal goes astray when its number is used again.
            if pid not in known:
                with suppress(OSError):
                    self._follow(pid, number)
        with suppress(OSError):
            os.killpg(self._leader, number)

    def _follow(self, pid: int, number: signal.Signals) -> None:
        handle = pidfd(pid)
        if handle is None:
            os.kill(pid, number)
            return
        try:
            signal.pidfd_send_signal(handle, number)
        except OSError:  # gone, or not ours to signal
            os.close(handle)
            return
        self._family[handle] = pid
        self._selector.register(handle, EVENT_READ, lambda: self._gone(handle))

    def _gone(self, handle: int) -> None:
        self._selector.unregister(handle)
        del self._family[handle]
        os.close(handle)


def pidfd(pid: int) -> int | None:
    """Return a descriptor that is readable once *pid* has ended, None where there is none to be had."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
