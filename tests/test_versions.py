"""One version for all packages, and siblings pinned to it."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

import concurra
import concurra_cli

PROJECTS = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    for path in (Path(__file__).parent.parent / "packages").glob("*/pyproject.toml")
}


def test_three_packages_have_one_version() -> None:
    assert set(PROJECTS) == {"concurra-core", "concurra-cli", "concurra-logging"}
    assert len({project["version"] for project in PROJECTS.values()}) == 1


def test_siblings_are_pinned_to_it() -> None:
    for name, project in PROJECTS.items():
        for requirement in project["dependencies"]:
            if requirement.startswith("concurra"):
                assert requirement == f"concurra-core=={project['version']}", name


def test_the_package_knows_its_version() -> None:
    assert concurra_cli.__version__ == PROJECTS["concurra-cli"]["version"]
    assert concurra.__version__ == version("concurra-core") == PROJECTS["concurra-core"]["version"]
