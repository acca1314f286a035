"""The small parts that wait: flag, watchdog, dispatcher, interrupts."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextvars import copy_context
from types import FrameType

import pytest
from concurra_core import Workflow
from concurra_core.backends.watchdog import Watchdog
from concurra_core.model.notes import Note, NoteKind
from concurra_core.reporting.dispatch import Dispatcher
from concurra_core.runner.flag import Flag
from concurra_core.runner.interrupts import Interrupts

NOTE: Note = (NoteKind.PROGRESS, 1.0, None, 3)


def test_a_flag_rings_every_bell_once_and_late_ones_at_once() -> None:
    flag, rung = Flag(), list[str]()
    flag.call(lambda: rung.append("early"))
    waiter = threading.Thread(target=flag.wait)
    waiter.start()
    flag.set()
    flag.call(lambda: rung.append("late"))
    waiter.join(10)
    assert not waiter.is_alive()
    assert rung == ["early", "late"]


def test_a_watchdog_calls_at_the_soonest_moment_and_starts_no_thread_before_there_is_one() -> None:
    rung = threading.Event()
    watchdog = Watchdog(rung.set, time.perf_counter, "dog")
    assert not any(thread.name == "dog" for thread in threading.enumerate())
    watchdog.at(time.perf_counter() + 1e6)
    watchdog.at(time.perf_counter() + 0.01)
    watchdog.at(time.perf_counter() + 1e7)
    assert rung.wait(10)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "dog")
    watchdog.close()
    thread.join(10)
    assert not thread.is_alive()
    watchdog.at(time.perf_counter())
    assert not any(thread.name == "dog" for thread in threading.enumerate())


def test_a_dispatcher_delivers_in_order_and_then_says_so() -> None:
    got: list[object] = []
    drained = threading.Event()
    dispatcher = Dispatcher([got.append, lambda note: got.append(dispatcher.is_current)], "d", copy_context())
    dispatcher.start()
    dispatcher.note(NOTE)
    dispatcher.close(drained.set)
    assert drained.wait(10)
    assert got == [NOTE, True]
    assert not dispatcher.is_current


def test_a_dispatcher_without_a_thread_delivers_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    got: list[object] = []
    dispatcher = Dispatcher([got.append], "d", copy_context())
    dispatcher.start()
    dispatcher.note(NOTE)
    assert not got
    dispatcher.close(lambda: got.append("drained"))
    assert got == [NOTE, "drained"]


@pytest.fixture
def ear_and_mouth() -> Iterator[tuple[int, int]]:
    """A pipe whose mouth is the descriptor that signals are written to, as an event loop has one."""
    ear, mouth = os.pipe()
    os.set_blocking(mouth, False)
    before = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    yield ear, mouth
    signal.set_wakeup_fd(before)
    os.close(ear)
    os.close(mouth)


def test_signals_and_the_wake_up_descriptor_are_put_back(ear_and_mouth: tuple[int, int]) -> None:
    _, mouth = ear_and_mouth
    flag = Flag()
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:  # noqa: PT012 - the exit raises
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        signal.raise_signal(signal.SIGINT)
        interrupts.wait(flag, first=flag.set, second=flag.set)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.set_wakeup_fd(mouth, warn_on_full_buffer=False) == mouth


def test_a_listener_of_before_hears_the_signal_too(ear_and_mouth: tuple[int, int]) -> None:
    ear, _ = ear_and_mouth
    flag = Flag()
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:  # noqa: PT012 - the exit raises
        threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        interrupts.wait(flag, first=flag.set, second=flag.set)
    assert os.read(ear, 9) == bytes([signal.SIGINT])


class Stop(Exception):
    """What a handler of the user's raises."""


def stop(number: int, frame: FrameType | None) -> None:
    raise Stop


@pytest.fixture
def stopping() -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, stop)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("stopping")
def test_a_handler_of_the_users_raises_where_the_wait_can_be_broken_off() -> None:
    flag = Flag()
    told = []
    with pytest.raises(Stop), Interrupts() as interrupts:  # noqa: PT012 - the wait raises
        signal.raise_signal(signal.SIGUSR1)  # in the middle of the machinery, as it were
        told.append("still here")
        interrupts.wait(flag, first=flag.set, second=flag.set)
    assert told == ["still here"]
    assert flag.is_set  # by what answers the first signal
    assert signal.getsignal(signal.SIGUSR1) is stop


@pytest.mark.usefixtures("stopping")
def test_a_handler_that_nobody_waits_for_raises_on_the_way_out() -> None:
    told = []
    with pytest.raises(Stop), Interrupts():  # noqa: PT012 - the exit raises
        signal.raise_signal(signal.SIGUSR1)
        told.append("still here")
    assert told == ["still here"]


@pytest.mark.usefixtures("stopping")
def test_a_handler_that_a_task_sets_stays() -> None:
    with Interrupts():
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN


@pytest.mark.usefixtures("stopping")
def test_an_inline_task_is_struck_by_a_handler_of_the_users_at_once() -> None:
    def struck() -> str:
        try:
            signal.raise_signal(signal.SIGUSR1)
        except Stop:
            return "at once"
        return "later"

    flow = Workflow()
    task = flow.add(struck, on="inline")
    assert flow.run()[task].value == "at once"


def test_without_descriptors_one_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pipe() -> tuple[int, int]:
        raise OSError("too many open files")

    monkeypatch.setattr(os, "pipe", no_pipe)
    flag = Flag()
    with Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        threading.Thread(target=flag.set).start()
        interrupts.wait(flag, first=flag.set, second=flag.set)
    assert flag.is_set


def test_a_dispatcher_whose_rest_raises_tells_all_notes_and_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told, over = list[Note](), threading.Event()

    def rest() -> float | None:
        raise OSError("no rest")

    dispatcher = Dispatcher([told.append], "x", copy_context(), rest)
    dispatcher.start()
    dispatcher.note(NOTE)
    dispatcher.close(over.set)
    assert over.wait(10)
    assert told == [NOTE]
    assert "OSError: no rest" in capsys.readouterr().err
