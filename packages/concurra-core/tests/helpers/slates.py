"""Memory as a run shares it with a worker, without either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from concurra_core.backends.worker.slate import SIZE, Slate


@contextmanager
def blank_slate() -> Iterator[Slate]:
    memory = os.memfd_create("test")
    os.ftruncate(memory, SIZE)
    made = Slate(memory)
    yield made
    made.close()
    os.close(memory)
