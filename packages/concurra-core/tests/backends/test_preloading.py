"""What the template imports for its workers, and what it leaves to them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from concurra_core import TaskRunner
from concurra_core.backends.preloading import imports_of


@pytest.fixture
def module_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Make modules of texts that workers can import too, by name."""
    monkeypatch.syspath_prepend(tmp_path)

    def made(name: str, text: str) -> object:
        monkeypatch.setitem(sys.modules, name, sys)  # whatever is there afterwards is as it was before
        del sys.modules[name]
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return importlib.import_module(name)

    return made


def test_what_stands_in_the_module_of_a_task_is_imported_once(module_of: Callable[[str, str], Any]) -> None:
    home = module_of(
        "homely", "import shlex, sys\nfrom re import match\ndef loaded(): return 'shlex' in sys.modules\n"
    )
    assert set(imports_of([home.loaded, home.loaded])) == {"shlex", "re"}
    runner = TaskRunner(use_multiprocessing=True, progress_stats=False)
    runner.add_task(home.loaded, label="loaded")
    assert runner.run(verify=False)["loaded"]["result"] is True


def test_a_module_of_the_users_is_not_taken_for_one_of_the_library(
    module_of: Callable[[str, str], Any],
) -> None:
    module_of("calendar", "print('not for the template')\n")
    home = module_of("shadowed", "import calendar\ndef half(): return 0.5\n")
    assert imports_of([home.half]) == []


def test_what_may_start_something_is_left_to_the_workers(module_of: Callable[[str, str], Any]) -> None:
    home = module_of("busy", "import multiprocessing, socketserver\ndef work(): pass\n")
    assert imports_of([home.work]) == []


def test_functions_that_go_by_value_bring_what_unpickles_them() -> None:
    def local() -> None: ...

    assert "cloudpickle" in imports_of([local])
    assert "cloudpickle" not in imports_of([imports_of])


def test_callables_without_a_home_bring_nothing() -> None:
    class Odd:
        __module__ = None  # type: ignore[assignment] # as some extension types have it

        def __call__(self) -> None: ...

    assert imports_of([Odd(), len]) == []


class Unconfigured:
    """As the settings of a framework are before they are set."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError("settings are not configured")

    @property  # type: ignore[misc] # a proxy is what it stands for
    def __class__(self) -> type:
        raise RuntimeError("settings are not configured")


def test_globals_that_are_lazy_are_not_asked(module_of: Callable[[str, str], Any]) -> None:
    home = module_of("concurra_test_lazy", "import json\ndef task(): ...\n")
    home.settings = Unconfigured()
    assert imports_of([home.task]) == ["json"]


def test_a_module_that_something_else_stands_for_has_no_globals(
    module_of: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = module_of("concurra_test_gone", "import json\ndef task(): ...\n")
    monkeypatch.setitem(sys.modules, "concurra_test_gone", None)  # its import is forbidden
    assert imports_of([home.task]) == []
