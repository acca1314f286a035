"""The chaos monkey: a sink that, at events of the run, strikes its worker processes and their template.

It never sleeps: what it does, it does at an event. Only what it has stopped it lets go on, at the next event or, since
there may be none before that, after some milliseconds: that is what a delay is.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import suppress
from typing import Final

from concurra import Event, Run, RunEnded, TaskEnded, TaskRetrying, TaskStarted
from soak.gauges import children

_LETHAL: Final = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT)
_ACTS: Final = (
    *["kill a worker"] * 5, *["delay a worker"] * 3, *["kill the template"] * 2, "stop the template",
    "delay the template", "kill all workers",
)  # fmt: skip


class Monkey:
    """Strikes a few times. *kills* counts processes that it ended, *done* what it did, in words.

    Args:
        chance: what decides.
        forked: workers are children of this process; there is no template.
    """

    def __init__(self, chance: random.Random, *, forked: bool) -> None:
        self.run: Run | None = None
        self.events: list[Event] = []
        self.kills = 0
        self.aborted = False
        self.done: list[str] = []
        self._chance = chance
        self._forked = forked
        self._left = chance.randint(0, 6)
        self._often = chance.choice([0.05, 0.2, 0.6])
        self._aborts = chance.random() < 0.1
        self._held: list[int] = []
        self._mutex = threading.Lock()

    def __call__(self, event: Event, /) -> None:
        self.events.append(event)
        self.let_go()
        if (
            not isinstance(event, TaskStarted | TaskEnded | TaskRetrying)
            or self._chance.random() > self._often
        ):
            return
        if self._aborts and self.run is not None and self._chance.random() < 0.1:
            self.aborted = True
            self.done.append("abort")
            self.run.abort(at_once=self._chance.random() < 0.5)
        elif self._left > 0:
            self._left -= 1
            self._act(self._chance.choice(_ACTS))

    def let_go(self) -> None:
        """Have whatever was delayed go on."""
        with self._mutex:
            held, self._held = self._held, []
        for pid in held:
            _signal(pid, signal.SIGCONT)

    def _act(self, act: str) -> None:
        mine = children(os.getpid())
        template = None if self._forked or not mine else mine[-1]
        workers = mine if self._forked else [] if template is None else children(template)
        self.done.append(f"{act} ({template} {workers})")
        if act == "kill all workers":
            for pid in workers:
                self._kill(pid)
        elif act == "stop the template":
            if template is not None:
                _signal(template, signal.SIGSTOP)
        elif act.endswith("the template"):
            self._strike(template, lethal=act.startswith("kill"))
        else:
            worker = self._chance.choice(workers) if workers else None
            self._strike(worker, lethal=act.startswith("kill"))

    def _strike(self, pid: int | None, *, lethal: bool) -> None:
        if pid is None:
            return
        if lethal:
            self._kill(pid)
            return
        _signal(pid, signal.SIGSTOP)
        with self._mutex:
            self._held.append(pid)
        timer = threading.Timer(0.05, self.let_go)
        timer.daemon = True
        timer.start()

    def _kill(self, pid: int) -> None:
        self.kills += 1
        _signal(pid, self._chance.choice(_LETHAL))

    @property
    def ended(self) -> bool:
        """Whether the last event was that of the end."""
        return bool(self.events) and isinstance(self.events[-1], RunEnded)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
