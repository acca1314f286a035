"""How mutants get into a process in which everything is loaded, and how often properties are tried there."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Final

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook  # no public name has it

_EXAMPLES: Final = 30  # of each property
_SETTINGS: Final = "_hypothesis_internal_use_settings"  # no public name says where a test has them


class FewExamples:
    """A plugin: properties are tried a few times, and the same way each time."""

    def pytest_configure(self) -> None:
        """Say so to hypothesis, which pytest wants to import first."""
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "mutants",
            max_examples=_EXAMPLES,
            stateful_step_count=25,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Bring down what tests say themselves, which is above the profile."""
        from hypothesis import settings

        for item in items:
            test = getattr(item, "obj", None)
            own = getattr(test, _SETTINGS, None)
            if isinstance(own, settings) and own.max_examples > _EXAMPLES:
                setattr(test, _SETTINGS, settings(own, max_examples=_EXAMPLES))


def swap(code: CodeType, name: str, living: Sequence[FunctionType]) -> bool:
    """Give the *living* functions called *name* their code from *code*; return False if it does not fit."""
    fresh = [inner for inner in _codes(code) if inner.co_qualname == name]
    if not living or len(fresh) != 1 or any(fresh[0].co_freevars != f.__code__.co_freevars for f in living):
        return False
    for function in living:
        function.__code__ = fresh[0]
    return True


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def import_anew(code: CodeType, path: Path) -> None:
    """Forget all modules of ours and of the tests; *path* will be imported as *code*."""
    # It compiles what it imports by itself, and knows no `get_code`.
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AssertionRewritingHook)]
    root = str(Path.cwd())
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(root) and "/.venv/" not in file and "/scripts/" not in file:
            del sys.modules[name]
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        return code if self.path == str(path) else usual(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment] # in the child only; it is never called on another class
