"""What is shown of where a worker was: the frames of the user, all of them, and none of ours."""

from __future__ import annotations

from concurra_core.backends.deaths import place_of
from concurra_core.backends.spawning import BOOT

START = f'  File "<string>", line {len(BOOT.splitlines())} in <module>'
HEAD = "Current thread 0x1 (most recent call first):"
OURS = '  File "/x/concurra_core/backends/worker/batch.py", line 1 in _call'


def test_the_frame_in_which_a_template_starts_is_not_shown() -> None:
    user = '  File "a.py", line 1 in f'
    assert place_of(f"{HEAD}\n{user}\n{OURS}\n{START}\n".encode()) == f"{HEAD}\n{user}"
    assert place_of(f"{HEAD}\n{OURS}\n{START}\n\nThread 0x2:".encode()) == f"{HEAD}\n\nThread 0x2:"


def test_a_frame_of_the_user_that_looks_the_same_is_shown() -> None:
    user = f'{START}\n  File "a.py", line 1 in f'
    assert place_of(f"{HEAD}\n{user}\n{OURS}\n{START}".encode()) == f"{HEAD}\n{user}"


def test_where_there_is_no_stack_nothing_is_shown() -> None:
    assert place_of(b"") == ""
