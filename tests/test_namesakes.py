"""What the command imports late is known by name, so that no file of the user's takes its place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from concurra_cli.namesakes import LATE

PACKAGES = Path(__file__).parent.parent / "packages"
BEGUN = (
    "import sys, concurra_cli.main, concurra_cli.job, concurra_cli.loading, concurra_core; "
    "concurra_core.Workflow, concurra_core.TaskRunner; print(*sys.modules)"
)
# Only code that has imported them already comes by what uses them here, or a file cannot hide them.
OTHERS = {"gc", "pytest", "structlog"}


def foreign() -> Iterator[str]:
    """Yield what our packages import that is not theirs, wherever in a file."""
    for file in PACKAGES.glob("concurra-*/src/*/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (name.partition(".")[0] for name in names)


def test_the_list_of_late_imports_is_that_of_the_code(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", BEGUN], cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    begun = {*told.stdout.decode().split(), *OTHERS}
    late = {name for name in foreign() if name and not name.startswith(("_", "concurra"))} - begun
    assert late == set(LATE)
