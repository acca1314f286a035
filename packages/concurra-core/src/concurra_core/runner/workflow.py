"""`Workflow`, the typed face: a graph of tasks that can be looked at, and run any number of times."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Final, Self, Unpack

import attrs

from concurra_core.graph.demands import check_demands
from concurra_core.graph.fan import Spread, gather, limit_of, map_items, map_result
from concurra_core.graph.plan import Plan, make_plan, resolve
from concurra_core.graph.registry import Registry
from concurra_core.model.checks import count, flag, items_in
from concurra_core.model.command import Command, directory, environment
from concurra_core.model.errors import DuplicateLabelError
from concurra_core.model.options import INLINE, Lane, RunOptions, TaskOptions
from concurra_core.model.quoting import quoted, spelled
from concurra_core.model.ref import Ref, is_ref
from concurra_core.model.settings import Defaults, Settings, settings_of
from concurra_core.model.task import Task
from concurra_core.reporting.report import RunReport
from concurra_core.reporting.wording import task_name
from concurra_core.runner.preview import Preview
from concurra_core.runner.run import NOTHING_SAID, Run, Runner, RunSettings
from concurra_core.runner.where import lane_of
from concurra_core.runner.wiring import Wiring

_PLAIN: Final = Settings()
# Where these are said in `add`, they are for the registry.
_PLACES: Final = frozenset({"label", "after"})


class Workflow(Wiring, Preview):
    """Tasks wired to one another by their results.

    Args:
        name: what reports, events and log lines call it.

    >>> flow = Workflow(name="squares")
    >>> numbers = flow.add(range, 4, label="numbers")
    >>> squares = flow.map(lambda number: number**2, numbers, label="square")
    >>> total = flow.add(sum, squares, label="total")
    >>> report = flow.run(max_concurrency=2)
    >>> report[total].value, report["square[3]"].seconds < 1, report.status.value
    (14, True, 'succeeded')
    """

    def __init__(self, name: str = "workflow") -> None:
        if not isinstance(name, str):
            raise TypeError(f"name must be a str, not {quoted(name)}")
        self.name = name
        self._registry = Registry("workflow", "after")
        self._registry.limits[INLINE] = 1
        self._settings: dict[tuple[object, ...], Settings] = {}
        self._options: dict[tuple[Settings, Lane], TaskOptions] = {}
        self._said: dict[int, tuple[Settings, Lane]] = {}  # by the id of the options that were made of it
        self._names: dict[str, int] = {}
        self._map_numbers = itertools.count(1)  # of private limits
        self._last: tuple[object, Lane] = (
            None,
            Lane.THREAD,
        )  # the callable that was added last, and its lane
        self._plain = {lane: self._options_for(_PLAIN, lane) for lane in (Lane.THREAD, Lane.ASYNC)}

    def __len__(self) -> int:
        return len(self._registry.tasks)

    def __repr__(self) -> str:
        return f"<Workflow {self.name!r}: {len(self)} task{'s' * (len(self) != 1)}>"

    @classmethod
    def _over(cls, name: str, registry: Registry, said: Mapping[int, tuple[Settings, Lane]]) -> Self:
        """Return a workflow over the tasks of *registry*; *said* is by the id of the options that were made of it."""
        flow = cls(name)
        registry.limits.update(flow._registry.limits)
        flow._registry = registry
        flow._said = dict(said)
        return flow

    # -- running -----------------------------------------------------------------------------------------

    def run(self, **settings: Unpack[RunSettings]) -> RunReport:
        """Run all tasks and return the report. The same workflow can be run again, and several times at once.

        Raises:
            TypeError: a setting is not known, or of the wrong type.
            ValueError: a setting is out of its range, the graph is broken, or a task can never get what it uses.
            KeyboardInterrupt: Ctrl-C; running tasks were stopped.

        >>> flow = Workflow()
        >>> half = flow.add(lambda: 21)
        >>> whole = flow.add(lambda x: x * 2, half)
        >>> flow.run(max_concurrency=2)[whole].value
        42
        """
        return Runner(**settings).run(self)

    def start(self, **settings: Unpack[RunSettings]) -> Run:
        """Start all tasks and return at once; otherwise as `run`."""
        return Runner(**settings).start(self)

    async def run_async(self, **settings: Unpack[RunSettings]) -> RunReport:
        """Run all tasks while the event loop of the caller goes on; otherwise as `run`. Cancelling aborts it."""
        return await Runner(**settings).run_async(self)

    # -- behind the doors of `Wiring` --------------------------------------------------------------------

    def _add(
        self,
        call: Callable[..., object],
        args: tuple[object, ...],
        label: Hashable,
        after: Iterable[Hashable] | None,
        options: Mapping[str, Any],
    ) -> Ref[Any]:
        last = self._last  # read and written in one step: other threads may add too
        if last[0] is not call:  # most neighbours call the same function
            self._last = last = call, lane_of(call)
        lane = last[1]
        made = self._options_for(self._settings_for(options), lane) if options else self._plain[lane]
        if label is not None:
            return self._registry.add(call, args, None, made, label, after)
        while True:
            name = self._named(call)
            try:
                return self._registry.add(call, args, None, made, name, after)
            except DuplicateLabelError:
                if self._registry.index_of(name) is None:  # an item of a map will have it
                    raise
                # Another thread was faster. A lock around both steps would cost each task a tenth.

    def _gather(self, refs: Iterable[Ref[Any]], label: Hashable) -> Ref[Any]:
        with self._registry.lock:
            return gather(self._registry, refs, self._free("gather") if label is None else label)

    def _map(
        self, call: Callable[..., object], items: object, limit: int | None, options: Mapping[str, Any]
    ) -> Ref[Any]:
        if not callable(call):
            raise TypeError(f"map needs a callable first, not {quoted(call)}")
        if not (is_ref(items) or isinstance(items, Iterable)):
            raise TypeError(f"map needs an iterable of items or a ref to one, not {quoted(items)}")
        settings = self._settings_for(options)
        after = options.get("after")
        lane = lane_of(call)
        given: Any = items  # Any: one or the other, and what is no ref is told by no type
        given = given if is_ref(given) else items_in("items", given)
        with self._registry.lock:  # nobody else is to take the label meanwhile
            label = options.get("label")
            if label is None:
                label = self._named(call)
            if limit is not None:
                name = limit_of(next(self._map_numbers))
                self._registry.limits[name] = count("limit", limit, least=1)
                settings = attrs.evolve(settings, uses=(*settings.uses, (name, 1)))
            made = self._options_for(settings, lane)
            if is_ref(given):
                return map_result(self._registry, call, given, label, made, after)
            return map_items(self._registry, call, given, label, made, after)

    def _command(
        self,
        line: tuple[str, ...] | str,
        *,
        cwd: str | os.PathLike[str] | None,
        env: Mapping[str, str] | None,
        check: bool,
        capture_output: bool,
        text: bool,
        options: Mapping[str, Any],
    ) -> Ref[Any]:
        command = Command(
            line=line,
            cwd=directory(cwd),
            env=environment(env),
            check=flag("check", check),
            capture_output=flag("capture_output", capture_output),
            text=flag("text", text),
        )
        if options.get("on") is not None:
            raise TypeError(f"a command runs in a process of its own; leave out on={quoted(options['on'])}")
        label = options.get("label")
        made = self._options_for(self._settings_for(options), Lane.COMMAND)
        with self._registry.lock:  # as in `_map`
            named = self._free(task_name(command)) if label is None else label
            return self._registry.add(command, (), None, made, named, options.get("after"))

    def _settings_for(self, options: Mapping[str, Any]) -> Settings:
        """Return what *options* say of a task, one object for all tasks that say the same."""
        said = {name: value for name, value in options.items() if name not in _PLACES}
        try:
            # With their types: True and 1 are the same to a dict, and one of them is refused.
            key = (*said.items(), *map(type, said.values()))
            known = self._settings.get(key)
        except Exception:  # noqa: BLE001 - an option that cannot be hashed, such as a dict, or not be told from another
            return settings_of(said)
        if known is None:
            known = self._settings[key] = settings_of(said)
        return known

    def _options_for(self, settings: Settings, lane: Lane) -> TaskOptions:
        options = self._options.get((settings, lane))
        if options is None:
            _check_lane(settings, lane)
            options = self._options[settings, lane] = settings.options(NOTHING_SAID, lane)
            self._said[id(options)] = (settings, lane)
        return options

    def _named(self, call: Callable[..., object]) -> str:
        """Return the label of a task that was given none: what *call* is called, and a number from the second on."""
        return self._free(task_name(call))

    def _free(self, name: str) -> str:
        # From the last number on: if the task was refused that it was meant for, it is free.
        number = self._names.get(name, 1)
        has = self._registry.has
        while True:
            label = name if number == 1 else f"{name}-{number}"
            if not has(label):
                self._names[name] = number
                return label
            number += 1

    # -- a run's own records -----------------------------------------------------------------------------

    def _kinds(self, defaults: Defaults) -> tuple[list[TaskOptions], Iterator[TaskOptions]]:
        """Return the distinct options under *defaults* that tasks may have, and those of each task in turn."""
        made, registry = self._made_under(defaults), self._registry
        own = itertools.chain((task.options for task in registry.tasks), list(registry.spreads.values()))
        return list(made.values()), (made.get(id(options), options) for options in own)

    def _prepared(self, defaults: Defaults, options: RunOptions) -> tuple[list[Task], Plan]:
        """Return records for one run, under the run's *defaults*, and their plan.

        Raises:
            ValueError: the graph is broken, or a task can never get what it uses.
        """
        registry = self._registry
        with registry.lock:  # others may add tasks meanwhile
            return self._records(defaults, options)

    def _records(self, defaults: Defaults, options: RunOptions) -> tuple[list[Task], Plan]:
        registry = self._registry
        resolve(registry)
        tasks = [task.fresh() for task in registry.tasks]
        spreads = dict(registry.spreads)
        if defaults != NOTHING_SAID:
            made = self._made_under(defaults)
            for task in tasks:
                task.options = made.get(id(task.options), task.options)
            spreads = {index: made.get(id(item), item) for index, item in spreads.items()}
        for index, item in spreads.items():
            task = tasks[index]
            task.call = Spread(task.call, spelled(task.label), item)
        check_demands(tasks, spreads, options, registry.limits)
        return tasks, make_plan(registry, tasks, spreads)


def _check_lane(settings: Settings, lane: Lane) -> None:
    if lane is Lane.ASYNC and settings.lane not in {None, Lane.ASYNC}:
        raise ValueError(f"a coroutine function runs on the event loop; leave out on={settings.lane.value!r}")
