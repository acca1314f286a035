"""Layers import only downwards, and heavy or foreign imports live in one place each. Read off the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parent.parent / "packages"
CORE = PACKAGES / "concurra-core/src/concurra_core"

# A layer may import itself and what stands in its row.
BELOW = {
    "model": set(),
    "graph": {"model"},
    "engine": {"graph", "model"},
    "backends": {"graph", "model"},
    "reporting": {"graph", "model"},
    "runner": {"engine", "backends", "reporting", "graph", "model"},
    "testing": {"runner", "engine", "backends", "reporting", "graph", "model"},
    "__init__": {"runner", "backends", "reporting", "model"},
}
# Files in whole that may import a foreign package; everything else of the kind is a mistake.
HOMES = {
    "networkx": {"graph/validate.py", "graph/analysis.py"},
    "tabulate": {"reporting/table.py"},
    "subprocess": {"backends/child.py"},
    "selectors": {
        *(f"backends/{name}.py" for name in ("child", "ending", "loop", "nursery", "pipes", "hiring")),
        "testing/coroutines.py",
    },
    "socket": {"backends/nursery.py"},
    "marshal": {"backends/setup.py"},
    "cloudpickle": {"backends/worker/arrivals.py", "backends/worker/value.py"},
    "_ctypes": {"backends/worker/template.py"},
    "asyncio": {
        "backends/aio.py",
        "backends/aio_loop.py",
        "runner/awaiting.py",
        "testing/coroutines.py",
        "testing/stage.py",
    },
    "multiprocessing": set(),
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


FILES = sorted(CORE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CORE)))
def test_layers_import_only_downwards(file: Path) -> None:
    layer = file.relative_to(CORE).parts[0].removesuffix(".py")
    for module in imports(file):
        if module.startswith("concurra_core."):
            other = module.split(".")[1]
            assert other == layer or other in BELOW[layer], f"{layer} imports {module}"


@pytest.mark.parametrize("package", HOMES)
def test_heavy_imports_live_in_one_place(package: str) -> None:
    users = {
        str(file.relative_to(CORE))
        for file in FILES
        if any(m.split(".")[0] == package for m in imports(file))
    }
    assert users == HOMES[package]


@pytest.mark.parametrize("adapter", ["concurra-cli", "concurra-logging"])
def test_adapters_know_only_public_names(adapter: str) -> None:
    for file in (PACKAGES / adapter / "src").rglob("*.py"):
        for module in imports(file):
            assert not module.startswith("concurra_core."), f"{file.name} imports {module}"
            others = {"concurra_cli", "concurra_logging"} - {adapter.replace("-", "_")}
            assert module.split(".")[0] not in others


@pytest.mark.parametrize(("package", "home"), [("argparse", "arguments.py"), ("rich", "board.py")])
def test_heavy_imports_of_the_command_live_in_one_place(package: str, home: str) -> None:
    files = (PACKAGES / "concurra-cli" / "src").rglob("*.py")
    assert {file.name for file in files if any(m.split(".")[0] == package for m in imports(file))} == {home}


# The files of the command by what they are about. A file may import others of its layer and what stands in its row.
COMMAND = {
    "words": "__init__ errors manual options printed status talk text trace",
    "settings": "arguments completion pyproject settings target values",
    "loading": "flow loading module namesakes parameters starter",
    "showing": "answer apart board output results screen show spool stdout streams summary table tally teller",
    "doing": "job place rerun signals",
    "verbs": "verbs",
    "main": "__main__ main",
}
COMMAND_BELOW = {
    "words": set(),
    "settings": {"words"},
    "loading": {"words", "settings"},
    "showing": {"words", "settings"},
    "doing": {"words", "settings", "loading", "showing"},
    "verbs": {"words", "settings", "loading", "showing", "doing"},
    "main": {"words", "settings", "showing", "doing"},
}
CLI = PACKAGES / "concurra-cli/src/concurra_cli"
LAYER_OF = {name: layer for layer, names in COMMAND.items() for name in names.split()}


def part_of_the_command(module: str) -> str:
    return [*module.removesuffix(".__init__").split("."), "__init__"][1]


@pytest.mark.parametrize("file", sorted(CLI.rglob("*.py")), ids=lambda file: str(file.relative_to(CLI)))
def test_layers_of_the_command_import_only_downwards(file: Path) -> None:
    layer = LAYER_OF[file.relative_to(CLI).parts[0].removesuffix(".py")]
    for module in imports(file):
        if module.split(".")[0] == "concurra_cli":
            other = LAYER_OF[part_of_the_command(module)]
            assert other == layer or other in COMMAND_BELOW[layer], f"{file.name} imports {module}"


def test_no_files_of_the_command_import_one_another() -> None:
    files = {".".join(file.relative_to(CLI.parent).with_suffix("").parts): file for file in CLI.rglob("*.py")}
    needs = {name: {*imports(file)} & files.keys() for name, file in files.items()}
    assert [*TopologicalSorter(needs).static_order()]  # which raises if there is a ring


def test_files_are_short() -> None:
    for file in PACKAGES.glob("*/src/**/*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 300, file
