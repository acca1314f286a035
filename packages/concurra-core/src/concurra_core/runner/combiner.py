"""One lock for many threads with very short business, without a queue of sleepers before it.

Threads that wait in line for a lock make each release a system call, and since a waiter is slower to wake
than the holder to come back, the line never dissolves: with four workers and tasks of a microsecond that
doubled the cost of a task. Here a thread that finds the lock taken leaves its business on a slip and sleeps;
whoever holds the lock does it along with his own. Flat combining: Hendler, Incze, Shavit, Tzafrir 2010.

So nobody ever waits for the lock itself, and it need not be one: it is a baton that lies in a dict, and who takes it
out holds the lock. No other thread can come between, with the interpreter's lock or without: a dict does one thing at
a time. Taking it and putting it back costs half of what it does to acquire and release a `threading.Lock`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Slip(Generic[T]):
    """One piece of business, and the bell that rings when it is done."""

    __slots__ = ("answer", "bell", "business", "error")

    def __init__(self, business: Callable[[], T]) -> None:
        self.business = business
        self.answer: T
        self.error: BaseException | None = None
        self.bell = threading.Lock()
        self.bell.acquire()

    def do(self) -> None:
        try:
            self.answer = self.business()
        except BaseException as error:  # noqa: BLE001 - it is raised where it belongs, in the asking thread
            self.error = error
        self.bell.release()

    def wait(self) -> T:
        self.bell.acquire()
        if self.error is not None:
            raise self.error
        return self.answer


class Combiner:
    """Do one piece of business at a time, whoever asks. Not reentrant; business must be short.

    `baton` and `slips` are open to a caller whose business is too hot for a call more: it must take the baton, put it
    back, and call `serve` then if there are slips.

    Args:
        baton: holds the key 0 while nobody holds the lock.

    >>> Combiner().ask(max, 3, 4)
    4
    """

    __slots__ = ("baton", "slips")

    def __init__(self, baton: dict[int, bool] | None = None) -> None:
        self.baton = {0: True} if baton is None else baton
        self.slips: deque[_Slip[object]] = deque()

    def ask(self, business: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what *business* returns; no other business runs meanwhile."""
        if not self.baton.pop(0, False):
            return self.leave(lambda: business(*args, **kwargs))
        try:
            return business(*args, **kwargs)
        finally:
            self.baton[0] = True
            if self.slips:
                self.serve()

    def post(self, business: Callable[[], object]) -> None:
        """Have *business* done, by whoever holds the lock, without waiting for it.

        For those who may hold it themselves: a finalizer can be run by the collector in the midst of another's business.
        """
        self.slips.append(_Slip(business))
        self.serve()

    def leave(self, business: Callable[[], T]) -> T:
        """Have *business* done by whoever holds the lock, and wait for its answer."""
        slip = _Slip(business)
        self.slips.append(slip)  # type: ignore[arg-type] # a slip answers its own asker, who knows the type
        self.serve()  # the holder may have looked for slips just before this one was there
        return slip.wait()

    def serve(self) -> None:
        """Do all business that was left, unless somebody holds the lock, who then does it."""
        done: list[_Slip[object]] = []
        while self.slips and self.baton.pop(0, False):
            try:
                while self.slips:
                    slip = self.slips.popleft()
                    done.append(slip)  # kept until the lock is free: what goes with it may come back here
                    slip.do()
            finally:
                self.baton[0] = True
            done.clear()
