"""Faults of the system: too few descriptors, threads, processes, memory, disk; no /proc, no /dev/shm, no home."""

from __future__ import annotations

import errno
import os
import resource
import threading
from pathlib import Path
from typing import NoReturn

import concurra
from faults.cases import BOTH, PROCESS, THREAD, Kind, add, fault, ran, said
from faults.plain import square, wait


def verdict(found: dict[str, str], *also: str) -> dict[str, str]:
    """Say of each task whether it succeeded, or failed with a word about what is missing."""
    words = ("ulimit", "BackendLostError", "MemoryError", "can't start new thread", *also)
    return {
        label: "told" if line.lower().startswith("succ") or any(word in line for word in words) else line
        for label, line in found.items()
    }


def mixed(processes: int = 10, commands: int = 5) -> concurra.Workflow:
    """Return tasks of every kind."""
    flow = concurra.Workflow()
    for number in range(processes):
        flow.add(square, number, label=f"process {number}", on="process")
        flow.add(square, number, label=f"thread {number}")
    for number in range(commands):
        flow.command(["true"], label=f"command {number}")
    return flow


MIXED = {f"{kind} {number}": "told" for kind in ("process", "thread") for number in range(10)} | {
    f"command {number}": "told" for number in range(5)
}


def descriptors(most: int) -> dict[str, str]:
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return verdict(said(mixed().run(max_concurrency=10)))


@fault(MIXED)
def there_are_64_descriptors(kind: Kind) -> object:
    return descriptors(64)


@fault({f"hangs {number}": "told" for number in range(4)})
def a_descriptor_is_lacking_for_the_second_worker(kind: Kind) -> object:
    """The pool cannot watch it, and gives up: those that hang must go, also one that is yet to be forked."""
    before = iter([None])

    def pidfd_open(pid: int, flags: int = 0) -> int:
        for _ in before:
            return opened(pid, flags)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    opened, os.pidfd_open = os.pidfd_open, pidfd_open
    flow = concurra.Workflow()
    for number in range(4):
        flow.add(wait, label=f"hangs {number}", on="process")
    return verdict(said(flow.run(max_concurrency=4)))


@fault(MIXED)
def there_are_20_descriptors(kind: Kind) -> object:
    return descriptors(20)


@fault(MIXED)
def there_are_12_descriptors(kind: Kind) -> object:
    return descriptors(12)


@fault(MIXED)
def there_are_8_descriptors(kind: Kind) -> object:
    return descriptors(8)


@fault(MIXED)
def there_is_no_descriptor_left(kind: Kind) -> object:
    return descriptors(5)


def take_descriptors() -> int:
    """Use up all that a worker has."""
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        taken_all.extend(taken)
        return error.errno or 0


taken_all: list[int] = []


@fault({"bad": "succeeded 24", "next": "succeeded 9", "good": "succeeded 4"}, BOTH)
def a_task_takes_all_descriptors(kind: Kind) -> object:
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    flow = concurra.Workflow()
    bad = add(flow, kind, take_descriptors, label="bad")
    add(flow, kind, square, 3, label="next", after=[bad])
    add(flow, kind, len, "fine", label="good", after=[bad])
    return said(flow.run(max_concurrency=1))


def no_threads(after: int) -> None:
    """Have the system give no more than *after* threads from now on."""
    start, given = threading.Thread.start, iter(range(after))

    def refuse(self: threading.Thread) -> None:
        if next(given, None) is None:
            raise RuntimeError("can't start new thread")
        start(self)

    threading.Thread.start = refuse  # type: ignore[method-assign] # on purpose


@fault({f"{number} {label}": "told" for number in range(6) for label in MIXED}, THREAD, hears=[""])
def there_are_hardly_any_threads(kind: Kind) -> object:
    found: dict[str, str] = {}
    start = threading.Thread.start
    for number in range(6):
        no_threads(number)
        found |= {f"{number} {label}": line for label, line in verdict(said(mixed().run())).items()}
        threading.Thread.start = start  # type: ignore[method-assign] # back again
    return found


@fault({"0": "told", "1": "told", "async": "told"}, THREAD, hears=[""])
def there_is_no_thread_for_a_loop_or_a_limit(kind: Kind) -> object:
    flow = concurra.Workflow()
    for number in range(2):
        flow.add(square, number, label=f"{number}", timeout=5)
    flow.add(nothing, label="async", timeout=5)
    no_threads(1)
    return verdict(said(flow.run()))


async def nothing() -> None:
    """Be awaited."""


# A user that may have no more processes than these; the rights of root are given up, but for reading what is root's.
FEW = (
    "setpriv",
    "--reuid=54321",
    "--clear-groups",
    "--bounding-set=-all,+dac_override",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=-all,+dac_override",
)


def processes(most: int) -> dict[str, str]:
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    return verdict(said(mixed().run(max_concurrency=6)), "Resource temporarily unavailable")


@fault(MIXED, within=FEW)
def there_are_12_processes(kind: Kind) -> object:
    return processes(12)


@fault(MIXED, within=FEW)
def there_are_5_processes(kind: Kind) -> object:
    return processes(5)


@fault(MIXED, within=FEW)
def there_are_3_processes(kind: Kind) -> object:
    return processes(3)


@fault(MIXED, within=FEW, hears=[""])
def there_is_one_process(kind: Kind) -> object:
    return processes(1)


@fault({"bad": "told", "good": "told"}, BOTH, hears=[""])
def there_is_no_memory_left(kind: Kind) -> object:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 120_000_000, size + 120_000_000))
    return verdict(ran(kind, bytearray, 400_000_000))


@fault({"bad": "crashed WorkerCrashed: worker died: killed by SIGXCPU", "good": "succeeded 4"}, PROCESS)
def there_is_no_processor_time_left(kind: Kind) -> object:
    return ran(kind, burn)


def burn() -> NoReturn:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 5))
    while True:
        pass


@fault({"bad": "failed OSError: [Errno 27] File too large", "good": "succeeded 4"}, PROCESS)
def a_file_may_not_grow(kind: Kind) -> object:
    return ran(kind, write_much)


def write_much() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    path = Path(os.environ["TMPDIR"], "large")
    try:
        path.write_bytes(b"x" * 5000)
    finally:
        path.unlink()
