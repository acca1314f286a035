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

    serve = execution.served_by(lambda: loop.call_soon_threadsafe(run_inline))

    def run_inline() -> None:
        if serve is not None:
            serve()

    run_inline()
    execution.when_settled(ring)
    try:
        await asyncio.shield(over)
    except asyncio.CancelledError:
        execution.abort("because its caller was cancelled")
        await over
        raise


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
