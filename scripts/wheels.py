"""Build wheels and sdists of all packages, look into them, and use them where nothing else is: `make wheels`.

`python scripts/wheels.py [INTERPRETER]` tries them in fresh environments of that interpreter, by default its own.
It needs uv, which builds and installs. Exit status: 0 all is well, 1 something is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from email import message_from_string
from pathlib import Path
from typing import Final

from wheels_trial import TRIALS, Trial

_ROOT: Final = Path(__file__).resolve().parent.parent
_PACKAGES: Final = {
    "concurra-core": ("concurra", "concurra_core"),
    "concurra-cli": ("concurra_cli",),
    "concurra-logging": ("concurra_logging",),
}
# hatchling adds .gitignore to an sdist, so that what is built from it leaves out what git does.
_BESIDE: Final = {"LICENSE", "README.md", "PKG-INFO", "pyproject.toml", ".gitignore"}
_FIELDS: Final = ("Summary", "License-Expression", "License-File", "Keywords", "Requires-Python", "Author")
_PYTHONS: Final = {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)}


class WrongError(Exception):
    """A package that is not as it must be."""


def main(argv: Sequence[str]) -> int:
    """Run the script; returns its exit status."""
    interpreter = argv[0] if argv else sys.executable
    if shutil.which("uv") is None:
        print("wheels: there is no uv on PATH, which builds and installs", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="concurra-wheels-") as folder:
        try:
            built = _build(Path(folder) / "dist")
            for name in _PACKAGES:
                _look_into(name, built)
            _call([sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())], _ROOT)
            for trial in TRIALS:
                _try(trial, built, interpreter, Path(folder))
        except (WrongError, subprocess.CalledProcessError) as error:
            print(f"wheels: {error}", file=sys.stderr)
            return 1
    return 0


def _build(folder: Path) -> Path:
    _call(["uv", "build", "--quiet", "--all-packages", "--out-dir", str(folder)], _ROOT)
    (folder / ".gitignore").unlink(missing_ok=True)
    if len([*folder.iterdir()]) != 2 * len(_PACKAGES):
        raise WrongError(f"built were {sorted(path.name for path in folder.iterdir())}")
    return folder


def _look_into(name: str, built: Path) -> None:
    """Refuse a package with a file too many or too few, or with incomplete metadata."""
    project = tomllib.loads((_ROOT / "packages" / name / "pyproject.toml").read_text())["project"]
    version = project["version"]
    stem = f"{name.replace('-', '_')}-{version}"
    source = {f"src/{path}" for path in _sources(name)}
    with tarfile.open(built / f"{stem}.tar.gz") as sdist:
        _same(f"the sdist of {name}", set(sdist.getnames()), {f"{stem}/{path}" for path in source | _BESIDE})
    with zipfile.ZipFile(built / f"{stem}-py3-none-any.whl") as wheel:
        told = {f"{stem}.dist-info/{path}" for path in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}
        if "scripts" in project or "entry-points" in project:
            told.add(f"{stem}.dist-info/entry_points.txt")
        _same(f"the wheel of {name}", set(wheel.namelist()), {*_sources(name), *told})
        metadata = wheel.read(f"{stem}.dist-info/METADATA").decode()
    _check_metadata(name, metadata)
    print(f"{stem}: {len(source)} files, metadata complete")


# What packages hold beside code.
_DATA: Final = ("py.typed", "events.schema.json")


def _sources(name: str) -> Iterator[str]:
    """Yield the files of *name*; whatever else lies about beside them must not be packed."""
    folder = _ROOT / "packages" / name / "src"
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or "__pycache__" in inside.parts:
            continue
        if inside.parts[0] not in _PACKAGES[name] or (path.suffix != ".py" and path.name not in _DATA):
            raise WrongError(f"{name}: {inside} is no part of it")
        yield inside.as_posix()


def _same(what: str, found: set[str], wanted: set[str]) -> None:
    if found != wanted:
        raise WrongError(f"{what} lacks {sorted(wanted - found)} and has {sorted(found - wanted)} too much")


def _check_metadata(name: str, text: str) -> None:
    fields = message_from_string(text)
    missing = [field for field in _FIELDS if not fields[field]]
    missing += sorted(_PYTHONS - {*fields.get_all("Classifier", ())})
    if fields["Description-Content-Type"] != "text/markdown" or f"# {name}" not in text:
        missing.append("a description in Markdown")
    if missing:
        raise WrongError(f"the metadata of {name} lack {missing}")


def _try(trial: Trial, built: Path, interpreter: str, folder: Path) -> None:
    """Install what *trial* names into a fresh environment, and run its program in an empty folder."""
    place = folder / trial.name
    work = place / "work"
    work.mkdir(parents=True)
    python = str(place / "env" / "bin" / "python")
    _call(["uv", "venv", "--quiet", "--no-project", "--python", interpreter, str(place / "env")], work)
    files = [
        f"{path}{extra}"
        for name, extra in trial.packages
        for path in sorted(built.glob(f"{name.replace('-', '_')}-*{trial.kind}"))
    ]
    _call(["uv", "pip", "install", "--quiet", "--python", python, *files], work)
    _call([python, "-W", "error", "-c", trial.program], work)
    print(f"{trial.name}: works")


def _call(words: Sequence[str], folder: Path) -> None:
    """Run a program; its environment has nothing of ours."""
    hidden = ("PYTHON", "VIRTUAL_ENV", "CONCURRA_", "UV_PROJECT")
    environ = {key: text for key, text in os.environ.items() if not key.startswith(hidden)}
    subprocess.run(words, cwd=folder, env=environ, check=True)  # noqa: S603 - the words are ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
