"""When a run's workers have time to tell several ends at once: when nothing and nobody waits for a single one."""

from __future__ import annotations

from collections.abc import Callable

import concurra
import pytest
from concurra_core.backends.base import Host
from concurra_core.backends.threads import ThreadBackend
from concurra_core.model.options import Lane


class Asking(ThreadBackend):
    """Know whether the run has time."""

    patient: bool | None = None

    def open(self, host: Host, lane: Lane, workers: int) -> None:
        self.patient = host.patient
        super().open(host, lane, workers)


def independent(flow: concurra.Workflow) -> None:
    for number in range(3):
        flow.add(abs, number, label=number)


def a_map(flow: concurra.Workflow) -> None:
    flow.map(abs, [1, 2, 3])


def a_map_of_a_result(flow: concurra.Workflow) -> None:
    flow.map(abs, flow.add(list, [1, 2, 3]))


def a_chain(flow: concurra.Workflow) -> None:
    flow.add(abs, flow.add(abs, 1))


def a_limit(flow: concurra.Workflow) -> None:
    independent(flow)
    flow.add(abs, 4, timeout=60)


def a_priority(flow: concurra.Workflow) -> None:
    independent(flow)
    flow.add(abs, 4, priority=1)


@pytest.mark.parametrize(
    ("build", "patient"),
    [(independent, True), (a_map, True), (a_map_of_a_result, False), (a_chain, False), (a_limit, False),
     (a_priority, False)],
)  # fmt: skip
def test_what_is_run_decides(build: Callable[[concurra.Workflow], None], patient: bool) -> None:
    flow, backend = concurra.Workflow(), Asking()
    build(flow)
    assert flow.run(backend=backend).succeeded
    assert backend.patient is patient


def test_who_listens_decides() -> None:
    flow, backend = concurra.Workflow(), Asking()
    independent(flow)
    flow.run(backend=backend, sinks=[lambda event: None])
    assert backend.patient is False


def test_what_stops_the_run_decides() -> None:
    flow, backend = concurra.Workflow(), Asking()
    independent(flow)
    flow.run(backend=backend, halt=concurra.Halt.now())
    assert backend.patient is False
