"""Coroutines in virtual time: an event loop whose sleepers wake when the simulation comes to their moment.

All coroutines of a simulated run share the loop, as they do in a real one, so they can wait for one another. The
loop never waits: with nothing to do it stops and says when its next timer is due. What it would hand to a thread it
calls itself.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeAlias, TypeVar, TypeVarTuple

from concurra_core.model.errors import LifecycleError

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Takes the result of a coroutine, or what it raised.
Told: TypeAlias = Callable[[object, BaseException | None], object]

_LAST_ROUNDS = 10  # for coroutines that go on after they were cancelled


class _Selector(selectors.DefaultSelector):
    """Looks for what is ready, and never waits for it."""

    def __init__(self, idle: Callable[[float | None], object]) -> None:
        super().__init__()
        self._idle = idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            self._idle(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that reads its time from *clock* and stops when it would wait.

    *due* is then the seconds until its next timer, None if there is none.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._virtual = clock
        self.due: float | None = None
        super().__init__(_Selector(self._rest))

    def time(self) -> float:
        """Return virtual seconds."""
        return self._virtual()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Call *func* here and now: a simulation has one thread."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - it is the awaiting coroutine's, as from a thread
            future.set_exception(error)
        return future

    def _rest(self, timeout: float | None) -> None:
        self.due = timeout
        self.stop()


class Troupe:
    """The coroutines of one simulated run.

    Args:
        clock: virtual seconds.

    Raises:
        LifecycleError: the calling thread runs an event loop already.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._loop = VirtualLoop(clock)
        else:
            raise LifecycleError(
                "a flow with coroutines cannot be simulated inside of a running event loop; "
                "make the test a plain function, or await asyncio.to_thread(simulation.run)"
            )

    def start(
        self, make: Callable[[], Awaitable[object]], context: Context, told: Told
    ) -> asyncio.Task[None]:
        """Await what *make* returns, in *context*, and tell *told* its result or what it raised, once it has ended."""
        return self._loop.create_task(_attend(make, told), context=context)

    def pump(self) -> float | None:
        """Run whatever can run now; return seconds until the next timer, None if there is none."""
        self._loop.run_forever()
        return self._loop.due

    def close(self) -> None:
        """Cancel what coroutines left behind, and close the loop."""
        for _ in range(_LAST_ROUNDS):
            left = asyncio.all_tasks(self._loop)
            if not left:
                break
            for task in left:
                task.cancel()
            self.pump()
        shutdown = self._loop.create_task(self._loop.shutdown_asyncgens())
        self.pump()
        shutdown.cancel()
        self._loop.close()


async def _attend(make: Callable[[], Awaitable[object]], told: Told) -> None:
    try:
        value = await make()
    except BaseException as error:  # noqa: BLE001 - whatever a task raises is that task's failure
        told(None, error)
    else:
        told(value, None)


async def awaited_or_not(
    call: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> object:
    """Return what *call* returns, or what that comes to if it can be awaited."""
    made = call(*args, **kwargs)
    return await made if isawaitable(made) else made
