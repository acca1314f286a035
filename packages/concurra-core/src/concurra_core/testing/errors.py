"""What can go wrong with a simulation itself, apart from what goes wrong in the flow that it runs.

* ConcurraError
  + HangError                        nothing can end the run any more
  + UnknownLabelError (LookupError)  a test names a task that there is not
* FakeFailure                        raised by a fake in the place of a task's function
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from concurra_core.model.errors import ConcurraError
from concurra_core.model.quoting import quoted, spelled

_SHOWN: Final = 10  # labels in a message


class FakeFailure(Exception):  # noqa: N818 - it is what a task fails with, and no error of the library
    """Raised by a fake that is to fail and was not told with what."""


class HangError(ConcurraError):
    """Nothing is left that could end the run: in real life it would go on for ever.

    *now* is the virtual second, *hanging* holds the label, the attempt and the second of the start of each task that
    has begun and never ends, *waiting* the labels of those that wait.

    >>> print(HangError(9.0, [("poll", 1, 2.0)], ["report"]))
    at 9 virtual seconds nothing is left that could end the run; begun and never to end: 'poll' (attempt 1, since 2 s); waiting: 'report'; give what hangs a timeout, the run a deadline, or abort it
    """

    def __init__(
        self, now: float, hanging: Sequence[tuple[Hashable, int, float]], waiting: Sequence[Hashable]
    ) -> None:
        self.now = now
        self.hanging = tuple(hanging)
        self.waiting = tuple(waiting)
        begun = [
            f"{quoted(label)} (attempt {attempt}, since {start:g} s)" for label, attempt, start in hanging
        ]
        super().__init__(
            f"at {now:g} virtual seconds nothing is left that could end the run; "
            f"begun and never to end: {_listed(begun)}; waiting: {_listed([*map(quoted, waiting)])}; "
            "give what hangs a timeout, the run a deadline, or abort it"
        )

    def __reduce__(self) -> tuple[type[HangError], tuple[object, ...]]:
        return (type(self), (self.now, self.hanging, self.waiting))


class UnknownLabelError(ConcurraError, LookupError):
    """A label that no task of the flow has. *known* are the labels there are.

    >>> print(UnknownLabelError("ftech", ["fetch", "clean"]))
    there is no task 'ftech'; did you mean 'fetch'? known labels: 'fetch', 'clean'
    """

    def __init__(self, label: Hashable, known: Iterable[Hashable]) -> None:
        self.label = label
        self.known = tuple(known)
        by_text = {spelled(name): name for name in self.known}
        close = get_close_matches(spelled(label), by_text, n=1)
        hint = f"did you mean {quoted(by_text[close[0]])}? " if close else ""
        super().__init__(
            f"there is no task {quoted(label)}; {hint}known labels: {_listed([*map(quoted, self.known)])}"
        )

    def __reduce__(self) -> tuple[type[UnknownLabelError], tuple[object, ...]]:
        return (type(self), (self.label, self.known))


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return (", ".join(words[:_SHOWN]) or "none") + more
