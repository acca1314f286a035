"""A worker process from the fork to its end. Child-safe."""

from __future__ import annotations

import _thread
import faulthandler
import gc
import os
import sys
from _pickle import loads

from concurra_core.backends.worker import batch as batches
from concurra_core.backends.worker import wire
from concurra_core.backends.worker.blame import blame
from concurra_core.backends.worker.cargo import unpack
from concurra_core.backends.worker.slate import Slate
from concurra_core.backends.worker.surroundings import Surroundings
from concurra_core.backends.worker.voice import LogWatch, open_streams

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# The signal that has a worker write its stack. Rarely used by anybody, and never by the C library.
DUMP = 34 + 24


def serve(descriptors: Sequence[int], setup: Mapping[str, Any]) -> None:
    """Be a worker until the run closes *descriptors*: requests, results, slate, stdout, stderr, stacks."""
    requests, results, memory, out, err, stacks = descriptors
    os.setsid()
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    slate = Slate(memory)
    os.close(memory)
    # Written by the C library's own means, also while something holds the interpreter lock.
    faulthandler.register(DUMP, stacks, all_threads=True, chain=False)
    faulthandler.enable(stacks, all_threads=True)

    def streams() -> None:
        open_streams(setup["streams"])

    streams()
    mutex = _thread.allocate_lock()  # threads of a task may log while its result is on the way

    def send(tag: int, main: bytes, buffers: list[memoryview]) -> None:
        with mutex:
            wire.write_all(results, wire.parts(tag, main, buffers))

    def ring() -> None:
        with mutex:
            os.write(results, _RING)

    LogWatch(setup["levels"], setup["disabled"], lambda record: send(wire.LOG, record, []))
    gc.enable()
    try:
        _initialize(setup["initializer"])
        worker = batches.Runner(slate, send, ring, Surroundings(streams))
    except BaseException as error:  # noqa: BLE001 - told to the run, which fails
        send(wire.BROKEN, blame(error, 2), [])
        os._exit(1)
    ring()  # ready
    inbox = wire.Inbox(requests)
    while True:
        message = inbox.read()
        if message is None:
            _leave()
        _, main, buffers = message
        worker.run(*loads(main), buffers)


_RING = wire.HEAD.pack(wire.RING, 0, 0)


def _initialize(initializer: bytes | None) -> None:
    if initializer is not None:
        unpack(initializer, [])()  # type: ignore[operator] # a callable was packed there


def _leave() -> None:
    """End: the run has no more work, or has died."""
    try:
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(0)
