"""Completion: what a shell offers is what the parser takes, and nobody's code runs for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from concurra_cli.arguments import described
from concurra_cli.main import main
from concurra_cli.manual import SHELLS, VERBS

ASK = """
source ./script
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_concurra_cli
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The scripts by shell; the one for bash is the file `script` too."""
    found = {}
    for shell in SHELLS:
        assert main(["--print-completion", shell]) == 0
        found[shell] = capsys.readouterr().out
    (tmp_path / "script").write_text(found["bash"])
    return found


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_offers_commands_flags_values_and_files(scripts: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "flows.py").write_text("raise SystemExit('it was run')\n")
    (tmp_path / "jobs").mkdir()

    def offered(*words: str) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", ASK, "bash", "concurra-cli", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split()

    flags = {verb: [name for flag in each for name in flag.names] for verb, each in described().items()}
    assert offered("") == [*VERBS, *flags[""]]
    assert offered("va") == ["validate"]
    assert offered("--print-completion", "") == [*SHELLS]
    for verb in VERBS:
        assert offered(verb, "-") == flags[verb]
    assert offered("run", "--output", "") == ["group", "stream", "failed", "none"]
    assert offered("graph", "flows", "--as", "m") == ["mermaid"]
    assert offered("run", "-p", "") == []
    assert sorted(offered("run", "")) == ["flows.py", "jobs"]
    assert offered("run", "--app-dir", "") == ["jobs"]
    assert sorted(offered("run", "x", "--report", "")) == ["flows.py", "jobs", "script"]


def test_every_shell_is_told_every_flag(scripts: dict[str, str]) -> None:
    for flag in {flag for each in described().values() for flag in each}:
        for name in flag.names:
            assert f" {name}" in scripts["bash"] or f'"{name}' in scripts["bash"]
            assert f"*{name}[" in scripts["zsh"]
            word = f"-l {name[2:]} " if name.startswith("--") else f"-s {name[1:]} "
            assert word in scripts["fish"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_can_read_its_script(scripts: dict[str, str], shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    subprocess.run([shell, "-n"], input=scripts[shell], text=True, check=True)


def test_a_shell_that_is_not_known_is_told_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print-completion", "csh"]) == 2
    assert "choose from" in capsys.readouterr().err


def test_completion_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from concurra_cli.main import main\n"
        "main(['--print-completion', 'bash'])\n"
        "heavy = {'concurra_core', 'networkx', 'structlog', 'rich', 'asyncio', 'attr', 'inspect'}\n"
        "print(*heavy & {*sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
