# pyright: strict
"""Maps, joins, commands, options and tests that are wired right: no checker may complain of any line, and each must see the type that stands here.

Read by `tests/test_typing.py`, never run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import (
    ParamSpec,
    TypeVar,
    Unpack,
    assert_type,
)

from concurra_core import (
    AddOptions,
    CommandResult,
    Outcome,
    Ref,
    Retry,
    Runner,
    RunReport,
    RunSettings,
    TaskRunner,
    Workflow,
)
from concurra_core.testing import Fake, Simulate, SimulatedRun, simulate
from tried import (
    Box,
    Dog,
    both,
    counted,
    either,
    first,
    half,
    lines,
    maybe,
    mean,
    mean_of_any,
    merge,
    name_of,
    nothing,
    opened,
    show,
    square,
    title,
    total,
    verdict,
    verdicts,
)

T = TypeVar("T")
K = TypeVar("K")
P = ParamSpec("P")
Number = TypeVar("Number", int, float)


def unsure(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(number.outcome(), Ref[Outcome[int]])
    assert_type(number.optional(), Ref[int | None])
    assert_type(number.or_else("none"), Ref[int | str])
    nothing_less = numbers.or_else([])
    assert_type(nothing_less, Ref[list[int]])
    assert_type(flow.add(verdict, number.outcome()), Ref[str])
    assert_type(flow.add(maybe, number.optional()), Ref[str])
    assert_type(flow.add(either, number.or_else("none")), Ref[str])
    assert_type(flow.add(square, number.or_else(0)), Ref[int])
    assert_type(flow.add(merge, numbers, numbers.or_else([])), Ref[list[int]])
    assert_type(flow.add(merge, numbers, nothing_less), Ref[list[int]])
    assert_type(flow.add(show, number.outcome()), Ref[str])
    assert_type(flow.add(verdicts, flow.gather([number.outcome(), number.outcome()])), Ref[int])


def gathered(flow: Workflow, number: Ref[int], raw: Ref[bytes]) -> None:
    assert_type(flow.gather([number, number]), Ref[list[int]])
    assert_type(flow.gather((number, number), label="all"), Ref[list[int]])
    assert_type(flow.gather(flow.add(square, n) for n in range(3)), Ref[list[int]])
    assert_type(flow.gather({"a": number}.values()), Ref[list[int]])
    assert_type(flow.add(total, flow.gather([number, number])), Ref[int])
    assert_type(flow.add(mean, flow.gather([number, number])), Ref[float])
    assert_type(flow.add(mean_of_any, flow.gather([number])), Ref[float])
    assert_type(flow.add(max, flow.gather([number])), Ref[int])
    assert_type(flow.map(show, flow.gather([number, raw])), Ref[list[str]])


def mapped(flow: Workflow, number: Ref[int], numbers: Ref[list[int]]) -> None:
    assert_type(flow.map(square, numbers), Ref[list[int]])
    assert_type(flow.map(square, [1, 2]), Ref[list[int]])
    assert_type(flow.map(square, [1, number]), Ref[list[int]])
    assert_type(flow.map(square, [number, number]), Ref[list[int]])
    assert_type(flow.map(square, (1, 2), limit=4), Ref[list[int]])
    assert_type(flow.map(square, range(3), limit=None), Ref[list[int]])
    assert_type(flow.map(square, (x for x in range(3))), Ref[list[int]])
    assert_type(flow.map(square, {1, 2}, cpus=2, on="process"), Ref[list[int]])
    assert_type(flow.map(square, []), Ref[list[int]])
    assert_type(flow.map(square, flow.add(tuple, numbers)), Ref[list[int]])
    assert_type(flow.map(square, flow.add(counted, 3)), Ref[list[int]])
    assert_type(flow.map(square, numbers.or_else([])), Ref[list[int]])
    assert_type(flow.map(square, flow.map(square, numbers)), Ref[list[int]])
    assert_type(flow.map(half, numbers), Ref[list[float]])
    assert_type(flow.map(str, numbers), Ref[list[str]])
    assert_type(flow.map(maybe, [1, None, number]), Ref[list[str]])
    assert_type(flow.map(verdict, [number.outcome()]), Ref[list[str]])
    assert_type(flow.map(name_of, [Dog()]), Ref[list[str]])
    assert_type(flow.map(opened, ["r", "w"]), Ref[list[int]])
    assert_type(flow.map(title, [{"name": "Metropolis", "year": 1927}]), Ref[list[str]])
    assert_type(flow.map(partial(both, text="b"), numbers), Ref[list[tuple[int, str]]])
    assert_type(flow.map(lambda x: x * 2, numbers), Ref[list[int]])
    assert_type(flow.map(lambda x: x * 2, [1, number]), Ref[list[int]])
    assert_type(flow.map(Box, numbers), Ref[list[Box[int]]])
    assert_type(flow.map(first, [["a"], ["b"]]), Ref[list[str]])


def commands(flow: Workflow, path: Path) -> None:
    listed = flow.command(["ls", "-l"], cwd=path, env={"LANG": "C"}, check=False)
    assert_type(listed, Ref[CommandResult])
    assert_type(flow.command(("ls", "-l"), text=False, label="list", after=[listed]), Ref[CommandResult])
    assert_type(flow.shell("ls | wc -l", timeout=3), Ref[CommandResult])
    assert_type(flow.add(lines, listed), Ref[int])
    assert_type(flow.map(lines, [listed, listed]), Ref[list[int]])


def options(flow: Workflow, number: Ref[int]) -> None:
    one = flow.add(square, 3, label=("square", 3), after=["warm up", number, number.outcome()], timeout=3)
    assert_type(one, Ref[int])
    two = flow.add(square, 3, grace=0.5, retry=Retry(3, on=OSError), on="process", uses={"db": 1}, cpus=2)
    assert_type(two, Ref[int])
    three = flow.add(square, 3, priority=-1, expected_seconds=60, tags={"nightly"}, keep=True)
    assert_type(three, Ref[int])
    four = flow.add(nothing, allow_failure=True, timeout=None, on=None, label=None)
    assert_type(four, Ref[None])


def nightly(
    flow: Workflow, call: Callable[[int], float], number: int, **said: Unpack[AddOptions]
) -> Ref[float]:
    return flow.add(call, number, **said)


def keywords_in_a_dict(flow: Workflow, runner: TaskRunner) -> None:
    said: AddOptions = {"timeout": 3, "tags": ["nightly"], "uses": {"db": 1}}
    assert_type(flow.add(square, 3, **said), Ref[int])
    assert_type(nightly(flow, math.sqrt, 3, **said), Ref[float])
    settings: RunSettings = {"max_concurrency": 2, "limits": {"db": 2}}
    assert_type(flow.run(**settings), RunReport)
    assert_type(Runner(**settings).run(flow), RunReport)
    runner.add_function(square, (3,), uses={"db": 1})
    runner.add_command(["ls"], uses={"db": 1})


def tests_of_a_flow(flow: Workflow, number: Ref[int], fixture: Simulate) -> None:
    fakes = {number: Fake(then=3, takes=2.5), "load": Fake(raises=OSError, fails=2)}
    assert_type(simulate(flow, fakes, seed=3, limits={"db": 1}), SimulatedRun)
    run = fixture(flow, {"load": Fake(hangs=True)}, deadline=60)
    assert_type(run.report[number].value, int)
    run.assert_ran_before(number, "load")
