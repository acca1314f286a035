"""Every example in a docstring runs."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

PACKAGES = ["concurra", "concurra_core", "concurra_cli", "concurra_logging"]
MODULES = [
    info.name
    for package in PACKAGES
    for info in pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
    if not info.name.endswith("__main__")
]


@pytest.mark.parametrize("name", [*PACKAGES, *MODULES])
def test_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(import_module(name)) if test.examples]
    assert len(found) > 25
