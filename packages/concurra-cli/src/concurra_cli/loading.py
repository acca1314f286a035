"""What a target names: an attribute of its module, or what a function there returns."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, MappingProxyType, ModuleType
from typing import Final

from concurra_core import TaskRunner, Workflow

from concurra_cli.errors import TargetError, hint, user_code
from concurra_cli.module import import_file, import_named
from concurra_cli.namesakes import put_first
from concurra_cli.parameters import bound, required
from concurra_cli.settings import Setting
from concurra_cli.target import Target

_DEFAULTS: Final = ("flow", "runner")  # what a place alone is looked through for
_MISSING: Final = object()
_NOTHING_SAID: Final[Mapping[str, Setting]] = MappingProxyType({})


def load(
    text: str, said: Mapping[str, Setting] = _NOTHING_SAID, app_dir: str | None = None
) -> TaskRunner | Workflow:
    """Return what the target *text* names.

    Args:
        text: the target.
        said: texts for the parameters of the function that it names, if it names one.
        app_dir: where modules are looked for first; None for the current folder.

    Raises:
        TargetError: there is none; the message says what was tried and what there is instead.
        UserCodeError: the target's own code raised.
    """
    target = Target.parse(text)
    folder = _folder(app_dir)
    if target.is_file:
        put_first(folder)  # behind the folder of the file
        module = import_file(target.place)
    else:
        module = import_named(target.place, folder)
    if not target.attr:
        target, found = _default(target, module)
    else:
        found = _attribute(target, module)
    if not isinstance(found, TaskRunner | Workflow):
        return _made(target, found, said)
    flags = [name for name, setting in said.items() if setting.by_flag]
    if flags:
        raise TargetError(f"{target} is no function and has no parameter {flags[0]!r}")
    return found


def _folder(app_dir: str | None) -> str:
    folder = Path.cwd() if app_dir is None else Path(app_dir).resolve()
    if not folder.is_dir():
        raise TargetError(f"app-dir {app_dir!r} is no folder")
    return str(folder)


def _default(target: Target, module: ModuleType) -> tuple[Target, object]:
    """Return the target with the attribute that it leaves out, and that attribute."""
    others: list[tuple[Target, object]] = []
    for name in _DEFAULTS:
        full = Target(target.place, name)
        found = _get(full, module, name)
        if isinstance(found, TaskRunner | Workflow) or callable(found):
            return full, found
        if found is not _MISSING:  # such as `flow = None`, which does not hide the other
            others.append((full, found))
    if others:
        return others[0]
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


def _made(target: Target, factory: object, said: Mapping[str, Setting]) -> TaskRunner | Workflow:
    """Return the workflow or runner that *factory* makes."""
    if not callable(factory):
        raise TargetError(
            f"{target} is {_kind(factory)}, neither a Workflow nor a TaskRunner, nor a function that returns one"
        )
    call = bound(target, factory, said)
    with user_code(f"calling {target}()"):
        made = call()
    if inspect.iscoroutine(made):
        made.close()  # it would complain that nobody waits for it
    if not isinstance(made, TaskRunner | Workflow):
        raise TargetError(f"{target}() returned {_kind(made)}, neither a Workflow nor a TaskRunner")
    return made


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"


def _candidates(owner: object) -> list[str]:
    """Return the names in *owner* that can be run: workflows, runners, and functions of its own that need nothing."""
    home = owner.__name__ if isinstance(owner, ModuleType) else None
    return [
        name
        for name, value in list(getattr(owner, "__dict__", {}).items())
        if isinstance(value, TaskRunner | Workflow) or _is_factory(name, value, home)
    ]


def _is_factory(name: str, value: object, home: str | None) -> bool:
    if not isinstance(value, FunctionType) or name.startswith("_"):
        return False
    return home in {None, value.__module__} and not required(value)
