"""What is compared between this library and others: of each axis its words, its unit, and which end is the good one."""

from __future__ import annotations

from typing import Final

import attrs

PART: Final = (
    "part of the floor's"  # in the name of a case: a ratio, which the tables show and the plots do not
)


@attrs.frozen(kw_only=True)
class Axis:
    """One kind of figure.

    Args:
        key: what the trial calls it, and the name of its plot.
        title: its heading.
        method: how it is measured; a paragraph.
        unit: of its figures.
        digits: how many places are shown behind the point.
        more: whether more is better.
        none: what is said where there is no figure.
    """

    key: str
    title: str
    method: str
    unit: str
    digits: int = 0
    more: bool = False
    none: str = "none"

    @property
    def sign(self) -> int:
        """Return what to multiply figures with so that less is better."""
        return -1 if self.more else 1

    def told(self, figure: float | None, *, plain: bool = False) -> str:
        """Return *figure* in words, with its unit unless *plain*."""
        if figure is None:
            return self.none
        number = f"{figure:,.{self.digits}f}"
        return number if plain else f"{number} {self.unit}"


_ALL: Final = (
    Axis(
        key="threads",
        title="Cost of a task on threads",
        unit="us a task",
        digits=1,
        method="""\
Registration and run of tasks that do nothing, on four threads, as [described there](benchmarks.md). The part of the
floor's cost is taken within a round, in the environment of the library. Only those that run calls on threads take part.""",
    ),
    Axis(
        key="processes",
        title="Cost of a task in processes",
        unit="us a task",
        digits=1,
        method="""\
The same with two worker processes, whose start is within the clock: with a hundred tasks it is most of what is seen. joblib
is called once for each level of the graph, and not for the chain. dask takes no stamps of time.""",
    ),
    Axis(
        key="start",
        title="Start-up",
        unit="ms",
        method="""\
A new interpreter imports the library, runs two tasks on two processes and has their results. What the interpreter itself
takes is not counted.""",
    ),
    Axis(
        key="memory",
        title="Memory",
        unit="MB",
        digits=1,
        method="""\
What a program and all its processes hold while both workers are in a task that sleeps: their proportional set size, which
counts what is shared once.""",
    ),
    Axis(
        key="lateness",
        title="Lateness of a limit",
        unit="ms",
        digits=1,
        none="none that ends the task",
        method="""\
A task sleeps for a minute and has a limit of a second. How much later than a second after it began is the program told?
Those whose limit is one on waiting, and leave the process to run on for two seconds more, have no figure; nor have those
without any. The clock is the file system's, some milliseconds coarse.""",
    ),
    Axis(
        key="abort",
        title="Abort",
        unit="ms",
        none="not within 2 s",
        method="""\
Ctrl-C reaches the program and its processes while both workers are in a task that sleeps. How long until all of them have
ended, the interpreter's own end included?""",
    ),
    Axis(
        key="crash",
        title="Crash isolation",
        unit="of 99 results",
        more=True,
        none="nothing told within 20 s",
        method="""\
One task of a hundred kills its own process. How many results of the other 99 is the program given?
[When a worker process fails](explanation/process_faults.md) has more of this kind.""",
    ),
    Axis(
        key="efficiency",
        title="Efficiency",
        unit="% of the ideal",
        more=True,
        method="""\
Equal tasks that count, on two processes, start and end of the pool included. The ideal is what two plain processes take for
the same count, measured before and after; on a machine that does other work it wavers, and may be beaten.""",
    ),
    Axis(
        key="makespan",
        title="Makespan of recorded workflows",
        unit="times the lower bound",
        digits=2,
        method="""\
Recorded workflows, in which each task sleeps as long as it once ran, scaled so that two workers cannot take less than two
seconds. Nothing is told of how long tasks will take. Start and end of the pool are within the clock.""",
    ),
)

AXES: Final = {axis.key: axis for axis in _ALL}
