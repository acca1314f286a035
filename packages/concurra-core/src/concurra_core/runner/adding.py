"""The ways to add a task, all of them one door: `Registry.add`. Half of `TaskRunner`; the other half runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from concurra_core.graph.registry import Registry
from concurra_core.model.checks import count, demands, items_in, period, seconds, switch
from concurra_core.model.command import Command, directory, environment, exec_line, shell_line
from concurra_core.model.options import DEFAULT_TASK, Lane, TaskOptions
from concurra_core.model.quoting import quoted
from concurra_core.model.ref import Ref
from concurra_core.model.retry import Retry
from concurra_core.model.settings import Settings
from concurra_core.runner.where import lane_of
from concurra_core.runner.work import work_item

# What a task takes of which named limits: sorted pairs.
Uses: TypeAlias = tuple[tuple[str, int], ...]


class Adders:
    """Collect tasks under the options that hold for all of them.

    Args:
        lane: the kind of worker that callables need.
        fallback: the lane of callables that cannot be handed to such a worker, None if there is none.
        timeout: seconds any one task may run, None for no limit.
        task_retries: further attempts after an exception.
        grace: seconds between asking a process to end and ending it.
    """

    def __init__(
        self, *, lane: Lane, fallback: Lane | None, timeout: float | None, task_retries: int, grace: float
    ) -> None:
        self._lane = lane
        self._fallback = fallback
        self._timeout = seconds("timeout", timeout)
        self._retries = count("task_retries", task_retries)
        self._grace = period("grace", grace)
        self._registry = Registry()
        # By the lane, the retries that were said of the task itself, None if nothing was, and what it uses.
        self._options: dict[tuple[Lane, int | None, Uses], TaskOptions] = {}
        self._default = self._options_for(self._lane, None)
        # The callable that was added last, if it is none of coroutines: most neighbours are the same.
        self._last: Callable[..., object] | None = None

    def __len__(self) -> int:
        return len(self._registry.tasks)

    def add_task(
        self,
        /,
        task: Callable[..., object],
        *args: object,
        label: Hashable = None,
        depends_on: Iterable[Hashable] | None = None,
        task_retries: int | None = None,
        **kwargs: object,
    ) -> Ref[Any]:
        """Add a call of *task* with *args* and *kwargs*; return the `Ref` that stands for its result.

        Args:
            task: what to call.
            args: its positional arguments; a `Ref` stands for that task's result and is a dependency.
            label: any hashable; by default the number of tasks added before.
            depends_on: labels or refs of the tasks that must succeed first, also of tasks not yet added.
            task_retries: further attempts after an exception; by default the runner's.
            kwargs: its keyword arguments.

        Raises:
            TypeError: *task* is not callable or an async generator function, *label* not hashable, *depends_on* not an iterable of labels.
            ValueError: *label* is taken, or the task depends on itself.
            RuntimeError: the runner has been started.
        """
        options = self._default
        if task_retries is not None or task is not self._last:
            options = self._options_of(task, task_retries)
        return self._registry.add(task, args, kwargs, options, label, depends_on)

    def add_func(
        self, f: Callable[..., object], /, *args: object, key: Hashable = None, **kwargs: object
    ) -> Ref[Any]:
        """Add a call of *f* labelled *key*; every other keyword is an argument of *f*, whatever its name."""
        return self._registry.add(f, args, kwargs, self._options_of(f, None), key)

    def add_function(
        self,
        f: Callable[..., object],
        args: Iterable[object] | None = None,
        kwargs: Mapping[str, object] | None = None,
        key: Hashable = None,
        log_exception: bool = True,
        depends_on: Iterable[Hashable] | None = None,
        task_retries: int | None = None,
        *,
        uses: Mapping[str, int] | None = None,
    ) -> Ref[Any]:
        """Add a call of *f* with *args* and *kwargs*, labelled *key*.

        *uses* is how much it takes of which of the runner's named limits while it runs, such as ``{"db": 1}``.
        *log_exception* is accepted for callers of old and has no effect; see *log_errors* of the runner.

        Raises:
            TypeError: *args* is not an iterable or *kwargs* not a mapping, and all that `add_task` raises.
        """
        function, positional, named, label = work_item("add_function", (f, args, kwargs, key))
        options = self._options_of(function, task_retries, uses)
        return self._registry.add(function, positional, named, options, label, depends_on)

    def add_work(self, work: Iterable[Sequence[object]]) -> list[Ref[Any]]:
        """Add each item of *work*: ``(f,)``, ``(f, args)``, ``(f, args, kwargs)``, ``(f, args, kwargs, label)``.

        All items are looked at before the first is added.

        Raises:
            TypeError: an item, or a part of one, is of the wrong type; the message names its index.
            ValueError: an item is empty or too long, or its label is taken.
        """
        if isinstance(work, str | bytes) or not isinstance(work, Iterable):
            raise TypeError(f"work must be an iterable of tuples, not {quoted(work)}")
        items = [work_item(f"work[{place}]", item) for place, item in enumerate(items_in("work", work))]
        return self._registry.add_all(items, lambda task: self._options_of(task, None))

    def add_command(
        self,
        command: Sequence[str],
        label: Hashable = None,
        depends_on: Iterable[Hashable] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        capture_output: bool = True,
        text: bool = True,
        task_retries: int | None = None,
        *,
        uses: Mapping[str, int] | None = None,
    ) -> Ref[Any]:
        """Add an external program in exec form, ``["prog", "arg"]``; its result tells what came of it.

        The result is a dict of command, shell, returncode, stdout, stderr and cwd. With *check*, a status
        other than zero is a failure, which keeps the dict. Input is empty; *env* is the whole environment.
        *uses* is as of `add_function`.

        Raises:
            TypeError: *command* is not a list or tuple of str, or an option is of the wrong type.
            ValueError: *command* is empty, and all that `add_task` raises.
        """
        line = exec_line(command)
        made = self._command(line, cwd, env, check=check, capture_output=capture_output, text=text)
        options = self._options_for(Lane.COMMAND, task_retries, uses)
        return self._registry.add(made, (), None, options, label, depends_on)

    def add_shell_command(
        self,
        command: str,
        label: Hashable = None,
        depends_on: Iterable[Hashable] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        capture_output: bool = True,
        text: bool = True,
        task_retries: int | None = None,
        *,
        uses: Mapping[str, int] | None = None,
    ) -> Ref[Any]:
        """Add a line for ``/bin/sh``, such as ``"sort names | uniq"``; otherwise as `add_command`.

        Raises:
            TypeError: *command* is not a str, or an option is of the wrong type.
            ValueError: *command* is blank, and all that `add_task` raises.
        """
        line = shell_line(command)
        made = self._command(line, cwd, env, check=check, capture_output=capture_output, text=text)
        options = self._options_for(Lane.COMMAND, task_retries, uses)
        return self._registry.add(made, (), None, options, label, depends_on)

    def _command(
        self,
        line: tuple[str, ...] | str,
        cwd: object,
        env: object,
        *,
        check: bool,
        capture_output: bool,
        text: bool,
    ) -> Command:
        return Command(
            line=line,
            cwd=directory(cwd),
            env=environment(env),
            check=switch("check", check),
            capture_output=switch("capture_output", capture_output),
            text=switch("text", text),
        )

    @property
    def _limited(self) -> bool:
        """Whether there are tasks that use named limits."""
        return any(uses for _, _, uses in self._options)

    def _options_of(
        self,
        task: Callable[..., object],
        task_retries: int | None,
        uses: Mapping[str, int] | None = None,
    ) -> TaskOptions:
        """Return the options of a call of *task*; coroutine functions run on the event loop."""
        lane = lane_of(task, self._lane)
        self._last = task if lane is self._lane else None
        if task_retries is None and uses is None and lane is self._lane:
            return self._default
        return self._options_for(lane, task_retries, uses)

    def _options_for(
        self, lane: Lane, task_retries: int | None, uses: Mapping[str, int] | None = None
    ) -> TaskOptions:
        """Return the options of a task, one object for all tasks that say the same."""
        own = task_retries is not None
        attempts = count("task_retries", task_retries) if own else self._retries
        used = () if uses is None else demands("uses", uses)
        options = self._options.get((lane, attempts if own else None, used))
        if options is None:
            options = TaskOptions(
                lane=lane,
                timeout=self._timeout,
                grace=self._grace,
                retry=Retry(attempts + 1),
                keep=True,
                uses=used,
                fallback=self._fallback if lane is self._lane else None,
            )
            if options == DEFAULT_TASK and not own:
                options = DEFAULT_TASK
            self._options[lane, attempts if own else None, used] = options
        return options

    def _said(self) -> dict[int, tuple[Settings, Lane]]:
        """Return what was said of tasks themselves, and their lanes, by the id of the options that were made of it."""
        return {
            id(options): (
                Settings(
                    retry=None if own is None else Retry(own + 1),
                    keep=True,
                    uses=uses,
                    fallback=self._fallback if lane is self._lane else None,
                ),
                Lane.THREAD if lane is self._lane else lane,
            )
            for (lane, own, uses), options in self._options.items()
        }
