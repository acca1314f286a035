"""The module of a target: imported by its name, or from its file."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

from concurra_cli.errors import TargetError, UserCodeError, hint, user_code
from concurra_cli.namesakes import put_first

_SUFFIX: Final = ".py"
_INIT: Final = "__init__.py"


def import_named(name: str, folder: str) -> ModuleType:
    """Import the module *name*; *folder* comes first among the places where it is looked for.

    Raises:
        TargetError: there is no such module.
        UserCodeError: the module, or one that it imports, cannot be imported.
    """
    put_first(folder)
    try:
        with user_code(f"importing {name}"):
            return import_module(name)
    except UserCodeError as error:
        missing = _missing(error.__cause__)
        parent = missing.rpartition(".")[0]
        # Missing is the target itself or a package it lies in, and not something that the user's code asks for.
        if f"{name}.".startswith(f"{missing}.") and (not parent or parent in sys.modules):
            raise _no_module(missing, folder) from None
        raise


def import_file(path: str) -> ModuleType:
    """Import the file or the package *path*; its folder comes first among the places where it imports from.

    A file that lies in a package is imported as a part of it: the folder around the package comes before its own.

    Raises:
        TargetError: there is no such file.
        UserCodeError: the file, or a module that it imports, cannot be imported.
    """
    file = Path(path).resolve()
    if (file / _INIT).is_file():
        file /= _INIT
    if file.suffix != _SUFFIX or not file.is_file():
        raise _no_file(path, file)
    put_first(str(file.parent))
    if (file.parent / _INIT).is_file():
        found = _import_inside(path, file)
        if found is not None:
            return found
    # A file must not take the place of a module that is in use and happens to be called the same.
    name = f"concurra_target_{file.stem}" if file.stem in sys.modules else file.stem
    spec = spec_from_file_location(name, file)
    assert spec is not None  # noqa: S101 - Invariant: there is a loader for what ends with .py
    assert spec.loader is not None  # noqa: S101 - as above
    module = module_from_spec(spec)
    sys.modules[name] = module  # classes and pickles look their module up there
    with user_code(f"importing {path}"):
        spec.loader.exec_module(module)
    return module


def _import_inside(path: str, file: Path) -> ModuleType | None:
    """Import *file*, which lies in a package, by its dotted name, so that relative imports work.

    None if its name is none, or taken by what lies elsewhere.
    """
    folder, parts = file.parent, [] if file.name == _INIT else [file.stem]
    while (folder / _INIT).is_file():
        folder, parts = folder.parent, [folder.name, *parts]
    known = sys.modules.get(parts[0])
    if not all(part.isidentifier() for part in parts) or (
        known is not None and str(folder / parts[0]) not in getattr(known, "__path__", ())
    ):
        return None
    put_first(str(folder))
    with user_code(f"importing {path}"):
        return import_module(".".join(parts))


def _missing(error: BaseException | None) -> str:
    return (error.name or "") if isinstance(error, ModuleNotFoundError) else ""


def _no_module(missing: str, folder: str) -> TargetError:
    parent, _, name = missing.rpartition(".")
    if not parent:
        known = [module.name for module in iter_modules([folder])]
        return TargetError(f"no module {missing!r} in {folder} or on sys.path{hint(name, known)}")
    places = getattr(sys.modules[parent], "__path__", None)
    if places is None:
        return TargetError(
            f"no module {missing!r}: {parent!r} is not a package; did you mean {parent}:{name}?"
        )
    known = [module.name for module in iter_modules(places)]
    return TargetError(f"no module {name!r} in package {parent!r}{hint(name, known)}")


def _no_file(path: str, file: Path) -> TargetError:
    if file.is_dir():
        known = [inside.name for inside in file.glob(f"*{_SUFFIX}")]
        return TargetError(f"{path!r} is a folder, neither a Python file nor a package{hint('', known)}")
    if file.with_suffix(_SUFFIX).is_file():
        return TargetError(f"no file {path!r}; did you mean {Path(path).with_suffix(_SUFFIX)}?")
    if file.exists():
        return TargetError(f"{path!r} is not a Python file: its name does not end with {_SUFFIX}")
    known = [sibling.name for sibling in file.parent.glob(f"*{_SUFFIX}")]
    return TargetError(f"no file {path!r}{hint(file.name, known)}")
