"""`Simulation`: a flow, run by the scheduler of real runs, in one thread and in no time."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, Protocol, Self, Unpack

from concurra_core.graph.fan import Spread
from concurra_core.graph.plan import Plan
from concurra_core.model.checks import pairs_in, period
from concurra_core.model.errors import DefinitionError
from concurra_core.model.options import Lane, RunOptions
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref
from concurra_core.model.task import Task
from concurra_core.reporting.feed import EventFeed
from concurra_core.reporting.report import RunReport
from concurra_core.runner.run import Runner, RunSettings
from concurra_core.runner.workflow import Workflow
from concurra_core.testing.doubles import RecordingSink
from concurra_core.testing.fakes import Fake, FakeOptions
from concurra_core.testing.labels import Labels
from concurra_core.testing.simulated_run import SimulatedRun
from concurra_core.testing.stage import Stage

# Seconds since the epoch at which every simulated run begins: 2000-01-01, so that reports are the same each time.
_EPOCH: Final = 946_684_800.0
_SLOTS: Final = 2  # where nothing is said: the number of processors would make tests differ between machines


class Simulation:
    """Run *flow* in virtual time: the scheduler is that of real runs, workers and clock are not.

    Tasks run one after the other in the calling thread, each whole at the moment it begins; processes are not
    started, and commands not run: they need a fake. Time passes only where something takes time: a fake says so with
    *takes*, a task with `expected_seconds`, a retry with its delay, a coroutine with `asyncio.sleep`. A test of an
    hour of it takes a millisecond.

    Args:
        flow: the workflow; it is not changed.
        seed: decides which of the things that happen at the same moment comes first, and how long jittered delays
            are. The same seed gives the same run, others explore other interleavings.
        settings: as of `Workflow.run`; `max_concurrency` is 2 by default. *backend* and *worker* mean nothing here.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: a setting is out of its range.

    >>> from concurra_core import Retry, Workflow
    >>> flow = Workflow()
    >>> rows = flow.add(dict, label="load", retry=Retry(5, delay=60, factor=2))
    >>> simulation = Simulation(flow).fake("load", fails=3, takes=1.5)
    >>> simulation.run().starts
    [(0.0, 'load', 1), (61.5, 'load', 2), (183.0, 'load', 3), (424.5, 'load', 4)]
    """

    def __init__(self, flow: Workflow, *, seed: int = 0, **settings: Unpack[RunSettings]) -> None:
        if not isinstance(flow, Workflow):
            raise TypeError(
                f"flow must be a Workflow, not {quoted(flow)}; a TaskRunner has one: its workflow()"
            )
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"seed must be an int, not {quoted(seed)}")
        if settings.get("max_concurrency") is None:
            settings["max_concurrency"] = _SLOTS
        self.seed = seed
        self._flow = flow
        self._runner = Runner(**settings)
        self._labels = Labels(flow._registry)  # noqa: SLF001 - the graph behind the face
        self._fakes: dict[Hashable, Fake] = {}
        self._aborts: list[tuple[float, str]] = []

    def fake(self, task: Hashable | Ref[Any], **what: Unpack[FakeOptions]) -> Self:
        """Say what *task* does; the keywords are those of `Fake`. A map's label or ref stands for all of its items.

        Raises:
            UnknownLabelError: no task has this label, and no item of a map can come to have it.
            TypeError: a keyword is of the wrong type, or what is named is a `gather`, which does nothing.
            ValueError: a keyword is out of its range.
        """
        unknown = [name for name in what if name not in FakeOptions.__annotations__]
        if unknown:
            known = ", ".join(FakeOptions.__annotations__)
            raise TypeError(f"{unknown[0]!r} is no keyword of a fake; there are {known}")
        return self._give(task, Fake(**what))

    def abort_at(self, seconds: float, why: str = "by the simulation") -> Self:
        """Abort the run at the virtual moment *seconds*, if it goes on then; *why* continues the word "aborted".

        Raises:
            TypeError: *seconds* is no number.
            ValueError: it is below zero.
        """
        self._aborts.append((period("seconds", seconds), why))
        return self

    def run(self) -> SimulatedRun:
        """Run the flow. It can be run again, and comes to the same if its functions do.

        Raises:
            HangError: nothing could end the run: a task hangs that has no time limit.
            ValueError: the graph is broken, a task can never get what it uses, or a command has no fake.
            LifecycleError: the flow has coroutines, and the calling thread runs an event loop already.
        """
        options = self._runner._options_for(self._flow)  # noqa: SLF001 - as in `Runner`
        tasks, plan = self._flow._prepared(self._runner._defaults, options)  # noqa: SLF001 - as in `Runner`
        self._check_commands(tasks)
        return self._played(tasks, plan, options)

    def _played(self, tasks: list[Task], plan: Plan, options: RunOptions) -> SimulatedRun:
        record = RecordingSink()
        run_id = os.urandom(8).hex()
        settings = self._runner
        sinks = (record, *settings._sinks)  # noqa: SLF001 - as in `Runner`
        feed = EventFeed(sinks, tasks, run_id, options.name, _EPOCH, settings._log)  # noqa: SLF001 - as in `Runner`
        stage = Stage(tasks, plan, options, cast=self._cast, seed=self.seed, feed=feed, run_id=run_id)
        stage.play(self._aborts)
        feed.flush(stage.clock())
        report = RunReport(
            tasks,
            owner=self._flow._registry,  # noqa: SLF001 - as above
            name=options.name,
            run_id=run_id,
            slots=options.slots,
            start=0.0,
            wall=_EPOCH,
            cut=stage.cut,
            grown=stage.grown,
        )
        return SimulatedRun(report, record.events, self._labels, self.seed)

    def _give(self, task: Hashable | Ref[Any], fake: Fake) -> Self:
        label = self._labels.named(task)
        if self._labels.is_gather(label):
            raise TypeError(
                f"{quoted(label)} is a gather, which runs nothing; fake the tasks that it brings together"
            )
        self._fakes[label] = fake
        return self

    def _cast(self, task: Task) -> Fake | None:
        if isinstance(task.call, Spread):  # the fake of a map is for its items
            return None
        fake = self._fakes.get(task.label)
        return self._fakes.get(self._labels.map_of(task.label)) if fake is None else fake

    def _check_commands(self, tasks: Sequence[Task]) -> None:
        bare = [task for task in tasks if task.options.lane is Lane.COMMAND and self._cast(task) is None]
        if bare:
            named = ", ".join(quoted(task.label) for task in bare)
            raise DefinitionError(
                f"a simulation runs no command; say what these come to, such as fake({quoted(bare[0].label)}): {named}"
            )


class Simulate(Protocol):
    """What `simulate` is, and the pytest fixture of this name, for annotations of tests."""

    def __call__(
        self,
        flow: Workflow,
        fakes: Mapping[Any, Fake] | None = None,
        *,
        seed: int = 0,
        **settings: Unpack[RunSettings],
    ) -> SimulatedRun: ...


def simulate(
    flow: Workflow,
    fakes: Mapping[Any, Fake] | None = None,
    *,
    seed: int = 0,
    **settings: Unpack[RunSettings],
) -> SimulatedRun:
    """Run *flow* in virtual time, in one call: *fakes* are by label or ref, all else is as of `Simulation`.

    Raises:
        HangError: nothing could end the run: a task hangs that has no time limit.
        UnknownLabelError: a fake is for a task that there is not.
        TypeError: an argument is of the wrong type.
        ValueError: a setting is out of its range, the graph is broken, or a command has no fake.

    >>> from concurra_core import Workflow
    >>> flow = Workflow()
    >>> rows = flow.add(open, "rows.csv", label="load")
    >>> total = flow.add(len, rows, label="count")
    >>> run = simulate(flow, {"load": Fake(then=["a", "b"], takes=2)})
    >>> run.report[total].value, run.seconds
    (2, 2.0)
    """
    simulation = Simulation(flow, seed=seed, **settings)
    if fakes is not None and not isinstance(fakes, Mapping):
        raise TypeError(
            f"fakes must map labels or refs to fakes, such as {{'load': Fake(fails=2)}}, not {quoted(fakes)}"
        )
    for task, fake in () if fakes is None else pairs_in("fakes", fakes):
        if not isinstance(fake, Fake):
            raise TypeError(
                f"fakes[{quoted(task)}] must be a Fake, such as Fake(fails=2), not {quoted(fake)}"
            )
        simulation._give(task, fake)  # noqa: SLF001 - the other half of this file
    return simulation.run()
