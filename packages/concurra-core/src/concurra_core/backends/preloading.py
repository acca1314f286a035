"""What the template imports before it forks, so that its workers need not: parts of the standard library, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
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
        home = getattr(call, "__module__", None)
        if isinstance(home, str) and home != "builtins":
            homes.add(home)
        if isinstance(call, FunctionType) and (home == "__main__" or "<" in call.__qualname__):
            names[_BY_VALUE] = None
    for home in homes:
        for value in list(vars(sys.modules[home]).values()) if home in sys.modules else ():
            name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            if isinstance(name, str) and name in HARMLESS:
                names[name] = None
    return [name for name in names if name == _BY_VALUE or _is_of_library(name)]


def _is_of_library(name: str) -> bool:
    """Return whether *name* is what the standard library has of that name, and no module of the user's."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is None or (isinstance(file, str) and file.startswith(_LIBRARY))
