"""What must hold of the results of a run, whatever was done to it, as far as it can be seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from chaos import actions, history
from chaos.graphs import Graph, Node, value_of
from chaos.monkey import Monkey
from concurra import BackendLostError, Halt, RunReport, TaskResult, TaskState, WorkerCrashed

_STILLBORN: Final = 3  # deaths of workers after which a run may give up; see docs/explanation/failures.md
_DYING: Final = (actions.die, actions.recover)


class Judge:
    """Judges one run.

    Args:
        graph: what was run.
        report: what came of it.
        monkey: what was done to it.
    """

    def __init__(self, graph: Graph, report: RunReport, monkey: Monkey) -> None:
        self._graph = graph
        self._report = report
        self._monkey = monkey
        self._stopped = monkey.aborted or graph.halt != Halt.never()

    def complaints(self) -> Iterator[str]:
        """Yield what was not as it must be."""
        if list(self._report) != [node.label for node in self._graph.nodes]:
            yield f"the report has {list(self._report)}"
            return
        yield from history.complaints(self._graph, self._report, self._monkey.events)
        for node in self._graph.nodes:
            result = self._report[node.label]
            for wrong in (*self._of_times(node, result), *self._of_end(node, result)):
                yield f"{node.label}: {result.status.value} {result.reason!r:.200}: {wrong}"
        yield from self._of_crashes()
        yield from self._of_room("slots", self._graph.nodes, self._graph.slots)
        yield from self._of_room("uses of db", [node for node in self._graph.nodes if node.uses], 1)

    # -- of one task -----------------------------------------------------------------------------------

    def _of_times(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        before = [self._report[self._graph.nodes[source].label] for source, _ in node.edges]
        if result.started is not None and any(other.ended > result.started for other in before):
            yield "it started before all ended that it waited for"
        if result.attempts > node.attempts:
            yield f"it has {result.attempts} attempts"

    def _of_end(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        judge = _OF_ENDS.get(result.status)
        if judge is None:
            yield "that is no end"
        else:
            yield from judge(self, node, result)

    def _unfit(self, node: Node) -> list[str]:
        labels = [self._graph.nodes[source].label for source in node.strict]
        return [label for label in labels if self._report[label].status is not TaskState.SUCCEEDED]

    def _succeeded(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        if self._unfit(node):
            yield f"it ran without {self._unfit(node)}"
        elif node.call not in actions.VALUES or result.value != value_of(self._graph, node, self._report):
            yield f"it returned {result.value!r:.100}"

    def _skipped(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        if result.because not in self._unfit(node):
            yield f"skipped because of {result.because!r}, and what it lacks is {self._unfit(node)}"

    def _cancelled(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        if not self._stopped:
            yield "nobody stopped the run"

    def _timed_out(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        if node.timeout is None:
            yield "it has no limit"

    def _crashed(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        if not self._monkey.kills and node.call not in _DYING:
            yield "nobody killed its worker"

    def _failed(self, node: Node, result: TaskResult[Any]) -> Iterator[str]:
        if isinstance(result.error, BackendLostError):
            if self._monkey.kills < _STILLBORN:
                yield f"the pool gave up after {self._monkey.kills} deaths"
        elif node.call is not actions.fail or not str(result.error).startswith("as meant"):
            yield "it does not fail"

    # -- of all ----------------------------------------------------------------------------------------

    def _of_crashes(self) -> Iterator[str]:
        """A worker that dies takes one attempt with it, that of the task it was in."""
        crashed = 0
        for node in self._graph.nodes:
            result = self._report[node.label]
            if node.call not in _DYING:
                crashed += sum(words.startswith(_DIED) for words in result.retry_errors)
                crashed += result.status is TaskState.CRASHED
        if crashed > self._monkey.kills:
            yield f"{crashed} attempts crashed of {self._monkey.kills} deaths"

    def _of_room(self, name: str, nodes: Sequence[Node], most: int) -> Iterator[str]:
        """Never do more of *nodes* run at once than there is room for."""
        moments = []
        for node in nodes:
            result = self._report[node.label]
            if result.started is not None and result.ended > result.started:
                moments += [(result.started, 1), (result.ended, -1)]
        busy = 0
        for _, change in sorted(moments):  # where both are at the same moment, ends come first
            busy += change
            if busy > most:
                yield f"{busy} {name} taken, of {most}"
                return


_DIED: Final = f"{WorkerCrashed.__name__}: "
_OF_ENDS: Final[Mapping[TaskState, Callable[[Judge, Node, TaskResult[Any]], Iterator[str]]]] = {
    TaskState.SUCCEEDED: Judge._succeeded,
    TaskState.SKIPPED: Judge._skipped,
    TaskState.CANCELLED: Judge._cancelled,
    TaskState.TIMED_OUT: Judge._timed_out,
    TaskState.CRASHED: Judge._crashed,
    TaskState.FAILED: Judge._failed,
}
