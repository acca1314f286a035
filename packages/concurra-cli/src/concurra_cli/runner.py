"""The runner of a target: an attribute of its module, or what a function there returns."""

from __future__ import annotations

import inspect
from types import FunctionType, ModuleType
from typing import Final

from concurra_core import TaskRunner

from concurra_cli.errors import TargetError, hint, user_code
from concurra_cli.module import import_file, import_named
from concurra_cli.target import Target

_DEFAULTS: Final = ("flow", "runner")  # what a place alone is looked through for
_MISSING: Final = object()


def load(text: str) -> TaskRunner:
    """Return the runner that the target *text* names.

    Raises:
        TargetError: there is none; the message says what was tried and what there is instead.
        UserCodeError: the target's own code raised.
    """
    target = Target.parse(text)
    module = import_file(target.place) if target.is_file else import_named(target.place)
    if not target.attr:
        target, found = _default(target, module)
    else:
        found = _attribute(target, module)
    return found if isinstance(found, TaskRunner) else _made(target, found)


def _default(target: Target, module: ModuleType) -> tuple[Target, object]:
    """Return the target with the attribute that it leaves out, and that attribute."""
    for name in _DEFAULTS:
        full = Target(target.place, name)
        found = _get(full, module, name)
        if found is not _MISSING:
            return full, found
    known = hint("", _candidates(module))
    raise TargetError(f"{target} has neither {_DEFAULTS[0]!r} nor {_DEFAULTS[1]!r}{known}")


def _attribute(target: Target, module: ModuleType) -> object:
    """Follow the dots of the target's attribute."""
    place, found = target.place, _MISSING
    owner: object = module
    for name in target.attr.split("."):
        found = _get(target, owner, name)
        if found is _MISSING:
            raise TargetError(f"{place} has no attribute {name!r}{hint(name, _candidates(owner))}")
        owner = found
        place = f"{place}.{name}"
    return found


def _get(target: Target, owner: object, name: str) -> object:
    with user_code(f"looking up {target}"):  # a property, or a module's __getattr__
        return getattr(owner, name, _MISSING)


def _made(target: Target, factory: object) -> TaskRunner:
    """Return the runner that *factory* makes."""
    if not callable(factory):
        raise TargetError(
            f"{target} is {_kind(factory)}, neither a TaskRunner nor a function that returns one"
        )
    required = _required(factory)
    if required:
        raise TargetError(f"{target} cannot be called without its arguments: {', '.join(required)}")
    with user_code(f"calling {target}()"):
        made: object = factory()
    if not isinstance(made, TaskRunner):
        raise TargetError(f"{target}() returned {_kind(made)}, not a TaskRunner")
    return made


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"


def _required(factory: object) -> list[str]:
    """Return the names of the arguments that *factory* must have; none if nobody knows."""
    try:
        parameters = inspect.signature(factory).parameters.values()  # type: ignore[arg-type] # it is callable
    except (TypeError, ValueError):
        return []
    loose = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in parameters if each.default is each.empty and each.kind not in loose]


def _candidates(owner: object) -> list[str]:
    """Return the names in *owner* that can be run: runners, and functions of its own that need nothing."""
    home = owner.__name__ if isinstance(owner, ModuleType) else None
    return [
        name
        for name, value in list(getattr(owner, "__dict__", {}).items())
        if isinstance(value, TaskRunner) or _is_factory(name, value, home)
    ]


def _is_factory(name: str, value: object, home: str | None) -> bool:
    if not isinstance(value, FunctionType) or name.startswith("_"):
        return False
    return home in {None, value.__module__} and not _required(value)
