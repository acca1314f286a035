"""A worker process from the fork to its end. Child-safe."""

from __future__ import annotations

import _thread
import faulthandler
import gc
import posix
import sys
from _pickle import loads

from concurra_core.backends.worker import batch as batches
from concurra_core.backends.worker import wire
from concurra_core.backends.worker.blame import blame
from concurra_core.backends.worker.cargo import unpack
from concurra_core.backends.worker.columns import Columns
from concurra_core.backends.worker.now import current
from concurra_core.backends.worker.orders import DUMP
from concurra_core.backends.worker.slate import PID, Slate
from concurra_core.backends.worker.surroundings import Surroundings
from concurra_core.backends.worker.voice import LogSetup, open_streams
from concurra_core.backends.worker.watch import ImportWatch, calls_of

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def serve(descriptors: Sequence[int], setup: Mapping[str, Any], gate: tuple[int, int] | None = None) -> None:
    """Be a worker until the run closes *descriptors*: requests, results, slate, stdout, stderr, stacks.

    Nothing of the user's is run before the other process has closed the pipe *gate*: then it can adopt what that leaves
    behind.
    """
    requests, results, memory, out, err, stacks = descriptors
    posix.setsid()
    for near, number in ((out, 1), (err, 2)):
        posix.dup2(near, number)
        posix.close(near)
    slate = _slate_of(memory)
    slate.words[PID] = posix.getpid()
    _dump_into(stacks)
    open_streams(setup["streams"])
    mouth = Mouth(results)
    current.run_id = setup["run_id"]
    _wait_at(gate)
    logs = LogSetup(
        setup["levels"], setup["disabled"], current.marks, lambda record: mouth.send(wire.LOG, record, [])
    )
    ImportWatch({"logging": logs, **calls_of(setup["on_import"])})
    gc.enable()
    try:
        _initialize(setup["initializer"])
        found = Surroundings(lambda: open_streams(setup["streams"]))
        worker = batches.Runner(slate, mouth.send, mouth.ring, found)
    except BaseException as error:  # noqa: BLE001 - told to the run, which fails
        mouth.send(wire.BROKEN, blame(error, 2), [])
        posix._exit(1)
    mouth.ring()  # ready
    inbox = wire.Inbox(requests)
    while (message := inbox.read()) is not None:
        _, main, buffers = message
        number, first, pickles, columns, manner = loads(main)
        worker.run(number, first, pickles, Columns.of(columns), buffers, manner)
    _leave()


def _dump_into(stacks: int) -> None:
    """Have stacks written to the descriptor *stacks*: by the C library's own means, also while the interpreter is held."""
    faulthandler.register(DUMP, stacks, all_threads=True, chain=False)
    faulthandler.enable(stacks, all_threads=True)


def _wait_at(gate: tuple[int, int] | None) -> None:
    if gate is not None:
        near, far = gate
        posix.close(far)
        posix.read(near, 1)  # there is nothing to read but the end
        posix.close(near)


def _slate_of(memory: int) -> Slate:
    """Return the slate behind the descriptor *memory*, and leave no descriptor by which a task could write to it.

    A mapping keeps a copy of its descriptor, which gets the lowest number that is free, and no way to let go of it.
    """
    copy = posix.dup(memory)
    posix.close(copy)
    slate = Slate(memory)
    try:
        if posix.fstat(copy).st_ino == posix.fstat(memory).st_ino:
            posix.close(copy)
    except OSError:  # no copy was made
        pass
    posix.close(memory)
    return slate


class Mouth:
    """Say something to the run. Threads of a task may log while its result is on the way, so one at a time.

    A signal handler may log in the middle of that: what it says waits until the sentence is finished.
    """

    def __init__(self, results: int) -> None:
        self._results = results
        self._mutex = _thread.RLock()
        self._waiting: list[list[memoryview]] = []
        self._ring = wire.HEAD.pack(wire.RING, 0, 0)

    def send(self, tag: int, main: bytes, buffers: list[memoryview]) -> None:
        """Send a message."""
        self._say(wire.parts(tag, main, buffers))

    def ring(self) -> None:
        """Have the run look at the slate."""
        self._say([memoryview(self._ring)])

    def _say(self, pieces: list[memoryview]) -> None:
        if self._mutex._is_owned():  # type: ignore[attr-defined] # as threading.Condition asks: a handler interrupts
            self._waiting.append(pieces)
            return
        with self._mutex:
            try:
                wire.write_all(self._results, pieces)
            finally:  # a handler may have raised, too
                while self._waiting:
                    wire.write_all(self._results, self._waiting.pop(0))


def _initialize(initializer: bytes | None) -> None:
    if initializer is not None:
        current.loading = True
        call = unpack(initializer, [])
        current.loading = False
        call()  # type: ignore[operator] # a callable was packed there


def _leave() -> None:
    """End: the run has no more work, or has died."""
    try:
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        posix._exit(0)
