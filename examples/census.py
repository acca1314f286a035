"""A census of the standard library of the Python that runs this, into ``census.json`` and ``census.md``.

    count asyncio ──┐               ┌─▶ write census.json
    count json ─────┼─▶ merge ──────┼─▶ write census.md
    count modules a ┘               └─▶ report what cannot be parsed

One task counts one package; modules outside of packages go by their first letter. What a task returns reaches
the next as an argument: `add_task` returns a `Ref`, and a `Ref` among the arguments stands for the result.

A module that cannot be parsed is a failure, and not the end of the census: counting returns it beside what it
could count, both files are written and name it, and the last task fails with the error of each such module.

Run it with ``concurra-cli run examples/census.py`` or ``python examples/census.py``. Parsing is pure Python, which
threads do not make faster: ``python examples/census.py --processes`` counts in worker processes.
"""

from __future__ import annotations

import ast
import json
import platform
import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import concurra

TESTS: Final = frozenset({"test", "tests", "idle_test"})  # folders that test the library and are not of it
LARGEST: Final = 10
MOST_IMPORTED: Final = 10


@dataclass(frozen=True)
class Module:
    """One module that was counted. *imported* holds the outermost names of what it imports from elsewhere."""

    name: str
    package: str | None  # the outermost package it lies in
    lines: int
    functions: int
    classes: int
    imports: int
    imported: tuple[str, ...]


@dataclass(frozen=True)
class Unparsed:
    """One module that could not be counted, and why."""

    name: str
    error: Exception


@dataclass(frozen=True)
class Census:
    """Modules that were counted, and those that could not be."""

    modules: Sequence[Module]
    unparsed: Sequence[Unparsed]


@dataclass(frozen=True)
class Sum:
    """Modules added up."""

    modules: int
    lines: int
    functions: int
    classes: int
    imports: int

    @classmethod
    def of(cls, modules: Sequence[Module]) -> Sum:
        """Add up *modules*."""
        return cls(
            modules=len(modules),
            lines=sum(module.lines for module in modules),
            functions=sum(module.functions for module in modules),
            classes=sum(module.classes for module in modules),
            imports=sum(module.imports for module in modules),
        )


# -- the tasks ---------------------------------------------------------------------------------------------


def count(root: Path, files: Iterable[Path]) -> Census:
    """Parse each of *files*, which lie in the library at *root*."""
    modules: list[Module] = []
    unparsed: list[Unparsed] = []
    for file in files:
        name = module_name(file.relative_to(root))
        try:
            modules.append(count_module(name, file))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            unparsed.append(Unparsed(name, error.with_traceback(None)))
    return Census(modules, unparsed)


def merge(*parts: Census) -> Census:
    """Return all *parts* as one census."""
    return Census(
        sorted((module for part in parts for module in part.modules), key=lambda module: module.name),
        sorted((failure for part in parts for failure in part.unparsed), key=lambda failure: failure.name),
    )


def write_json(census: Census, path: Path) -> str:
    """Write everything there is to know to *path*; return its name."""
    document = {
        "python": platform.python_version(),
        "total": asdict(Sum.of(census.modules)),
        "packages": {name: asdict(total) for name, total in package_sums(census)},
        "imported": dict(importers(census).most_common()),
        "modules": {module.name: asdict(module) for module in census.modules},
        "unparsed": {failure.name: str(failure.error) for failure in census.unparsed},
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return str(path)


def write_markdown(census: Census, path: Path) -> str:
    """Write what is most interesting to *path*; return its name."""
    path.write_text("\n".join(markdown(census)) + "\n", encoding="utf-8")
    return str(path)


def report_unparsed(census: Census) -> int:
    """Fail with the error of every module that could not be parsed; return how many could.

    Raises:
        ExceptionGroup: there are such modules.
    """
    if census.unparsed:
        names = ", ".join(failure.name for failure in census.unparsed)
        raise ExceptionGroup(f"cannot be parsed: {names}", [failure.error for failure in census.unparsed])
    return len(census.modules)


def flow(library: str | None = None, folder: str = ".", processes: bool = False) -> concurra.TaskRunner:
    """Return a runner that takes the census.

    Args:
        library: the folder of the modules to count, by default the standard library.
        folder: where the two files go.
        processes: count in worker processes instead of threads.
    """
    root = Path(library or sysconfig.get_path("stdlib"))
    runner = concurra.TaskRunner(name="census", use_multiprocessing=processes)
    parts = [
        runner.add_task(count, root, files, label=f"count {group}") for group, files in groups(root).items()
    ]
    census = runner.add_task(merge, *parts, label="merge")
    for name, write in {"census.json": write_json, "census.md": write_markdown}.items():
        runner.add_task(write, census, Path(folder, name), label=f"write {name}")
    runner.add_task(report_unparsed, census, label="report what cannot be parsed")
    return runner


# -- how they do it ----------------------------------------------------------------------------------------


def groups(root: Path) -> dict[str, list[Path]]:
    """Return the files of the library at *root*: by package, or by first letter where there is no package."""
    modules: defaultdict[str, list[Path]] = defaultdict(list)
    packages: dict[str, list[Path]] = {}
    for entry in sorted(root.iterdir()):
        if entry.suffix == ".py" and entry.stem.isidentifier():
            letter = entry.stem.lstrip("_")[:1].lower()
            modules[f"modules {letter}"].append(entry)
        # What is no identifier, such as site-packages, is not a package.
        elif entry.is_dir() and entry.name.isidentifier():
            inside = [file for file in sorted(entry.rglob("*.py")) if not is_test(file.relative_to(root))]
            if inside:
                packages[entry.name] = inside
    return packages | dict(sorted(modules.items()))


def is_test(path: Path) -> bool:
    """Return whether *path*, relative to the library, lies among its tests."""
    return not TESTS.isdisjoint(path.parts)


def module_name(path: Path) -> str:
    """Return the name by which *path*, relative to the library, is imported."""
    return ".".join(path.parent.parts if path.stem == "__init__" else path.with_suffix("").parts)


def count_module(name: str, file: Path) -> Module:
    """Parse one module and count what is in it.

    Raises:
        SyntaxError: it is not Python, or not of this version.
        ValueError: it is no text at all.
        OSError: it cannot be read.
    """
    source = file.read_bytes()
    nodes = Counter[type[ast.AST]]()
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source, file)):
        nodes[type(node)] += 1
        imported.update(imported_by(node))
    package = name.partition(".")[0] if "." in name or file.stem == "__init__" else None
    return Module(
        name=name,
        package=package,
        lines=len(source.splitlines()),
        functions=nodes[ast.FunctionDef] + nodes[ast.AsyncFunctionDef],
        classes=nodes[ast.ClassDef],
        imports=nodes[ast.Import] + nodes[ast.ImportFrom],
        imported=tuple(sorted(imported - {package})),
    )


def imported_by(node: ast.AST) -> Iterator[str]:
    """Return the outermost names that *node* imports; a relative import stays at home and does not count."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]


def package_sums(census: Census) -> list[tuple[str, Sum]]:
    """Return each package with its sum, the largest first."""
    members: defaultdict[str, list[Module]] = defaultdict(list)
    for module in census.modules:
        if module.package is not None:
            members[module.package].append(module)
    sums = [(name, Sum.of(modules)) for name, modules in members.items()]
    return sorted(sums, key=lambda package: package[1].lines, reverse=True)


def importers(census: Census) -> Counter[str]:
    """Return by how many modules each module or package is imported, its own members left out."""
    return Counter(name for module in census.modules for name in module.imported)


def markdown(census: Census) -> Iterator[str]:
    """Return the lines of the readable report."""
    total = Sum.of(census.modules)
    yield f"# The standard library of Python {platform.python_version()}\n"
    yield f"{total.modules:,} modules: {total.lines:,} lines, {total.functions:,} functions,"
    yield f"{total.classes:,} classes, {total.imports:,} imports.\n"
    yield "## The largest packages\n"
    rows = [
        (name, *(f"{number:,}" for number in asdict(size).values())) for name, size in package_sums(census)
    ]
    yield from table(("package", "modules", "lines", "functions", "classes", "imports"), rows[:LARGEST])
    yield "\n## The most imported modules\n"
    most = importers(census).most_common(MOST_IMPORTED)
    yield from table(("module", "imported by"), [(name, f"{number:,}") for name, number in most])
    if census.unparsed:
        yield "\n## Could not be parsed\n"
        for failure in census.unparsed:
            yield f"- `{failure.name}`: {failure.error}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the lines of a Markdown table that reads well as it stands: names on the left, numbers right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for place, row in enumerate((head, *rows)):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        yield f"| {' | '.join(cells)} |"
        if place == 0:
            yield f"| {' | '.join(['-' * widths[0], *('-' * (width - 1) + ':' for width in widths[1:])])} |"


if __name__ == "__main__":
    results = flow(processes="--processes" in sys.argv[1:]).run()
    sys.exit(any(result["has_failed"] for result in results.values()))
