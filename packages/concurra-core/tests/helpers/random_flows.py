"""Random workflows: described, built, and worked out by hand, one task after the other, without any engine."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias
from zlib import crc32

import attrs
from concurra_core import Outcome, Ref, Retry, TaskState, TaskTimeout, WorkerCrashed, Workflow
from concurra_core.testing import Fake
from hypothesis import strategies as st

LIMITS = {"db": 2, "api": 1}
SLOTS = 3

Rule: TypeAlias = Literal["plain", "outcome", "optional", "or_else", "after", "after settled"]
Kind: TypeAlias = Literal[
    "thread", "process", "async", "inline", "command", "list", "map", "map of", "gather"
]
# How a task ends, and its value.
End: TypeAlias = tuple[TaskState, object]

STRICT = {"plain", "after"}
SKIPPED: End = (TaskState.SKIPPED, None)


@attrs.frozen(kw_only=True, repr=False)
class Node:
    """One `add`, `map`, `gather` or `command`. *edges* lead to nodes before it."""

    kind: Kind
    edges: tuple[tuple[int, Rule], ...] = ()
    items: int = 2  # of a list or a map
    limit: int | None = None  # of a map
    sick: int = 0  # the item of a map that has the mishaps below
    hangs: int = 0
    crashes: int = 0
    fails: int = 0
    takes: float = 0.0
    attempts: int = 1
    delay: float = 0.0
    stubborn: bool = False  # time limits and deaths are retried too
    timeout: float | None = None
    cpus: int = 1
    uses: tuple[tuple[str, int], ...] = ()
    priority: int = 0
    keep: bool | None = None
    allow_failure: bool = False

    def __repr__(self) -> str:
        said = [
            f"{field.name}={value!r}"
            for field in attrs.fields(Node)
            if (value := getattr(self, field.name)) != field.default
        ]
        return f"Node({', '.join(said)})"

    # Any: the printer of hypothesis.
    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def options(self) -> dict[str, Any]:
        on = (BaseException, TaskTimeout, WorkerCrashed) if self.stubborn else BaseException
        told: dict[str, Any] = {
            "retry": Retry(self.attempts, delay=self.delay, jitter=0.5, on=on),
            "timeout": self.timeout,
            "cpus": self.cpus,
            "uses": dict(self.uses),
            "priority": self.priority,
            "keep": self.keep,
            "allow_failure": self.allow_failure,
        }
        if self.kind in {"thread", "process", "inline"}:
            told["on"] = self.kind
        return told

    def fake(self, **then: Any) -> Fake:
        return Fake(hangs=self.hangs, crashes=self.crashes, fails=self.fails, takes=self.takes, **then)

    def end(self) -> TaskState:
        """Return how a task with these mishaps ends, if it comes to run."""
        mishaps = [*["hang"] * self.hangs, *["crash"] * self.crashes, *["fail"] * self.fails]
        for attempt in range(1, self.attempts + 1):
            what = mishaps[attempt - 1] if attempt <= len(mishaps) else "well"
            if what == "hang" or (self.timeout is not None and self.takes > self.timeout):
                state = TaskState.TIMED_OUT
            elif what == "crash":
                state = TaskState.CRASHED
            elif what == "fail":
                state = TaskState.FAILED
            else:
                return TaskState.SUCCEEDED
            if state is not TaskState.FAILED and not self.stubborn:
                return state
        return state

    @property
    def is_map(self) -> bool:
        return self.kind in {"map", "map of"}


def digest(label: Hashable, *args: object) -> int:
    """Return what the task with *label* makes of *args*."""
    return crc32(repr((label, [plain(arg) for arg in args])).encode())


def plain(value: object) -> object:
    """Return *value* in terms that can be compared: of outcomes all but the exception."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    return (value.label, value.status.value, plain(value.value)) if isinstance(value, Outcome) else value


def listed(label: Hashable, items: int, *args: object) -> list[int]:
    return [digest(label, *args) + place for place in range(items)]


async def awaited(label: Hashable, *args: object) -> int:
    return digest(label, *args)


# -- random ones -----------------------------------------------------------------------------------------


@st.composite
def nodes(draw: st.DrawFn, *, most: int = 8, kinds: Sequence[Kind] | None = None) -> list[Node]:
    flow: list[Node] = []
    for _ in range(draw(st.integers(1, most))):
        flow.append(draw(_node(flow, kinds)))
    return flow


@st.composite
def _node(draw: st.DrawFn, before: list[Node], kinds: Sequence[Kind] | None) -> Node:
    lists = [place for place, node in enumerate(before) if node.kind in {"list", "map", "map of", "gather"}]
    all_kinds: Sequence[Kind] = kinds or (
        "thread", "process", "async", "inline", "command", "list", "map", "map of", "gather",
    )  # fmt: skip
    kind = draw(st.sampled_from([kind for kind in all_kinds if kind != "map of" or lists]))
    edges: list[tuple[int, Rule]] = []
    if kind == "map of":
        edges.append((draw(st.sampled_from(lists)), draw(st.sampled_from(["plain", "or_else"]))))
    if before:
        rules: list[Rule] = ["plain", "outcome", "optional", "or_else", "after", "after settled"]
        if kind in {"command", "map", "map of"}:
            rules = ["after", "after settled"]
        if kind == "gather":
            rules = ["plain", "outcome", "optional", "or_else"]
        one = st.tuples(st.integers(0, len(before) - 1), st.sampled_from(rules))
        edges += draw(st.lists(one, max_size=3))
    if kind == "gather":
        return Node(kind=kind, edges=tuple(edges))
    healthy = draw(st.booleans())
    hangs = 0 if healthy or kind == "list" else draw(st.integers(0, 1))
    return Node(
        kind=kind,
        edges=tuple(edges),
        items=draw(st.integers(0, 3)),
        limit=draw(st.sampled_from([None, 1, 2])),
        sick=draw(st.integers(0, 2)),
        hangs=hangs,
        crashes=0 if healthy else draw(st.integers(0, 1)),
        fails=0 if healthy else draw(st.integers(0, 2)),
        takes=draw(st.sampled_from([0.0, 1.0, 2.0, 3.0])),
        attempts=draw(st.integers(1, 3)),
        delay=draw(st.sampled_from([0.0, 0.0, 10.0])),
        stubborn=draw(st.booleans()),
        timeout=2.5 if hangs else draw(st.sampled_from([None, None, 2.5])),
        cpus=draw(st.sampled_from([1, 1, 1, 2, 3])),
        uses=draw(st.sampled_from([(), (), (("db", 1),), (("db", 2),), (("api", 1), ("db", 1))])),
        priority=draw(st.sampled_from([0, 0, 1, -1])),
        keep=draw(st.sampled_from([None, True, False])),
        allow_failure=draw(st.booleans()),
    )


# -- built -----------------------------------------------------------------------------------------------


def label_of(place: int, node: Node) -> str:
    return f"{place}-{node.kind}"


def build(flow: Sequence[Node]) -> tuple[Workflow, dict[Hashable, Fake]]:
    """Return the workflow, and the fakes with the mishaps of its tasks."""
    made = Workflow("random")
    refs: list[Ref[Any]] = []
    fakes: dict[Hashable, Fake] = {}
    for place, node in enumerate(flow):
        refs.append(_added(made, place, node, refs))
        label = label_of(place, node)
        if node.is_map:
            fakes[label] = Fake(takes=node.takes)
            if node.kind == "map of" or node.sick < node.items:
                fakes[f"{label}[{node.sick}]"] = node.fake()
        elif node.kind == "command":
            fakes[label] = node.fake(then=digest(label))
        elif node.kind != "gather":
            fakes[label] = node.fake()
    return made, fakes


def _added(made: Workflow, place: int, node: Node, refs: Sequence[Ref[Any]]) -> Ref[Any]:
    label = label_of(place, node)
    args, after = _wired(node, refs)
    options = {"label": label, "after": after, **node.options()}
    if node.kind == "gather":
        return made._gather(args, label)
    if node.kind == "map":
        return made._map(partial(digest, label), range(node.items), node.limit, options)
    if node.kind == "map of":
        return made._map(partial(digest, label), args[0], node.limit, options)
    if node.kind == "command":
        add: Callable[..., Ref[Any]] = made.command
        return add(["true"], **options)
    if node.kind == "list":
        return made.add(listed, label, node.items, *args, **options)
    return made.add(awaited if node.kind == "async" else digest, label, *args, **options)


def _wired(node: Node, refs: Sequence[Ref[Any]]) -> tuple[list[Ref[Any]], list[Hashable | Ref[Any]]]:
    args: list[Ref[Any]] = []
    after: list[Hashable | Ref[Any]] = []
    for source, rule in node.edges:
        ref = refs[source]
        match rule:
            case "plain":
                args.append(ref)
            case "outcome":
                args.append(ref.outcome())
            case "optional":
                args.append(ref.optional())
            case "or_else":
                args.append(ref.or_else([7]))
            case "after":
                after.append(ref.label)
            case "after settled":
                after.append(ref.outcome())
    return args, after


# -- worked out by hand ----------------------------------------------------------------------------------


def expected(flow: Sequence[Node]) -> dict[Hashable, End]:
    """Return how each task ends if nothing stops the run, those of maps too."""
    ends: dict[Hashable, End] = {}
    for place, node in enumerate(flow):
        label = label_of(place, node)
        found = [(ends[label_of(source, flow[source])], source, rule) for source, rule in node.edges]
        starts = all(end[0] is TaskState.SUCCEEDED for end, _, rule in found if rule in STRICT)
        args = [
            _passed(flow, end, source, rule) for end, source, rule in found if not rule.startswith("after")
        ]
        if node.is_map:
            ends.update(_mapped(label, node, args, starts=starts))
        elif not starts:
            ends[label] = SKIPPED
        elif node.kind == "gather":
            ends[label] = (TaskState.SUCCEEDED, args)
        else:
            ends[label] = _alone(label, node, args)
    return ends


def _passed(flow: Sequence[Node], end: End, source: int, rule: Rule) -> object:
    state, value = end
    if rule == "outcome":
        return Outcome(label=label_of(source, flow[source]), status=state, value=value)
    if state is TaskState.SUCCEEDED:
        return value
    return [7] if rule == "or_else" else None


def _alone(label: Hashable, node: Node, args: list[object]) -> End:
    state = node.end()
    if state is not TaskState.SUCCEEDED:
        return state, None
    return state, listed(label, node.items, *args) if node.kind == "list" else digest(label, *args)


def _mapped(label: Hashable, node: Node, args: list[Any], *, starts: bool) -> dict[Hashable, End]:
    items = range(node.items) if node.kind == "map" else args[0] if starts else []
    ends: dict[Hashable, End] = {}
    for place, item in enumerate(items):
        state = node.end() if place == node.sick else attrs.evolve(node, hangs=0, crashes=0, fails=0).end()
        end = (state, digest(label, item) if state is TaskState.SUCCEEDED else None)
        ends[f"{label}[{place}]"] = end if starts else SKIPPED
    whole = starts and all(state is TaskState.SUCCEEDED for state, _ in ends.values())
    ends[label] = (TaskState.SUCCEEDED, [value for _, value in ends.values()]) if whole else SKIPPED
    return ends
