from __future__ import annotations

import pickle

import pytest
from concurra_core.model.errors import (
    BackendLostError,
    CommandError,
    ConcurraError,
    CycleError,
    DefinitionError,
    DuplicateLabelError,
    InitializerError,
    LifecycleError,
    RemoteError,
    RunFailedError,
    SelectionError,
    TransferError,
    UnknownDependencyError,
)

EVERY = [
    DuplicateLabelError("a", "work[3]"),
    UnknownDependencyError([("clean", "ftech"), ("x", 7)], ["fetch", "clean"]),
    CycleError([("a", "b", "a"), (1, 1)]),
    SelectionError(["+ftech", "tag:x"], known=["fetch", 1], tags=["y"]),
    SelectionError(cut=[("a", 1), ("b", "c")], known=["a", "b", "c", 1]),
    LifecycleError("no"),
    BackendLostError("gone"),
    CommandError({"command": ["x"], "returncode": -9, "stderr": b"one\ntwo\n"}),
    TransferError("a lock"),
    InitializerError("it raised", "Traceback ..."),
    RemoteError.named("LockError", "held"),
    RunFailedError("text", {"a": {"error": "ValueError: no"}}, [ValueError("no")]),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_survives_pickling_with_its_facts(error: ConcurraError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


def test_standard_parents_are_kept() -> None:
    assert issubclass(DefinitionError, ValueError)
    assert issubclass(LifecycleError, RuntimeError)
    assert issubclass(BackendLostError, RuntimeError)
    for kind in (DuplicateLabelError, UnknownDependencyError, CycleError, SelectionError):
        assert issubclass(kind, DefinitionError)


def test_unknown_dependencies_are_told_together_with_hints() -> None:
    error = UnknownDependencyError([("clean", "ftech"), ("x", "zzz")], ["fetch", "clean"])
    assert str(error).splitlines() == [
        "unknown dependency 'ftech' of 'clean'; did you mean 'fetch'?",
        "unknown dependency 'zzz' of 'x'; known labels: 'fetch', 'clean'",
    ]


def test_many_known_labels_are_not_all_listed() -> None:
    assert str(UnknownDependencyError([("a", "q")], list(range(30)))).endswith("8, 9 and 20 more")


def test_a_selection_that_matches_nothing_is_told_with_hints() -> None:
    error = SelectionError(["+ftech", "tag:nigthly+", "zzz"], known=["fetch", 1], tags=["nightly"])
    assert str(error).splitlines() == [
        "no task matches '+ftech'; did you mean 'fetch'?",
        "no task matches 'tag:nigthly+'; did you mean 'tag:nightly'?",
        "no task matches 'zzz'; known labels: 'fetch', 1",
    ]
    assert str(SelectionError(known=["a"])) == "nothing is selected; known labels: 'a'"


def test_a_selection_that_cuts_what_it_needs_names_all_of_it() -> None:
    assert str(SelectionError(cut=[("a", 1), (2, "c")])).splitlines() == [
        "'a' needs the result of 1, which is not selected; '+a' selects all that it depends on",
        "2 needs the result of 'c', which is not selected; '+2' selects all that it depends on",
    ]


def test_of_many_mistakes_only_the_first_have_hints() -> None:
    error = SelectionError(["ftech"] * 20, known=["fetch"])
    assert str(error).count("did you mean 'fetch'?") == 10


def test_a_cycle_reads_as_one_whole_ring() -> None:
    assert str(CycleError([("a", "b", "c", "a")])) == "circular dependency: a -> b -> c -> a"


def test_a_command_killed_by_a_signal_is_told_by_name() -> None:
    error = CommandError({"command": "x", "returncode": -9, "stderr": "why\n"})
    assert str(error) == "command 'x' failed with return code -9 (SIGKILL): why"


def test_a_status_that_is_no_signal_is_told_as_it_is() -> None:
    assert str(CommandError({"command": "x", "returncode": 3})) == "command 'x' failed with return code 3"
