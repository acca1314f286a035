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
    TransferError,
    UnknownDependencyError,
)

EVERY = [
    DuplicateLabelError("a", "work[3]"),
    UnknownDependencyError([("clean", "ftech"), ("x", 7)], ["fetch", "clean"]),
    CycleError([("a", "b", "a"), (1, 1)]),
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
    for kind in (DuplicateLabelError, UnknownDependencyError, CycleError):
        assert issubclass(kind, DefinitionError)


def test_unknown_dependencies_are_told_together_with_hints() -> None:
    error = UnknownDependencyError([("clean", "ftech"), ("x", "zzz")], ["fetch", "clean"])
    assert str(error).splitlines() == [
        "unknown dependency 'ftech' of 'clean'; did you mean 'fetch'?",
        "unknown dependency 'zzz' of 'x'; known labels: 'fetch', 'clean'",
    ]


def test_many_known_labels_are_not_all_listed() -> None:
    assert str(UnknownDependencyError([("a", "q")], list(range(30)))).endswith("8, 9 and 20 more")


def test_a_cycle_reads_as_one_whole_ring() -> None:
    assert str(CycleError([("a", "b", "c", "a")])) == "circular dependency: a -> b -> c -> a"


def test_a_command_killed_by_a_signal_is_told_by_name() -> None:
    error = CommandError({"command": "x", "returncode": -9, "stderr": "why\n"})
    assert str(error) == "command 'x' failed with return code -9 (SIGKILL): why"


def test_a_status_that_is_no_signal_is_told_as_it_is() -> None:
    assert str(CommandError({"command": "x", "returncode": 3})) == "command 'x' failed with return code 3"
