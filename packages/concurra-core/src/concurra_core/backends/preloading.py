"""What the template imports before it forks, so that its workers need not: parts of the standard library, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Final

# Whose import starts nothing, opens nothing and keeps nothing that a fork would spoil. What is not here, each worker
# imports for itself: above all the user's own modules, of which nobody knows what they do.
HARMLESS: Final = frozenset(
    [
        "__future__",
        "abc",
        "argparse",
        "ast",
        "base64",
        "bisect",
        "calendar",
        "collections",
        "collections.abc",
        "contextlib",
        "contextvars",
        "copy",
        "csv",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "enum",
        "fnmatch",
        "fractions",
        "functools",
        "glob",
        "hashlib",
        "heapq",
        "inspect",
        "io",
        "itertools",
        "json",
        "logging",
        "math",
        "numbers",
        "operator",
        "os",
        "os.path",
        "pathlib",
        "pickle",
        "posixpath",
        "pprint",
        "queue",
        "random",
        "re",
        "shlex",
        "shutil",
        "signal",
        "statistics",
        "string",
        "struct",
        "subprocess",
        "tempfile",
        "textwrap",
        "threading",
        "time",
        "traceback",
        "types",
        "typing",
        "urllib.parse",
        "uuid",
        "warnings",
        "weakref",
        "zlib",
    ]
)
_LIBRARY: Final = f"{str(os.__file__).rpartition('/')[0]}/"
_BY_VALUE: Final = "cloudpickle"
_ENOUGH: Final = 1000  # callables that are looked at
_WITH_A_HOME: Final = (FunctionType, BuiltinFunctionType)


def imports_of(calls: Iterable[Callable[..., object]]) -> list[str]:
    """Return the modules that workers will import for *calls*, of those whose import is harmless.

    A function comes from its module, which imports what stands in it; one that is sent by value brings cloudpickle.

    >>> import textwrap
    >>> imports_of([textwrap.dedent]), imports_of([lambda: 1])[0]
    (['re', 'textwrap'], 'cloudpickle')
    """
    names: dict[str, None] = {}
    homes: set[str] = set()
    for number, call in enumerate({id(call): call for call in calls}.values()):
        if number == _ENOUGH:
            break
        home = _held(call, "__module__")
        if isinstance(home, str) and home != "builtins":
            homes.add(home)
        if isinstance(call, FunctionType) and (home == "__main__" or "<" in call.__qualname__):
            names[_BY_VALUE] = None
    for home in homes:
        for value in list(_globals_of(home).values()):
            name = _home_of(value)
            if isinstance(name, str) and name in HARMLESS:
                names[name] = None
    return [name for name in names if name == _BY_VALUE or _is_of_library(name)]


def _globals_of(name: str) -> dict[str, object]:
    """Return the globals of the module *name*; nothing, if something else stands in its place."""
    try:
        found: dict[str, object] = object.__getattribute__(sys.modules[name], "__dict__")
    except (KeyError, AttributeError):
        return {}
    return found


def _home_of(value: object) -> object:
    """Return the module that *value* is, or comes from, by name. It is not asked itself: it may be lazy, or a lie."""
    kind = type(value)
    if issubclass(kind, ModuleType):
        return _held(value, "__name__")
    return _held(value, "__module__") if kind in _WITH_A_HOME or issubclass(kind, type) else None


def _held(value: object, name: str) -> object:
    try:
        return object.__getattribute__(value, name)
    except Exception:  # noqa: BLE001 - a property of the user's may raise anything
        return None


def _is_of_library(name: str) -> bool:
    """Return whether *name* is what the standard library has of that name, and no module of the user's."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is None or (isinstance(file, str) and file.startswith(_LIBRARY))
