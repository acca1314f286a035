"""The typed doors of `Workflow`: what a type checker proves of a wiring is all written here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Unpack, overload

from concurra_core.model.ref import Ref
from concurra_core.model.settings import AddOptions
from concurra_core.runner.external import External
from concurra_core.runner.signatures import (
    A,
    Awaited,
    B,
    C,
    D,
    E,
    F,
    Fit,
    FitItems,
    G,
    Given,
    H,
    Items,
    R,
    Taker,
)


class Wiring(External):
    """Half of `Workflow`: how tasks are added and wired to one another. What adding means is the other half's."""

    # A table: two rows for each number of arguments, coroutine functions before the others.
    # fmt: off
    @overload
    def add(self, call: Callable[[], Awaited[R]], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[], R], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A], Awaited[R]], a: Given[A], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A], R], a: Given[A], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B], Awaited[R]], a: Given[A], b: Given[B], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B], R], a: Given[A], b: Given[B], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C], Awaited[R]], a: Given[A], b: Given[B], c: Given[C], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C], R], a: Given[A], b: Given[B], c: Given[C], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D], Awaited[R]], a: Given[A], b: Given[B], c: Given[C], d: Given[D], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D], R], a: Given[A], b: Given[B], c: Given[C], d: Given[D], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E], Awaited[R]], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E], R], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E, F], Awaited[R]], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], f: Given[F], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E, F], R], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], f: Given[F], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E, F, G], Awaited[R]], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], f: Given[F], g: Given[G], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E, F, G], R], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], f: Given[F], g: Given[G], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E, F, G, H], Awaited[R]], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], f: Given[F], g: Given[G], h: Given[H], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Callable[[A, B, C, D, E, F, G, H], R], a: Given[A], b: Given[B], c: Given[C], d: Given[D], e: Given[E], f: Given[F], g: Given[G], h: Given[H], /, **options: Unpack[AddOptions]) -> Ref[R]: ...

    # The second form, for values that are what the function takes only because it takes them.
    @overload
    def add(self, call: Taker[Awaited[R], A], a: Fit[A], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A], a: Fit[A], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B], a: Fit[A], b: Fit[B], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B], a: Fit[A], b: Fit[B], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B, C], a: Fit[A], b: Fit[B], c: Fit[C], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B, C], a: Fit[A], b: Fit[B], c: Fit[C], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B, C, D], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B, C, D], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B, C, D, E], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B, C, D, E], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B, C, D, E, F], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], f: Fit[F], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B, C, D, E, F], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], f: Fit[F], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B, C, D, E, F, G], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], f: Fit[F], g: Fit[G], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B, C, D, E, F, G], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], f: Fit[F], g: Fit[G], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[Awaited[R], A, B, C, D, E, F, G, H], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], f: Fit[F], g: Fit[G], h: Fit[H], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    @overload
    def add(self, call: Taker[R, A, B, C, D, E, F, G, H], a: Fit[A], b: Fit[B], c: Fit[C], d: Fit[D], e: Fit[E], f: Fit[F], g: Fit[G], h: Fit[H], /, **options: Unpack[AddOptions]) -> Ref[R]: ...
    # fmt: on

    def add(
        self,
        call: Callable[..., Any],
        /,
        *args: Any,
        label: Hashable = None,
        after: Iterable[Hashable] | None = None,
        **options: Any,
    ) -> Ref[Any]:
        """Add a call of *call* with *args*; return the `Ref` that stands for its result.

        A `Ref` among *args* makes the task wait for the one it stands for, and stands for what the function gets.
        Inside a list or any other container it is not looked for: there is `gather` for that. A coroutine function is
        awaited: its ref stands for the value.

        Args:
            call: the function. Its keyword arguments are bound with a lambda or `functools.partial`, since all
                keywords here are options.
            args: its positional arguments, values or refs; up to eight, as far as type checkers are concerned.
            label: any hashable, unique in its flow; by default the name of the function.
            after: tasks that must succeed first; see `AddOptions`.
            options: see `AddOptions`.

        Raises:
            TypeError: *call* is not callable, or an async generator function; an option is not known, or its value of
                the wrong type.
            ValueError: the value of an option is out of its range.
            DefinitionError: the label is taken, the task would wait for itself, or a ref is another flow's.

        >>> import concurra
        >>> flow = concurra.Workflow()
        >>> words = flow.add(str.split, "to be or not")
        >>> number = flow.add(len, words, label="number of words")
        >>> number
        Ref('number of words')
        >>> flow.run()[number].value
        4
        """
        return self._add(call, args, label, after, options)

    def gather(self, refs: Iterable[Ref[A]], *, label: Hashable = None) -> Ref[list[A]]:
        """Return a ref that stands for the list of what *refs* stand for, in their order.

        Raises:
            TypeError: *refs* is not an iterable of refs, or *label* not hashable.
            DefinitionError: the label is taken, or a ref is another flow's.

        >>> import concurra
        >>> flow = concurra.Workflow()
        >>> squares = [flow.add(pow, base, 2) for base in (1, 2, 3)]
        >>> total = flow.add(sum, flow.gather(squares))
        >>> flow.run()[total].value
        14
        """
        return self._gather(refs, label)

    # fmt: off
    @overload
    def map(self, call: Callable[[A], Awaited[R]], items: Items[A], *, limit: int | None = None, **options: Unpack[AddOptions]) -> Ref[list[R]]: ...
    @overload
    def map(self, call: Callable[[A], R], items: Items[A], *, limit: int | None = None, **options: Unpack[AddOptions]) -> Ref[list[R]]: ...
    @overload
    def map(self, call: Taker[Awaited[R], A], items: FitItems[A], *, limit: int | None = None, **options: Unpack[AddOptions]) -> Ref[list[R]]: ...
    @overload
    def map(self, call: Taker[R, A], items: FitItems[A], *, limit: int | None = None, **options: Unpack[AddOptions]) -> Ref[list[R]]: ...
    # fmt: on

    def map(
        self,
        call: Callable[..., Any],
        items: Any,
        *,
        limit: int | None = None,
        **options: Unpack[AddOptions],
    ) -> Ref[Any]:
        """Add one call of *call* for each of *items*; return the ref that stands for the list of results, in order.

        Args:
            call: a function of one argument, or a coroutine function.
            items: values and refs, as many as there are tasks; or a ref that stands for all the values, which are
                counted when it has its result.
            limit: how many of the tasks may run at once; None for as many as the run allows.
            options: those of each of the tasks, the label aside, which is that of the list; see `AddOptions`.

        Raises:
            TypeError: *call* is not callable or an async generator function, *items* neither iterable nor a ref, *limit* or an option of the wrong
                type.
            ValueError: *limit* is below 1, or the value of an option out of its range.
            DefinitionError: the label is taken, or a ref is another flow's.

        >>> import concurra
        >>> flow = concurra.Workflow()
        >>> words = flow.add(str.split, "to be or not")
        >>> lengths = flow.map(len, words, limit=2)
        >>> flow.run()[lengths].value
        [2, 2, 2, 3]
        """
        return self._map(call, items, limit, options)

    @abstractmethod
    def _add(
        self,
        call: Callable[..., object],
        args: tuple[object, ...],
        label: Hashable,
        after: Iterable[Hashable] | None,
        options: Mapping[str, Any],
    ) -> Ref[Any]:
        """Register a task."""

    @abstractmethod
    def _gather(self, refs: Iterable[Ref[Any]], label: Hashable) -> Ref[Any]:
        """Register what collects *refs*."""

    @abstractmethod
    def _map(
        self,
        call: Callable[..., object],
        items: Iterable[object] | Ref[Iterable[object]],
        limit: int | None,
        options: Mapping[str, Any],
    ) -> Ref[Any]:
        """Register a task for each of *items*, and what collects them."""
