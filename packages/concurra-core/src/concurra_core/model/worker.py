"""What a user may say about the worker processes of a run, frozen and checked at the door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from concurra_core.model.checks import count, seconds, variables
from concurra_core.model.quoting import quoted

# What numerical libraries read to know how many threads to use. Processes times threads would be too many.
THREAD_COUNTS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def _initializer(_: object, field: attrs.Attribute[Callable[[], object] | None], value: object) -> None:
    if value is not None and not callable(value):
        raise TypeError(f"{field.name} must be a callable without arguments or None, not {quoted(value)}")


def _initializer_timeout(_: object, field: attrs.Attribute[float | None], value: object) -> None:
    seconds(field.name, value)


def _max_tasks(_: object, field: attrs.Attribute[int | None], value: object) -> None:
    if value is not None:
        count(field.name, value, least=1)


def _start_method(_: object, field: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or value not in START_METHODS:
        raise ValueError(f"{field.name} must be one of {', '.join(START_METHODS)}, not {quoted(value)}")


def _env(_: object, field: attrs.Attribute[Mapping[str, str]], value: object) -> None:
    variables(field.name, value)


# What worker processes call when they first import a module, by its name. For the whole program.
ON_IMPORT: Final[dict[str, str]] = {}

START_METHODS: Final = ("template", "fork")


@attrs.frozen(kw_only=True)
class WorkerOptions:
    """What holds for every worker process of a run.

    Args:
        initializer: called without arguments in each worker before its first task; if it fails, the run does.
        initializer_timeout: seconds that it may take, None for no limit; where it takes longer, it has failed.
        max_tasks: a worker is replaced after this many tasks, None for never; 1 gives each task a fresh process.
        start_method: "template" forks workers from a small process that has nothing of this one's threads and
            locks. "fork" forks them from this one, for large data that they are to inherit.
        env: environment variables of the workers, on top of the program's own. Variables that tell numerical
            libraries how many threads to use are 1 unless they are set there or here.

    >>> WorkerOptions(max_tasks=1).max_tasks
    1
    """

    initializer: Callable[[], object] | None = attrs.field(default=None, validator=_initializer)
    initializer_timeout: float | None = attrs.field(default=None, validator=_initializer_timeout)
    max_tasks: int | None = attrs.field(default=None, validator=_max_tasks)
    start_method: str = attrs.field(default="template", validator=_start_method)
    env: Mapping[str, str] = attrs.field(factory=dict, validator=_env)


def on_worker_import(module: str, target: str) -> None:
    """Have every worker process of later runs call *target* once it imports *module*, or when it has it already.

    For libraries that have to be set up in each process, and cost nothing where no task uses them. What the call
    raises is written to standard error. The last word on a module counts.

    Args:
        module: the full name of the module.
        target: what is called without arguments, as ``package.module:function``; it is imported in the worker.

    Raises:
        TypeError: an argument is no str.
        ValueError: *target* does not have both names.

    >>> on_worker_import("colorsys", "faulthandler:enable")
    >>> ON_IMPORT.pop("colorsys")  # only for this example: later runs do not hear of it
    'faulthandler:enable'
    """
    for name, value in (("module", module), ("target", target)):
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a str, not {quoted(value)}")
    home, _, function = target.partition(":")
    if not home or not function.isidentifier():
        raise ValueError(f"target must be as 'package.module:function', not {quoted(target)}")
    ON_IMPORT[module] = target


def environment_of(options: WorkerOptions, base: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a worker with *options*, of a program whose environment is *base*."""
    return {**dict.fromkeys(THREAD_COUNTS, "1"), **base, **options.env}
