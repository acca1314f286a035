"""The table of results, where letters take two columns or none."""

from __future__ import annotations

from unicodedata import category

import pytest
from concurra_core import TaskRunner, results_table

WIDE = "\u6570\u636e"  # two columns each
STACKED = "e\u0301"  # one column


@pytest.mark.parametrize("with_wcwidth", [True, False])
def test_letters_take_the_room_that_they_take(monkeypatch: pytest.MonkeyPatch, with_wcwidth: bool) -> None:
    if with_wcwidth:
        pytest.importorskip("wcwidth")
    monkeypatch.setattr("tabulate.WIDE_CHARS_MODE", with_wcwidth)
    runner = TaskRunner(progress_stats=False)
    for label in (WIDE, f" {WIDE * 3} ", STACKED, "plain", "\ue000\ue001"):
        runner.add_task(len, "abc", label=label)
    lines = results_table(runner.run(verify=False)).splitlines()
    bare = ["".join(char for char in line if category(char) != "Mn") for line in lines]
    widths = {len(line) + sum(line.count(char) for char in WIDE) for line in bare}
    assert widths == {len(lines[0])}
    assert lines[3].startswith(f"| {WIDE}         | len ")
    assert lines[7].startswith("| \ue000\ue001           | len ")
