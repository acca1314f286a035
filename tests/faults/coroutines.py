"""Faults of coroutines: what they do to the event loop that they share."""

from __future__ import annotations

import asyncio
import os
import threading

import concurra
from faults.cases import Kind, fault, said

ASYNC: tuple[Kind, ...] = ("async",)


async def block() -> None:
    threading.Event().wait(0.4)  # the loop's thread, too


@fault({"bad": "timed_out TaskTimeout: ", "good": "succeeded 4"}, ASYNC)
def blocks_its_event_loop(kind: Kind) -> object:
    flow = concurra.Workflow()
    flow.add(block, label="bad", timeout=0.1)
    flow.add(len, "fine", label="good")
    return said(flow.run())


async def refuse_to_be_cancelled() -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


@fault({"bad": "timed_out TaskTimeout: ", "good": "succeeded 4"}, ASYNC)
def refuses_to_be_cancelled(kind: Kind) -> object:
    flow = concurra.Workflow()
    flow.add(refuse_to_be_cancelled, label="bad", timeout=0.1, grace=0.1)
    flow.add(len, "fine", label="good")
    return said(flow.run())


async def stop_the_loop() -> str:
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0.1)
    return "went on"


async def three() -> int:
    await asyncio.sleep(0)
    return 3


@fault({"bad": "succeeded 'went on'", "good": "succeeded 4", "next": "succeeded 3"}, ASYNC)
def stops_its_event_loop(kind: Kind) -> object:
    flow = concurra.Workflow()
    flow.add(stop_the_loop, label="bad")
    flow.add(len, "fine", label="good")
    flow.add(three, label="next")
    return said(flow.run(max_concurrency=1))


async def close_the_loop() -> str:
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.stop)
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)
    return "went on"


@fault({f"{number}": "failed CancelledError: " for number in range(4)} | {"next": "succeeded 3"}, ASYNC)
def cancels_all_that_runs_on_its_loop(kind: Kind) -> object:
    flow = concurra.Workflow()
    for number in range(4):
        if number < 3:
            flow.add(asyncio.sleep, 1000, label=number)
        else:
            flow.add(close_the_loop, label=number)
    flow.add(three, label="next")
    return said(flow.run(max_concurrency=4))


async def leave_from_behind() -> str:
    async def leave() -> None:
        raise SystemExit(3)

    waiting = asyncio.ensure_future(leave())
    await asyncio.wait([waiting])
    return str(type(waiting.exception()))


@fault({"bad": "succeeded \"<class 'SystemExit'>\"", "beside": "succeeded 3", "next": "succeeded 3"}, ASYNC)
def has_a_background_task_that_exits(kind: Kind) -> object:
    flow = concurra.Workflow()
    made = flow.add(leave_from_behind, label="bad", keep=True)
    flow.add(three, label="beside")
    flow.add(three, label="next", after=[made])
    return said(flow.run(max_concurrency=2))


async def close_the_selector() -> None:
    os.close(asyncio.get_running_loop()._selector.fileno())  # type: ignore[attr-defined] # none is public
    await asyncio.sleep(1000)


@fault({"bad": "failed BackendLostError: ", "beside": "failed BackendLostError: "}, ASYNC)
def closes_the_descriptor_of_its_loop(kind: Kind) -> object:
    flow = concurra.Workflow()
    flow.add(close_the_selector, label="bad")
    flow.add(asyncio.sleep, 1000, label="beside")
    return said(flow.run())


async def leave_a_task_behind() -> str:
    left.append(asyncio.ensure_future(asyncio.Event().wait()))
    return "left one"


left: list[object] = []


@fault({"bad": "succeeded 'left one'"}, ASYNC)
def leaves_a_background_task_on_its_loop(kind: Kind) -> object:
    flow = concurra.Workflow()
    flow.add(leave_a_task_behind, label="bad")
    return said(flow.run())


async def ask_for_a_nested_run() -> str:
    try:
        asyncio.run(asyncio.sleep(0))
    except RuntimeError as error:
        return str(error)
    return "ran"


@fault({"bad": "succeeded 'asyncio.run() cannot be called from a running event loop'"}, ASYNC)
def runs_a_loop_inside_of_its_loop(kind: Kind) -> object:
    flow = concurra.Workflow()
    made = flow.add(ask_for_a_nested_run, label="bad", keep=True)
    assert made is not None
    return said(flow.run())
