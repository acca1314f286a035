"""`RunReport`: how a run ended, read off its records when it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from concurra_core.model.ends import error_for
from concurra_core.model.errors import RunFailedError
from concurra_core.model.options import Lane
from concurra_core.model.outcome import OWN_FAILURES, Declined, Raised, Skipped
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref
from concurra_core.model.state import RunStatus, TaskState
from concurra_core.model.task import RELEASED, Growth, Task
from concurra_core.reporting.queueing import Queueing
from concurra_core.reporting.task_result import TaskResult, task_result
from concurra_core.reporting.wording import is_still_running, shown

if TYPE_CHECKING:
    from concurra_core.reporting.results import Results

T = TypeVar("T")

NO_GROWTH: Final[Mapping[int, Growth]] = MappingProxyType({})
_LISTED: Final = 20  # failures that `str` names; `failed` has them all


class RunReport(Mapping[Any, TaskResult[Any]]):
    """The results of a run by label, in the order of adding; a `Ref` finds its task's result too.

    Args:
        tasks: the records of the run, all of which have ended.
        owner: what the refs to them belong to.
        name: what the run is called.
        run_id: what tells it from every other run, in its events too.
        slots: most tasks that ran at once.
        start: seconds on the run's clock when it began.
        wall: what turns seconds on the run's clock into seconds since the epoch.
        cut: what stopped the run before its tasks had ended, None if nothing did.
        grown: the items of maps that made them in the run, by the index of the map, in the order of their coming in.
        soft: the lanes whose backend gives tasks up instead of ending them.
        strict: whatever did not succeed counts, what skipped itself too; so it is for a `TaskRunner`.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        owner: object,
        name: str,
        run_id: str,
        slots: int,
        start: float,
        wall: float,
        cut: RunStatus | None = None,
        grown: Mapping[int, Growth] = NO_GROWTH,
        soft: Container[Lane] = (),
        strict: bool = False,
    ) -> None:
        self.name = name
        self.run_id = run_id
        self._tasks = tasks
        self._owner = owner
        self._slots = slots
        self._start = start
        self._wall = wall
        self._cut = cut
        self._queueing = Queueing(tasks, start, grown)
        self._soft = soft
        self._strict = strict

    # -- the mapping -------------------------------------------------------------------------------------

    @overload
    def __getitem__(self, key: Ref[T], /) -> TaskResult[T]: ...
    @overload
    def __getitem__(self, key: Hashable, /) -> TaskResult[Any]: ...
    def __getitem__(self, key: Any, /) -> TaskResult[Any]:
        if isinstance(key, Ref):
            if not key._belongs_to(self._owner):  # noqa: SLF001 - a ref is the graph's, and no user's, to look into
                raise KeyError(f"{quoted(key)} belongs to another workflow than this report of {self.name!r}")
            index = key.index
            # Behind the tasks of the flow as it was come the items that its maps made in the run.
            if index >= len(self._tasks) or self._tasks[index].label is not key.label:
                raise KeyError(f"{quoted(key)} was added after this run of {self.name!r} had begun")
        elif (found := self._found(key)) is not None:
            index = found
        else:
            raise KeyError(
                f"the report of {self.name!r} has no task {quoted(key)}; its labels are its keys()"
            )
        return task_result(
            self._tasks[index],
            self._tasks,
            self._queueing,
            start=self._start,
            wall=self._wall,
            soft=self._soft,
        )

    def _found(self, key: Any) -> int | None:
        try:
            return self._indexes.get(key)
        except Exception:  # noqa: BLE001 - what cannot be hashed or compared is no label of ours
            return None

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._indexes)

    def __len__(self) -> int:
        return len(self._tasks)

    @cached_property
    def _indexes(self) -> dict[Hashable, int]:
        return {task.label: task.index for task in self._tasks}

    # -- the verdict -------------------------------------------------------------------------------------

    @cached_property
    def status(self) -> RunStatus:
        """How the run ended; it succeeded, failed, was cancelled by an abort, or timed out at its deadline.

        It has failed if a task did not succeed, other than one that is allowed to fail or was skipped by its own wish.
        """
        return self._cut or (RunStatus.FAILED if self.failed else RunStatus.SUCCEEDED)

    @property
    def succeeded(self) -> bool:
        """Whether every task that counts has succeeded."""
        return self.status is RunStatus.SUCCEEDED

    @cached_property
    def failed(self) -> Mapping[Hashable, TaskResult[Any]]:
        """The results of failures, and of what was skipped or stopped because of them, by label."""
        return {task.label: self[task.label] for task in self._tasks if self._counts(task)}

    @cached_property
    def counts(self) -> Mapping[TaskState, int]:
        """How many tasks ended in each state."""
        return dict(Counter(task.state for task in self._tasks))

    @cached_property
    def still_running(self) -> tuple[Hashable, ...]:
        """The labels of tasks of which an attempt was given up, and may be still running."""
        return tuple(task.label for task in self._tasks if is_still_running(task, self._soft))

    def raise_for_failures(self) -> None:
        """Do nothing if the run succeeded.

        Raises:
            RunFailedError: otherwise: a group of what the tasks raised, with a line for each failure first.
        """
        if self.succeeded:
            return
        at_fault = [task for task in self._tasks if self._counts(task)]
        own = [task for task in at_fault if isinstance(task.fault, OWN_FAILURES)] or at_fault
        errors = [self._raised(task) for task in own] or [RuntimeError(f"the run ended {self.status.value}")]
        lines = [self._headline(), *(f"  {result}" for result in self.failed.values())]
        raise RunFailedError("\n".join(lines), self.failed, errors)

    def _counts(self, task: Task) -> bool:
        fault = task.fault
        if fault is None or task.options.allow_failure:
            return False
        if self._strict:
            return True
        if isinstance(fault, Declined):
            return False
        return not (isinstance(fault, Skipped) and isinstance(self._tasks[fault.root].fault, Declined))

    def _raised(self, task: Task) -> BaseException:
        fault = task.fault
        assert fault is not None  # noqa: S101 - Invariant: only tasks that did not succeed are asked for
        error = error_for(fault, task, self._tasks)
        remote = isinstance(fault, Raised) and error.__traceback__ is None and error.__cause__ is None
        if remote and isinstance(fault, Raised) and fault.trace:
            error.__cause__ = RemoteTraceback(fault.trace)
        return error

    def results(self) -> Results:
        """Return the results as `TaskRunner.run` returns them: a plain dict of 17 keys for each task, by label.

        Of a result that was dropped when no task needed it any more, None is told.
        """
        from concurra_core.reporting.results import results_of

        results = results_of(self._tasks, self._wall, self._soft)
        for result in results.values():
            if result["result"] is RELEASED:
                result["result"] = result["output"] = None
        return results

    # -- figures -----------------------------------------------------------------------------------------

    @cached_property
    def makespan(self) -> float:
        """Seconds from the start of the run to the end of its last task."""
        # Of a task that was stopped before the run got to it, no end is known.
        return max([self._start, *(task.ended for task in self._tasks)]) - self._start

    @cached_property
    def busy(self) -> float:
        """The share of the slots' time that tasks ran in, 0 to 1."""
        ran = sum(
            (task.ended - task.started) * task.options.cpus
            for task in self._tasks
            if task.attempt and task.options.lane is not Lane.NONE
        )
        whole = self.makespan * self._slots
        return min(1.0, ran / whole) if whole > 0 else 0.0

    @cached_property
    def queue_wait(self) -> float:
        """The mean of the seconds that tasks waited for a slot, from the end of their last dependency on."""
        waits = [waited for task in self._tasks if (waited := self._queueing.waited(task)) is not None]
        return sum(waits) / len(waits) if waits else 0.0

    @cached_property
    def critical_path(self) -> tuple[Hashable, ...]:
        """The labels of the chain that decided when the run ended, through each one's last dependency to end."""
        ran = [task for task in self._tasks if task.attempt]
        if not ran:
            return ()
        path = [max(ran, key=lambda task: task.ended)]
        while path[-1].needs:
            path.append(max((self._tasks[need] for need in path[-1].needs), key=lambda task: task.ended))
        return tuple(task.label for task in reversed(path))

    # -- words -------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<RunReport {self._headline()}>"

    def __str__(self) -> str:
        lines = [self._headline()]
        failed = list(self.failed.values())
        lines += [f"  {result}" for result in failed[:_LISTED]]
        if len(failed) > _LISTED:
            lines.append(f"  and {len(failed) - _LISTED} more")
        return "\n".join(lines)

    def _headline(self) -> str:
        told = ", ".join(f"{number} {state.value}" for state, number in self.counts.items())
        tasks = f"{len(self)} task{'s' * (len(self) != 1)}"
        return f"{shown(self.name)}: {self.status.value} in {self.makespan:.2f} s; {tasks}{': ' * bool(told)}{told}"


class RemoteTraceback(Exception):  # noqa: N818 - it is no error of its own: it shows where one was raised
    """Stands as the cause of an exception from another process and shows the traceback there."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
