"""What the template process is told at its start: the code it runs, and the world its workers are to find."""

from __future__ import annotations

import logging
import marshal
import os
import sys
from codecs import lookup
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from types import CodeType
from typing import Any

from concurra_core.backends import worker
from concurra_core.backends.worker.cargo import PackError, pack
from concurra_core.model.errors import TransferError
from concurra_core.model.worker import ON_IMPORT, WorkerOptions


def first_message(options: WorkerOptions, run_id: str, imports: Sequence[str] = ()) -> bytes:
    """Return what the template reads first: code that makes its modules, these, and its setup, with *imports* of its own.

    Raises:
        TransferError: the initializer cannot be pickled.
    """
    (_, boot), *modules = _code()
    data = marshal.dumps((boot, modules, setup_of(options, run_id) | {"imports": list(imports)}))
    return len(data).to_bytes(8, "little") + data


@cache
def _code() -> list[tuple[str, CodeType]]:
    """Return the code of the modules that run there, as this interpreter has compiled it; first of what makes them."""
    code = []
    for name in ("boot", *worker.LOADED):
        spec = find_spec(f"{worker.__name__}.{name}")
        made = None if spec is None else _code_of(spec)
        assert made is not None  # noqa: S101 - Invariant: it is a module of this package
        code.append((name, made))
    return code


def _code_of(spec: ModuleSpec) -> CodeType | None:
    # Loaders of files, of zip archives and of frozen modules have it. One that changes what it loads, as that of
    # pytest does with assertions, has not; and what it makes of a module would need it over there.
    get_code: Callable[[str], CodeType | None] | None = getattr(spec.loader, "get_code", None)
    if get_code is None:
        get_code = SourceFileLoader(spec.name, str(spec.origin)).get_code
    return get_code(spec.name)


def setup_of(options: WorkerOptions, run_id: str) -> dict[str, Any]:
    """Return, in plain types, what workers are to find as it is here."""
    return {
        "pid": os.getpid(),
        "run_id": run_id,
        "path": [str(entry) for entry in sys.path],
        "argv": [str(word) for word in getattr(sys, "argv", [""])],
        "sys": {name: getattr(sys, name) for name in _SYS if isinstance(getattr(sys, name, None), str)},
        "recursion": sys.getrecursionlimit(),
        "digits": sys.get_int_max_str_digits(),
        "files": dict(_unreachable()),
        "streams": (_encoding(sys.stdout, "replace"), _encoding(sys.stderr, "backslashreplace")),
        "levels": dict(_levels()),
        "disabled": logging.root.manager.disable,
        "on_import": dict(ON_IMPORT),
        "initializer": _initializer(options),
    }


# Set by `site`, which the template leaves out, or by whoever embeds the interpreter.
_SYS = ("prefix", "exec_prefix", "executable", "_base_executable", "pycache_prefix")


def _initializer(options: WorkerOptions) -> bytes | None:
    if options.initializer is None:
        return None
    try:
        return pack(options.initializer, outward=True)[0]
    except PackError as error:
        raise TransferError(f"the initializer {options.initializer!r} cannot be pickled: {error}") from None


def _encoding(stream: object, errors: str) -> tuple[str, str]:
    """Return encoding and error handler of *stream*, as far as a worker can have the same."""
    try:
        found, handler = getattr(stream, "encoding", None), getattr(stream, "errors", None)
        lookup(found or "utf-8")
    except Exception:  # noqa: BLE001 - what stands in for a stream may answer with anything
        return "utf-8", errors
    return str(found or "utf-8"), str(handler or errors)


def _levels() -> Iterator[tuple[str, int]]:
    """Return the loggers that have a level of their own."""
    yield "", logging.root.level
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and logger.level:
            yield name, logger.level


def _unreachable() -> Iterator[tuple[str, str]]:
    """Return the files of modules that `sys.path` does not lead to by their names: a loader made them."""
    roots = {os.path.abspath(str(entry)) for entry in sys.path}  # noqa: PTH100 - pathlib costs 8 ms; "" is where we are
    for name, module in list(sys.modules.items()):
        file = _attribute(module, "__file__")
        if name == "__main__" or not isinstance(file, str) or not file.endswith(".py"):
            continue
        stem = name.replace(".", "/")
        for end in (f"/{stem}.py", f"/{stem}/__init__.py"):
            if file.endswith(end) and file[: -len(end)] in roots:
                break
        else:
            if not _in_package(name, file, roots):
                yield name, file


def _in_package(name: str, file: str, roots: Container[str]) -> bool:
    """Return whether the package of *name*, wherever that was found, leads to *file*, and can be found itself."""
    top = sys.modules.get(name.partition(".")[0])
    if _attribute(top, "__file__") is None and not any(
        folder.rpartition("/")[0] in roots for folder in _folders(top)
    ):
        return (
            False  # a package without a file in a folder that no path leads to, as a test runner makes them
        )
    return any(file.startswith(f"{folder}/") for folder in _folders(sys.modules.get(name.rpartition(".")[0])))


def _folders(package: object) -> list[str]:
    try:
        return [str(folder) for folder in _attribute(package, "__path__") or ()]  # type: ignore[attr-defined] # or not
    except TypeError:
        return []


def _attribute(module: object, name: str) -> object:
    """Return what *module* holds as *name*, None if nothing: a lazy one is not asked, or it would be loaded."""
    try:
        held: Mapping[str, object] = object.__getattribute__(module, "__dict__")
    except AttributeError:  # anything can be put there
        return None
    return held.get(name)
