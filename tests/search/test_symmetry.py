"""Evenness that is read off a tree, against values in balls."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import Workspace
from proofkit.search.symmetry import is_even

MORE = (
    "z^2 + z",
    "z^3",
    "z^2*sin(z)/(1 + z^2)",
    "1/z + z",
    "z/(1 + exp(z^3))",
    "cos(z)/(2 + sin(z))",
    "(1 + z^2)^(1/3)",
    "(z^3 + z)^2",
    "log(1 + exp(z^3)) - z^3/2",
    "exp(-z^2)*z",
    "Abs(z) + z/3",
    "Max(z^2, 1) - z",
    "sqrt(2 + z)",
    "pi*z - 3",
)


def _roots() -> list[Node]:
    return [Activation.of(name).root for name in CATALOGUE] + [parse(text) for text in MORE]


def _quantities(root: Node) -> list[Quantity]:
    defects = [Quantity(root, 1, kappa) for kappa in (Fraction(0), Fraction(1), Fraction(1, 2))]
    return [*(Quantity(root, order) for order in range(4)), *defects]


def _differs(q: Quantity) -> bool:
    """True when balls at z and -z are disjoint for some z."""
    w = Workspace(q.root)
    for z in (Fraction(1, 3), Fraction(5, 7), Fraction(11, 5)):
        right = w.series(q, balls.ball(z), 0)[0]
        left = w.series(q, balls.ball(-z), 0)[0]
        if right.is_finite() and left.is_finite() and not right.overlaps(left):
            return True
    return False


@pytest.mark.parametrize("root", _roots(), ids=str)
def test_what_is_called_even_is_even(root: Node) -> None:
    for q in _quantities(root):
        assert not (is_even(q) and _differs(q)), q


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("tanh(z)", (1, 3)),
        ("1/(1 + exp(-z))", (1, 3)),
        ("log(1 + exp(z))", (2,)),
        ("z/(1 + exp(-z))", (2,)),
        ("z*(1 + erf(z/sqrt(2)))/2", (2,)),
        ("log(cosh(z))", (0, 2)),
        ("z - sin(z)", (1, 3)),
    ],
)
def test_derivatives_of_the_catalogue_that_are_even(text: str, orders: tuple[int, ...]) -> None:
    root = parse(text)
    assert tuple(k for k in range(4) if is_even(Quantity(root, k))) == orders


def test_the_euler_defect_of_an_odd_part_that_is_linear() -> None:
    silu = parse("z/(1 + exp(-z))")
    assert is_even(Quantity(silu, 1, Fraction(1)))
    assert not is_even(Quantity(silu, 1, Fraction(2)))
