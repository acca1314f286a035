"""Faults of whoever listens: sinks, log handlers, streams, and those who call the run back from where they are."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

import concurra
from faults.cases import BOTH, THREAD, Kind, add, fault, said, told
from faults.plain import square


def boom() -> NoReturn:
    raise ValueError("boom")


def run(kind: Kind, sink: Callable[[concurra.Event], object], **settings: Any) -> dict[str, str]:
    """Run three tasks that *sink* hears of, and one that fails."""
    flow = concurra.Workflow()
    for number in range(3):
        add(flow, kind, square, number, label=f"{number}")
    add(flow, kind, boom, label="bad")
    seen: list[str] = []
    report = flow.run(sinks=[sink, lambda event: seen.append(type(event).__name__)], **settings)
    return said(report) | {"other sink": f"{seen.count('TaskEnded')} of 4, {seen[-1]}"}


ENDS = {"0": "succeeded 0", "1": "succeeded 1", "2": "succeeded 4", "bad": "failed ValueError: boom"}
HEARD = ENDS | {"other sink": "4 of 4, RunEnded"}
ERRORS: dict[str, type[BaseException]] = {
    error.__name__: error
    for error in (ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError)
}


class Unspeakable(BaseException):
    """One that cannot be shown."""

    def __str__(self) -> NoReturn:
        raise OSError("no words")

    __repr__ = __str__


@fault({f"{name} {label}": words for name in ERRORS for label, words in HEARD.items()}, BOTH, hears=["sink"])
def sinks_raise_whatever_there_is(kind: Kind) -> object:
    found: dict[str, str] = {}
    for name, error in ERRORS.items():

        def sink(event: concurra.Event, error: type[BaseException] = error) -> NoReturn:
            raise error("not for me")

        found |= {f"{name} {label}": words for label, words in run(kind, sink).items()}
    return found


@fault(HEARD, BOTH, hears=["sink"])
def a_sink_raises_what_cannot_be_shown(kind: Kind) -> object:
    def sink(event: concurra.Event) -> NoReturn:
        raise Unspeakable

    return run(kind, sink)


class BadSink:
    """A sink that cannot be shown, compared or asked."""

    def __repr__(self) -> NoReturn:
        raise ValueError("no words")

    def __eq__(self, other: object) -> NoReturn:
        raise ValueError("not comparable")

    __hash__ = None  # type: ignore[assignment] # on purpose

    def __call__(self, event: concurra.Event) -> NoReturn:
        raise ValueError("not for me")


@fault(HEARD, THREAD, hears=["sink"])
def a_sink_cannot_even_be_named(kind: Kind) -> object:
    return run(kind, BadSink())


class BadBuffer:
    """A gathering sink whose moments make no sense."""

    def __init__(self, moment: Any) -> None:
        self.moment = moment

    def __call__(self, event: concurra.Event) -> None:
        """Take one at a time."""

    def collect(self, event: concurra.Event) -> None:
        """Gather it."""

    def flush(self, now: float) -> Any:
        return self.moment


@fault(
    {
        f"{moment} {label}": words
        for moment in ("soon", "None", "nan", "inf", "1e+300", "-1")
        for label, words in HEARD.items()
    },
    THREAD,
    hears=["sink"],
)
def a_gathering_sink_wants_to_be_told_at_odd_times(kind: Kind) -> object:
    found: dict[str, str] = {}
    for moment in ("soon", None, float("nan"), float("inf"), 1e300, -1):
        said_ = run(kind, BadBuffer(moment))
        found |= {f"{moment} {label}": words for label, words in said_.items()}
    return found


@fault(ENDS | {"other sink": ""}, BOTH)
def a_sink_runs_a_run_of_its_own(kind: Kind) -> object:
    def sink(event: concurra.Event) -> None:
        if isinstance(event, concurra.TaskEnded):
            inner = concurra.Workflow()
            add(inner, kind, square, 3, label="inner")
            assert said(inner.run()) == {"inner": "succeeded 9"}

    return run(kind, sink)


@fault({"0": "", "1": "", "bad": ""}, BOTH)
def a_sink_aborts_the_run_it_hears_of(kind: Kind) -> object:
    def sink(event: concurra.Event) -> None:
        runner.abort()

    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", sinks=[sink], progress_stats=False)
    for number in range(2):
        runner.add_task(square, number, label=f"{number}")
    runner.add_task(boom, label="bad")
    return told(runner.run(verify=False))


@fault({"waited": "LifecycleError or results", "0": "Successful 0"}, THREAD)
def a_sink_waits_for_the_run_it_hears_of(kind: Kind) -> object:
    waited: list[str] = []

    def sink(event: concurra.Event) -> None:
        if isinstance(event, concurra.RunEnded):
            runner.get_background_results(verify=False)
            waited.append("LifecycleError or results")

    runner = concurra.TaskRunner(2, sinks=[sink], progress_stats=False)
    runner.add_task(square, 0, label="0")
    return told(runner.run(verify=False)) | {"waited": waited[0]}


class BadHandler(logging.Handler):
    """A handler that does *act* with each record."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def handle(self, record: logging.LogRecord) -> bool:
        return bool(self._act())


def logged(kind: Kind, act: Callable[[], object]) -> dict[str, str]:
    """Run tasks where every log record meets *act*."""
    logging.getLogger("concurra.core").addHandler(BadHandler(act))
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process", log_errors=True)
    runner.add_task(square, 3, label="good")
    runner.add_task(boom, label="bad")
    return told(runner.run())


TOLD = {"good": "Successful 9", "bad": "Failed ValueError: boom"}


def leave() -> NoReturn:
    raise SystemExit(3)


@fault(TOLD, BOTH, hears=[""])
def a_log_handler_raises(kind: Kind) -> object:
    return logged(kind, boom)


@fault(TOLD, BOTH, hears=[""])
def a_log_handler_exits(kind: Kind) -> object:
    return logged(kind, leave)


@fault(TOLD, THREAD, hears=[""])
def a_log_handler_logs_itself(kind: Kind) -> object:
    deep = threading.local()

    def log_again() -> None:
        if not getattr(deep, "inside", False):
            deep.inside = True
            logging.getLogger("concurra.core").warning("once more")
            deep.inside = False

    return logged(kind, log_again)


class BrokenStream:
    """A stream that fails, whatever is asked of it."""

    encoding = "no such encoding"

    def __getattr__(self, name: str) -> NoReturn:
        raise OSError(f"no {name}")


def speak() -> str:
    print("out")  # noqa: T201 - a task does
    print("err", file=sys.stderr)  # noqa: T201 - as above
    logging.getLogger("task").warning("logged")
    return "spoke"


def spoke(kind: Kind, out: TextIO | None, err: TextIO | None) -> dict[str, str]:
    """Run tasks that print, with these streams for the program's."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    runner = concurra.TaskRunner(2, use_multiprocessing=kind == "process")
    runner.add_task(speak, label="speak")
    runner.add_task(square, 3, label="good")
    try:
        return {str(label): result["status"] for label, result in runner.run().items()}
    finally:
        sys.stdout, sys.stderr = before


@fault({"speak": "Successful", "good": "Successful"}, BOTH)
def the_program_has_no_streams(kind: Kind) -> object:
    return spoke(kind, None, None)


@fault({"speak": "", "good": "Successful"}, BOTH)
def the_streams_of_the_program_fail(kind: Kind) -> object:
    broken: Any = BrokenStream()
    return spoke(kind, broken, broken)


@fault({"speak": "", "good": "Successful"}, BOTH)
def the_streams_of_the_program_are_closed(kind: Kind) -> object:
    closed = open(os.devnull, "w")  # noqa: PTH123, SIM115 - closed at once
    closed.close()
    return spoke(kind, closed, closed)


@fault({"speak": "", "good": "Successful"}, BOTH)
def the_descriptors_of_the_program_are_closed(kind: Kind) -> object:
    for number in (0, 1, 2):
        os.close(number)
    return spoke(kind, sys.stdout, sys.stderr)


@fault({"speak": "", "good": "Successful"}, BOTH)
def nobody_reads_what_the_program_writes(kind: Kind) -> object:
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    return spoke(kind, sys.stdout, sys.stderr)


@fault({"speak": "", "good": "Successful"}, BOTH)
def the_disk_is_full_where_the_program_writes(kind: Kind) -> object:
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 2)
    return spoke(kind, sys.__stderr__, sys.__stderr__)
