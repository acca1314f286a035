"""What tasks print and log in their processes comes out in the program, in whole lines."""

from __future__ import annotations

import io
import logging
import re
import sys
from contextvars import ContextVar

import concurra
import process_tasks_probes as probes
import pytest
from platforms import needs_processes
from runners import Records, quiet

pytestmark = needs_processes


def test_lines_come_whole_and_in_the_order_of_each_task(capsys: pytest.CaptureFixture[str]) -> None:
    runner = quiet(max_concurrency=3, use_multiprocessing=True)
    for number in range(6):
        runner.add_task(probes.speak, number)
    assert not any(result["error"] for result in runner.run(verify=False).values())
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert all(re.fullmatch(r"\d: line \d+", line) for line in lines), out
    for number in range(6):
        mine = [line for line in lines if line.startswith(f"{number}:")]
        assert mine == [f"{number}: line {line}" for line in range(20)]
    assert sorted(err.splitlines()) == [f"{number}: trouble" for number in range(6)]


def test_output_goes_where_the_program_has_put_its_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = io.StringIO()
    monkeypatch.setattr(sys, "stdout", ours)
    runner = quiet(use_multiprocessing=True)
    runner.add_task(print, "grüße", "€")
    runner.run(verify=False)
    assert ours.getvalue() == "grüße €\n"


def test_an_unfinished_line_comes_out_too(capsys: pytest.CaptureFixture[str]) -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_task(probes.speak_without_end)
    runner.run(verify=False)
    assert capsys.readouterr().out == "no end of line"


def test_a_flood_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    runner = quiet(max_concurrency=2, use_multiprocessing=True)
    runner.add_task(probes.speak_much, 20_000)
    runner.run(verify=False)
    assert capsys.readouterr().out.splitlines() == [f"{line} {'x' * 100}" for line in range(20_000)]


def test_the_last_words_of_a_worker_that_dies(capsys: pytest.CaptureFixture[str]) -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_task(probes.speak_and_die)
    assert runner.run(verify=False)[0]["status"] == "Failed"
    assert capsys.readouterr().out == "last words\n"


def test_output_of_process_tasks_behind_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_command(["true"], label="command")
    runner.add_task(print, "heard", label="task", depends_on=["command"])
    runner.run(verify=False)
    assert capsys.readouterr().out == "heard\n"


def test_output_of_tasks_within_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    def outer() -> None:
        inner = concurra.TaskRunner(use_multiprocessing=True, progress_stats=False)
        inner.add_task(print, "from deep inside")
        inner.run(verify=False)

    runner = quiet(use_multiprocessing=True)
    runner.add_task(outer)
    assert runner.run(verify=False)[0]["error"] is None
    assert capsys.readouterr().out == "from deep inside\n"


def test_a_stream_that_cannot_be_written_to_loses_no_task(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ours = io.StringIO()
    ours.close()
    monkeypatch.setattr(sys, "stdout", ours)
    runner = quiet(use_multiprocessing=True)
    for number in range(3):
        runner.add_task(print, number)
    assert [result["status"] for result in runner.run(verify=False).values()] == ["Successful"] * 3
    assert sum("is lost" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("level", [logging.DEBUG, logging.ERROR])
def test_log_records_reach_the_handlers_of_the_program(level: int) -> None:
    logger = logging.getLogger("probes.loud")
    records = Records()
    logger.addHandler(records)
    logger.setLevel(level)
    try:
        runner = quiet(use_multiprocessing=True)
        runner.add_task(probes.log, level, label=("log", 1))
        assert runner.run(verify=False)["log", 1]["error"] is None
    finally:
        logger.removeHandler(records)
        logger.setLevel(logging.NOTSET)
    first, second = records.records
    assert (first.name, first.levelno, first.getMessage()) == ("probes.loud", level, "took 3 of them")
    assert first.exc_text is not None
    assert first.exc_text.startswith("Traceback (most recent call last):\n")
    assert "TypeError: can't multiply" in first.exc_text
    assert (vars(first)["order"], second.getMessage()) == (17, "plain")
    assert "lock" in vars(first)
    assert first.funcName == "log"
    assert (vars(second)["label"], vars(second)["attempt"]) == ("('log', 1)", 1)


def test_a_message_that_is_a_dictionary_stays_one() -> None:
    logger = logging.getLogger("probes.loud")
    records = Records()
    logger.addHandler(records)
    try:
        runner = quiet(use_multiprocessing=True)
        runner.add_task(probes.log_dictionaries)
        assert runner.run(verify=False)[0]["error"] is None
    finally:
        logger.removeHandler(records)
    first, second = (vars(record)["msg"] for record in records.records)
    assert first == {"rows": 1}
    assert (second["rows"], second["lock"].startswith("<")) == (1, True)


def test_log_records_are_handled_in_the_context_that_the_run_was_started_in() -> None:
    request: ContextVar[str] = ContextVar("request", default="none")
    logger = logging.getLogger("probes.loud")
    seen: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(request.get())

    handler = Handler()
    logger.addHandler(handler)
    token = request.set("r-7")
    try:
        runner = quiet(use_multiprocessing=True)
        runner.add_task(probes.log, logging.ERROR)
        runner.run(verify=False)
    finally:
        request.reset(token)
        logger.removeHandler(handler)
    assert set(seen) == {"r-7"}


def test_a_warning_of_a_task_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    runner = quiet(use_multiprocessing=True)
    runner.add_task(probes.warn)
    results = runner.run(verify=False)
    assert "UserWarning: old" in capsys.readouterr().err or "UserWarning: old" in str(results[0]["error"])
