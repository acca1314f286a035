from __future__ import annotations

import asyncio
import itertools
import select
import threading

from concurra_core import RunStatus, Workflow
from concurra_core.testing import Fake, Simulation, simulate
from platforms import needs_processes


def test_a_task_that_waits_for_a_limit_holds_up_no_slot() -> None:
    flow = Workflow()
    flow.add(int, label="has db", uses={"db": 1})
    flow.add(int, label="wants db", uses={"db": 1})
    flow.add(int, label="wants nothing")
    flow.add(int, label="big", cpus=2, priority=-1)
    fakes = {label: Fake(takes=10) for label in ("has db", "wants db", "wants nothing", "big")}
    run = simulate(flow, fakes, max_concurrency=3, limits={"db": 1})
    assert {label: seconds for seconds, label, _ in run.starts} == {
        "has db": 0.0,
        "wants nothing": 0.0,
        "wants db": 10.0,
        "big": 10.0,
    }


def test_what_a_big_task_lacks_is_kept_for_it() -> None:
    flow = Workflow()
    flow.add(int, label="long", uses={"db": 1}, priority=2)
    flow.add(int, label="big", uses={"db": 1}, cpus=2, priority=1)
    for place in range(6):
        flow.add(int, label=f"small {place}")
    fakes = {"long": Fake(takes=3), "big": Fake(takes=1)} | {f"small {n}": Fake(takes=2) for n in range(6)}
    run = simulate(flow, fakes, max_concurrency=3, limits={"db": 1})
    begun = [label for seconds, label, _ in run.starts if seconds < 3.0]
    assert begun == [
        "long",
        "small 0",
        "small 1",
    ]  # one at a time: the slot beside it is kept for the big one
    assert (3.0, "big", 1) in run.starts


def test_a_run_that_was_aborted_before_its_deadline_was_not_late() -> None:
    async def clings() -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(100)

    flow = Workflow()
    flow.add(clings, label="clings", grace=5)
    run = Simulation(flow, deadline=5).abort_at(3).run()
    assert run.report.status is RunStatus.CANCELLED
    assert run.seconds == 8.0


@needs_processes
def test_a_worker_that_rests_before_it_is_ready_takes_no_second_slot() -> None:
    flow = Workflow()
    flow.add(id, threading.Lock(), on="process", label="cannot be sent")  # so its worker has nothing
    flow.add(select.select, [], [], [], 0.2, on="thread")
    for _ in range(3):
        flow.add(select.select, [], [], [], 0.05, on="process")
    ran = [result for result in flow.run(max_concurrency=1).values() if result.started is not None]
    assert len(ran) == 4
    for one, other in itertools.combinations(ran, 2):
        assert one.started is not None
        assert other.started is not None
        assert one.ended <= other.started or other.ended <= one.started
