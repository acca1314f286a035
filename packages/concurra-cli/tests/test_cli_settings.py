"""Flags over variables over pyproject.toml, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from concurra_cli.arguments import parse
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
        "env.A": ("***", "CONCURRA_ENV"),
        "env.B": ("***", f"{file}: env"),
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
    assert {key: setting.value for key, setting in settings.table("env").items()} == {
        "A": "two words",
        "B": "2",
    }


def test_what_goes_on_ends_and_the_other_way_round(tmp_path: Path) -> None:
    pyproject(tmp_path, "[tool.concurra]\nfail-fast = true\n")
    settings = settings_of({"keep-going": ["yes"]}, {}, tmp_path)
    assert (settings.on("keep-going"), settings.on("fail-fast")) == (True, False)
    with pytest.raises(SettingError, match="not both"):
        settings_of({"keep-going": ["yes"], "fail-fast": ["yes"]}, {}, tmp_path)


SWITCHES = ["json", "dry-run", "no-color", "keep-going", "processes", "quiet", "verbose"]


def test_a_flag_switches_off_what_the_file_or_a_variable_switches_on(tmp_path: Path) -> None:
    pyproject(
        tmp_path, "[tool.concurra]\n" + "".join(f"{name} = true\n" for name in SWITCHES if name != "json")
    )
    words = ["--no-json", "--no-dry-run", "--color", "--no-keep-going", "--no-processes"]
    request = parse(["run", "x", *words, "-qq", "--no-quiet", "-v", "--no-verbose"])
    environ = {"CONCURRA_JSON": "1", "NO_COLOR": "1"}
    before = settings_of({}, environ, tmp_path)
    assert [name for name in SWITCHES if not before.on(name)] == []
    settings = settings_of(request.said, environ, tmp_path)
    assert [name for name in SWITCHES if settings.on(name)] == []
    sources = {name: source for name, _, source in settings.rows() if name in SWITCHES}
    assert (sources["no-color"], sources["json"], sources["quiet"]) == ("--color", "--no-json", "--no-quiet")
    assert settings_of(parse(["run", "x", "-vv"]).said, environ, tmp_path).verbosity == 2
    assert settings_of(parse(["run", "x", "--no-fail-fast"]).said, {}, tmp_path).on("keep-going")


def test_an_empty_value_takes_back_what_was_said_before(tmp_path: Path) -> None:
    text = "[tool.concurra]\nselect = ['a']\nexclude = 'b'\nreport = 'r'\nlog-json = 'l'\napp-dir = 'd'\n"
    pyproject(tmp_path, text)
    names = ["select", "exclude", "report", "log-json", "app-dir"]
    assert [bool(settings_of({}, {}, tmp_path).get(name)) for name in names] == [True] * 5
    by_flag = settings_of({name: [""] for name in names}, {}, tmp_path)
    environ = {f"CONCURRA_{name.upper().replace('-', '_')}": "" for name in names}
    by_variable = settings_of({}, environ, tmp_path)
    for settings in (by_flag, by_variable):
        assert [settings.get(name) or None for name in names] == [None] * 5
    assert settings_of({"select": ["", "c"]}, {}, tmp_path).get("select") == ["c"]


def test_what_has_no_value_in_an_environment_must_be_there(tmp_path: Path) -> None:
    found = settings_of({"env": ["TOKEN"]}, {"TOKEN": "secret"}, tmp_path)
    assert found.get("env.TOKEN") is None
    with pytest.raises(SettingError, match="--env: 'TOKEN' is not set; say TOKEN=VALUE"):
        settings_of({"env": ["TOKEN"]}, {}, tmp_path)
    assert ("env.TOKEN", "***", "--env") in found.rows()


def test_what_the_surroundings_say_has_a_source_too(tmp_path: Path) -> None:
    rows = {
        name: (value, source)
        for name, value, source in settings_of(
            {}, {"NO_COLOR": "1", "GITHUB_ACTIONS": "true"}, tmp_path
        ).rows()
    }
    assert rows["no-color"] == (True, "NO_COLOR")
    assert rows["output"] == ("group", "GITHUB_ACTIONS")
    said = settings_of({}, {"NO_COLOR": "1", "CONCURRA_NO_COLOR": "0"}, tmp_path)
    assert not said.on("no-color")


@pytest.mark.parametrize(
    ("text", "words", "as_json"),
    [
        ("json = 'true'", (), True),
        ("json = true", (), True),
        ("json = 'maybe'", (), False),
        ("json = true", ("--no-json",), False),
        ("", ("--json",), True),
    ],
)
def test_a_command_line_that_makes_no_sense_is_told_as_the_settings_say(
    cli: Cli, etl: Path, text: str, words: tuple[str, ...], as_json: bool
) -> None:
    pyproject(etl, f"[tool.concurra]\n{text}\n")
    done = cli("run", "etl", "--nonsense", *words)
    assert (done.returncode, done.stdout[:1]) == (2, "{" if as_json else "")


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
        ("1.25e+07", 12_500_000),
        ("1e-3", 0.001),
        ("2E1m", 1200),
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


def test_patterns_of_the_file_are_for_the_targets_that_have_such_tasks(data: Data, etl: Path) -> None:
    pyproject(etl, "[tool.concurra]\nselect = ['tag:raw', 'tag:loud']\nexclude = ['tag:slow', 'sales']\n")
    assert [*data("run", "etl")["results"]] == ["users"]
    assert [*data("run", "etl", CONCURRA_EXCLUDE="tag:slow")["results"]] == ["users", "sales"]
    assert [*data("run", "etl", "--exclude", "")["results"]] == ["users", "sales"]
    assert len(data("list", "etl:shared", "--select", "")["tasks"]) == 1
    assert data("run", "etl", "-s", "nobody")["error"]["message"].startswith("no task matches 'nobody'")
    assert data("run", "etl", "--exclude", "tag:slow")["error"]["status"] == 4
    pyproject(etl, "[tool.concurra]\nexclude = ['tag:slow']\n")
    assert len(data("list", "etl:shared")["tasks"]) == 1


def test_a_selection_of_the_file_that_matches_nothing_selects_nothing(cli: Cli, etl: Path) -> None:
    pyproject(etl, "[tool.concurra]\nselect = ['tag:raw']\nexclude = ['tag:slow']\n")
    done = cli("run", "etl:shared")
    assert done.returncode == 4
    assert "no task matches 'tag:raw'" in done.stderr
    assert "slow" not in done.stderr
    assert "pyproject.toml: select says so; --select '' takes every task" in done.stderr


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
