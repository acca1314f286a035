"""Whatever a task returns, the JSON is valid; whatever a label holds, a terminal shows it and does not obey."""

from __future__ import annotations

import json
from typing import Any

import pytest
from concurra_cli.show import json_text
from concurra_cli.table import table_of
from concurra_cli.text import harmless, one_line
from concurra_core import TaskRunner, results_table


class Nasty:
    """Cannot be shown."""

    def __repr__(self) -> str:
        raise OSError("no")


def _through_json(value: object) -> Any:  # Any: what JSON holds
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(json_text({"results": {"task": {"result": value}}}), parse_constant=refuse)["results"][
        "task"
    ]["result"]


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "é\n", [1, [2]], {"a": {"b": []}}])
def test_what_json_knows_stays(value: object) -> None:
    assert _through_json(value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({1}, "{1}"),
        (b"x", "b'x'"),
        ((1, (2,)), [1, [2]]),
        (float("nan"), "nan"),
        ([float("-inf")], ["-inf"]),
        ({1: "a", (2, 3): "b", None: "c"}, {"1": "a", "(2, 3)": "b", "None": "c"}),
        ({1: "a", "1": "b", "'1'": "c"}, {"1": "a", "'1'": "b", "\"'1'\"": "c"}),
        (Nasty(), "<Nasty, which cannot be shown: OSError>"),
        ({Nasty: [Nasty()]}, {str(Nasty): ["<Nasty, which cannot be shown: OSError>"]}),
        ("\ud800", "\ud800"),
    ],
)
def test_what_json_does_not_know_becomes_text(value: object, shown: object) -> None:
    assert _through_json(value) == shown


def test_an_integer_too_long_for_decimals_is_hexadecimal() -> None:
    assert _through_json(1 << 20_000) == hex(1 << 20_000)
    assert _through_json(1 << 10_000) == 1 << 10_000


def test_what_holds_itself_becomes_text() -> None:
    ring: list[object] = []
    ring += [ring, ring]
    assert _through_json(ring) == ["[[...], [...]]", "[[...], [...]]"]
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert "cannot be shown: RecursionError" in json_text({"results": {"task": {"result": deep}}})


def test_labels_that_read_the_same_lose_no_result() -> None:
    runner = TaskRunner(progress_stats=False)
    for label in (1, "1", (1,)):
        runner.add_task(str, label, label=label)
    shown = json.loads(json_text({"results": runner.run(verify=False)}))["results"]
    assert {label: result["output"] for label, result in shown.items()} == {
        "1": "1",
        "'1'": "1",
        "(1,)": "(1,)",
    }


def test_nothing_that_a_terminal_would_obey_is_left() -> None:
    nasty = "\x1b[2Ja\r\x07\u202eb\u009b"
    assert harmless(f"{nasty}\n\t") == "\\x1b[2Ja\\r\\x07\\u202eb\\x9b\n\t"
    assert one_line("a\nb\tc") == "a\\nb\\tc"
    assert one_line(Unspeakable()).startswith("<")


class Unspeakable:
    def __str__(self) -> str:
        raise OSError("no")


@pytest.mark.parametrize(
    "label",
    ["a", "", "wide 表", "e\u0301", "very " * 20 + "long", 1.10, "007", "1e5", ("a", 1), "two\nlines"],
)
def test_the_table_is_that_of_the_library(
    monkeypatch: pytest.MonkeyPatch, label: str | float | tuple[str, int]
) -> None:
    monkeypatch.setattr("tabulate.WIDE_CHARS_MODE", False)  # without wcwidth, which not everybody has
    runner = TaskRunner(progress_stats=False)
    runner.add_task(len, "abc", label=label)
    runner.add_task(int, "x", label="bad")
    results = runner.run(verify=False)
    assert table_of(results) == results_table(results)
