"""Putting a folder of the user's first on the path, without losing the modules that the command is yet to import."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from concurra_cli.talk import tell

# What this command and the packages below it import only when it is needed, so perhaps after the user's folder has come
# first. A test compares the list with the code.
LATE: Final = (
    "array",
    "asyncio",
    "cloudpickle",
    "concurrent",
    "faulthandler",
    "fcntl",
    "json",
    "mmap",
    "networkx",
    "orjson",
    "pickle",
    "random",
    "rich",
    "select",
    "selectors",
    "shutil",
    "socket",
    "subprocess",
    "tabulate",
    "tempfile",
    "tomllib",
)


def put_first(folder: str) -> None:
    """Have modules looked for in *folder* before all other places.

    A file there that is called like a module of `LATE` would take its place, and the command would fail in its midst.
    So the real one is imported before, and it is told: the file can only be imported under another name.
    """
    hidden = [name for name in LATE if name not in sys.modules and _is_in(folder, name)]
    if hidden:
        path = list(sys.path)
        sys.path[:] = [place for place in path if place not in {"", folder}]  # `python -m` starts with it
        try:
            for name in hidden:
                with suppress(ImportError):  # not installed: nobody will need it
                    import_module(name)
                    tell(
                        f"concurra-cli: {name!r} in {folder} has the name of a module that is in use; rename it"
                    )
        finally:
            sys.path[:] = path
    sys.path.insert(0, folder)


def _is_in(folder: str, name: str) -> bool:
    return Path(folder, f"{name}.py").is_file() or Path(folder, name, "__init__.py").is_file()
