"""One command, from its request to its exit status. Everything that is data goes out here, once, at the end."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple, Protocol, cast

from concurra_cli.answer import Answer, refusal
from concurra_cli.arguments import Request
from concurra_cli.errors import PlaceError, SettingError
from concurra_cli.options import BY_NAME
from concurra_cli.place import checked_place, write_whole
from concurra_cli.printed import unwritten
from concurra_cli.settings import Settings, settings_of, wants_json
from concurra_cli.show import config_text, json_text
from concurra_cli.signals import Signals
from concurra_cli.status import Status
from concurra_cli.stdout import DataOut
from concurra_cli.talk import tell


class Call(NamedTuple):
    """What a verb is asked, and what it may use; a `Request` in its surroundings."""

    request: Request
    settings: Settings
    signals: Signals
    stdout: DataOut


class _Verb(Protocol):
    def perform(self, call: Call) -> Answer: ...


_INTERRUPTED: Final = "interrupted"


def perform(request: Request) -> int:
    """Do what *request* says and return the exit status."""
    stdout = DataOut()  # before any code of the user's
    with Signals() as signals:
        try:
            settings = settings_of(request.said)
        except SettingError as error:
            answer, place = _unsettled(error, request)
            return _give(_kept(answer, place), stdout, as_json=wants_json(said=_json_said(request)))
        place = None
        try:
            place = _place(request, settings.get("report"), settings.source("report"))
            answer = _answer(Call(request, settings, signals, stdout))
        except PlaceError as error:
            answer = refusal(error)
        except KeyboardInterrupt:
            answer = _interrupted(signals)
        return _give(_kept(answer, place), stdout, as_json=settings.on("json"))


def _unsettled(error: SettingError, request: Request) -> tuple[Answer, Path | None]:
    """Return the answer to a command whose settings cannot be had, and where a flag says that it goes as well."""
    said = BY_NAME["report"].flag
    with suppress(PlaceError):
        return refusal(error), _place(request, (request.said.get("report") or [""])[-1], said)
    return refusal(error), None


def _place(request: Request, said: str | None, source: str) -> Path | None:
    """Return the file that what is said with ``--json`` goes to as well, None if there is none.

    Raises:
        PlaceError: it cannot be written.
    """
    reports = request.verb in BY_NAME["report"].verbs.split() and not request.show_config
    return checked_place(said, source) if said and reports else None


def _kept(answer: Answer, place: Path | None) -> Answer:
    """Write *answer* to *place* as well; return what is to be answered then."""
    if place is None:
        return answer
    try:
        write_whole(place, f"{json_text(answer.document)}\n")
    except OSError as error:
        tell(f"concurra-cli: --report: {str(place)!r} cannot be written: {error.strerror}")
        return answer._replace(status=Status.UNUSABLE)
    return answer


def _json_said(request: Request) -> bool | None:
    texts = request.said.get("json")
    return None if texts is None else texts[-1] == "yes"


def _answer(call: Call) -> Answer:
    if call.request.show_config:
        return _configuration(call.settings)
    # Only what the verb needs is imported.
    verb = cast("_Verb", import_module(f"concurra_cli.verbs.{call.request.verb}"))
    try:
        return verb.perform(call)
    except KeyboardInterrupt:
        raise
    except Exception as error:  # noqa: BLE001 - told with its trace, and never taken for a task's failure
        return refusal(error)


def _configuration(settings: Settings) -> Answer:
    rows = [*settings.rows()]
    document = {name: {"value": value, "source": source} for name, value, source in rows}
    return Answer(Status.SUCCEEDED, {"settings": document}, config_text(rows))


def _interrupted(signals: Signals) -> Answer:
    status = signals.status or Status.INTERRUPTED
    return Answer(
        status, {"error": {"type": "KeyboardInterrupt", "message": _INTERRUPTED, "status": int(status)}}
    )


def _give(answer: Answer, stdout: DataOut, *, as_json: bool) -> int:
    status = answer.status
    data = json_text(answer.document) if as_json else answer.text
    try:
        if data is not None:
            stdout.write(data)
    except OSError as error:
        status = Status.UNUSABLE
        tell(unwritten(error))
    if answer.talk:
        tell(answer.talk)
    return status
