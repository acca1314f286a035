"""An event loop on a thread of its own, for `AsyncBackend`, and its end."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_CALL: Final = "return await made\n"  # the line of ours that a coroutine's own frames come after
_LEFTOVERS: Final = 1.0  # seconds that background tasks of coroutines have to end after they were cancelled


class Loop:
    """An event loop on a daemon thread, which ends when it is told to and its coroutines have ended.

    Args:
        name: what the thread is called.
        lost: called with what has broken the loop, such as the end of a descriptor of its own.

    Raises:
        OSError: the system gives no descriptors for a loop.
        RuntimeError: it gives no thread.
    """

    def __init__(self, name: str, lost: Callable[[BaseException], object]) -> None:
        self.name = name
        self._loop = asyncio.new_event_loop()
        self._lost = lost
        self._ending = False
        self.attempts = 0  # that run here, or are about to
        self._bell = threading.Lock()  # taken once the end was told
        self._then: Callable[[], object] | None = None
        self._timer: threading.Timer | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._loop.close()
            raise

    @property
    def running(self) -> bool:
        """Whether it takes steps."""
        return self._loop.is_running()

    def call(self, what: Callable[..., object], *args: object) -> None:
        """Have *what* called on the loop's thread."""
        with suppress(RuntimeError):  # it is closed: whatever it was about has ended
            self._loop.call_soon_threadsafe(what, *args)

    def end(self, then: Callable[[], object] | None = None) -> None:
        """Let the thread end, and call *then* when it has, or when something of the user's has blocked it too long."""
        self._then = then
        self._ending = True
        self._timer = threading.Timer(2 * _LEFTOVERS, self._tell_end)
        self._timer.daemon = True
        self._timer.start()
        self.call(self._loop.stop)

    def _tell_end(self) -> None:
        if self._bell.acquire(blocking=False) and self._then is not None:
            self._then()

    def stack(self) -> str:
        """Return what the thread is doing now."""
        frame = sys._current_frames().get(self._thread.ident or 0)  # noqa: SLF001 - documented, for just this
        lines = traceback.format_stack(frame) if frame is not None else []
        ours = [place for place, line in enumerate(lines) if line.endswith(_CALL)]
        return "".join(lines[ours[-1] + 1 :] if ours else lines)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._serve()
            self._loop.run_until_complete(_wind_down())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        except BaseException as error:  # noqa: BLE001 - whatever a coroutine did to the loop must not become a hang
            self._lost(error)
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()
            if self._timer is not None:
                self._timer.cancel()
            self._tell_end()

    def _serve(self) -> None:
        """Run the loop until its end is told, whoever stops it before: others have their coroutines there, too."""
        while not self._ending:
            # Out of a loop come these two, of a background task that nobody awaits, or of a callback.
            with suppress(SystemExit, KeyboardInterrupt):
                self._loop.run_forever()


async def _wind_down() -> None:
    """Cancel what coroutines have started and left behind."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_LEFTOVERS)
