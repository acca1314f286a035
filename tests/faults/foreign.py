"""Faults of what belongs to its process, such as a lock, and can not be handed to another."""

from __future__ import annotations

import io
import os
import socket
import sys
import threading
import weakref
from collections.abc import Callable

import concurra
from faults.cases import PROCESS, Kind, add, fault, said, told
from faults.values import take

MAKERS: dict[str, Callable[[], object]] = {
    "lock": threading.Lock,
    "thread": threading.current_thread,
    "frame": sys._getframe,
    "module": lambda: sys,
    "generator": lambda: (number for number in range(3)),
    "file": lambda: io.FileIO(os.devnull),
    "socket": socket.socket,
    "weak": lambda: weakref.WeakSet([be_there]),
    "view": lambda: memoryview(b"view"),
    "iterator": lambda: iter(threading.enumerate()),
}


def be_there() -> None:
    """Be there."""


def make(what: str) -> object:
    return MAKERS[what]()


@fault(
    dict.fromkeys(MAKERS, "failed TransferError: the result") | {"module": "", "weak": "", "view": ""},
    PROCESS,
)
def returns_what_belongs_to_its_process(kind: Kind) -> object:
    flow = concurra.Workflow()
    for what in MAKERS:
        add(flow, kind, make, what, label=what)
    return said(flow.run())


@fault(
    dict.fromkeys(MAKERS, "failed TransferError: argument 0") | {"module": "", "weak": "", "view": ""},
    PROCESS,
)
def takes_what_belongs_to_its_process(kind: Kind) -> object:
    flow = concurra.Workflow()
    for what, call in MAKERS.items():
        add(flow, kind, take, call(), label=what)
    return said(flow.run())


@fault(dict.fromkeys(MAKERS, "Successful '"), PROCESS)
def takes_it_on_a_thread_where_that_is_asked_for(kind: Kind) -> object:
    runner = concurra.TaskRunner(
        2, use_multiprocessing=True, fallback_to_thread_on_pickle_error=True, progress_stats=False
    )
    for what, call in MAKERS.items():
        runner.add_task(take, call(), label=what)
    return told(runner.run(verify=False))
