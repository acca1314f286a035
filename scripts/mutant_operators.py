"""Small mistakes, one at a time, in the syntax tree of a module: what `scripts/mutants.py` plants.

A name that is bound once is not unbound: that would be a NameError, which any test sees.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TWINS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Place(NamedTuple):
    """Where *node* is: in *field* of *parent*, there at *at* if that is a list."""

    parent: ast.AST
    field: str
    at: int | None
    node: Any  # a node of any kind: each mistake knows its own

    def put(self, node: ast.AST) -> None:
        """Put *node* in its stead."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def mistakes(place: Place, home: str, bound: Counter[str]) -> Iterator[ast.AST]:
    """Yield what could stand in *place* instead."""
    make = _EXPRESSIONS.get(type(place.node))
    if make is not None and not (isinstance(place.parent, ast.Compare) and _is_none(place.node)):
        yield from make(place.node)
    tested = place.field == "test" or (place.field == "ifs" and place.at is not None)
    if tested and isinstance(place.node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.NamedExpr):
        yield ast.UnaryOp(ast.Not(), place.node)
    if home and isinstance(place.node, ast.stmt):
        yield from _statements(place.node, bound)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _statements(node: ast.stmt, bound: Counter[str]) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Continue():
            yield from (ast.Break(), ast.Pass())
        case ast.Break():
            yield from (ast.Continue(), ast.Pass())
        case _ if _can_go(node, bound):
            yield ast.Pass()


def _can_go(node: ast.stmt, bound: Counter[str]) -> bool:
    """Return whether the module still makes sense without *node*."""
    match node:
        case ast.Expr() | ast.Delete() | ast.Raise() | ast.Return(value=None):
            return True
        case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
            return bound[target.id] > 1 if isinstance(target, ast.Name) else not isinstance(target, ast.Tuple)
        case ast.AnnAssign(target=ast.Attribute(), value=ast.expr()):
            return True
    return False


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for at, operator in enumerate(node.ops):
        for kind in _COMPARISONS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:at], kind(), *node.ops[at + 1 :]], node.comparators)


def _booleans(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def _unaries(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _sums(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    other = copy.copy(node)
    other.op = _ARITHMETIC[type(node.op)]()
    yield other


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool(value):
            yield ast.Constant(not value)
        case int(value) | float(value):
            yield ast.Constant(value + 1)
        case None:
            yield ast.Constant(0)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _TWINS:
        yield ast.Call(ast.Name(_TWINS[node.func.id], ast.Load()), node.args, node.keywords)


_EXPRESSIONS: Final[dict[type[ast.AST], Callable[[Any], Iterator[ast.AST]]]] = {
    ast.AugAssign: _sums,
    ast.BinOp: _sums,
    ast.BoolOp: _booleans,
    ast.Call: _calls,
    ast.Compare: _comparisons,
    ast.Constant: _constants,
    ast.UnaryOp: _unaries,
}
