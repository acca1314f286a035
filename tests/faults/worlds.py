"""Faults of the world a program is in: no /proc, no /dev/shm, no room, nowhere to write, no environment, no folder."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
from pathlib import Path

import concurra
from faults.cases import PROCESS, Kind, fault, said
from faults.plain import square, wait
from faults.resources import MIXED, mixed


def world(script: str) -> tuple[str, ...]:
    """Return the words that run a program in a world of mounts of its own, made by *script*."""
    return ("unshare", "--mount", "sh", "-c", f'{script} && exec "$@"', "sh")


NO_PROC = world("mount -t tmpfs none /proc")
NO_SHM = world("mount -t tmpfs -o mode=000 none /dev/shm")
FULL_SHM = world(
    "mount -t tmpfs -o size=4k none /dev/shm && { head -c 9999 /dev/zero > /dev/shm/full || true; }"
)
FULL_TMP = world(
    'mount -t tmpfs -o size=4k none "$TMPDIR" && { head -c 9999 /dev/zero > "$TMPDIR/full" || true; }'
)
READ_ONLY = world("mount -o remount,ro,bind /")

FINE = dict.fromkeys(MIXED, "succeeded")


def all_kinds(kind: Kind) -> object:
    """Run every kind of task."""
    return said(mixed().run(max_concurrency=4))


@fault(FINE, within=NO_PROC)
def there_is_no_proc(kind: Kind) -> object:
    return all_kinds(kind)


def crash_with_child() -> None:
    os.spawnvp(os.P_NOWAIT, "sleep", ["sleep", "1000"])  # noqa: S606 - on purpose
    os.kill(os.getpid(), signal.SIGKILL)


@fault(
    {"crash": "crashed WorkerCrashed: ", "hang": "timed_out TaskTimeout: ", "command": "timed_out "},
    within=NO_PROC,
)
def there_is_no_proc_and_everything_hangs(kind: Kind) -> object:
    flow = concurra.Workflow()
    flow.add(crash_with_child, label="crash", on="process")
    flow.add(wait, label="hang", on="process", timeout=0.3, grace=0.1)
    flow.shell(
        "trap '' TERM; sleep 1000 & while :; do sleep 1000; done", label="command", timeout=0.3, grace=0.1
    )
    return said(flow.run())


@fault(FINE, within=NO_SHM)
def there_is_no_shared_memory(kind: Kind) -> object:
    return all_kinds(kind)


@fault(FINE, within=FULL_SHM)
def shared_memory_is_full(kind: Kind) -> object:
    return all_kinds(kind)


@fault(FINE, within=FULL_TMP)
def the_temporary_folder_is_full(kind: Kind) -> object:
    return all_kinds(kind)


@fault(FINE)
def there_is_no_temporary_folder(kind: Kind) -> object:
    os.environ["TMPDIR"] = "/no/such/folder"
    return all_kinds(kind)


@fault(FINE, within=READ_ONLY)
def everything_is_read_only(kind: Kind) -> object:
    return all_kinds(kind)


@fault(FINE)
def the_environment_is_empty(kind: Kind) -> object:
    mark = os.environ["CONCURRA_TEST_FAMILY"]
    os.environ.clear()
    os.environ["CONCURRA_TEST_FAMILY"] = mark
    os.environ["PATH"] = os.defpath
    return all_kinds(kind)


@fault({f"process {number}": f"succeeded {number * number}" for number in range(5)}, PROCESS)
def the_working_directory_is_gone(kind: Kind) -> object:
    folder = Path(os.environ["TMPDIR"], "gone")
    folder.mkdir()
    os.chdir(folder)
    folder.rmdir()
    return said(mixed_processes().run(max_concurrency=2))


def mixed_processes() -> concurra.Workflow:
    flow = concurra.Workflow()
    for number in range(5):
        flow.add(square, number, label=f"process {number}", on="process")
    return flow


def no_privileges() -> bool:
    return bool(ctypes.CDLL(None).prctl(38, 1, 0, 0, 0))


@fault(FINE)
def there_are_no_new_privileges(kind: Kind) -> object:
    no_privileges()
    return all_kinds(kind)


@fault(FINE)
def the_stack_is_small(kind: Kind) -> object:
    resource.setrlimit(resource.RLIMIT_STACK, (256 * 1024, 256 * 1024))
    threading.stack_size(64 * 1024)
    sys.setrecursionlimit(300)
    return all_kinds(kind)
