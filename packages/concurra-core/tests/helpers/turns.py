"""Threads that take turns: one runs at a time, and a schedule says for how many lines, and who is next.

Between two lines of the files that are looked at, between two instructions of the finest of them, and wherever a thread
would wait, the turn may pass on. The same schedule gives the same run, so what is found can be found again, and shrinks.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import cycle
from types import FrameType
from typing import Any, Final

# For how many lines, or instructions, a turn goes on, and which of those who can go on is next.
Turn = tuple[int, int]
_PATIENCE: Final = 20.0  # seconds, where nothing is left but a mistake of this file


class Stuck(BaseException):
    """Raised in every thread once one has failed: nobody goes on."""


class _Actor:
    def __init__(self, turns: Turns, name: str, act: Callable[[], object]) -> None:
        self.gate = threading.Semaphore(0)
        self.can: Callable[[], bool] = lambda: True
        self.over = False
        self.thread = threading.Thread(target=turns._live, args=(self, act), name=name, daemon=True)


class Turns:
    """Run actors by *schedule*, over and over; by an empty one, each goes on for as long as it can.

    Args:
        schedule: the turns.
        files: the ends of the names of files within which the turn may pass, and whether at each instruction.
    """

    def __init__(self, schedule: Iterable[Turn], files: Mapping[str, bool]) -> None:
        self._schedule: Iterator[Turn] = cycle(schedule)
        self._files = files
        self._actors: list[_Actor] = []
        self._now: _Actor | None = None
        self._left = 0
        self._asking = False
        self._done = threading.Event()
        self.failure: BaseException | None = None

    def run(self, **actors: Callable[[], object]) -> None:
        """Let all *actors* come to their end; raise what one of them raised, or that none can go on."""
        self._actors = [_Actor(self, name, act) for name, act in actors.items()]
        for actor in self._actors:
            actor.thread.start()
        self._pass_on()
        assert self._done.wait(_PATIENCE)
        for actor in self._actors:
            actor.thread.join(_PATIENCE)
        if self.failure is not None:
            raise self.failure

    def until(self, can: Callable[[], object]) -> None:
        """Have others go on until *can* is true."""
        me = self._now
        assert me is not None
        me.can = lambda: bool(can())
        while not self._ask(me):
            self._pass_on()
            me.gate.acquire()
            self._check()
        me.can = lambda: True

    def _ask(self, actor: _Actor) -> bool:
        """Return whether *actor* can go on; no turn passes meanwhile, whatever that looks at."""
        self._asking = True
        try:
            return actor.can()
        finally:
            self._asking = False

    def _step(self) -> None:
        """A line has come, or an instruction: whoever runs may have to let another one."""
        if self._asking:
            return
        self._check()
        if self._left > 0:
            self._left -= 1
            return
        me = self._now
        assert me is not None
        if self._pass_on(in_turn=True) is not me:
            me.gate.acquire()
            self._check()

    def _check(self) -> None:
        if self.failure is not None:
            raise Stuck

    def _pass_on(self, *, in_turn: bool = False) -> _Actor | None:
        """Choose who is next, and let him run; *in_turn*, unless it is the caller himself. Return him."""
        ready = [actor for actor in self._actors if not actor.over and (self.failure or self._ask(actor))]
        if not ready:
            if any(not actor.over for actor in self._actors):
                names = [actor.thread.name for actor in self._actors if not actor.over]
                self.failure = AssertionError(f"deadlock: each waits for another, {', '.join(names)}")
                return self._pass_on()
            self._done.set()
            return None
        me = self._now
        turn = next(self._schedule, None)
        if turn is None:
            self._left = sys.maxsize
            chosen = me if in_turn and me is not None else ready[0]
        else:
            self._left, who = turn
            chosen = ready[who % len(ready)]
        self._now = chosen
        if not in_turn or chosen is not me:
            chosen.gate.release()  # the last step: from here on the other one runs
        return chosen

    def _live(self, actor: _Actor, act: Callable[[], object]) -> None:
        actor.gate.acquire()
        try:
            sys.settrace(self._trace)
            try:
                act()
            finally:
                sys.settrace(None)
        except Stuck:
            pass
        except BaseException as error:
            self.failure = self.failure or error
        actor.over = True
        self._pass_on()

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        name = frame.f_code.co_filename
        for file, finely in self._files.items():
            if name.endswith(file):
                frame.f_trace_opcodes = finely
                return self._trace_lines
        return None

    def _trace_lines(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event in {"line", "opcode"}:
            self._step()
        return self._trace_lines


class TurnLock:
    """A lock whose waiters give the turn away."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._held = False

    def acquire(self, blocking: bool = True) -> bool:
        if self._held:
            if not blocking:
                return False
            self._turns.until(lambda: not self._held)
        self._held = True
        return True

    def release(self) -> None:
        assert self._held
        self._held = False
