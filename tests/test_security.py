"""What docs/explanation/security.md says, tried: what is inherited, what is created, what can be read or forged."""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import concurra
import pytest
from concurra_logging import JsonSink
from platforms import needs_proc

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/explanation/security.md").read_text(encoding="utf-8")
SECRET = "a-word-that-nobody-else-uses"  # noqa: S105 - it only plays one
pytestmark = needs_proc


def quiet(**settings: Any) -> concurra.TaskRunner:
    return concurra.TaskRunner(2, progress_stats=False, **settings)


def inherited() -> dict[str, list[str]]:
    """Return what this worker, and its template, have open."""
    found = {}
    for name, pid in (("worker", "self"), ("template", str(os.getppid()))):
        links = []
        for entry in Path("/proc", pid, "fd").iterdir():
            try:
                links.append(str(entry.readlink()))
            except OSError:  # that of the look itself
                continue
        found[name] = links
    return found


def told_of() -> dict[str, str]:
    """Return what everybody on this machine can read of this worker, and of its template."""
    return {
        name: Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode()
        for name, pid in (("worker", "self"), ("template", str(os.getppid())))
    }


def keep(secret: str) -> str:
    return secret


# -- what is inherited -------------------------------------------------------------------------------------


def test_workers_inherit_no_descriptor_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / SECRET
    path.touch()
    with path.open() as file:
        os.set_inheritable(file.fileno(), True)
        runner = quiet(use_multiprocessing=True)
        runner.add_task(inherited, label="process")
        links = runner.run(verify=False)["process"]["result"]
    assert not any(SECRET in link for who in links.values() for link in who)
    kinds = {re.sub(r"[\d\[\]:]+.*", "", link) for link in links["worker"] if link != f"{Path.cwd()}"}
    assert kinds <= {"pipe", "anon_inode", "/dev/null", "/memfd", "/proc/"}, links


def test_commands_inherit_the_standard_streams_alone(tmp_path: Path) -> None:
    path = tmp_path / SECRET
    path.touch()
    with path.open() as file:
        os.set_inheritable(file.fileno(), True)
        runner = quiet()
        runner.add_command([sys.executable, "-c", "import os; print(os.listdir('/proc/self/fd'))"], label="x")
        listed = ast.literal_eval(runner.run(verify=False)["x"]["result"]["stdout"])
    assert len(listed) == 4, listed  # the look itself takes the fourth
    assert {"0", "1", "2"} < set(listed)


# -- what others can read ----------------------------------------------------------------------------------


def test_the_words_of_workers_hold_no_argument_and_no_variable() -> None:
    worker = concurra.WorkerOptions(env={"TOKEN": SECRET})
    runner = quiet(use_multiprocessing=True, worker=worker)
    runner.add_task(keep, SECRET, label="kept")
    runner.add_task(told_of, label=SECRET, depends_on=["kept"])
    words = runner.run(verify=False)[SECRET]["result"]
    assert words["template"].startswith(sys.executable)
    assert not any(SECRET in said or str(ROOT / "tests") in said for said in words.values()), words


SPOOLED = """
import concurra, os, stat
def look():
    print("look")
    about, path = os.fstat(1), os.readlink("/proc/self/fd/1")
    folder = os.path.dirname(path)
    return [stat.S_IMODE(about.st_mode), stat.S_IMODE(os.stat(folder).st_mode), os.path.basename(folder)]
flow = concurra.Workflow()
flow.add(look, label="look", on="process")
"""


def test_what_the_command_keeps_while_it_runs_is_for_its_user_alone(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(SPOOLED)
    names = set()
    for _ in range(2):
        program = subprocess.run(
            [sys.executable, "-m", "concurra_cli", "run", "--json", "--output", "group", "flow.py:flow"],
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            umask=0,
            capture_output=True,
            text=True,
            check=True,
        )
        (file, folder, name), *_ = [
            result["result"] for result in json.loads(program.stdout)["results"].values()
        ]
        assert (file, folder) == (0o600, 0o700)
        names.add(name)
    assert len(names) == 2  # nobody can know it before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("concurra")] == []


def test_a_report_is_written_beside_its_place_under_a_name_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurra_cli.place import write_whole

    names: list[str] = []
    monkeypatch.setattr(Path, "replace", lambda part, path: names.append(part.name))
    for _ in range(2):
        write_whole(tmp_path / "report.json", "{}")
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"report\.json\.[0-9a-f]{16}\.part", name) for name in names)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_events_is_as_the_umask_has_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        JsonSink(tmp_path / "events")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "events").stat().st_mode) == 0o600


# -- what is trusted ---------------------------------------------------------------------------------------

# Where bytes become objects: each of these reads from a process of the same run, or what it has just made itself.
UNPICKLING = {
    "backends/worker/blame.py",
    "backends/worker/cargo.py",
    "backends/worker/serve.py",
    "backends/spawning.py",
    "model/settled.py",
    "reporting/echo.py",
}


def test_only_what_comes_from_processes_of_the_run_is_unpickled() -> None:
    found = set()
    for path in ROOT.glob("packages/*/src/**/*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"(?<!json\.)(?<!tomllib\.)\b(loads|Unpickler)\(", text):
            found.add(str(path.relative_to(ROOT)).partition("concurra_core/")[2] or str(path))
    assert found == UNPICKLING


def test_nothing_listens_and_nothing_connects() -> None:
    for path in ROOT.glob("packages/*/src/**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & {"listen", "connect", "create_connection", "create_server", "urlopen"}, path


# -- what comes along --------------------------------------------------------------------------------------


def dependencies() -> list[str]:
    """Return the names of what the three packages need, and may use."""
    names: set[str] = set()
    for path in ROOT.glob("packages/*/pyproject.toml"):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        optional = project.get("optional-dependencies", {}).values()
        for need in [*project["dependencies"], *(need for extra in optional for need in extra)]:
            names.add(re.split(r"[=>\[]", need)[0])
    return sorted(name for name in names if not name.startswith("concurra"))


def test_every_dependency_is_listed_with_its_licence() -> None:
    rows = dict(re.findall(r"^\| \[([\w-]+)\]\([^)]*\) \| ([^|]*?) \|", PAGE, re.MULTILINE))
    assert sorted(rows) == dependencies()
    for name, licence in rows.items():
        about: Any = metadata(name)  # it has `get`, which its protocol does not say
        stated = about.get("License-Expression") or about.get("License")
        assert licence.replace(" ", "") in str(stated).replace(" ", ""), (name, stated)
