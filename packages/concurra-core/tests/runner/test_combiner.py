from __future__ import annotations

import threading

import pytest
from concurra_core.runner.combiner import Combiner


def test_business_is_done_and_answered() -> None:
    assert Combiner().ask(divmod, 7, 2) == (3, 1)


def test_what_business_raises_is_raised_in_the_one_who_asked() -> None:
    combiner = Combiner()
    with pytest.raises(ZeroDivisionError):
        combiner.ask(divmod, 1, 0)
    assert combiner.ask(len, "ab") == 2


def test_whoever_holds_the_lock_does_what_others_left() -> None:
    combiner = Combiner()
    inside, leave = threading.Event(), threading.Event()
    doers: list[str] = []
    answers: list[object] = []

    def hold() -> None:
        inside.set()
        assert leave.wait(10)

    def business() -> str:
        doers.append(threading.current_thread().name)
        return "answer"

    def fail() -> None:
        raise OSError("theirs")

    def ask() -> None:
        answers.append(combiner.ask(business))
        with pytest.raises(OSError, match="theirs"):
            combiner.ask(fail)

    holder = threading.Thread(target=lambda: combiner.ask(hold), name="holder")
    holder.start()
    assert inside.wait(10)
    asker = threading.Thread(target=ask, name="asker")
    asker.start()
    while not combiner.slips:
        threading.Event().wait(0.001)
    leave.set()
    asker.join(10)
    holder.join(10)
    assert doers == ["holder"]
    assert answers == ["answer"]


def test_many_threads_never_overlap_and_lose_nothing() -> None:
    combiner = Combiner()
    total = 0
    start = threading.Barrier(4)

    def add() -> None:
        nonlocal total
        before = total
        total = before + 1

    def many() -> None:
        start.wait()
        for _ in range(2000):
            combiner.ask(add)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total == 8000
    assert not combiner.slips


def test_whoever_holds_the_lock_may_leave_word_and_goes_on() -> None:
    combiner = Combiner()
    done: list[str] = []

    def business() -> str:
        combiner.post(lambda: done.append("posted"))  # as a finalizer does that runs in its midst
        done.append("first")
        return "answer"

    assert combiner.ask(business) == "answer"
    assert done == ["first", "posted"]
    combiner.post(lambda: done.append("at once"))
    assert done[-1] == "at once"
