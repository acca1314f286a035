"""The comparison with other libraries: its page and its plots, out of figures made up here. Nothing is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from platforms import needs_proc

from benchmarks import compare
from benchmarks.fault_pools import POOLS
from benchmarks.report import ROOT
from benchmarks.rival_axes import AXES, PART
from benchmarks.rival_page import Found, page, plots, standing
from benchmarks.rivals import RIVALS
from benchmarks.svg import Bar, Group, chart

SVG = "{http://www.w3.org/2000/svg}"
FOUND: Found = {
    "concurra": {"start": {"two tasks": 30.0}, "crash": {"one": 99.0}, "lateness": {"limit": 5.0}},
    "a & b": {"start": {"two tasks": 20.0}, "crash": {"one": 0.0}, "lateness": {"limit": None}},
}


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own


def test_bars_are_as_long_as_their_values() -> None:
    svg = chart(
        "t", [Group("g", [Bar("x", 4.0, "4 ms"), Bar("y", 1.0, "1 ms"), Bar("z", None, "none")])], "n"
    )
    widths = [float(one.get("width", "")) for one in ET.fromstring(svg).iter(f"{SVG}rect")][1:]  # noqa: S314 - our own
    assert widths == [420, 105]
    assert texts(svg) == ["t", "g", "x", "4 ms", "y", "1 ms", "z", "none", "n"]


def test_a_plot_is_made_of_each_axis_and_names_the_machine() -> None:
    drawn = plots(FOUND, "Measured on a machine with 2 cores; concurra-core 0.1.0.")
    assert list(drawn) == ["start.svg", "lateness.svg", "crash.svg"]
    for svg in drawn.values():
        assert {"concurra", "a & b"} < set(texts(svg))
        assert "2 cores; concurra-core 0.1.0" in texts(svg)[-1]


def test_wins_and_losses_are_both_told() -> None:
    text = page(FOUND, "A machine.", ["c could not be measured, and is left out."])
    rows = {
        line.split("|")[1].strip(): line
        for line in text.splitlines()
        if " of 2 |" in line or " of 1 |" in line
    }
    assert "2 of 2" in rows["Start-up: two tasks"]
    assert "a & b, 20 ms" in rows["Start-up: two tasks"]
    assert "1 of 2" in rows["Crash isolation: one"]
    assert "1 of 1" in rows["Lateness of a limit: limit"]
    assert "none that ends the task" in text
    assert "c could not be measured" in text


@pytest.mark.parametrize(("axis", "place"), [("start", 3), ("crash", 1)])
def test_less_is_better_unless_the_axis_says_more(axis: str, place: int) -> None:
    assert standing(AXES[axis], {"concurra": 30.0, "a": 20.0, "b": 10.0}).place == place


def test_ratios_are_in_the_tables_and_not_in_the_plots() -> None:
    case: dict[str, float | None] = {"independent, 10": 5.0, f"independent, 10, {PART}": 0.25}
    found: Found = {"concurra": {"threads": case}}
    assert f"| independent, 10, {PART} |     0.25 |" in page(found, "", [])
    assert PART not in plots(found, "")["threads.svg"]


def test_the_page_and_its_plots_replace_older_ones(tmp_path: Path) -> None:
    compare.write("old", {"a.svg": "", "b.svg": ""}, tmp_path / "page.md")
    compare.write("new", {"b.svg": "plot"}, tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == "new"
    assert [file.name for file in (tmp_path / "comparison").iterdir()] == ["b.svg"]


def test_whom_a_trial_fails_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def environment(rival: object, folder: Path) -> Path:
        raise subprocess.CalledProcessError(1, ["uv"])

    monkeypatch.setattr(compare, "environment", environment)
    found, left_out = compare.trials(RIVALS[:1], [])
    assert not found
    assert left_out == ["concurra could not be measured, and is left out."]


def test_every_rival_has_a_pool() -> None:
    assert {rival.name for rival in RIVALS} == set(POOLS)


@needs_proc
def test_a_trial_prints_figures_that_the_page_understands() -> None:
    command = [sys.executable, "-m", "benchmarks.rival_trial", "concurra", "--quick", "--only", "memory"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found = compare.Trial(**json.loads(done.stdout))
    assert list(found.versions) == ["concurra-core"]
    assert "Memory: two busy workers" in page({"concurra": found.figures}, "", [])


@needs_proc
def test_ctrl_c_reaches_a_probe_that_was_started_in_the_background() -> None:
    # A shell without job control starts what it puts into the background with SIGINT ignored, and so it would stay.
    code = (
        "import signal\n"
        "from benchmarks.fault_trial import struck\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "found = struck('concurra', signal.SIGINT)\n"
        "print(found.ended, found.left)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout == "True 0\n"
