"""Random workflows on processes, and what each task returns if what it waits for has ended so and so."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs
from chaos import actions
from concurra import Halt, Outcome, Ref, Retry, RunReport, TaskTimeout, WorkerCrashed, WorkerOptions, Workflow

Rule: TypeAlias = Literal["plain", "after", "optional", "outcome", "after settled"]
STRICT: Final = ("plain", "after")
_RULES: Final[tuple[Rule, ...]] = ("plain", "plain", "plain", "after", "optional", "outcome", "after settled")
_CALLS: Final[Sequence[Callable[..., Any]]] = (
    *[actions.digest] * 8, *[actions.toil] * 6, actions.pack, actions.swell, actions.recover,
    actions.fail, actions.die, actions.hang,
)  # fmt: skip
_LIMIT: Final = 0.2  # seconds, of what hangs


@attrs.frozen
class Node:
    """One task. *edges* lead to nodes before it; *attempts* are those after which nothing more is tried."""

    label: str
    call: Callable[..., Any]
    edges: tuple[tuple[int, Rule], ...]
    attempts: int
    timeout: float | None
    uses: bool

    @property
    def strict(self) -> set[int]:
        """The nodes that have to succeed first."""
        return {source for source, rule in self.edges if rule in STRICT}


@attrs.frozen
class Graph:
    """The tasks of one seed, and how they run."""

    nodes: Sequence[Node]
    slots: int
    forked: bool
    halt: Halt
    max_tasks: int | None

    def settings(self) -> dict[str, Any]:
        method = "fork" if self.forked else "template"
        return {
            "max_concurrency": self.slots,
            "on": "process",
            "halt": self.halt,
            "grace": 0.1,
            "limits": {"db": 1},
            "worker": WorkerOptions(max_tasks=self.max_tasks, start_method=method),
        }


def random_graph(chance: random.Random) -> Graph:
    nodes: list[Node] = []
    for place in range(chance.randint(5, 40)):
        call = chance.choice(_CALLS)
        sources = chance.sample(range(place), min(place, chance.choice([0, 1, 1, 2, 3])))
        edges = tuple((source, chance.choice(_RULES)) for source in sorted(sources))
        attempts = {actions.recover: 2, actions.hang: 1}.get(call) or chance.choice([1, 1, 3])
        timeout = _LIMIT if call is actions.hang else None
        nodes.append(Node(f"{place} {call.__name__}", call, edges, attempts, timeout, chance.random() < 0.2))
    return Graph(
        nodes,
        slots=chance.randint(1, 4),
        forked=chance.random() < 0.2,
        halt=chance.choice([Halt.never()] * 8 + [Halt.soon(3), Halt.now(4)]),
        max_tasks=chance.choice([None, None, 1, 3]),
    )


def build(graph: Graph) -> Workflow:
    flow = Workflow("chaos")
    refs: list[Ref[Any]] = []
    for node in graph.nodes:
        args, after = _wired(node, refs)
        retry = Retry(node.attempts, on=(Exception, WorkerCrashed, TaskTimeout))
        more = {"uses": {"db": 1}} if node.uses else {}
        refs.append(
            flow._add(
                node.call,
                (node.label, *args),
                node.label,
                after,
                {"retry": retry, "timeout": node.timeout, "keep": True, **more},
            )
        )
    return flow


def _wired(node: Node, refs: Sequence[Ref[Any]]) -> tuple[list[Ref[Any]], list[Ref[Any]]]:
    args: list[Ref[Any]] = []
    after: list[Ref[Any]] = []
    for source, rule in node.edges:
        ref = refs[source]
        match rule:
            case "plain":
                args.append(ref)
            case "optional":
                args.append(ref.optional())
            case "outcome":
                args.append(ref.outcome())
            case "after":
                after.append(ref)
            case "after settled":
                after.append(ref.outcome())
    return args, after


def value_of(graph: Graph, node: Node, report: RunReport) -> object:
    """Return what *node* must have returned, worked out from how the tasks before it ended."""
    args: list[object] = []
    for source, rule in node.edges:
        before = report[graph.nodes[source].label]
        if rule == "outcome":
            args.append(Outcome(label=before.label, status=before.status, value=before.value))
        elif rule in {"plain", "optional"}:
            args.append(before.value if before.succeeded else None)
    return actions.VALUES[node.call](node.label, *args)
