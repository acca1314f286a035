"""`JsonSink`: the events of runs as one JSON object a line, wherever the lines go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from math import inf
from typing import Final, Protocol

import attrs
from concurra_core import Event, RunEnded, RunStarted

from concurra_logging.checks import checked_context, checked_period, checked_switch
from concurra_logging.forks import inherits
from concurra_logging.lines import Lines, LineVoice
from concurra_logging.moment import Stamper
from concurra_logging.tally import Progress, Tally
from concurra_logging.targets import Target, opened
from concurra_logging.voices import StdlibVoice, StructVoice

_MOST: Final = 500  # lines that are kept back while more events wait


class _Voice(Protocol):
    def tell(self, event: Event | Progress) -> None: ...


@attrs.define(eq=False, kw_only=True)
class _Run:
    """A run under way."""

    tell: Callable[[Event | Progress], None]
    count: Callable[[Event], None]
    tally: Tally
    every: float  # seconds between two lines of progress, infinite for no such lines
    wall: float  # what turns seconds on the run's clock into seconds since the epoch
    due: float  # when its progress is to be told, on that clock

    def progress(self, now: float) -> None:
        """Tell how far it is."""
        self.due = now + self.every
        self.tell(self.tally.of(now, wall=now + self.wall))


class JsonSink:
    """Write each event of a run as one JSON object on a line of its own.

    Every line has `timestamp` (UTC, ISO 8601 with microseconds), `level`, `event` (such as ``task.ended``), `schema`,
    `run_id`, `run_name` and *context*; `concurra_logging.schema` describes the rest. Several runs may share a sink. It
    neither reads nor changes what `structlog.configure` set up, unless it is given a logger that does.

    Args:
        target: where the lines go. A path: the file is appended to, in whole lines, and opened anew when it was
            moved away. A text stream: written to and flushed, not closed. A `logging.Logger` or a logger of structlog:
            its own configuration decides how the events look. By default stderr, as it is when a run starts: stdout
            may be the program's data.
        context: further fields of every line, by names that neither events have nor structlog takes for itself.
        progress: seconds between lines that tell how far the run is; there is one more before its end. None for no
            such lines at all.
        trace: whether failures are told with their tracebacks.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: *progress* is not above 0, a field of *context* has a name that is taken, or the stream is closed or
            for reading only.
        OSError: the file cannot be opened.

    >>> import sys
    >>> from concurra_core import TaskRunner
    >>> runner = TaskRunner(progress_stats=False, sinks=[JsonSink(sys.stdout, context={"site": "b"}, progress=None)])
    >>> ref = runner.add_task(len, "abc", label="count")
    >>> results = runner.run(verify=False)  # doctest: +ELLIPSIS
    {"timestamp":"...Z","level":"info","event":"run.started","schema":1,...,"site":"b","total":1}
    {"timestamp":"...Z","level":"info","event":"task.started",...,"site":"b","label":"count","attempt":1}
    {"timestamp":"...Z","level":"info","event":"task.ended",...,"label":"count","attempt":1,"status":"succeeded",...}
    {"timestamp":"...Z","level":"info","event":"run.ended",...,"total":1,"succeeded":1,"failed":0,"seconds":...}
    """

    def __init__(
        self,
        target: Target | None = None,
        *,
        context: Mapping[str, object] | None = None,
        progress: float | None = 5.0,
        trace: bool = True,
    ) -> None:
        self._context = checked_context(context)
        self._every = inf if progress is None else checked_period(progress)
        self._trace = checked_switch(trace, "trace")
        self._target = target
        self._logger, self._outlet = opened(target)  # the last, for it may make a file
        self._stamp = Stamper()
        self._forget()
        inherits(self, JsonSink._forked)

    def __repr__(self) -> str:
        return f"JsonSink({'' if self._target is None else repr(self._target)})"

    def __call__(self, event: Event, /) -> None:
        """Write the line of *event*.

        Raises:
            OSError: it cannot be written.
        """
        self.collect(event)
        with self._lock:
            self._write()

    def collect(self, event: Event, /) -> None:
        """Take *event*, whose line may wait for those of the next events."""
        self._acquire()  # not `with`, which costs as much again: this is called twice a task
        try:
            run = self._runs.get(event.run_id) or self._begin(event)
            run.count(event)
            if event.__class__ is RunEnded:
                self._end(run, event)
                return
            run.tell(event)
            if event.monotonic >= run.due:
                run.progress(event.monotonic)
            if len(self._lines) >= _MOST:
                self._write()
        finally:
            self._release()

    def flush(self, now: float, /) -> float | None:
        """Write what waits; return when progress is to be told next."""
        with self._lock:
            for run in self._runs.values():
                if now >= run.due:
                    run.progress(now)
            self._write()
            return min((run.due for run in self._runs.values() if run.due != inf), default=None)

    def _end(self, run: _Run, event: RunEnded) -> None:
        del self._runs[event.run_id]
        if run.every != inf:
            run.progress(event.monotonic)
        run.tell(event)
        self._write()

    def _begin(self, event: Event) -> _Run:
        """Return the run of *event*, its first."""
        # Only the events of the run itself carry its name; a sink sees its start first.
        name = event.name if isinstance(event, RunStarted | RunEnded) else None
        now = event.monotonic
        tally = Tally(now)
        run = _Run(
            tell=self._voice(event.run_id, name).tell,
            count=tally.count,
            tally=tally,
            every=self._every,
            wall=event.wall - now,
            due=now + self._every,
        )
        self._runs[event.run_id] = run
        return run

    def _voice(self, run_id: str, name: str | None) -> _Voice:
        common = {"run_id": run_id, "run_name": name, **self._context}
        if isinstance(self._logger, logging.Logger):
            return StdlibVoice(self._logger, common, trace=self._trace, stamp=self._stamp)
        if self._logger is not None:
            return StructVoice(self._logger, common, trace=self._trace, stamp=self._stamp)
        return LineVoice(Lines(common, trace=self._trace, stamp=self._stamp), self._lines)

    def _write(self) -> None:
        outlet = self._outlet
        if outlet is None:
            return
        try:
            if self._lines:
                text = "".join(self._lines)
                # Also if they cannot be written: a disk that stays full must not fill the memory.
                self._lines.clear()
                outlet.write(text)
        finally:
            if not self._runs:
                outlet.rest()

    def _forked(self) -> None:
        """Begin anew, in the child of a fork: what waits there is the parent's to write."""
        self._forget()
        if self._outlet is not None:
            self._outlet.forked()

    def _forget(self) -> None:
        """Be without runs."""
        self._lock = threading.RLock()  # runs that share a sink tell it from threads of their own
        self._acquire, self._release = self._lock.acquire, self._lock.release
        self._runs: dict[str, _Run] = {}  # those under way, by id
        self._lines: list[str] = []  # not yet written
