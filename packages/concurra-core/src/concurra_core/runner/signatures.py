"""What the signatures of `Wiring` are made of: a type variable per argument, and the two ways to take one.

Each argument of a call may be a value or a `Ref` that stands for one, and the checkers must find out what the value
is. Two detours make them agree; both were tried with mypy 1.13 to 2.4 and pyright 1.1.414, and `tests/typing` holds
what they are for.

* mypy alone, asked to match `Ref[int]` with ``A | Ref[A]``, cannot choose between `int` and `Ref[int]` for *A* and
  chooses nothing. In sight of a type that names itself it tries ``Ref[A]`` first. So the bound of every variable names
  itself. It still means `object`.
* mypy looks at values before it looks at the function. Of ``[1, 2]`` it makes a `list[int]`, and then refuses the
  function that takes a `list[float]`; likewise literals, dicts for a `TypedDict`, a `Ref[Any]`. It looks at the
  function first where that is a protocol, if the type of the value mentions a callable. So there is a second form of
  each overload for what the first one refused: `Taker` and `Fit`.

What is left: where a coroutine function's own annotations hold an `Any`, mypy finds that both forms fit and makes
`Ref[Any]` of its result; and it lets a `functools.partial` take anything. pyright sees through both.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, Never, Protocol, TypeAlias, TypeVar, TypeVarTuple, final

from concurra_core.model.ref import Ref

Anything: TypeAlias = "object | Ref[Anything]"

A = TypeVar("A", bound=Anything)
B = TypeVar("B", bound=Anything)
C = TypeVar("C", bound=Anything)
D = TypeVar("D", bound=Anything)
E = TypeVar("E", bound=Anything)
F = TypeVar("F", bound=Anything)
G = TypeVar("G", bound=Anything)
H = TypeVar("H", bound=Anything)
R = TypeVar("R", bound=Anything)

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)
Args = TypeVarTuple("Args")

# What calling a coroutine function gives. Any: what it sends and receives is the event loop's business.
Awaited: TypeAlias = Coroutine[Any, Any, R]

# A value, or what stands for it.
Given: TypeAlias = A | Ref[A]


@final
class Nobody(Generic[T]):
    """A type without any object; to accept it, too, is to accept nothing more."""

    def __new__(cls) -> Never:
        """Refuse."""
        raise TypeError("there is no such object")


class Called(Protocol[R_co, *Args]):
    """Anything that takes these arguments, whatever they are called and whatever else it takes."""

    def __call__(self, *args: *Args) -> R_co: ...


# The second form of an argument. Any: whatever such a callable gave, nobody could hand it over.
Fit: TypeAlias = A | Ref[A] | Nobody[Callable[[A], Any]]

# What `map` goes through, in its two forms.
Items: TypeAlias = Iterable[A | Ref[A]] | Ref[Iterable[A]]
FitItems: TypeAlias = Iterable[A | Ref[A]] | Ref[Iterable[A]] | Nobody[Callable[[A], Any]]

# The second form of a function. Its second half is what no lambda can be: mypy would not look into one here, and
# make Any of what it returns. So lambdas take the first form only.
Taker: TypeAlias = Called[R, *Args] | Callable[[*tuple[Nobody[Any], ...]], Nobody[Any]]
