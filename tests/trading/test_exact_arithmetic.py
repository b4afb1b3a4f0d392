"""Books, decisions, risk and the ledger reckon in integers, in an order that every run has.

A float may differ in its last bit from one processor or version to the next, and one bit decides otherwise.
The order of a set changes with every start of Python. So neither is written where it could reach a decision
or what is hashed of it; a decision is then the same everywhere by construction, not because it was tried.
"""

import ast

import pytest

from tests.tracked_files import ROOT, tracked

FLOATS_ALLOWED = {
    "coherence": "strikes are in the venue's own unit and only ever compared",
    "divergence": "the age of a book, in seconds, for people",
    "latency": "milliseconds for people",
    "mapped_pair": "a doubt about a market map, for people",
}
EXACT = sorted(
    name
    for name in (
        *(name for name in tracked() if name.startswith("trading/") and name.endswith(".py")),
        *("kalshi_client/stream/books.py", "kalshi_client/stream/changes.py"),
        "kalshi_client/stream/sequence.py",
    )
    if name.removeprefix("trading/").removesuffix(".py") not in FLOATS_ALLOWED
)
ORDERED = (
    *("trading/actions.py", "trading/decision.py", "trading/decision_hash.py", "trading/observation.py"),
    *("trading/observed_figures.py", "trading/refusals.py", "strategies/hardcoded.py"),
    "strategies/quantitative.py",
)

FLOAT_CALLS = {"float", "round", "complex"}
FLOAT_NAMES = {
    *("math", "statistics", "cmath", "float16", "float32", "float64", "true_divide", "divide", "mean", "std"),
    *("var", "median", "average", "sqrt", "exp", "log", "power", "quantile", "percentile", "linspace"),
}
SET_METHODS = {"keys", "values", "items", "union", "intersection", "difference", "symmetric_difference"}
SET_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)
IN_THAT_ORDER = {
    "list",
    "tuple",
    "enumerate",
    "zip",
    "map",
    "filter",
    "iter",
    "next",
    "sum",
    "join",
    "extend",
}


def floats(source):
    """(line, what) of each piece of float arithmetic."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno, f"the number {node.value}"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno, "a true division"
            case ast.Call(func=ast.Name(id=name)) if name in FLOAT_CALLS:
                yield node.lineno, f"{name}()"
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in FLOAT_NAMES:
                yield node.lineno, name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    if alias.name in FLOAT_NAMES:
                        yield node.lineno, f"import {alias.name}"


def unordered(source):
    """(line, what) of whatever has another order, or another value, in another run."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="hash" | "id" as name)):
                yield node.lineno, f"{name}()"
            case ast.For(iter=over) | ast.comprehension(iter=over) | ast.Starred(value=over):
                if _has_no_order(over):
                    yield over.lineno, "the order of a set or of a dict's view"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IN_THAT_ORDER:
                if any(_has_no_order(argument) for argument in node.args):
                    yield node.lineno, f"{name}() of a set or of a dict's view"


def _has_no_order(node):
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in SET_METHODS
        case ast.BinOp(op=operator, left=left, right=right) if isinstance(operator, SET_OPERATORS):
            return _has_no_order(left) or _has_no_order(right)
    return False


@pytest.mark.parametrize("name", EXACT)
def test_it_reckons_in_integers(name):
    assert list(floats((ROOT / name).read_text())) == []


@pytest.mark.parametrize("name", ORDERED)
def test_it_decides_in_an_order_that_every_run_has(name):
    assert list(unordered((ROOT / name).read_text())) == []


def test_what_may_have_floats_is_there():
    assert all((ROOT / "trading" / f"{name}.py").is_file() for name in FLOATS_ALLOWED)
    assert "trading/risk.py" in EXACT


@pytest.mark.parametrize(
    "line",
    [
        *("x = 0.5", "x = a / b", "x /= 2", "float(a)", "round(a * b)", "math.floor(a)", "import math"),
        *("from math import floor, sqrt", "np.sqrt(a)", "a.mean(axis=1)", "np.zeros(3, np.float64)", "1e3"),
    ],
)
def test_float_arithmetic_is_seen(line):
    assert list(floats(line))


@pytest.mark.parametrize("line", ["x = a // b", "x = a % b", "x: float | None = None", "a.sum(axis=1)"])
def test_integer_arithmetic_is_let_be(line):
    assert not list(floats(line))


@pytest.mark.parametrize(
    "line",
    [
        *("hash(a)", "id(a)", "for x in {1, 2}: pass", "[x for x in set(a)]", "for x in a.keys() & b: pass"),
        *("tuple(a.values())", "','.join({x for x in a})", "(*a.items(),)", "sum(a.values())"),
        *("for x in a.keys() | b: pass", "list(frozenset(a))"),
    ],
)
def test_an_order_that_a_run_may_change_is_seen(line):
    assert list(unordered(line))


@pytest.mark.parametrize("line", ["for x in sorted({1, 2}): pass", "a in {1, 2}", "for x in a: pass"])
def test_what_has_an_order_is_let_be(line):
    assert not list(unordered(line))
