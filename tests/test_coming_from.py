"""The same flow by other libraries: what the page shows of them comes to what it shows of Concurra, where they are there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from pages import ROOT

PAGE: Final = (ROOT / "docs" / "coming_from.md").read_text(encoding="utf-8")
LIBRARIES: Final = ["concurrent.futures", "joblib", "dask.delayed", "Prefect", "Airflow"]


def block_of(title: str, fence: str) -> str:
    """Return the first block under the heading *title* that *fence* opens."""
    section = PAGE.split(f"## {title}\n", 1)[1]
    return section.split(f"```{fence}\n", 1)[1].split("```", 1)[0]


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_library_has_its_flow_a_table_and_what_it_does_better(library: str) -> None:
    section = PAGE.split(f"## {library}\n", 1)[1].split("\n## ", 1)[0]
    compile(block_of(library, "{code-block} python"), library, "exec")
    assert "| Concurra |" in section
    assert "**What it does better.**" in section


@pytest.mark.parametrize("library", LIBRARIES[:3])
def test_the_flow_comes_to_the_same(library: str, tmp_path: Path) -> None:
    if find_spec(library.partition(".")[0]) is None:
        pytest.skip(f"{library} is not installed")
    names = re.findall(r'"(\w+\.txt)"', PAGE)
    for name in names:
        (tmp_path / name).write_text(f"a text about {name}\n", encoding="utf-8")
    (tmp_path / "steps.py").write_text(PAGE.split("```python\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    code = block_of(library, "{code-block} python")
    if "def fetch_patiently" not in code:  # the page says: as above
        code = block_of(LIBRARIES[0], "{code-block} python").split("if __name__")[0] + code
    (tmp_path / "flow.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "flow.py"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stdout == block_of("Concurra", "text"), done.stderr
