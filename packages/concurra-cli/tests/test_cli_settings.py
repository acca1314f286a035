"""Flags over variables over pyproject.toml, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from concurra_cli.errors import SettingError
from concurra_cli.settings import settings_of

Cli = Callable[..., CompletedProcess[str]]
Data = Callable[..., dict[str, Any]]


def pyproject(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def test_the_nearest_file_counts_then_variables_then_flags(tmp_path: Path) -> None:
    pyproject(tmp_path, "[tool.concurra]\njobs = 1\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    pyproject(inner, "[project]\nname = 'has nothing to say'\n")
    file = pyproject(
        tmp_path / "a",
        "[tool.concurra]\njobs = 2\nretries = 1\ntimeout = '5m'\ndeadline = 90\nselect = ['x*']\nprocesses = true\n"
        "app-dir = 'src'\nquiet = true\nverbose = 2\n[tool.concurra.env]\nA = '1'\nB = 2\n[tool.concurra.param]\nn = [1, 2]\n",
    )
    environ = {
        "CONCURRA_JOBS": "3",
        "CONCURRA_RETRIES": "2",
        "CONCURRA_ENV": "A='two words'",
        "CONCURRA_SELECT": "a 'b c'",
    }
    settings = settings_of({"jobs": ["4"]}, environ, inner)
    told = {name: (value, source) for name, value, source in settings.rows() if source != "default"}
    assert told == {
        "select": (["a", "b c"], "CONCURRA_SELECT"),
        "param.n": (["1", "2"], f"{file}: param"),
        "env.A": ("two words", "CONCURRA_ENV"),
        "env.B": ("2", f"{file}: env"),
        "app-dir": (str(tmp_path / "a" / "src"), f"{file}: app-dir"),
        "jobs": (4, "--jobs"),
        "processes": (True, f"{file}: processes"),
        "timeout": (300.0, f"{file}: timeout"),
        "deadline": (90.0, f"{file}: deadline"),
        "retries": (2, "CONCURRA_RETRIES"),
        "quiet": (1, f"{file}: quiet"),
        "verbose": (2, f"{file}: verbose"),
    }
    assert settings.verbosity == 1


def test_what_goes_on_ends_and_the_other_way_round(tmp_path: Path) -> None:
    pyproject(tmp_path, "[tool.concurra]\nfail-fast = true\n")
    settings = settings_of({"keep-going": ["yes"]}, {}, tmp_path)
    assert (settings.on("keep-going"), settings.on("fail-fast")) == (True, False)
    with pytest.raises(SettingError, match="not both"):
        settings_of({"keep-going": ["yes"], "fail-fast": ["yes"]}, {}, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("job = 1", "unknown key in \\[tool.concurra\\] of .*pyproject.toml: 'job'; did you mean 'jobs'"),
        ("jobs = 'many'", "pyproject.toml: jobs: 'many' is not a whole number"),
        ("jobs = 1.5", "'1.5' is not a whole number"),
        ("jobs = true", "True is not a whole number"),
        ("timeout = '5 minutes'", "'5 minutes' is not a time: say 90, 90s, 5m, 1h30m"),
        ("timeout = 0", "'0' is no time at all"),
        ("processes = 'perhaps'", "'perhaps' is neither yes nor no"),
        ("select = [1]", "\\[1\\] is not a list of texts"),
        ("env = 'A=1'", "'A=1' is not a table"),
        ("output = 'loud'", "'loud' is none of group, stream, failed, none"),
        ("fail-fast = true\nkeep-going = true", "not both"),
        ("jobs = ", "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    pyproject(tmp_path, f"[tool.concurra]\n{text}\n")
    with pytest.raises(SettingError, match=message):
        settings_of({}, {}, tmp_path)


def test_an_unknown_variable_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        SettingError, match="unknown environment variable 'CONCURRA_JOB'; did you mean 'CONCURRA_JOBS'"
    ):
        settings_of({}, {"CONCURRA_JOB": "1"}, tmp_path)
    with pytest.raises(SettingError, match="CONCURRA_LIMIT: 'db' is not KEY=VALUE"):
        settings_of({}, {"CONCURRA_LIMIT": "db"}, tmp_path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1.5h", 5400),
        ("1d", 86400),
        (".5", 0.5),
    ],
)
def test_times(tmp_path: Path, text: str, seconds: float) -> None:
    assert settings_of({"timeout": [text]}, {}, tmp_path).get("timeout") == seconds


def test_show_config_tells_values_and_sources_and_runs_nothing(cli: Cli, data: Data, etl: Path) -> None:
    file = pyproject(etl, "[tool.concurra]\nretries = 1\n")
    done = cli("run", "--show-config", "-j", "4", "-s", "a b", CONCURRA_TIMEOUT="5m")
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}
    assert rows["retries"].split() == ["1", f"{file}:", "retries"]
    assert rows["jobs"].split() == ["4", "--jobs"]
    assert rows["timeout"].split() == ["300", "CONCURRA_TIMEOUT"]
    assert rows["select"].split() == ["'a", "b'", "--select"]
    assert rows["deadline"].split() == ["-", "default"]
    assert rows["output"].split() == ["stream", "default"]
    assert rows["json"].split() == ["false", "default"]
    assert rows["app-dir"].split() == [".", "default"]
    assert (done.returncode, done.stderr) == (0, "")
    assert data("list", "--show-config")["settings"]["retries"] == {"value": 1, "source": f"{file}: retries"}
    wrong = cli("run", "--show-config", CONCURRA_RETRYS="1")
    assert (wrong.returncode, "did you mean 'CONCURRA_RETRIES'" in wrong.stderr) == (2, True)


def test_settings_hold_for_a_run(data: Data, etl: Path) -> None:
    pyproject(
        etl,
        "[tool.concurra]\nselect = ['tag:raw']\n[tool.concurra.param]\nnumber = 4\n[tool.concurra.limit]\ndb = 1\n",
    )
    assert [*data("run", "etl")["results"]] == ["users", "sales"]
    pyproject(
        etl,
        "[tool.concurra]\njson = true\n[tool.concurra.param]\nnumber = 4\n[tool.concurra.limit]\ndb = 1\n",
    )
    assert data("run", "etl:counted")["results"]["said"]["result"].startswith("(4, ")
    assert data("run", "etl:shared")["status"] == "succeeded"
