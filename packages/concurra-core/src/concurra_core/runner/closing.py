"""The backends of a run: opened and closed together, also if they fail at it, and served by who waits."""

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
        summons: called when the thread that waits for the run has something to run itself.
    """

    def __init__(
        self,
        by_lane: Mapping[Lane, Backend],
        name: str,
        log: LogOut,
        summons: list[Callable[[], object]],
    ) -> None:
        self._by_lane = by_lane
        self._name = name
        self._log = log
        self._summons = summons

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

    def served_by(self, ring: Callable[[], object]) -> Callable[[], object] | None:
        """Return what the thread that waits for the run is to call whenever *ring* was; None if there is nothing."""
        if Lane.INLINE not in self._by_lane:
            return None
        from concurra_core.backends.caller import CallerBackend

        backend = self._by_lane[Lane.INLINE]
        assert isinstance(backend, CallerBackend)  # noqa: S101 - Invariant: see Launch
        self._summons.append(ring)
        return backend.serve

    def served_no_more_by(self, ring: Callable[[], object]) -> None:
        """Ring no more: the thread waits no longer."""
        if ring in self._summons:
            self._summons.remove(ring)

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
