"""From the words of a target to a runner, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from concurra_cli.errors import TargetError, UserCodeError
from concurra_cli.loading import load
from concurra_cli.target import Target
from concurra_core import TaskRunner

MODULE = """\
from concurra_core import TaskRunner
from os import getcwd

class Jobs:
    nightly = TaskRunner(name="nightly")

    @property
    def broken(self):
        raise OSError("no")

jobs = Jobs()
runner = TaskRunner(name="runner")

def factory(times=1, *rest, **more):
    return TaskRunner(name="factory")

def needs(path, *, mode, times=1): ...
def forgets(): factory()
def _private(): ...
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module in a fresh current folder; what is imported from there is forgotten afterwards."""
    name = "concurra_cli_test_flows"
    (tmp_path / f"{name}.py").write_text(MODULE)
    package = tmp_path / "concurra_cli_test_jobs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "etl.py").write_text("from concurra_core import TaskRunner\nflow = TaskRunner(name='etl')\n")
    (package / "types.py").write_text(
        "from concurra_core import TaskRunner\nflow = TaskRunner(name='types')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return name


@pytest.mark.parametrize(
    ("text", "place", "attr"),
    [
        ("a", "a", ""),
        ("a.b:c.d", "a.b", "c.d"),
        ("a.py", "a.py", ""),
        ("x/a.py:c.d", "x/a.py", "c.d"),
        ("x:y/a.py", "x:y/a.py", ""),
        ("x:y/a.py:c", "x:y/a.py", "c"),
    ],
)
def test_a_target_is_a_place_and_an_attribute(text: str, place: str, attr: str) -> None:
    target = Target.parse(text)
    assert target == Target(place, attr)
    assert str(target) == text


@pytest.mark.parametrize("text", ["", ":", "a:", ":a", "a b", "a:b c", "a:b.", ".", "a..b", "a-b:c"])
def test_what_is_no_target_is_told_the_forms(text: str) -> None:
    with pytest.raises(TargetError, match=r"a target is module:attr, module, path/file\.py:attr"):
        Target.parse(text)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("{}", "runner"),
        ("{}:runner", "runner"),
        ("{}:factory", "factory"),
        ("{}:jobs.nightly", "nightly"),
        ("{}:Jobs.nightly", "nightly"),
        ("{}.py", "runner"),
        ("{}.py:factory", "factory"),
        ("./{}.py:jobs.nightly", "nightly"),
        ("concurra_cli_test_jobs.etl", "etl"),
        ("concurra_cli_test_jobs.etl:flow", "etl"),
        ("concurra_cli_test_jobs/etl.py", "etl"),
    ],
)
def test_every_form_of_a_target(module: str, target: str, name: str) -> None:
    assert load(target.format(module)).name == name


@pytest.mark.parametrize("flow", ["None", "[]", "{'a': 1}"])
def test_a_name_that_is_no_workflow_hides_no_runner(tmp_path: Path, flow: str) -> None:
    text = f"from concurra_core import TaskRunner\nflow = {flow}\nrunner = TaskRunner(name='found')\n"
    (tmp_path / "both.py").write_text(text)
    found = load(f"{tmp_path}/both.py")
    assert isinstance(found, TaskRunner)
    assert found.workflow().name == "found"
    (tmp_path / "neither.py").write_text(f"flow = {flow}\nrunner = None\n")
    with pytest.raises(TargetError, match=r":flow is .*, neither a Workflow nor a TaskRunner"):
        load(f"{tmp_path}/neither.py")


def test_the_folder_of_a_file_is_where_it_imports_from(module: str, tmp_path: Path) -> None:
    (tmp_path / "concurra_cli_test_jobs" / "top.py").write_text("from etl import flow\n")
    assert load("concurra_cli_test_jobs/top.py").name == "etl"


def test_the_current_folder_comes_behind_it(module: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "top.py").write_text("from concurra_cli_test_jobs.etl import flow\n")
    assert load("elsewhere/top.py").name == "etl"


def test_a_file_in_a_package_is_a_part_of_it(module: str, tmp_path: Path) -> None:
    package = tmp_path / "concurra_cli_test_jobs"
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").write_text("from ..etl import flow\n")
    (package / "deep" / "low.py").write_text("from ..etl import flow as runner\n")
    for target in ("deep", "deep/__init__.py", "deep/low.py", "deep/low.py:runner"):
        assert load(f"concurra_cli_test_jobs/{target}").name == "etl"
    assert sys.modules["concurra_cli_test_jobs.deep.low"].__package__ == "concurra_cli_test_jobs.deep"


def test_a_package_whose_name_is_taken_is_left_alone(module: str, tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("")
    (tmp_path / "json" / "own.py").write_text(
        "from concurra_core import TaskRunner\nflow = TaskRunner(name='own')\n"
    )
    import json

    assert load("json/own.py").name == "own"
    assert sys.modules["json"] is json


def test_a_file_does_not_take_the_place_of_a_module_in_use(module: str) -> None:
    types = sys.modules["types"]
    assert load("concurra_cli_test_jobs/types.py").name == "types"
    assert sys.modules["types"] is types


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("{}:runer", "{} has no attribute 'runer'; did you mean 'runner'?"),
        ("{}:zzz", "{} has no attribute 'zzz'; there are 'factory', 'forgets' and 'runner'"),
        ("{}:jobs.nigthly", "{}.jobs has no attribute 'nigthly'"),
        ("{}:Jobs.nigthly", "{}.Jobs has no attribute 'nigthly'; did you mean 'nightly'?"),
        ("{}:needs", "{}:needs cannot be called without its arguments: path, mode; say -p NAME=VALUE"),
        ("{}:forgets", "{}:forgets() returned None, neither a Workflow nor a TaskRunner"),
        ("{}:getcwd", "{}:getcwd() returned an object of type str, neither a Workflow nor a TaskRunner"),
        (
            "{}:jobs",
            "{}:jobs is an object of type Jobs, neither a Workflow nor a TaskRunner, nor a function that returns one",
        ),
        ("{}x", "no module '{}x' in "),
        ("{}.x", "no module '{}.x': '{}' is not a package; did you mean {}:x?"),
        ("./{}.x.py", "no file './{}.x.py'; did you mean '{}.py'?"),
        ("./{}", "no file './{}'; did you mean {}.py?"),
        ("concurra_cli_test_jobs", "concurra_cli_test_jobs has neither 'flow' nor 'runner'"),
        (
            "concurra_cli_test_jobs.elt",
            "no module 'elt' in package 'concurra_cli_test_jobs'; did you mean 'etl'?",
        ),
        ("concurra_cli_test_jobs/", "concurra_cli_test_jobs/ has neither 'flow' nor 'runner'"),
        ("/", "'/' is a folder, neither a Python file nor a package"),
        ("/dev/null", "'/dev/null' is not a Python file: its name does not end with .py"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(module: str, target: str, message: str) -> None:
    with pytest.raises(TargetError) as caught:
        load(target.replace("{}", module))
    assert message.replace("{}", module) in str(caught.value)


def test_a_package_that_asks_for_the_missing_target_itself(module: str, tmp_path: Path) -> None:
    (tmp_path / "concurra_cli_test_jobs" / "__init__.py").write_text(
        "from concurra_cli_test_jobs.gone import x\n"
    )
    with pytest.raises(
        UserCodeError, match=r"importing concurra_cli_test_jobs\.gone raised ModuleNotFoundError"
    ):
        load("concurra_cli_test_jobs.gone")


def test_an_attribute_that_raises_is_the_users_error(module: str) -> None:
    with pytest.raises(UserCodeError, match="raised OSError") as caught:
        load(f"{module}:jobs.broken")
    assert isinstance(caught.value.__cause__, OSError)
