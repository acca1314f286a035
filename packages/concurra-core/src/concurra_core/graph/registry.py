"""The tasks of one graph in the order of adding, and which of them has which label."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from concurra_core.graph.labels import labels_of, unhashable
from concurra_core.model.errors import CycleError, DefinitionError, DuplicateLabelError, LifecycleError
from concurra_core.model.options import TaskOptions
from concurra_core.model.quoting import quoted, spelled
from concurra_core.model.ref import Ref, is_ref
from concurra_core.model.task import NO_INDEXES, Task

# Any: the callable and its arguments are the user's, and are not looked into here.
WorkItem: TypeAlias = tuple[Callable[..., Any], tuple[object, ...], Mapping[str, object] | None, Hashable]


class Registry:
    """Collect tasks, check each at the door, and map its label to its index.

    Safe to call from several threads. A refused task leaves nothing behind.
    """

    def __init__(self, owner: str = "runner", edges: str = "depends_on") -> None:
        self._owner, self._edges = owner, edges  # what errors call the whole, and the option with the labels
        self.tasks: list[Task] = []
        # The index of each task by its label, but for numbers that were given as labels here: the task with the number
        # 7 is the one with the index 7, and an entry would be a fifth of what such a task takes. See `index_of`.
        self._given: dict[Hashable, int] = {}
        # Labels nobody had added yet, by the index of the task that waits for them.
        self.forward: dict[int, Sequence[Hashable]] = {}
        # What need only have settled, by the index of the task that waits for it; see `Plan`.
        self.tolerant: dict[int, frozenset[int]] = {}
        # Joins and spreads, and private limits; see `Plan`. Of a spread, the options of the tasks it will make.
        self.joins: dict[int, Sequence[int] | None] = {}
        self.spreads: dict[int, TaskOptions] = {}
        self.limits: dict[str, int] = {}
        self._lock = threading.RLock()  # `add_all` adds one by one
        self._sealed = False

    def seal(self, sealed: bool = True) -> None:
        """Take no more tasks from now on; with False, take them again."""
        with self._lock:
            self._sealed = sealed

    def add(  # noqa: C901, PLR0912, PLR0915 - a call less a task: most tasks come in by this one function
        self,
        call: Callable[..., object],
        args: tuple[object, ...],
        kwargs: Mapping[str, object] | None,
        options: TaskOptions,
        label: Hashable = None,
        depends_on: Iterable[Hashable] | None = None,
    ) -> Ref[object]:
        """Register a task and return the `Ref` that stands for its result.

        Raises:
            TypeError: *call* is not callable, *label* not hashable, *depends_on* not an iterable of labels.
            DuplicateLabelError: *label* is taken.
            CycleError: the task depends on itself.
            DefinitionError: a `Ref` belongs to another graph.
            LifecycleError: the run has started.
        """
        if not callable(call):
            raise TypeError(
                f"task must be callable, not {quoted(call)}; pass the function itself, without calling it"
            )
        needed: Sequence[Hashable]
        if depends_on is None or type(depends_on) is tuple:  # the common cases, without a call
            needed = depends_on or NO_INDEXES
        else:
            needed = labels_of(depends_on, self._edges)
        with self._lock:
            if self._sealed:
                raise LifecycleError("tasks cannot be added after the start; make a new runner for them")
            tasks = self.tasks
            given = self._given
            index = len(tasks)
            if label is None:
                # One int object serves as label and index.
                label = index if index not in given else self._next_free(index)
            else:
                if type(label) is str:  # no number, and can be hashed
                    taken = label in given
                elif is_ref(label):
                    raise TypeError(
                        f"label must not be the ref of a task, {quoted(label)}; use a str or an int"
                    )
                else:
                    taken = self.has(label)
                if taken or (self.spreads and self._spread_of(label) is not None):
                    raise DuplicateLabelError(label)
            task = Task(index, label, call, args, kwargs or None, options)
            if args or needed:
                self._connect(task, needed)
            if label is not index:
                given[label] = index
            tasks.append(task)  # with the line before it in one go: signals are handled after a call
        return Ref(self, task)

    def add_all(
        self,
        items: Sequence[WorkItem],
        options_of: Callable[[Callable[..., object]], TaskOptions],
    ) -> list[Ref[object]]:
        """Register all *items* or, if one of them is refused, none; errors name its place.

        *options_of* gives the options of each by its callable.

        Raises:
            DuplicateLabelError: a label is taken, also by an automatic one of an earlier item.
            DefinitionError: a `Ref` belongs to another graph.
            LifecycleError: the run has started.
        """
        with self._lock:
            taken = set(self.labels())
            for place, (_, args, _, label) in enumerate(items):
                self.check_owners(args, f"work[{place}]")
                number = len(self.tasks) + place
                while label is None:
                    label = None if number in taken else number  # noqa: PLW2901 - the label it will get
                    number += 1
                if label in taken:
                    raise DuplicateLabelError(label, f"work[{place}]")
                taken.add(label)
            return [
                self.add(call, args, kwargs, options_of(call), label) for call, args, kwargs, label in items
            ]

    def mark_join(self, ref: Ref[object], sources: Sequence[int] | None) -> None:
        """Make the task of *ref* a join: of the tasks with the indexes *sources*, or of the refs in its arguments."""
        with self._lock:
            if sources:
                self.tasks[ref.index].needs = tuple(sources)
            self.joins[ref.index] = sources

    def mark_spread(self, ref: Ref[object], options: TaskOptions) -> None:
        """Make the task of *ref* a spread: a join of tasks with *options* that it will make.

        Raises:
            DuplicateLabelError: a task has a label that one of these will have; the task is not added then.
        """
        with self._lock:
            name = spelled(ref.label)
            alike = [
                self.tasks[index].label for index in self.spreads if spelled(self.tasks[index].label) == name
            ]
            self.spreads[ref.index] = options
            self.joins[ref.index] = ()
            taken = alike or [label for label in self._given if self._spread_of(label) is not None]
            if taken:
                for book in (self.spreads, self.joins, self.forward, self.tolerant):
                    book.pop(ref.index, None)
                self._given.pop(self.tasks.pop().label, None)
                raise DuplicateLabelError(taken[0], f"map {quoted(ref.label)}")

    def has(self, label: Hashable) -> bool:
        """Return whether a task has *label*.

        Raises:
            TypeError: it is not hashable.
        """
        try:
            return self.index_of(label) is not None
        except Exception as error:
            raise unhashable(label, error) from error

    def index_of(self, label: Hashable) -> int | None:
        """Return the index of the task with *label*, None if there is none. Raises what hashing or comparing it does."""
        index = self._given.get(label)
        if index is None:
            # What is equal to a number has the hash of it, which is the number: so a dict would find it, too.
            place = hash(label)
            if 0 <= place < len(self.tasks) and self.tasks[place].label == label:
                return place
        return index

    def labels(self) -> list[Hashable]:
        """Return the labels of all tasks, by index."""
        return [task.label for task in self.tasks]

    def take_in(self, task: Task) -> None:
        """Add *task*, which is of another graph, and wired already."""
        self._given[task.label] = task.index
        self.tasks.append(task)

    def map_of(self, label: Hashable) -> int | None:
        """Return the index of the map that has an item with *label*, or may come to have one; None if none does.

        Raises:
            TypeError: it is not hashable.
        """
        if self.has(label):
            index = self.index_of(label)
            return next((join for join, items in self.joins.items() if items and index in items), None)
        return self._spread_of(label)

    def unknown(self) -> list[tuple[int, Hashable]]:
        """Return the labels that nobody has added, each with the index of a task that waits for it."""
        return [
            (index, label)
            for index, ahead in self.forward.items()
            for label in ahead
            if self.index_of(label) is None
        ]

    @property
    def lock(self) -> threading.RLock:
        """Held around what must not be divided."""
        return self._lock

    def _spread_of(self, label: Hashable) -> int | None:
        """Return the index of the spread that gives *label* to one of its tasks, None if none does."""
        if not isinstance(label, str) or not label.endswith("]"):
            return None
        name, _, number = label[:-1].rpartition("[")
        if not number.isdigit():
            return None
        return next((index for index in self.spreads if spelled(self.tasks[index].label) == name), None)

    def _next_free(self, number: int) -> int:
        """Return the first number from *number* on that is no task's label."""
        while self.index_of(number) is not None:
            number += 1
        return number

    def _connect(self, task: Task, needed: Sequence[Hashable]) -> None:
        """Write down what *task* waits for: refs among its arguments, then *needed* labels and refs."""
        refs = [arg for arg in task.args if is_ref(arg)] if task.args else None
        if refs:
            self._look_at(task, [*refs, *needed])
        elif needed:
            try:  # the common case, without a line of Python a label: all are known
                many = len(needed) > 1
                needs = itemgetter(*needed)(self._given) if many else (self._given[needed[0]],)
            except Exception:  # noqa: BLE001 - as in `add`: each is looked at by itself, once this is dealt with
                needs = NO_INDEXES
            if needs:
                once = len(needs) == 1 or len({*needs}) == len(needs)
                task.needs = needs if once else tuple(dict.fromkeys(needs))
            else:
                self._look_at(task, needed)

    def _look_at(self, task: Task, needed: Iterable[object]) -> None:
        """Write down each label and ref that *task* waits for, and which of these may fail."""
        found: dict[int, bool] = {}  # whether success is needed, by index
        forward: list[Hashable] = []
        for item in needed:
            index = self._look_up(item, task)
            if index is None:
                forward.append(item)
            else:
                strict = not is_ref(item) or item._needs_success  # noqa: SLF001 - a ref is the graph's own
                found[index] = found.get(index, False) or strict
        task.needs = tuple(found)
        if forward:
            self.forward[task.index] = forward
        if not all(found.values()):
            self.tolerant[task.index] = frozenset(index for index, strict in found.items() if not strict)

    def _look_up(self, item: Hashable, task: Task) -> int | None:
        """Return the index behind a label or ref that *task* depends on, None if nobody has added it yet."""
        if is_ref(item):
            return self._own(item, task)
        try:
            index = self.index_of(item)
            itself = index is None and item == task.label  # which is not known yet
        except Exception as error:
            raise TypeError(
                f"{self._edges} holds {quoted(item)}, which is no label: labels are hashable"
            ) from error
        if itself:
            raise CycleError([(item, item)])
        return index

    def _own(self, ref: Ref[object], task: Task) -> int:
        """Return the index behind *ref*, which must have come from this registry."""
        self._check_owner(ref, f"task {quoted(task.label)}")
        return ref.index

    def check_owners(self, args: Iterable[object], place: str) -> None:
        """Refuse refs among *args* that belong to another graph; *place* is what the error calls them.

        Raises:
            DefinitionError: there is one.
        """
        for arg in args:
            if is_ref(arg):
                self._check_owner(arg, place)

    def _check_owner(self, ref: Ref[object], place: str) -> None:
        if not ref._belongs_to(self):  # noqa: SLF001 - as above
            raise DefinitionError(
                f"{quoted(ref)}, given to {place}, belongs to another {self._owner}; "
                f"a ref stands for a result of the {self._owner} that returned it"
            )
