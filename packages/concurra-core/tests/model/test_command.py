from __future__ import annotations

from pathlib import Path

import pytest
from concurra_core.model.command import Command, directory, environment, exec_line, shell_line


@pytest.mark.parametrize("wrong", ["ls -l", b"ls", 3, None, {"ls"}, iter(["ls"])])
def test_an_exec_form_is_a_list_or_tuple(wrong: object) -> None:
    with pytest.raises(TypeError, match="command must be a list or tuple of str"):
        exec_line(wrong)


def test_a_wrong_word_is_named_by_its_place() -> None:
    with pytest.raises(TypeError, match=r"command\[1\] must be a str, not 3"):
        exec_line(["ls", 3])


@pytest.mark.parametrize("wrong", [[], [""]])
def test_a_command_names_a_program(wrong: list[str]) -> None:
    with pytest.raises(ValueError, match="names no program"):
        exec_line(wrong)


def test_an_exec_form_is_kept_word_by_word() -> None:
    assert exec_line(["echo", "a b"]) == exec_line(("echo", "a b")) == ("echo", "a b")


def test_null_characters_are_refused_everywhere() -> None:
    for refused in (
        lambda: exec_line(["a\0"]),
        lambda: shell_line("a\0"),
        lambda: directory("a\0"),
    ):
        with pytest.raises(ValueError, match="null character"):
            refused()


def test_a_shell_form_is_a_str_with_something_in_it() -> None:
    with pytest.raises(TypeError, match="use add_command"):
        shell_line(["ls"])
    with pytest.raises(ValueError, match="is empty"):
        shell_line("  ")


def test_directory_and_environment_are_checked() -> None:
    assert directory(Path("x")) == "x"
    assert directory(None) is None
    assert environment(None) is None
    assert environment({"A": "b"}) == {"A": "b"}
    with pytest.raises(TypeError, match="cwd must be a path"):
        directory(3)
    with pytest.raises(TypeError, match="env must be a mapping"):
        environment([("A", "b")])
    with pytest.raises(TypeError, match="'A': 1"):
        environment({"A": 1})


def test_its_name_is_its_line_shortened() -> None:
    assert Command(line=("echo", "a b")).__name__ == "echo 'a b'"
    assert [Command(line=line).shell for line in ("ls", ("ls",))] == [True, False]
    assert Command(line="a |\n  b").__name__ == "a | b"
    assert len(Command(line="x" * 99).__name__) == 60


def test_it_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="a runner runs it"):
        Command(line="ls")()


def test_text_is_decoded_leniently_and_bytes_are_left() -> None:
    assert Command(line="x").result(0, b"a\r\nb\xff", None)["stdout"] == "a\nb\ufffd"
    assert Command(line="x", text=False).result(0, b"a\r\n", b"")["stdout"] == b"a\r\n"


@pytest.mark.parametrize(
    ("name", "value"), [("A=B", "1"), ("", "1"), ("A", "\0"), ("A\0", ""), ("A", "\ud800")]
)
def test_what_no_environment_can_hold_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="env holds what no environment can: ") as caught:
        environment({"GOOD": "x=y", name: value})
    assert f"{name!r}: {value!r}" in str(caught.value)


def test_what_cannot_be_encoded_is_refused_everywhere() -> None:
    for refused in (
        lambda: exec_line(["a\ud800"]),
        lambda: shell_line("a\ud800"),
        lambda: directory("a\ud800"),
    ):
        with pytest.raises(ValueError, match="cannot be encoded"):
            refused()
    assert exec_line(["a\udcff"]) == ("a\udcff",)  # a byte that is no text, as in names of files


def test_a_directory_has_a_name() -> None:
    with pytest.raises(ValueError, match="cwd names no directory: ''; leave it out for the caller's"):
        directory("")
