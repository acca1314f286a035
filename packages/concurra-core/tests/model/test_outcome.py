from __future__ import annotations

from concurra_core.model.outcome import Raised, capture, describe


class Silent(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Odd(Exception):
    """An exception that cannot even be formatted."""

    def __getattribute__(self, name: str) -> object:
        if name in {"__cause__", "__notes__"}:
            raise OSError("not now")
        return super().__getattribute__(name)


def raised(error: BaseException, *, frames: int = 1) -> Raised:
    def inner() -> object:
        raise error

    try:
        inner()
    except BaseException as caught:
        return capture(caught, frames=frames)
    raise AssertionError


def test_our_own_frames_are_cut_and_the_users_kept() -> None:
    trace = raised(ValueError("no")).trace
    assert trace.startswith("Traceback (most recent call last):\n")
    assert trace.endswith("ValueError: no\n")
    assert "in inner" in trace
    assert "in raised" not in trace
    assert "in raised" in raised(ValueError("no"), frames=0).trace


def test_causes_notes_and_groups_are_kept() -> None:
    error = ExceptionGroup("many", [ValueError("one"), OSError("two")])
    error.add_note("remember")
    error.__cause__ = KeyError("first")
    trace = raised(error).trace
    for word in ("KeyError: 'first'", "direct cause", "remember", "ValueError: one", "OSError: two"):
        assert word in trace


def test_an_exception_without_a_frame_has_a_traceback_all_the_same() -> None:
    assert capture(ValueError("no"), frames=3).trace == "Traceback (most recent call last):\nValueError: no\n"


def test_an_exception_that_cannot_be_shown_is_still_a_fault() -> None:
    assert describe(Silent()) == "Silent: (its message cannot be shown)"
    assert "(its traceback cannot be shown: OSError)" in raised(Odd()).trace


def test_an_exception_without_a_message_is_its_type() -> None:
    assert describe(ValueError()) == "ValueError"
