"""Opening and closing the backends of a run, also those that fail at it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from concurra_core.backends.base import Backend, Host
from concurra_core.model.options import Lane
from concurra_core.model.outcome import describe
from concurra_core.reporting.log import LogOut


class Backends:
    """The backends of one run, opened together or not at all, and each closed once.

    Args:
        by_lane: one a lane.
        name: what log lines call the run.
        log: is told of backends that do not close.
    """

    def __init__(self, by_lane: Mapping[Lane, Backend], name: str, log: LogOut) -> None:
        self._by_lane = by_lane
        self._name = name
        self._log = log

    def open(self, host: Host, workers: int, last: Callable[[], object]) -> None:
        """Open all for *workers* tasks at a time, then call *last*; if one of it raises, close what was opened."""
        opened: list[Lane] = []
        try:
            for lane, backend in self._by_lane.items():
                backend.open(host, lane, workers)
                opened.append(lane)
            last()
        except BaseException:
            for lane in opened:
                self._close(lane, lambda: None)
            raise

    def close(self, then: Callable[[], object]) -> None:
        """Close all, and have *then* called once for each, also for one that fails to close."""
        for lane in self._by_lane:
            self._close(lane, then)

    def _close(self, lane: Lane, then: Callable[[], object]) -> None:
        left = [then]

        def closed() -> None:
            try:
                call = left.pop()  # one step that no thread can divide
            except IndexError:  # it was called before
                return
            call()

        try:
            self._by_lane[lane].close(closed)
        except Exception as error:  # noqa: BLE001 - a backend's bug must not keep the run from its end
            text = f"the backend of {self._name!r} for {lane.value} tasks did not close: {describe(error)}"
            self._log.write(logging.ERROR, text)
            closed()
