"""The code blocks of a Markdown page: found, run as a reader would run them, and what the page shows of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).resolve().parent.parent

# What a block under a block of code shows: what it wrote to standard output, or to the whole console.
OUTPUTS: Final = frozenset({"text", "json", "console"})
CODE: Final = frozenset({"python", "bash"})

# Runs the blocks of one page in one namespace and tells what each wrote. A program of its own: under pytest,
# logging is configured, and most pages show what happens where it is not.
_DRIVER: Final = """
import contextlib, io, json, sys

class Tee(io.StringIO):
    def __init__(self, console):
        super().__init__()
        self.console = console
    def write(self, text):
        self.console.write(text)
        return super().write(text)

namespace = {"__name__": "__main__"}
told = []
for page, line, code in json.load(sys.stdin):
    console = io.StringIO()
    out = Tee(console)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(console):
        exec(compile("\\n" * (line - 1) + code, page, "exec"), namespace)
    told.append((out.getvalue(), console.getvalue()))
json.dump(told, sys.stdout)
"""


@attrs.frozen(kw_only=True)
class Block:
    """A fenced block. *line* is that of its first line of text; *below* is set if it follows at once on another."""

    page: Path
    line: int
    language: str
    text: str
    below: bool

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@attrs.frozen
class Shown:
    """A block of code that ran, what the page shows of it, and what it really wrote."""

    code: Block
    page: str
    real: str


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of *page* in their order; directives such as ``{toctree}`` are blocks too."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    below = False
    for number, line in lines:
        fence = re.fullmatch(r"(`{3,})([\w{}-]*)(?: .*)?", line)
        if fence is None:
            below = below and not line.strip()
            continue
        text = []
        for _, inner in lines:
            if inner == fence[1]:
                break
            text.append(f"{inner}\n")
        yield Block(page=page, line=number + 1, language=fence[2], text="".join(text), below=below)
        below = True


def run_page(page: Path, cwd: Path) -> list[Shown]:
    """Run all code of *page* in *cwd*, in order; return what the page shows of it beside what it wrote.

    A block whose first line is a comment with a file name is a file that later blocks can use.
    """
    blocks = list(blocks_of(page))
    wrote = _run_python([block for block in blocks if block.language == "python"], cwd)
    shown = []
    for code, output in zip_longest(blocks, blocks[1:]):
        console = output is not None and output.below and output.language == "console"
        if code.language == "bash" and runs(code):
            real = _run_bash(code, cwd, console=console)
        elif code.language == "python":
            real = wrote[code][console]
        else:
            continue
        if output is not None and output.below and output.language in OUTPUTS:
            shown.append(Shown(code, normalised(output.text), normalised(real)))
    return shown


def _run_python(blocks: list[Block], cwd: Path) -> dict[Block, tuple[str, str]]:
    """Return for each block what it wrote to standard output and to the whole console."""
    for block in blocks:
        name = re.match(r"# ([\w/]+\.py)\n", block.text)
        if name is not None:
            (cwd / name[1]).write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _DRIVER],
        input=json.dumps([(str(block.page), block.line, block.text) for block in blocks]),
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: list[tuple[str, str]] = json.loads(done.stdout)
    return dict(zip(blocks, told, strict=True))


# Programs that pages show and that a machine may not have.
TOOLS: Final = frozenset({"jq", "sqlite3", "gzip"})


def runs(block: Block) -> bool:
    """Return whether a block for the shell can be run by a test: one that installs or builds cannot.

    Neither can one with a program that is not there.
    """
    if re.search(r"pip install|^make |^git |^uv ", block.text, re.MULTILINE):
        return False
    return all(shutil.which(tool) for tool in TOOLS & set(re.findall(r"[\w.-]+", block.text)))


def _run_bash(block: Block, cwd: Path, *, console: bool) -> str:
    """Run a block for the shell; return what it wrote to standard output, or to the whole console."""
    done = run_command(f"{{\n{block.text}}} 2>&1" if console else block.text, cwd)
    assert done.returncode == 0, f"{block}: {done.stdout}{done.stderr}"
    return done.stdout


def run_command(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run *line* in a shell that finds the programs beside this Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(  # noqa: S602 - a page shows lines for a shell
        line,
        shell=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PATH": path, "PYTHONWARNINGS": "error", "GITHUB_ACTIONS": ""},
        check=False,
    )


def normalised(text: str) -> str:
    """Return *text* without what differs from run to run: times, dates, run ids, places of files, carets."""
    for pattern, word in (
        (r"\d+(?:\.\d+)? sec *", "N sec "),  # in a table the column is padded after it
        (r"\d+\.\d\d s\b", "N s"),  # in the headline and the lines of a report
        (r'("(?:(?:duration_)?seconds|rate|eta)": ?)(?:[\d.]+(?:e-\d+)?|null)', r"\1N"),
        (r'("(?:timestamp|run_id)": ?)"[^"]*"', r'\1"ID"'),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE"),
        (r'File "[^"]*", line \d+', 'File "F", line N'),
        (r"(?m)^[ ~^]*[~^][ ~^]*\n", ""),
    ):
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
