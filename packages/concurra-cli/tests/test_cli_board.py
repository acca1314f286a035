"""The live board on a pseudo-terminal: what a user sees, at any width, and that it stays in its place."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from command_line import COMMAND, surroundings

pytest.importorskip("rich")

SHOW = """\
import pathlib, select, sys, concurra

def wait_for(name):
    print("waiting for", name)
    while not pathlib.Path(name).exists():
        select.select([], [], [], 0.01)

def fail():
    raise ValueError("no such \\x1b[2J thing")

def flow():
    flow = concurra.Workflow("show")
    flow.add(fail, label="bad")
    flow.add(wait_for, "go", label="a label that does not fit into a narrow window", timeout=90)
    flow.command(["sh", "-c", "echo written by a command >&2; echo data of a command"], capture_output=False, label="cmd")
    return flow
"""


class Terminal:
    """The command in a terminal of *columns* and *lines*; what it writes is kept in `seen`."""

    def __init__(
        self,
        folder: Path,
        *words: str,
        columns: int = 80,
        lines: int = 24,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.seen = ""
        self.end, other = pty.openpty()
        self.resize(columns, lines)
        self.process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=folder,
            env=surroundings(**{"TERM": "xterm-256color", **more}),
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - nothing else runs here
        )
        os.close(other)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read_until(self, pattern: str, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not re.search(pattern, plain(self.seen)):
            if not self.more(until - time.monotonic()):
                self.process.kill()
                self.process.wait()
                pytest.fail(f"{pattern} never came:\n{self.seen}")

    def more(self, seconds: float) -> bool:
        if not select.select([self.end], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self.end, 1 << 16)
        except OSError:  # how Linux tells the end
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)

    def status(self) -> int:
        while self.more(30):
            continue
        try:
            return self.process.wait(30)
        finally:
            os.close(self.end)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def frames(text: str) -> list[list[str]]:
    """Return the lines of each drawing of the board: they start with a row and end with the counts."""
    return [
        part.split("\r\n")
        for part in re.findall(r"(?:^|\r|\n)((?:  [^\r\n]*\r\n)+many [^\r\n]*\r\n[^\r\n]*)", plain(text))
    ]


@pytest.fixture
def show(etl: Path) -> Path:
    (etl / "show.py").write_text(SHOW)
    return etl


@pytest.mark.parametrize("columns", [80, 40, 0])  # some terminals do not tell
def test_the_board_shows_what_runs_and_failures_come_above(show: Path, columns: int) -> None:
    terminal = Terminal(show, "run", "show", "-j", "2", columns=columns)
    terminal.read_until(r"1 failed.*\b1 running")
    terminal.read_until("written by a command")
    row = r"  a label that [^\r\n]*s / 1:30"
    terminal.read_until(row)
    (show / "go").touch()
    assert terminal.status() == 1
    seen = plain(terminal.seen)
    assert all(len(line) < (columns or 80) for line in re.findall(row, seen))
    for text in ("waiting for go", "written by a command", "Task 'bad' failed with error: ValueError"):
        assert text in seen.replace("\r\n", "")
    assert "\x1b[2J" not in terminal.seen
    assert "show: failed in" in seen.replace("\r\n", "")
    assert "\x1b[?25h" in terminal.seen.rpartition("\x1b[?25l")[2]  # the cursor is back


def test_data_goes_where_it_should_under_a_board(show: Path) -> None:
    (show / "go").touch()
    line = f"{' '.join(COMMAND)} run show --json > out.json"
    end, other = pty.openpty()
    with subprocess.Popen(
        ["bash", "-c", line], cwd=show, env=surroundings(TERM="xterm"), stdin=other, stderr=other
    ) as process:
        os.close(other)
        while select.select([end], [], [], 20)[0]:
            try:
                os.read(end, 1 << 16)
            except OSError:
                break
        assert process.wait() == 1
    os.close(end)
    assert (show / "out.json").read_text().startswith('{"schema": 1')
    assert (show / "out.json").read_text().count("\n") == 1


@pytest.mark.parametrize("columns", [100, 40])
def test_ten_thousand_tasks_leave_the_board_in_its_place(etl: Path, columns: int) -> None:
    terminal = Terminal(etl, "run", "etl:many", "-j", "6", "--json", columns=columns, lines=20)
    assert terminal.status() == 0
    drawn = frames(terminal.seen)
    assert len(drawn) >= 2
    assert all(len(line) < columns for lines in drawn for line in lines)
    heights = [len(lines) for lines in drawn]
    assert heights == sorted(heights)  # it grows to what it needs, and never jumps
    assert heights[-1] <= 8
    assert "many: succeeded in" in plain(terminal.seen).replace("\r\n", "")


def test_the_window_may_change(show: Path) -> None:
    terminal = Terminal(show, "run", "show", columns=90)
    terminal.read_until("1 running")
    terminal.resize(40, 10)
    os.kill(terminal.process.pid, signal.SIGWINCH)
    terminal.seen = ""
    terminal.read_until(r"  a label that does[^\r\n]{0,20}s / 1:30")
    (show / "go").touch()
    assert terminal.status() == 1


def test_ctrl_c_on_the_keyboard_leaves_the_summary(show: Path) -> None:
    terminal = Terminal(show, "run", "show")
    terminal.read_until("1 running")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.status() == 130
    assert "show: cancelled in" in plain(terminal.seen)
    assert "KeyboardInterrupt" not in terminal.seen


@pytest.mark.parametrize(
    ("words", "more", "colored"),
    [((), {}, True), (("--no-color",), {}, False), ((), {"NO_COLOR": "1"}, False)],
)
def test_colours_can_be_left_out(
    show: Path, words: tuple[str, ...], more: dict[str, str], colored: bool
) -> None:
    (show / "go").touch()
    terminal = Terminal(show, "run", "show", *words, more=more)
    assert terminal.status() == 1
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]m", terminal.seen)) == colored


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"GITHUB_ACTIONS": "true"}, {"PYTHONPATH": "without"}])
def test_lines_are_plain_without_a_terminal_for_the_board_or_without_rich(
    show: Path, more: dict[str, str]
) -> None:
    (show / "go").touch()
    (show / "without").mkdir()
    (show / "without" / "sitecustomize.py").write_text("import sys\nsys.modules['rich'] = None\n")
    terminal = Terminal(
        show,
        "run",
        "show",
        more={key: text.replace("without", str(show / "without")) for key, text in more.items()},
    )
    assert terminal.status() == 1
    assert "show progress: [" in terminal.seen
    assert "\x1b[?25l" not in terminal.seen


def test_a_thousand_open_files_do_not_stop_the_board(etl: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2048:
        pytest.skip("so many files cannot be opened here")
    (etl / "files.py").write_text(
        "import concurra, os, resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "kept = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]\n"
        "def chat():\n"
        "    for number in range(5000):\n"
        "        print('so much to say' * 10, number)\n"
        "flow = concurra.Workflow('files')\n"
        "flow.add(chat)\n"
    )
    terminal = Terminal(etl, "run", "files")
    try:
        assert terminal.status() == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()
    seen = plain(terminal.seen)
    assert "so much to say 4999" in seen
    assert "1 running" in seen
    assert "files: succeeded in" in seen


WIDE = "\u6570\u636e\u5904\u7406"  # four letters that take two columns each


def test_wide_letters_take_the_room_that_they_take(etl: Path) -> None:
    (etl / "wide.py").write_text(
        "import concurra\n"
        f"flow = concurra.Workflow('{WIDE * 3}')\n"
        "flow.add(lambda: open('go').close(), label='narrow')\n"
        f"flow.add(lambda: open('go').close(), label='{WIDE}')\n"
        "flow.add(int, after=['narrow'])\n"
    )
    os.mkfifo(etl / "go")
    terminal = Terminal(etl, "run", "wide", "-j", "2", columns=39, more={"PYTHONUTF8": "1"})
    terminal.read_until(r"2 running")
    with (etl / "go").open("w"):
        assert terminal.status() == 0
    drawn = plain(terminal.seen)
    assert re.search(rf"{WIDE}\.\.\. ━* *─+ 0/3\r\n2 running", drawn)
    rows = re.findall(r"\r?\n?(  (?:narrow|\S{4}) +)[0-9.]+s\r\n", drawn)
    assert {row.strip(): len(row) for row in rows} == {"narrow": 12, WIDE: 8}


def test_a_terminal_that_goes_holds_nobody_up(etl: Path) -> None:
    (etl / "chatty.py").write_text(
        "import pathlib, select, concurra\n"
        "def chat():\n"
        "    pathlib.Path('ready').touch()\n"
        "    while not pathlib.Path('gone').exists():\n"
        "        select.select([], [], [], 0.01)\n"
        "    for number in range(5000):\n"
        "        print('so much to say' * 10, number)\n"
        "    pathlib.Path('said').touch()\n"
        "flow = concurra.Workflow('chatty')\n"
        "flow.add(chat)\n"
    )
    terminal = Terminal(etl, "run", "chatty")
    terminal.read_until("1 running")
    os.close(terminal.end)
    (etl / "gone").touch()
    try:
        terminal.process.wait(30)
    finally:
        terminal.process.kill()
        terminal.process.wait()
    assert (etl / "said").exists()
