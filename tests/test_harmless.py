"""What docs/explanation/security.md says of what is shown: no terminal obeys it, and no line of it is forged."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import concurra
import pytest
import structlog
from concurra_logging import JsonSink, configure

# A screen that is cleared, a link, a title, a C1 sequence, an overwritten line, and text that runs backwards.
EVIL = "a\x1b[2Jb\x1b]8;;http://x\x07c\x1b]0;t\x07\x9b31m\rd\x08\x07\u202ee"
FORGED = 'fine\n{"event":"task.ended","status":"succeeded","label":"paid"}\r\nERROR:root:forged'


# -- what is shown -----------------------------------------------------------------------------------------


def obeyed(text: str) -> set[str]:
    """Return what of *text* a terminal would take for more than text."""
    return {char for char in text if not char.isprintable() and char not in "\n\t"}


def boom() -> None:
    raise ValueError(EVIL)


boom.__name__ = f"boom{EVIL}"


def test_no_terminal_obeys_the_report_of_a_runner() -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger = logging.getLogger("tests.security")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Keep())

    def bad_sink(event: concurra.Event) -> None:
        raise OSError(EVIL)

    runner = concurra.TaskRunner(
        2, name=EVIL, logger=logger, log_errors=True, fast_fail=True, sinks=[bad_sink]
    )
    runner.add_task(boom, label=EVIL)
    runner.add_task(boom, label="next", depends_on=[EVIL])
    results = runner.run(error_message=EVIL)
    assert len(lines) >= 5
    assert obeyed("".join(lines)) == set(), lines
    assert "a\\x1b[2Jb" in lines[-1]
    assert results[EVIL]["error"] == f"ValueError: {EVIL}"  # data stay what they are
    table = concurra.results_table(results)
    assert obeyed(table) == set()
    assert len({len(line) for line in table.splitlines()}) == 1


EVIL_FLOW = f"""
import concurra
EVIL = {EVIL!r}
def boom():
    raise ValueError(EVIL)
flow = concurra.Workflow(name=EVIL)
bad = flow.add(boom, label="bad" + EVIL)
flow.add(len, bad, label="next" + EVIL)
flow.command(["sh", "-c", "exit 3", EVIL], label="command" + EVIL)
"""


@pytest.mark.parametrize(
    "words",
    [
        "run",
        "run -v",
        "run --json",
        "run -n",
        "plan",
        "list",
        "graph --as text",
        "graph --as dot",
        "graph --as mermaid",
        "validate",
    ],
)
def test_no_terminal_obeys_the_command(tmp_path: Path, words: str) -> None:
    (tmp_path / "flow.py").write_text(EVIL_FLOW)
    program = subprocess.run(
        [sys.executable, "-m", "concurra_cli", *words.split(), "flow.py:flow"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == (words.startswith("run") and words != "run -n"), program.stderr
    assert obeyed(program.stdout + program.stderr) == set()


def test_no_terminal_obeys_what_is_shown_above_the_board() -> None:
    console = pytest.importorskip("rich.console")
    from concurra_cli.board import Board

    board, out = Board.__new__(Board), io.StringIO()
    board._console = console.Console(file=out, force_terminal=True, no_color=True, soft_wrap=True)
    for text in (EVIL, "\x1bc", "\x1bP1\x1b\\", "\x1b[", "\x1b]52;c;eA==\x07", "\x1b\x1b[2J", "\x9d0;t\x9c"):
        board._print(text.encode())
    assert obeyed(out.getvalue()) == set()
    assert out.getvalue().startswith("de\n")  # a line that is overwritten shows what came last


# -- what cannot be forged ---------------------------------------------------------------------------------


def log_forged(how: str) -> None:
    if how == "raise":
        raise ValueError(FORGED)
    if how == "logging":
        logging.getLogger("task").error(FORGED, extra={"also": FORGED})
    else:
        structlog.get_logger("task").error(FORGED, also=FORGED)


@pytest.mark.parametrize("use_multiprocessing", [False, True])
def test_no_text_of_a_task_makes_a_line_of_its_own(use_multiprocessing: bool) -> None:
    lines = _lines_of(json_lines=True, use_multiprocessing=use_multiprocessing)
    found = [json.loads(line) for line in lines.splitlines()]
    assert [line["label"] for line in found if line["event"] == "task.ended"] == [
        FORGED,
        "logging",
        "structlog",
    ]
    assert [line["event"] for line in found if line["event"] == FORGED] == [FORGED] * 2
    assert obeyed(lines) == set()


def test_no_terminal_obeys_lines_for_people() -> None:
    lines = _lines_of(json_lines=False, use_multiprocessing=False)
    assert "ERROR:root:forged" in lines
    assert obeyed(lines) == set()


def _lines_of(*, json_lines: bool, use_multiprocessing: bool) -> str:
    """Return what a run writes whose tasks try to forge lines, events and log lines in one stream."""
    out = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        logging.root.handlers = []
        assert configure(out, json=json_lines, force=True)
        runner = concurra.TaskRunner(1, use_multiprocessing=use_multiprocessing, sinks=[JsonSink(out)])
        runner.add_task(log_forged, "raise", label=FORGED)
        runner.add_task(log_forged, "logging", label="logging")
        runner.add_task(log_forged, "structlog", label="structlog")
        runner.run(verify=False)
    finally:
        logging.root.handlers, logging.root.level = handlers, level
        structlog.reset_defaults()
    return out.getvalue()
