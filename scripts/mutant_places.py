"""Where mistakes can be made in a module, and each of them as a `Mutant`.

Left alone are annotations, decorators, texts, what is raised, asserts (invariants for the type checker), aliases of
types and `TYPE_CHECKING` blocks.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mutant_operators import Place, mistakes


class Mutant(NamedTuple):
    """One mistake. *line* is the text of its line, by which it is known when lines move.

    *home* is the outermost function it is in, as its code is called; "" if it acts when the module is imported.
    """

    path: Path
    inside: str
    home: str
    number: int
    line: str
    change: str
    tree: ast.Module
    place: Place
    new: ast.AST

    def planted(self) -> ast.Module:
        """Return the tree with the mistake in it. All mutants of a module share it: to be called once a process."""
        self.place.put(self.new)
        return ast.fix_missing_locations(self.tree)


def mutants_of(path: Path) -> list[Mutant]:
    """Return every mistake that can be made in the module *path*."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    found = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for place, inside, home, bound in _walk(tree, "", "", Counter()):
        for new in mistakes(place, home, bound):
            number = place.node.lineno
            line = lines[number - 1].strip()
            change = f"{_text(place.node)} -> {_text(new)}"
            seen[inside, line, change] += 1
            if seen[inside, line, change] > 1:
                change += f" ({seen[inside, line, change]})"
            ast.copy_location(new, place.node)
            found.append(Mutant(path, inside, home, number, line, change, tree, place, new))
    return found


def _text(node: ast.AST) -> str:
    return "gone" if isinstance(node, ast.Pass) else " ".join(ast.unparse(node).split())


def _walk(
    node: ast.AST, inside: str, home: str, bound: Counter[str]
) -> Iterator[tuple[Place, str, str, Counter[str]]]:
    """Yield each place below *node*, the class or function it is in, and how often names are bound in that."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "exc", "cause", "msg"}:
            continue
        within = home
        if field == "body" and not home and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            within, bound = inside, _bound(node)
        for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                yield Place(node, field, at, child), inside, within, bound
                name = getattr(child, "name", None) if isinstance(child, ast.stmt) else None
                below = ".".join(filter(None, (inside, name)))
                yield from _walk(child, below, within, bound)


def _bound(function: ast.AST) -> Counter[str]:
    nodes = list(ast.walk(function))
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return Counter([*stored, *(node.arg for node in nodes if isinstance(node, ast.arg))])


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Assert() | ast.JoinedStr() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Constant()) | ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
    return False
