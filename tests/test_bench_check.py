"""The guard against getting slower, fed with figures made up here: nothing is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks import baseline, check
from benchmarks.baseline import Baseline, band_of
from benchmarks.check import compare, report, rewritten, settled

BANDS = {
    "start": band_of([0.40, 0.41, 0.42]),
    "cost": band_of([0.20, 0.20, 0.2001]),
    "heavy": band_of([0, 0]),
}
SAME = {"start": 0.41, "cost": 0.2, "heavy": 0.0}


def one_after_the_other(*answers: Mapping[str, float]) -> Callable[[str], Mapping[str, float]]:
    left: Iterator[Mapping[str, float]] = iter(answers)
    return lambda step: next(left)


def test_a_band_is_three_deviations_of_the_runs_and_two_percent_at_least_where_they_differ() -> None:
    assert BANDS["start"].noise == pytest.approx(0.03)
    assert BANDS["cost"].noise == pytest.approx(0.004)
    assert BANDS["heavy"].noise == 0
    assert band_of([250, 250]).noise == pytest.approx(1.25)


def test_figures_that_guard_little_are_told() -> None:
    known = Baseline("", {"step": {**BANDS, "wild": band_of([0.4, 0.5, 0.6])}})
    assert known.loose() == ["wild"]


def test_figures_within_their_noise_pass() -> None:
    found = compare(BANDS, {"start": 0.435, "cost": 0.197, "heavy": 0.0})
    assert report(found) == ("3 figures, none beyond its noise", 0)


@pytest.mark.parametrize(("what", "ratio"), [("start", 0.45), ("cost", 0.21), ("heavy", 1.0)])
def test_a_figure_that_is_worse_beyond_its_noise_fails_and_is_told(what: str, ratio: float) -> None:
    text, status = report(compare(BANDS, SAME | {what: ratio}))
    assert status == 1
    (row,) = (line for line in text.splitlines() if what in line)
    assert "**worse**" in row
    assert f"{ratio:.4g}" in row
    assert "2 others did not move." in text


def test_a_figure_that_is_better_is_told_and_does_not_fail() -> None:
    text, status = report(compare(BANDS, SAME | {"start": 0.2}))
    assert status == 0
    assert "better" in text
    assert "make bench-baseline" in text


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [(SAME | {"new": 1.0}, "not in the baseline"), ({"start": 0.41, "cost": 0.2}, "not measured")],
)
def test_figures_that_only_one_side_knows_fail(ratios: Mapping[str, float], verdict: str) -> None:
    text, status = report(compare(BANDS, ratios))
    assert status == 1
    assert verdict in text


def test_what_cannot_be_measured_here_is_left_out() -> None:
    assert compare(BANDS, {}) == []


def test_a_move_counts_only_if_it_is_seen_each_time() -> None:
    worse = SAME | {"start": 0.5}
    assert report(settled("step", BANDS, one_after_the_other(worse, SAME)))[1] == 0
    assert report(settled("step", BANDS, one_after_the_other(worse, worse, SAME)))[1] == 0
    assert report(settled("step", BANDS, one_after_the_other(worse, worse, worse)))[1] == 1


def test_a_baseline_survives_its_file(tmp_path: Path) -> None:
    answers = [SAME, SAME | {"start": 0.43}]
    made = rewritten(one_after_the_other(*answers), ["step"], 2)
    assert made.steps["step"]["start"].runs == [0.41, 0.43]
    baseline.write(made, tmp_path / "file.json")
    assert baseline.read(tmp_path / "file.json") == made


def test_without_a_baseline_the_status_is_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "FILE", tmp_path / "none.json")
    assert check.main([]) == 2
    assert "bench-baseline" in capsys.readouterr().err


def test_the_check_measures_quickly_and_looks_at_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks.report import Promise, Section

    asked: list[object] = []

    def measure(**how: object) -> list[Section]:
        asked.append(how["quick"])
        promises = [Promise("ratio", 1.0, 2.0), Promise("time", 9.0, 9.0, "ms")]
        return [Section(title="Growth", method="", tables=[], promises=promises)]

    monkeypatch.setattr(check, "measure", measure)
    monkeypatch.setattr(check, "FILE", tmp_path / "baseline.json")
    assert check.main(["--rewrite", "--runs", "2", "--only", "growth"]) == 0
    assert check.main(["--only", "growth"]) == 0
    assert asked == [True, True, True]
    assert capsys.readouterr().out == "1 figures, none beyond its noise\n"


def test_the_committed_baseline_knows_all_that_is_guarded() -> None:
    known = baseline.read(baseline.FILE)
    assert isinstance(known, Baseline)
    assert list(known.steps) == list(check.GUARDED)
    for figures in known.steps.values():
        for band in figures.values():
            assert band == band_of(band.runs)
