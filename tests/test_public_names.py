"""The shop window: what is public, that it is what it says, and what looking at it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import concurra
import concurra.core
import concurra_core
import concurra_core.testing
import pytest

HEAVY = ["networkx", "tabulate", "structlog", "asyncio", "multiprocessing", "subprocess"]


def test_all_public_names_load_and_are_listed() -> None:
    assert list(concurra_core.__all__) == sorted(
        concurra_core.__all__, key=lambda name: (name.upper() != name, name)
    )
    for name in concurra_core.__all__:
        assert getattr(concurra_core, name) is getattr(concurra, name)
        assert name in dir(concurra)
        assert name in dir(concurra_core)


def test_the_old_home_of_the_runner_is_the_same_object() -> None:
    assert concurra.core.TaskRunner is concurra.TaskRunner is concurra_core.TaskRunner


@pytest.mark.parametrize("module", [concurra, concurra_core])
def test_other_names_are_refused_in_the_modules_own_name(module: object) -> None:
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'nothing'"):  # type: ignore[attr-defined] # a module
        module.nothing  # type: ignore[attr-defined] # noqa: B018 - the point of the test


@pytest.mark.parametrize("use", ["pass", "concurra.TaskRunner()"])
def test_a_look_loads_nothing_heavy(use: str) -> None:
    script = f"import sys, concurra; {use}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "[]\n"


def test_a_run_that_goes_well_and_is_not_shown_loads_nothing_heavy() -> None:
    script = (
        "import sys, concurra; r = concurra.TaskRunner(progress_stats=False); a = r.add_task(int);"
        f"r.add_task(abs, a, label='b'); r.run(verify=False); print([n for n in {HEAVY} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("Ref", "index label optional or_else outcome"),
        ("Run", "abort active is_running report wait"),
        ("Runner", "run run_async start"),
        ("Halt", "failures never now ratio soon stops_running"),
        ("WorkerOptions", "env initializer initializer_timeout max_tasks start_method"),
    ],
)
def test_what_users_get_into_their_hands_has_no_other_members_than_theirs(name: str, members: str) -> None:
    cls = getattr(concurra_core, name)
    assert " ".join(member for member in dir(cls) if not member.startswith("_")) == members


def test_a_runner_keeps_its_settings_to_itself() -> None:
    assert [name for name in vars(concurra_core.Runner()) if not name.startswith("_")] == []


@pytest.mark.parametrize("module", [concurra, concurra_core, concurra_core.testing])
def test_a_look_lists_each_name_once(module: object) -> None:
    getattr(module, module.__all__[-1])  # type: ignore[attr-defined] # a module; the name is loaded now
    names = module.__dir__()
    assert sorted(set(names)) == sorted(names)


def test_a_file_of_the_program_that_hides_a_module_is_seen_in_the_error(tmp_path: Path) -> None:
    script = tmp_path / "queue.py"
    script.write_text("import concurra\nconcurra.TaskRunner()\n", encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "circular import" in done.stderr
    assert done.stderr.count(str(script)) > 1  # run, and imported in place of the module
