"""Compare this library with others, each in an environment of its own, and write docs/comparison.md and its plots.

    python -m benchmarks.compare            everything, about ten minutes, writes the page and the plots
    python -m benchmarks.compare --quick    once each, and smaller; writes nothing unless told to with --write

Needs uv and a network, or what uv has in its cache. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from benchmarks.report import ROOT, machine
from benchmarks.rival_axes import AXES
from benchmarks.rival_page import FOLDER, page, plots
from benchmarks.rivals import RIVALS, Rival
from benchmarks.workflows import DEFAULT

PAGE: Final = ROOT / "docs" / "comparison.md"
STUCK: Final = 900.0  # seconds after which a rival is given up

# The interpreter's own; whoever calls may have set them for another one.
_UNSET: Final = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")


@attrs.frozen
class Trial:
    """What was found of one rival: versions by package, and figures by axis and case."""

    versions: Mapping[str, str]
    figures: Mapping[str, Mapping[str, float | None]]


def environment(rival: Rival, folder: Path) -> Path:
    """Make an environment in *folder* that has *rival* and this library; return its interpreter.

    Raises:
        FileNotFoundError: there is no uv.
        subprocess.CalledProcessError: uv could not do it.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv is not on the path; each rival gets an environment from it")
    python = folder / "bin" / "python"
    ours = ROOT / "packages" / "concurra-core"
    install = ["pip", "install", "-q", "--python", str(python), "-e", str(ours), *rival.packages]
    for arguments in (["venv", "-q", "--python", sys.executable, str(folder)], install):
        subprocess.run([uv, *arguments], cwd=ROOT, check=True, env=_surroundings())  # noqa: S603 - uv, and our own names
    return python


def trial(python: Path, rival: Rival, more: Sequence[str]) -> Trial:
    """Return what the trial of *rival* finds under the interpreter *python*; *more* are further arguments.

    Raises:
        subprocess.SubprocessError: it failed, or took too long.
    """
    command = [str(python), "-m", "benchmarks.rival_trial", rival.name, *more]
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=STUCK, env=_surroundings()
    )
    return Trial(**json.loads(done.stdout.splitlines()[-1]))


def trials(rivals: Sequence[Rival], more: Sequence[str]) -> tuple[dict[str, Trial], list[str]]:
    """Return what was found of each of *rivals* by name, and a sentence on each that could not be measured."""
    found: dict[str, Trial] = {}
    left_out = []
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for rival in rivals:
            print(f"measuring: {rival.name}", file=sys.stderr)
            try:
                found[rival.name] = trial(environment(rival, Path(folder, rival.name)), rival, more)
            except subprocess.SubprocessError as error:
                print(f"left out: {error}", file=sys.stderr)
                left_out.append(f"{rival.name} could not be measured, and is left out.")
    return found, left_out


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _UNSET}


def write(text: str, drawn: Mapping[str, str], file: Path) -> None:
    """Write the page into *file*, and the plots beside it, in place of those that were there."""
    folder = file.parent / FOLDER
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, plot in drawn.items():
        (folder / name).write_text(plot, encoding="utf-8")
    file.write_text(text, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write; returns the exit status."""
    names = [rival.name for rival in RIVALS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once each, and smaller")
    parser.add_argument("--write", action="store_true", help="write the page though it was quick")
    parser.add_argument("--rivals", nargs="+", choices=names, default=names, help="some of them")
    parser.add_argument("--only", nargs="+", choices=AXES, default=list(AXES), help="some axes")
    parser.add_argument("--workflows", type=Path, default=DEFAULT, metavar="DIR", help="recorded workflows")
    options = parser.parse_args(argv)
    load = f"Load average before: {os.getloadavg()[0]:.1f}."
    more = ["--workflows", str(options.workflows.absolute()), "--only", *options.only]
    chosen = [rival for rival in RIVALS if rival.name in options.rivals]
    found, left_out = trials(chosen, [*more, "--quick"] if options.quick else more)
    versions: dict[str, str] = {}
    for one in found.values():
        versions |= one.versions
    about = f"{machine(f'{name} {number}' for name, number in versions.items())} {load}"
    if options.quick:
        about += " Measured quickly: once each, and smaller."
    if missing := [axis.title for axis in AXES.values() if axis.key not in options.only]:
        left_out.append(f"Not measured this time: {', '.join(missing)}.")
    figures = {name: one.figures for name, one in found.items()}
    text = page(figures, about, left_out)
    print(text)
    if options.write or not options.quick:
        write(text, plots(figures, about), PAGE)
        print(f"written: {PAGE.relative_to(ROOT)} and its plots", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
