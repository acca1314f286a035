"""The first code of a template: it makes modules of the code that was sent along, and hands over to them. Child-safe.

So no path has to lead to them. They are forgotten by name afterwards, so that a task imports the real package.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType, ModuleType
    from typing import Any

_PACKAGE = "concurra_core.backends.worker"
_CONTROL = 3  # the descriptor of the control socket


def boot(modules: Iterable[tuple[str, CodeType]], setup: Mapping[str, Any]) -> None:
    """Be a template, made of the *modules* of this package in their order, in the world that *setup* describes."""
    _import_pickle()
    package = _make(modules)
    for name in [name for name in sys.modules if name.partition(".")[0] == "concurra_core"]:
        del sys.modules[name]
    sys.modules["_concurra_worker"] = package
    package.template.main(_CONTROL, setup)


def _import_pickle() -> None:
    """Import what pickles, which takes one name from `functools`: that loads twenty modules more, for others.

    It gets that name without them, and tasks import the real one.
    """
    import _functools  # type: ignore[import-not-found] # typeshed leaves it out

    made = _module("functools")
    made.__dict__["partial"] = _functools.partial
    import _pickle  # noqa: F401 - once here, for the modules

    del sys.modules["functools"]


def _make(modules: Iterable[tuple[str, CodeType]]) -> ModuleType:
    """Return the package with its *modules*."""
    words = _PACKAGE.split(".")
    for depth in range(len(words)):
        above = _module(".".join(words[: depth + 1]))
        above.__path__ = []
    for name, code in modules:
        made = _module(f"{_PACKAGE}.{name}")
        setattr(above, name, made)
        exec(code, made.__dict__)  # noqa: S102 - the package's own, see `setup`
    return above


def _module(name: str) -> ModuleType:
    made = sys.modules[name] = type(sys)(name)
    return made
