"""Plant small mistakes in the engine and the graph, one at a time, and see whether the tests notice: `make mutants`.

    python scripts/mutants.py [--survivors | --anew] [NAME ...]

NAME is a module, such as engine/meter.py; by default all are done. What was found is appended to .mutants.jsonl, and
a run that was cut short goes on from there, unless sources or tests have changed since. --survivors judges only what
had survived, whatever has changed; --anew judges everything.

Mutants that survive for a reason are listed in surviving_mutants.toml beside the tests. The exit status is 1 if one
has no reason there, if a reason there is for nothing, or if less than nine in ten were killed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from mutant_judge import OPTIONS, Judge
from mutant_places import Mutant, mutants_of
from mutant_planting import FewExamples

ROOT: Final = Path(__file__).resolve().parent.parent
CORE: Final = ROOT / "packages" / "concurra-core"
SOURCE: Final = CORE / "src" / "concurra_core"
FOLDERS: Final = ("engine", "graph")
TESTS: Final = [CORE / "tests" / name for name in ("engine", "graph", "model")]
REASONS: Final = CORE / "tests" / "engine" / "surviving_mutants.toml"
RECORD: Final = ROOT / ".mutants.jsonl"
ENOUGH: Final = 0.9
DEAD: Final = ("killed", "timed out")

# Module, class or function, text of the line, change.
Key: TypeAlias = tuple[str, str, str, str]


def key_of(mutant: Mutant) -> Key:
    """Return what a mutant is known by, also when lines move."""
    return mutant.path.relative_to(SOURCE).as_posix(), mutant.inside, mutant.line, mutant.change


def reasons() -> dict[Key, str]:
    """Return why mutants may survive.

    Raises:
        SystemExit: an entry has no reason.
    """
    entries = (
        tomllib.loads(REASONS.read_text(encoding="utf-8")).get("survivor", []) if REASONS.exists() else []
    )
    found = {(each["file"], each["inside"], each["line"], each["change"]): each["why"] for each in entries}
    if len(found) < len(entries) or not all(found.values()):
        sys.exit(f"{REASONS}: an entry is there twice, or without a reason")
    return found


def state() -> str:
    """Return a digest of all sources of the core and of the tests that judge."""
    digest = hashlib.sha256()
    for folder in (CORE / "src", *TESTS, CORE / "tests" / "helpers"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def known(now: str, *, survivors: bool) -> dict[Key, str]:
    """Return the fates on record that still hold; with *survivors*, each death that there ever was."""
    fates: dict[Key, str] = {}
    for line in RECORD.read_text(encoding="utf-8").splitlines() if RECORD.exists() else ():
        entry = json.loads(line)
        if entry["state"] == now or (survivors and entry["fate"] in DEAD):
            fates[tuple(entry["key"])] = entry["fate"]
    return {key: fate for key, fate in fates.items() if not survivors or fate in DEAD}


def judge(mutants: Sequence[Mutant], now: str) -> int:
    """Judge *mutants* and put their fates on record; returns the exit status of pytest."""
    with RECORD.open("a", encoding="utf-8", buffering=1) as record:
        count = 0

        def done(mutant: Mutant, fate: str, seconds: float) -> None:
            nonlocal count
            count += 1
            entry = {"key": key_of(mutant), "fate": fate, "seconds": round(seconds, 2), "state": now}
            record.write(json.dumps(entry) + "\n")
            if fate not in DEAD or count % 100 == 0:
                print(f"{count}/{len(mutants)} {place(mutant)}: {fate}", flush=True)

        return pytest.main([*OPTIONS, *map(str, TESTS)], plugins=[FewExamples(), Judge(mutants, done)])


def place(mutant: Mutant) -> str:
    """Return where *mutant* is and what it is, in one line."""
    file, inside, _, change = key_of(mutant)
    return f"{file}:{mutant.number} {inside}: {change}"


def report(mutants: Sequence[Mutant], fates: Mapping[Key, str], files: Iterable[str]) -> int:
    """Tell what became of *mutants*; returns the exit status."""
    why = {key: text for key, text in reasons().items() if key[0] in files}
    alive = [mutant for mutant in mutants if fates[key_of(mutant)] not in DEAD]
    unexplained = [mutant for mutant in alive if key_of(mutant) not in why]
    idle = why.keys() - set(map(key_of, alive))
    for mutant in unexplained:
        print(f"survived, unexplained: {place(mutant)}\n    {mutant.line}")
    for key in sorted(idle):
        print(f"explained, but killed or not there: {key}")
    counts = Counter(fates[key_of(mutant)] for mutant in mutants)
    dead = sum(counts[fate] for fate in DEAD)
    score = dead / len(mutants) if mutants else 1.0
    numbers = ", ".join(f"{counts[fate]} {fate}" for fate in (*DEAD, "survived", "uncovered"))
    print(
        f"{len(mutants)} mutants: {numbers}; {len(alive) - len(unexplained)} explained, {len(unexplained)} not"
    )
    print(f"score: {score:.1%} killed")
    return int(bool(unexplained or idle) or score < ENOUGH)


def main(argv: Sequence[str]) -> int:
    """Run the script; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a module, such as engine/meter.py")
    parser.add_argument("--survivors", action="store_true", help="judge only what had survived")
    parser.add_argument("--anew", action="store_true", help="judge everything, whatever is on record")
    options = parser.parse_args(argv)
    paths = [path for folder in FOLDERS for path in sorted((SOURCE / folder).glob("*.py"))]
    if options.names:
        paths = [SOURCE / name for name in options.names]
    mutants = [mutant for path in paths for mutant in mutants_of(path)]
    now = state()
    fates = {} if options.anew else known(now, survivors=options.survivors)
    left = [mutant for mutant in mutants if key_of(mutant) not in fates]
    if options.anew:
        RECORD.unlink(missing_ok=True)
    if left and (status := judge(left, now)):
        return status
    fates |= known(now, survivors=False)
    return report(mutants, fates, {path.relative_to(SOURCE).as_posix() for path in paths})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
