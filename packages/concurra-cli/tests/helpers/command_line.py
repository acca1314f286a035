"""The command, its surroundings, and a few workflows for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

COMMAND = (sys.executable, "-W", "error", "-m", "concurra_cli")
# What a test says of the surroundings; those of whoever runs the tests are left out.
_SURROUNDINGS = ("CONCURRA_", "GITHUB_ACTIONS", "NO_COLOR")

ETL = """\
import enum, os, sys
from pathlib import Path
from concurra import Halt, TaskRunner, Workflow

print("talk at import")

class Day(enum.Enum):
    MONDAY = 1
    TUESDAY = 2

def fetch(name):
    print(f"fetching {name}")
    return [name]

def fail(*args):
    print("about to fail")
    raise ValueError("no such thing")

def build():
    flow = Workflow("etl")
    users = flow.add(fetch, "users", label="users", tags=["raw"], timeout=50)
    sales = flow.add(fetch, "sales", label="sales", tags=["raw"])
    merged = flow.add(lambda a, b: a + b, users, sales, label="merge")
    flow.add(len, merged, label="report", tags=["nightly"])
    flow.add(print, "cleaning", label="cleanup", after=["report"])
    return flow

flow = build()

def broken():
    flow = Workflow("broken")
    raw = flow.add(fetch, "raw", label="raw")
    bad = flow.add(fail, raw, label="bad")
    other = flow.add(fetch, "other", label="other")
    flow.add(lambda a, b: a, bad, other, label="after")
    flow.add(print, label="much later", after=["after"])
    flow.add(fail, label="may fail", allow_failure=True)
    flow.add(fetch, "fine", label="fine")
    return flow

def ring():
    flow = Workflow("ring")
    flow.add(print, label="a", after=["b"])
    flow.add(print, label="b", after=["a", "c"])
    return flow

def twice():
    flow = Workflow()
    flow.add(print, label="a")
    flow.add(print, label="a")
    return flow

def shared():
    flow = Workflow("shared")
    flow.add(print, label="one", uses={"db": 1})
    return flow

def runner():
    made = TaskRunner(max_concurrency=1, name="old", fast_fail=True, timeout=9, task_retries=1)
    made.add_task(fail, label="bad")
    made.add_task(fetch, "x", label="x")
    return made

def flaky(path: Path):
    flow = Workflow("flaky")
    def once():
        with path.open("a") as file:
            file.write("x")
        if path.stat().st_size < 3:
            raise OSError("not yet")
    flow.add(once, label="once")
    return flow

def where():
    flow = Workflow("where")
    flow.add(os.getpid, label="pid")
    flow.add(os.getenv, "COLOUR", label="colour")
    return flow

def counted(number: int, names: list[str] = [], day: Day = Day.MONDAY, *, deep: bool = False, limit: float | None = 1.5):
    flow = Workflow("counted")
    flow.add(repr, (number, names, day.name, deep, limit), label="said")
    return flow

def slow(folder: Path):
    flow = Workflow("slow")
    flow.shell(f"trap '' TERM; mkfifo {folder}/ever; echo $$ > {folder}/pid.part && mv {folder}/pid.part {folder}/pid; read line < {folder}/ever", label="stubborn", grace=60)
    flow.add(print, label="never", after=["stubborn"])
    return flow

def many(number: int = 10_000):
    flow = Workflow("many")
    flow.map(abs, range(number), label="one")
    return flow

def talkers():
    flow = Workflow("talkers")
    for name in ("a", "b"):
        flow.add(lambda name: [print(f"{name}{line}") for line in range(3)], name, label=name)
    flow.add(fail, label="bad")
    return flow

def evil():
    flow = Workflow("evil \\x1b[2J")
    flow.add(fail, label="red \\x1b[31m\\nred")
    return flow
"""


def surroundings(**more: str) -> Mapping[str, str]:
    """Return the environment of the command: that of the tests without what would change what it does, and *more*."""
    return {key: text for key, text in os.environ.items() if not key.startswith(_SURROUNDINGS)} | more
