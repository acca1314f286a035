"""Labels, handlers and loggers that misbehave, and programs that configured no logging."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

import concurra
import pytest
from log_memory import remembered
from small_tasks import divide


class Unspeakable:
    def __str__(self) -> str:
        raise OSError("no")

    __repr__ = __str__


def test_a_label_that_cannot_be_shown_costs_nothing(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, fast_fail=True, log_errors=True, max_concurrency=1)
    for divisor in (1, 0, 1):
        runner.add_task(divide, 1, divisor, label=Unspeakable())
    results = runner.run()
    assert [result["status"] for result in results.values()] == ["Successful", "Failed", "Terminated"]
    assert sum("Unspeakable object" in text for _, text in lines) == 2


class Raising(logging.Handler):
    def handle(self, record: logging.LogRecord) -> bool:
        raise SystemExit(record.levelname)


def test_a_handler_that_raises_loses_nothing(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.addHandler(Raising())
    runner = concurra.TaskRunner(logger=logger, max_concurrency=1)
    runner.add_task(divide, 10, 0, label="x")
    assert runner.run()["x"]["status"] == "Failed"
    err = capsys.readouterr().err
    assert err.count("raised SystemExit") == 2
    assert "Execution Failed" in err


class Calling(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.runner: concurra.TaskRunner | None = None

    def emit(self, record: logging.LogRecord) -> None:
        assert self.runner is not None
        self.runner.abort()
        self.runner.is_running()


def test_a_handler_that_calls_back_does_not_deadlock(logger: logging.Logger) -> None:
    handler = Calling()
    logger.addHandler(handler)
    gate = threading.Event()
    handler.runner = concurra.TaskRunner(logger=logger, max_concurrency=1)
    handler.runner.add_task(divide, 1, 1, label="a")
    handler.runner.add_task(gate.wait, 30, label="b")
    results = handler.runner.run()
    gate.set()
    assert [result["status"] for result in results.values()] == ["Successful", "Terminated"]


def test_a_logger_adapter_and_a_look_alike_will_do(logger: logging.Logger) -> None:
    lines = remembered(logger)
    adapter = logging.LoggerAdapter(logger, {"run": 7})
    runner = concurra.TaskRunner(logger=adapter, progress_stats=False)
    runner.add_task(divide, 1, 1)
    runner.run()
    assert lines[0][0] == "INFO"

    class LookAlike:
        said: list[str]

        def __init__(self) -> None:
            self.said = []

        def info(self, message: str, /) -> None:
            self.said.append(f"info {message}")

        def warning(self, message: str, /) -> None:
            self.said.append(f"warning {message}")

        def error(self, message: str, /) -> None:
            self.said.append(f"error {message}")

    other = LookAlike()
    runner = concurra.TaskRunner(max_concurrency=0, logger=other)
    runner.add_task(divide, 1, 0)
    runner.run()
    assert [line.split()[0] for line in other.said] == ["warning", "info", "error"]


SCRIPT = """
import concurra, logging
{setup}
runner = concurra.TaskRunner({options})
runner.add_task(lambda: 1, label="a")
runner.add_task(lambda: 1 / {divisor}, label="b")
print(runner.run()["a"]["result"])
"""


def script(setup: str = "", options: str = "max_concurrency=1", divisor: int = 1) -> tuple[str, str]:
    text = SCRIPT.format(setup=setup, options=options, divisor=divisor)
    done = subprocess.run(
        [sys.executable, "-"], input=text, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout, done.stderr


def test_where_nobody_configured_logging_lines_reach_stderr() -> None:
    out, err = script()
    assert out == "1\n"
    assert err.splitlines()[0].startswith("INFO:concurra.core:Concurra progress: [############....")
    assert "INFO:concurra.core:\n+---------+" in err
    out, err = script(divisor=0)
    assert out == "1\n"
    assert "ERROR:concurra.core:Execution Failed\n+---" in err


@pytest.mark.parametrize(
    "setup",
    [
        "logging.getLogger('concurra').setLevel(logging.ERROR)",
        "logging.getLogger('concurra.core').setLevel(logging.ERROR)",
        "logging.basicConfig(level=logging.ERROR)",
        "logging.disable(logging.INFO)",
        "logging.getLogger('concurra.core').disabled = True",
        "logging.getLogger('concurra').addHandler(logging.NullHandler())",
    ],
)
def test_where_somebody_did_their_word_counts(setup: str) -> None:
    assert script(setup) == ("1\n", "")


def test_the_library_adds_no_handler() -> None:
    setup = "import atexit; atexit.register(lambda: print(logging.getLogger('concurra.core').handlers))"
    assert script(setup)[0] == "1\n[]\n"


@pytest.mark.parametrize("setup", ["import sys; sys.stderr.close()", "import sys; sys.stderr = None"])
def test_a_program_without_stderr_runs_all_the_same(setup: str) -> None:
    assert script(setup, divisor=0) == ("1\n", "")
