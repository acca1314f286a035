"""Every order of lines in which threads may meet at the lock, as far as Hypothesis gets: see `turns`."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from concurra import TaskEnded, Workflow
from concurra_core.model.halt import Halt
from concurra_core.model.options import RunOptions, TaskOptions
from concurra_core.model.retry import Retry
from concurra_core.runner import combiner as module
from concurra_core.runner.combiner import Combiner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from staged_run import LOOKED_AT, StagedRun
from turns import Turn, TurnLock, Turns

TURNS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), min_size=3, max_size=40)
OPTIONS = st.builds(
    TaskOptions,
    timeout=st.sampled_from([None, None, 1.0]),
    retry=st.builds(Retry, attempts=st.integers(1, 2), delay=st.sampled_from([0.0, 1.0])),
)
HALTS = st.sampled_from([Halt.never(), Halt.never(), Halt.now(), Halt.soon()])


@contextmanager
def staged(schedule: list[Turn], *, here: bool = False) -> Iterator[Turns]:
    """Give turns by *schedule*, and have the locks of combiners take part."""
    turns = Turns(schedule, {**LOOKED_AT, __file__: True} if here else LOOKED_AT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "threading", SimpleNamespace(Lock=lambda: TurnLock(turns)))
        yield turns


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), TURNS, st.lists(OPTIONS, min_size=1, max_size=5), HALTS)
def test_a_run_ends_each_task_once_however_threads_meet(
    data: st.DataObject, schedule: list[Turn], options: list[TaskOptions], halt: Halt
) -> None:
    needs = [
        data.draw(st.sets(st.integers(0, place - 1), max_size=2)) if place else ()
        for place in range(len(options))
    ]
    said = RunOptions(slots=data.draw(st.integers(1, 3)), halt=halt)
    bad = data.draw(st.lists(st.booleans(), max_size=4))
    with staged(schedule) as turns:
        run = StagedRun(turns, options, [sorted(need) for need in needs], said, bad)
        run.play(said.slots, abort=data.draw(st.booleans()))


def count(schedule: list[Turn], kind: type[Combiner]) -> None:
    """Have three actors count with a combiner of *kind*: no count is lost, and none waits for ever."""
    with staged(schedule, here=True) as turns:
        combiner = kind()
        total, inside = 0, 0

        def business() -> int:
            nonlocal total, inside
            inside += 1
            assert inside == 1
            total += 1
            inside -= 1
            return total

        def actor() -> None:
            answers.extend(combiner.ask(business) for _ in range(2))

        answers: list[int] = []
        turns.run(one=actor, two=actor, three=actor)
        assert sorted(answers) == [1, 2, 3, 4, 5, 6]
        assert not combiner.slips


@settings(max_examples=150, deadline=None)
@given(TURNS)
def test_a_combiner_forgets_nobody_however_threads_meet(schedule: list[Turn]) -> None:
    count(schedule, Combiner)


class Hasty(Combiner):
    """Leaves its business, trusting that the holder of the lock has yet to look."""

    def leave(self, business: Any) -> Any:
        slip = module._Slip(business)
        self.slips.append(slip)
        return slip.wait()


class Careless(Combiner):
    """Goes without looking what others left meanwhile."""

    def ask(self, business: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.baton.pop(0, False):
            return self.leave(lambda: business(*args, **kwargs))
        answer = business(*args, **kwargs)
        self.baton[0] = True
        return answer


@pytest.mark.parametrize("kind", [Hasty, Careless])
def test_turns_find_a_combiner_that_forgets_somebody(kind: type[Combiner]) -> None:
    @settings(max_examples=500, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(TURNS)
    def try_out(schedule: list[Turn]) -> None:
        count(schedule, kind)

    with pytest.raises(AssertionError, match="deadlock: each waits for another"):
        try_out()


@pytest.fixture
def _hurried() -> Iterator[None]:
    """Have the interpreter pass its lock on as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_hurried")
def test_threads_that_are_switched_all_the_time_end_each_task_once() -> None:
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 - the same graphs each time
        flow = Workflow()
        refs: list[Any] = []
        for number in range(60):
            after = chance.sample(refs, min(len(refs), chance.randrange(3)))
            refs.append(
                flow.add(int, chance.choice(["1", "1", "no"]), label=number, after=after, retry=Retry(2))
            )
        ended: Counter[object] = Counter()

        def hear(event: object, ended: Counter[object] = ended) -> None:
            if isinstance(event, TaskEnded):
                ended[event.label] += 1

        run = flow.start(max_concurrency=4, sinks=[hear])
        if seed % 2:
            run.abort()
        report = run.wait()
        assert ended == Counter(range(60))
        for ref in refs:
            result = report[ref]
            assert result.succeeded or result.error is not None
