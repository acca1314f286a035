"""The kinds of runs that a soak goes through: each builds a workflow full of faults, with the truth about it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from concurra import Ref, Retry, TaskState, WorkerCrashed, WorkerOptions
from soak import actions, faulty
from soak.plot import Plot

SKIPPED: Final = "TaskSkipped: "


def processes(chance: random.Random) -> Plot:
    """Run tasks on worker processes that crash, hang, and return what cannot be sent."""
    plot = Plot("processes", chance)
    method = chance.choice(["template", "template", "fork"])
    plot.settings |= {
        "on": "process",
        "limits": {"db": 1},
        "worker": WorkerOptions(max_tasks=chance.choice([None, 3]), start_method=method),
    }
    for truth, call, args in chance.sample(faulty.IN_WORKERS, 10):
        if method == "fork" and (call, args) == faulty.ADOPTED:
            continue
        ref = plot.add(truth, call, *args, uses=chance.choice([None, None, {"db": 1}]))
        if truth.state is not TaskState.SUCCEEDED:
            plot.bad(SKIPPED, actions.square, 3, state=TaskState.SKIPPED, after=[ref])
    for call, args in chance.sample(faulty.HANGING, 2):
        plot.add(faulty.LATE, call, *args, **faulty.LIMITED)
    again = Retry(2, delay=0.01, on=WorkerCrashed)
    plot.good(actions.mortal, "dies", 2, value=actions.digest("dies"), retry=again)
    plot.bad("WorkerCrashed: ", actions.mortal, "dies", 3, retry=again, state=TaskState.CRASHED)
    _retries(plot, actions.flaky)
    _chain(plot, actions.digest, 20)
    return plot


def threads(chance: random.Random) -> Plot:
    """Run tasks on threads that raise, run over their limits, and share a limit."""
    plot = Plot("threads", chance)
    plot.settings |= {"limits": {"db": 2}}
    for place in range(10):
        bad = plot.bad("ValueError: as meant", actions.fail, place, uses={"db": chance.randint(1, 2)})
        plot.bad(SKIPPED, actions.square, place, state=TaskState.SKIPPED, after=[bad])
        plot.good(actions.square, place, value=place * place, after=[bad.outcome()], uses={"db": 1})
    plot.add(faulty.LATE, actions.hang_until_told, "late", **faulty.LIMITED)
    plot.bad(SKIPPED, actions.decline, state=TaskState.SKIPPED)
    _retries(plot, actions.flaky)
    _chain(plot, actions.digest, 50)
    _map(plot, actions.square)
    return plot


def coroutines(chance: random.Random) -> Plot:
    """Run coroutines that raise and hang."""
    plot = Plot("coroutines", chance)
    bad = plot.bad("ValueError: as meant", actions.fail_later, "it")
    plot.bad(SKIPPED, actions.square_later, 3, state=TaskState.SKIPPED, after=[bad])
    plot.add(faulty.LATE, actions.hang_later, **faulty.LIMITED)
    _retries(plot, actions.flaky_later)
    _chain(plot, actions.digest_later, 30)
    _map(plot, actions.square_later)
    return plot


def commands(chance: random.Random) -> Plot:
    """Run commands that fail, hang, leave somebody behind, and write much."""
    plot = Plot("commands", chance)
    for truth, line, options in chance.sample(faulty.COMMANDS, 5):
        plot.add(truth, line, **options)
    for words in ("one", "x" * 300_000):
        value = {
            "command": ["cat"],
            "shell": False,
            "returncode": 0,
            "stdout": words,
            "stderr": "",
            "cwd": None,
        }
        line = ["head", "-c", str(len(words)), "/dev/zero"] if len(words) > 3 else ["printf", words]
        text = words if len(words) <= 3 else "\0" * len(words)
        plot.good(line, value=value | {"command": line, "stdout": text})
    return plot


def inline(chance: random.Random) -> Plot:
    """Run tasks in the thread that waits."""
    plot = Plot("inline", chance)
    plot.settings |= {"on": "inline"}
    bad = plot.bad("ValueError: as meant", actions.fail, "it")
    plot.bad(SKIPPED, actions.square, 3, state=TaskState.SKIPPED, after=[bad])
    plot.good(actions.square, 3, value=9, after=[bad.outcome()])
    _retries(plot, actions.flaky)
    _chain(plot, actions.digest, 20)
    return plot


def mixed(chance: random.Random, size: int = 40) -> Plot:
    """Run a random graph whose tasks are of all kinds, some of which fail."""
    plot = Plot("mixed", chance)
    refs: list[Ref[Any]] = []
    for place in range(size):
        kind = chance.choice(["thread", "process", "inline", "async"])
        before = chance.sample(refs, min(len(refs), chance.randint(0, 3)))
        truths = [plot.truths[ref.label] for ref in before]
        label = f"{place} {kind}"
        fails = chance.random() < 0.1
        call = {
            (True, True): actions.fail_later,
            (True, False): actions.fail,
            (False, True): actions.digest_later,
            (False, False): actions.digest,
        }[fails, kind == "async"]
        options: dict[str, Any] = {"label": label, "keep": True} | ({} if kind == "async" else {"on": kind})
        if any(truth.state is not TaskState.SUCCEEDED for truth in truths):
            refs.append(plot.bad(SKIPPED, call, label, *before, state=TaskState.SKIPPED, **options))
        elif fails:
            refs.append(plot.bad("ValueError: as meant", call, label, *before, **options))
        else:
            value = actions.digest(label, *(truth.value for truth in truths))
            refs.append(plot.good(call, label, *before, value=value, **options))
    return plot


def _chain(plot: Plot, call: Callable[..., Any], length: int) -> None:
    value: object = 0
    ref: object = 0
    for place in range(length):
        value = actions.digest(f"link {place}", value)
        ref = plot.good(call, f"link {place}", ref, value=value, keep=True)


def _retries(plot: Plot, call: Callable[..., Any]) -> None:
    again = Retry(3, delay=0.01, jitter=0.5)
    plot.good(call, "heals", 3, value=actions.digest("heals"), retry=again)
    plot.bad("ValueError: as meant", call, "stays", 4, retry=again)


def _map(plot: Plot, call: Callable[..., Any]) -> None:
    """Add a map, whose items have results of their own."""
    items = list(range(10))
    plot.flow.map(call, items, label="map", limit=2, keep=True)
    plot.expect("map", [item * item for item in items])
    for item in items:
        plot.expect(f"map[{item}]", item * item)
