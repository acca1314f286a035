"""The mistakes that `make mutants` plants: which they are, and that each is known by its text, wherever it moves."""

from __future__ import annotations

from pathlib import Path

import mutants
from mutant_places import mutants_of

CODE = '''\
from __future__ import annotations

LIMIT = 8


class Box:
    """Text stays."""

    def more(self, first: int | None = None, *, far: bool = False) -> int | None:
        assert first is not None, "asserts stay"
        total = 0
        for item in range(LIMIT):
            if item <= first and not far:
                continue
            self.seen = item
            total += item
        if not total:
            raise ValueError(f"{total + 1} stays")
        return max(total, -1)
'''


def changes(tmp_path: Path, code: str) -> list[tuple[str, str, str]]:
    path = tmp_path / "box.py"
    path.write_text(code, encoding="utf-8")
    return [(mutant.inside, mutant.home, mutant.change) for mutant in mutants_of(path)]


def test_every_mistake_is_made_once_and_where_it_acts(tmp_path: Path) -> None:
    inside, home = "Box.more", "Box.more"
    assert changes(tmp_path, CODE) == [
        ("", "", "8 -> 9"),
        (inside, "", "False -> True"),
        (inside, "", "None -> 0"),
        (inside, home, "total = 0 -> gone"),
        (inside, home, "0 -> 1"),
        (inside, home, "item <= first and (not far) -> item <= first or not far"),
        (inside, home, "item <= first -> item < first"),
        (inside, home, "item <= first -> item > first"),
        (inside, home, "not far -> far"),
        (inside, home, "continue -> break"),
        (inside, home, "continue -> gone"),
        (inside, home, "self.seen = item -> gone"),
        (inside, home, "total += item -> total -= item"),
        (inside, home, "total += item -> gone"),
        (inside, home, "not total -> total"),
        (inside, home, "raise ValueError(f'{total + 1} stays') -> gone"),
        (inside, home, "return max(total, -1) -> return None"),
        (inside, home, "max(total, -1) -> min(total, -1)"),
        (inside, home, "-1 -> 1"),
        (inside, home, "1 -> 2"),
    ]


def test_two_mistakes_that_read_the_same_are_two(tmp_path: Path) -> None:
    assert [change for *_, change in changes(tmp_path, "A = 1, 1\n")] == ["1 -> 2", "1 -> 2 (2)"]


def test_a_planted_mistake_is_the_only_one(tmp_path: Path) -> None:
    path = tmp_path / "box.py"
    path.write_text("LIMIT = 8\nSIGN = -1\n", encoding="utf-8")
    names: dict[str, int] = {}
    exec(compile(mutants_of(path)[1].planted(), str(path), "exec"), names)  # noqa: S102 - what is above
    assert (names["LIMIT"], names["SIGN"]) == (8, 1)


def test_what_is_said_of_survivors_is_said_of_code_that_is_there() -> None:
    """A line that has changed needs another look at the reason: `make mutants` tells."""
    texts = {key[0]: (mutants.SOURCE / key[0]).read_text(encoding="utf-8") for key in mutants.reasons()}
    lines = {file: {*map(str.strip, text.splitlines())} for file, text in texts.items()}
    assert [key for key in mutants.reasons() if key[2] not in lines[key[0]]] == []
