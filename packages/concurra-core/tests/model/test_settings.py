from __future__ import annotations

import math
from typing import Any

import pytest
from concurra_core.model.halt import Halt, strikes
from concurra_core.model.options import INLINE, Lane
from concurra_core.model.retry import Retry
from concurra_core.model.settings import AddOptions, Defaults, Settings, settings_of

NOTHING = Defaults()
WRONG: Any = "x"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"timout": 1}, TypeError, "'timout' is no option of a task; there are after, allow_failure"),
        ({"timeout": -1}, ValueError, "timeout must be 0 or more"),
        ({"timeout": math.nan}, ValueError, "timeout must be 0 or more"),
        ({"timeout": "1"}, TypeError, "timeout must be a number of seconds"),
        ({"grace": True}, TypeError, "grace must be a number of seconds"),
        ({"retry": 3}, TypeError, r"retry must be a Retry, such as Retry\(3\), not 3"),
        ({"on": "gpu"}, ValueError, "on must be one of 'thread', 'process', 'async', 'inline', not 'gpu'"),
        ({"on": []}, TypeError, "on must be one of"),
        ({"uses": ["db"]}, TypeError, "uses must be a mapping"),
        ({"uses": {"db": 0}}, ValueError, r"uses\['db'\] must be 1 or more"),
        ({"uses": {"db": 1.0}}, TypeError, r"uses\['db'\] must be an int"),
        ({"uses": {1: 1}}, TypeError, "holds the name 1"),
        ({"uses": {"": 1}}, ValueError, "empty name, '': 1; name what it is of"),
        ({"cpus": 0}, ValueError, "cpus must be 1 or more"),
        ({"priority": 1.5}, TypeError, "priority must be an int"),
        ({"expected_seconds": math.inf}, ValueError, "expected_seconds must be 0 or more and finite"),
        ({"tags": "nightly"}, TypeError, r"write tags=\['nightly'\]"),
        ({"tags": 7}, TypeError, "tags must be an iterable of str"),
        ({"tags": [7]}, TypeError, "tags must hold str only, not 7"),
        ({"keep": 1}, TypeError, "keep must be True or False"),
        ({"allow_failure": "no"}, TypeError, "allow_failure must be True or False"),
    ],
)
def test_what_is_wrong_is_named(said: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        settings_of(said)


def test_every_keyword_of_add_is_known() -> None:
    said = dict.fromkeys(set(AddOptions.__annotations__) - {"label", "after"})
    assert settings_of(said) == Settings()


def test_the_task_speaks_before_its_run_and_none_is_as_the_run_has_it() -> None:
    run = Defaults(timeout=9.0, grace=5.0, retry=Retry(4), lane=Lane.PROCESS)
    inherits = settings_of({"timeout": None, "grace": None}).options(run, Lane.THREAD)
    assert (inherits.timeout, inherits.grace, inherits.retry, inherits.lane) == (
        9.0,
        5.0,
        Retry(4),
        Lane.PROCESS,
    )
    own = settings_of({"timeout": 1, "grace": 0, "retry": Retry(1), "on": "thread"}).options(run, Lane.THREAD)
    assert (own.timeout, own.grace, own.retry, own.lane) == (1.0, 0.0, Retry(1), Lane.THREAD)


def test_zero_is_zero_and_infinity_is_no_limit() -> None:
    run = Defaults(timeout=9.0)
    assert settings_of({"timeout": 0}).options(run, Lane.THREAD).timeout == 0.0
    assert settings_of({"timeout": math.inf}).options(run, Lane.THREAD).timeout is None


def test_names_come_sorted_and_words_in_order() -> None:
    said = settings_of({"uses": {"gpu": 1, "db": 2}, "tags": iter(["b", "a"])})
    assert (said.uses, said.tags) == ((("db", 2), ("gpu", 1)), ("b", "a"))


def test_coroutines_and_commands_stay_where_they_are() -> None:
    run = Defaults(lane=Lane.PROCESS)
    assert Settings().options(run, Lane.ASYNC).lane is Lane.ASYNC
    assert Settings().options(run, Lane.COMMAND).lane is Lane.COMMAND
    assert Settings().options(NOTHING, Lane.THREAD).lane is Lane.THREAD


def test_inline_tasks_take_the_one_thread_there_is() -> None:
    assert settings_of({"on": "inline"}).options(NOTHING, Lane.THREAD).uses == ((INLINE, 1),)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Retry(0), ValueError, "attempts must be 1 or more"),
        (lambda: Retry(2, delay=-1), ValueError, "delay must be 0 or more"),
        (
            lambda: Retry(2, jitter=1.5),
            ValueError,
            "jitter, a share of the delay, must be a number from 0 to 1",
        ),
        (lambda: Retry(2, seed=WRONG), TypeError, "seed must be an int or None"),
        (lambda: Retry(2, on=3), TypeError, "on must be exception types or predicates, not 3"),
        (lambda: Retry(2, on=[3]), TypeError, "on must hold exception types or predicates, not 3"),
        (
            lambda: Retry(2, on=int),
            TypeError,
            "on must hold exception types or predicates, not <class 'int'>",
        ),
        (lambda: Halt.now(0), ValueError, "failures must be 1 or more"),
        (lambda: Halt.now(ratio=WRONG), TypeError, "ratio must be a number from 0 to 1"),
        (lambda: Halt.soon(ratio=2), ValueError, "ratio must be a number from 0 to 1, not 2"),
    ],
)
def test_rules_check_their_arguments(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_a_halt_may_go_by_both() -> None:
    halt = Halt.now(3, ratio=0.5)
    assert [strikes(halt, failures, 10) for failures in (2, 3)] == [False, True]
    assert strikes(halt, 2, 3)
    assert not strikes(Halt.never(), 100, 100)
