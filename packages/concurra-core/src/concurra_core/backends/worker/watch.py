"""Waiting for the first import of a module in a worker process. Child-safe."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` itself is no light import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class ImportWatch:
    """Act once a module is imported; at once, if it is. An import hook (PEP 451).

    Args:
        acts: what is to be done, by the name of the module, which it is given.
    """

    def __init__(self, acts: Mapping[str, Callable[[ModuleType], object]]) -> None:
        self._acts = {name: act for name, act in acts.items() if name not in sys.modules}
        self._finding: set[str] = set()
        if self._acts:
            sys.meta_path.insert(0, self)
        for name, act in acts.items():  # in their order: what comes later may build on it
            if name not in self._acts:
                act(sys.modules[name])

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a module that is waited for, where the other finders find it."""
        if name not in self._acts or name in self._finding:
            return None
        from importlib.util import find_spec

        self._finding.add(name)
        try:
            spec = find_spec(name)
        finally:
            self._finding.discard(name)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                self._imported(name, module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign] # this one loader, once
        return spec

    def _imported(self, name: str, module: ModuleType) -> None:
        act = self._acts.pop(name, None)
        if not self._acts and self in sys.meta_path:
            sys.meta_path.remove(self)
        if act is not None:
            act(module)


def calls_of(targets: Mapping[str, str]) -> dict[str, Callable[[ModuleType], object]]:
    """Return what is to be done for *targets*, such as ``"package.module:function"``, by the name of a module."""
    return {name: lambda module, target=target: _call(target) for name, target in targets.items()}  # type: ignore[misc] # bound now


def _call(target: str) -> None:
    """Call *target*. What it raises is shown, and is no task's failure: that one only imports a module."""
    home, _, name = target.partition(":")
    try:
        __import__(home)
        getattr(sys.modules[home], name)()
    except Exception:  # noqa: BLE001 - as above
        import traceback

        traceback.print_exc()
