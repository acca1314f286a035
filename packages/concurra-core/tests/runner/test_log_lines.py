from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import concurra
import pytest


@pytest.fixture
def logger(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    made = logging.getLogger(f"test.{request.node.name}")
    made.setLevel(logging.INFO)
    yield made
    made.handlers.clear()


class Memory(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelname, record.getMessage()))


def remembered(logger: logging.Logger) -> list[tuple[str, str]]:
    memory = Memory()
    logger.addHandler(memory)
    return memory.lines


def normal(text: str) -> str:
    return re.sub(r"in 0 min \d+\.\d+ sec", "in 0 min 0.0 sec", text)


def divide(a: int, b: int) -> float:
    return a / b


def test_the_lines_of_a_run_that_goes_well(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(max_concurrency=1, logger=logger)
    for label in ("1.10", "007", "1e5"):
        runner.add_task(divide, 10, 2, label=label)
    runner.run()
    assert [(level, normal(text)) for level, text in lines] == [
        ("INFO", "Concurra progress: [########.................] 1/3 [33.33%] in 0 min 0.0 sec"),
        ("INFO", "Concurra progress: [#################........] 2/3 [66.67%] in 0 min 0.0 sec"),
        ("INFO", "Concurra progress: [#########################] 3/3 [100.0%] in 0 min 0.0 sec"),
        (
            "INFO",
            "\n"
            "+---------+--------+------------+------------+\n"
            "| label   | task   | status     | duration   |\n"
            "|---------+--------+------------+------------|\n"
            "| 1.10    | divide | Successful | 0.0 sec    |\n"
            "| 007     | divide | Successful | 0.0 sec    |\n"
            "| 1e5     | divide | Successful | 0.0 sec    |\n"
            "+---------+--------+------------+------------+",
        ),
    ]


def test_the_report_of_failures_is_one_record(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(max_concurrency=1, logger=logger, progress_stats=False)
    runner.add_task(divide, 10, 0, label="divide_by_zero")
    runner.add_task(divide, 1, 1, label="behind", depends_on=["divide_by_zero"])
    runner.run()
    ((level, text),) = lines
    assert level == "ERROR"
    heading, rest = text.split("\n", 1)
    table, paragraphs = rest.split("\nTask ", 1)
    assert heading == "Execution Failed"
    assert [row.split("|")[3].strip() for row in table.splitlines()[3:5]] == ["Failed", "Terminated"]
    assert paragraphs.startswith(
        "'divide_by_zero' failed with error: ZeroDivisionError: division by zero \n"
        " Traceback (most recent call last):\n"
    )
    assert text.endswith(
        "Task 'behind' failed with error: RuntimeError: skipped: dependency 'divide_by_zero' did not succeed"
    )


def test_raising_gives_the_same_text_and_the_failures(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, progress_stats=False)
    runner.add_task(divide, 10, 0, label="x")
    runner.add_task(divide, 10, 1, label="y")
    with pytest.raises(concurra.RunFailedError) as caught:
        runner.run(raise_exception=True, error_message="Nightly broke")
    assert str(caught.value) == lines[0][1]
    assert str(caught.value).startswith("Nightly broke\n")
    assert list(caught.value.failures) == ["x"]
    with pytest.raises(concurra.RunFailedError):
        runner.verify(raise_exception=True)
    runner.get_background_results()
    assert [level for level, _ in lines] == ["ERROR"] * 3


def test_without_verify_there_is_no_report(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, progress_stats=False)
    runner.add_task(divide, 10, 0)
    runner.run(verify=False)
    assert not lines


def test_fast_fail_says_when_it_strikes_and_whom(logger: logging.Logger) -> None:
    lines = remembered(logger)
    gate = threading.Event()
    running = threading.Event()

    def will_succeed() -> None:
        running.set()
        gate.wait(30)

    def will_fail() -> None:
        assert running.wait(10)
        raise RuntimeError("Oops!")

    runner = concurra.TaskRunner(fast_fail=True, max_concurrency=2, logger=logger, progress_stats=False)
    runner.add_task(will_succeed, label="ok")
    runner.add_task(will_fail, label="fail")
    runner.add_task(will_succeed, label="pending")
    runner.run(verify=False)
    gate.set()
    assert lines == [
        ("ERROR", "terminating execution !"),
        ("INFO", "Deleting terminated task: ok, will_succeed"),
    ]


def test_errors_are_logged_when_they_happen_on_request(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, progress_stats=False, log_errors=True, task_retries=1)
    runner.add_task(divide, 10, 0, label="x")
    runner.add_task(divide, 10, 1, label="y", depends_on=["x"])
    runner.run(verify=False)
    assert len(lines) == 2
    for level, text in lines:
        assert level == "ERROR"
        assert text.startswith(
            "Task 'x' failed with error: ZeroDivisionError: division by zero \n Traceback (most"
        )


@pytest.mark.parametrize(
    ("total", "shown"), [(10, list(range(1, 11))), (25, [3, 5, 8, 10, 13, 15, 18, 20, 23, 25])]
)
def test_a_line_a_task_up_to_ten_and_then_every_tenth(
    logger: logging.Logger, total: int, shown: list[int]
) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, name="Run")
    for _ in range(total):
        runner.add_task(divide, 1, 1)
    runner.run(verify=False)
    done = [int(text.split("] ")[1].split("/")[0]) for _, text in lines]
    assert done == shown
    assert all(text.startswith("Run progress: [") for _, text in lines)


def test_the_last_line_comes_whatever_way_tasks_end(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, fast_fail=True, max_concurrency=1)
    runner.add_task(divide, 1, 0)
    for _ in range(30):
        runner.add_task(divide, 1, 1)
    runner.run(verify=False)
    assert "31/31 [100.0%]" in lines[-1][1]


def test_a_long_success_report_says_how_many_rows_it_left_out(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, progress_stats=False)
    for _ in range(150):
        runner.add_task(divide, 1, 1)
    runner.run()
    assert lines[0][1].endswith("... and 50 more tasks, all successful")


def test_a_failure_report_leaves_out_no_failure(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, progress_stats=False)
    for number in range(300):
        runner.add_task(divide, 1, number % 2)
    runner.run()
    assert lines[0][1].count("| Failed") == 150
    assert "... and 150 more tasks, all successful" in lines[0][1]
    assert lines[0][1].count("failed with error") == 150


def test_labels_with_line_breaks_do_not_tear_the_table(logger: logging.Logger) -> None:
    lines = remembered(logger)
    runner = concurra.TaskRunner(logger=logger, progress_stats=False)
    runner.add_task(divide, 1, 1, label="a\nb")
    runner.run()
    assert "| a\\nb" in lines[0][1]


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
