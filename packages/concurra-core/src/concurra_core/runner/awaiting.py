"""Waiting for a run on the caller's own event loop. Imported by programs that have one."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from concurra_core.runner.execution import Execution


async def settled(execution: Execution) -> None:
    """Return when nothing more happens in *execution*; a cancelled caller aborts it, and waits for its end first."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def ring() -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_set, over)

    def summon() -> None:
        with suppress(RuntimeError):  # as above
            loop.call_soon_threadsafe(run_inline)

    serve = execution.lanes.served_by(summon)

    def run_inline() -> None:
        if serve is not None:
            serve()

    run_inline()
    execution.when_settled(ring)
    cancelled: asyncio.CancelledError | None = None
    while not over.done():
        try:
            await asyncio.shield(over)
        except asyncio.CancelledError as error:  # however often: the run ends first
            cancelled = error
            execution.abort("because its caller was cancelled")
    execution.lanes.served_no_more_by(summon)
    if cancelled is not None:
        raise cancelled


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
