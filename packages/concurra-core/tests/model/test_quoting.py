from __future__ import annotations

import pytest
from concurra_core.model.checks import attribute, items_in, number_in, pairs_in, whole_in
from concurra_core.model.quoting import quoted, spelled
from strange_values import (
    Hostile,
    HostileError,
    HostileMapping,
    Impostor,
    Level,
    Unprintable,
    failing,
    nested,
    ring,
)


def test_whatever_there_is_can_be_quoted() -> None:
    assert (quoted("a"), quoted(None), quoted(ring())) == ("'a'", "None", "[[...]]")
    assert quoted(-(10**5000)) == "<an int of 16610 bits>"
    assert quoted({"a": [10**5000, 7]}) == "{'a': [<an int of 16610 bits>, 7]}"
    assert quoted([Unprintable(), "a"]).startswith("[<strange_values.Unprintable object at 0x")
    assert quoted(nested(100_000)) == "[[[[[...]]]]]"
    assert quoted(HostileMapping()).startswith("<strange_values.HostileMapping object at 0x")


def test_what_is_long_is_cut_in_the_middle() -> None:
    text = quoted("x" * 100_000)
    assert len(text) == 500
    assert (text[:3], text[-3:]) == ("'xx", "xx'")
    assert "x...x" in text


class Refusing(list[object]):
    def __repr__(self) -> str:
        raise HostileError

    def __len__(self) -> int:
        raise HostileError


def test_a_container_that_cannot_be_gone_through_is_a_plain_object() -> None:
    assert "Refusing object at 0x" in quoted(Refusing())
    namesake = type("list", (Refusing,), {})  # `reprlib` goes by the name
    assert "list object at 0x" in quoted(namesake())


def test_what_has_no_text_is_quoted() -> None:
    assert (spelled("a\nb"), spelled(7), spelled(10**5000)) == ("a\nb", "7", "<an int of 16610 bits>")
    assert spelled(Unprintable()).startswith("<strange_values.Unprintable object at 0x")


def test_only_numbers_are_numbers() -> None:
    assert (number_in(1), number_in(0.5), whole_in(Level.ONE), whole_in(1.0)) == (1, 0.5, 1, None)
    assert [number_in(value) for value in (True, "1", None, 1j, Impostor(int), Impostor(float))] == [None] * 6


def test_what_an_iterable_raises_is_raised_with_the_place_where_it_was_given() -> None:
    with pytest.raises(HostileError) as caught:
        items_in("tags", failing())
    assert caught.value.__notes__ == ["raised by what was given as tags, when its items were taken"]
    with pytest.raises(HostileError) as caught:
        pairs_in("env", HostileMapping())
    assert caught.value.__notes__ == ["raised by what was given as env, when its items were taken"]


def test_what_cannot_be_asked_has_no_attributes() -> None:
    assert (attribute(Hostile(), "info"), attribute(1, "info"), attribute(1j, "real")) == (None, None, 0.0)
