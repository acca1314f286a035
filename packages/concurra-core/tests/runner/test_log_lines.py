"""The log lines of a run: progress, reports, errors."""

from __future__ import annotations

import logging
import re
import threading

import concurra
import pytest
from log_memory import remembered
from small_tasks import divide


def normal(text: str) -> str:
    return re.sub(r"in 0 min \d+\.\d+ sec", "in 0 min 0.0 sec", text)


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
