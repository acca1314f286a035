"""``init``: a workflow to start from, written where there is none yet."""

from __future__ import annotations

from pathlib import Path

from concurra_cli.answer import Answer
from concurra_cli.errors import PlaceError
from concurra_cli.job import Call
from concurra_cli.manual import PROGRAM, STARTER
from concurra_cli.status import Status
from concurra_cli.text import one_line, shell_word

_QUOTES = '"""'
_TEMPLATE = Path(__file__).parent.parent / "starter.py"


def perform(call: Call) -> Answer:
    """Write the workflow, and tell what can be done with it."""
    path = Path(call.request.target or STARTER)
    if path.is_dir():
        path /= STARTER
    if path.suffix != ".py":
        raise PlaceError(f"{str(path)!r} does not end with .py: a target that is a file must")
    found = path.exists()
    if found and not call.request.force:
        raise PlaceError(f"{str(path)!r} is there already; --force writes over it")
    word = one_line(shell_word(f"./{path}" if str(path).startswith("-") else str(path)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if call.request.force else "x", encoding="utf-8") as file:
            file.write(_text(word))
    except OSError as error:
        raise PlaceError(f"{str(path)!r} cannot be written: {error.strerror}") from None
    talk = f"next: {PROGRAM} list {word}; {PROGRAM} run {word}"
    return Answer(Status.SUCCEEDED, {"path": str(path), "replaced": found}, one_line(path), talk)


def _text(word: str) -> str:
    """Return the workflow, about a file that a shell calls *word*."""
    start, told, code = _TEMPLATE.read_text(encoding="utf-8").split(_QUOTES, 2)
    inside = word.replace("\\", "\\\\").replace(_QUOTES, '\\"\\"\\"')  # as it is written in a docstring
    return _QUOTES.join((start, told.replace(STARTER, inside), code.replace(STARTER, word)))
