from __future__ import annotations

import pytest
from concurra_core.model.quoting import quoted
from concurra_core.reporting.progress import line, marks
from concurra_core.reporting.results import duration_text
from concurra_core.reporting.wording import shown, task_name


class Broken:
    def __str__(self) -> str:
        raise OSError("no")

    __repr__ = __str__

    @property
    def __name__(self) -> str:
        raise OSError("no")

    def __call__(self) -> None:
        pass


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "0 min 0.0 sec"), (59.999, "1 min 0.0 sec"), (61.5, "1 min 1.5 sec"), (600, "10 min 0 sec")],
)
def test_the_time_of_a_line_is_minutes_and_seconds(seconds: float, told: str) -> None:
    assert line("Run", 1, 1, seconds).endswith(f"1/1 [100.0%] in {told}")


@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 99, 1000, 12345])
def test_there_are_never_more_than_ten_lines_and_the_last_is_at_the_end(total: int) -> None:
    due = marks(total)
    assert len(due) <= 10
    assert due == sorted(set(due))
    assert due[-1:] == ([total] if total else [])


def test_long_durations_are_told_in_minutes() -> None:
    assert [duration_text(seconds) for seconds in (0.0, 60.0, 60.01, 3600.0)] == [
        "0.0 sec",
        "60.0 sec",
        "1.0 min",
        "60.0 min",
    ]


def test_what_cannot_be_shown_is_shown_as_a_plain_object() -> None:
    assert "Broken object" in shown(Broken())
    assert "Broken object" in quoted(Broken())
    assert task_name(Broken()) == "Broken"
