"""Both sides of a kink: series of the risk beside quotients of differences in exact arithmetic."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from proofkit.kernel.claims import Monomial, Sample, UnitGroup
from proofkit.kernel.curves.constants import rational
from proofkit.kernel.curves.one_sided import LineOfNets, beside, first_jump
from proofkit.kernel.curves.series import constant, monomial
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse

F = Fraction
T = monomial(1, -1)
"""t as t -> 0+, in which a series has the exponents of 1/t."""
RELU = parse("Max(z, 0)")


@pytest.mark.parametrize(
    ("text", "at", "right", "left"),
    [
        ("Max(z, 0)", 0, "(1) t^-1", "0"),
        ("Abs(z)", 0, "(1) t^-1", "(1) t^-1"),
        ("Max(z, z/100)", 0, "(1) t^-1", "(-1/100) t^-1"),
        ("Max(-1, Min(1, z))", 1, "(1) t^0", "(1) t^0 + (-1) t^-1"),
        ("Max(-1, Min(1, z))", -1, "(-1) t^0 + (1) t^-1", "(-1) t^0"),
        ("Max(z, 0) + Min(z, 0)", 0, "(1) t^-1", "(-1) t^-1"),
        ("Abs(Abs(z) - 1)", 1, "(1) t^-1", "(1) t^-1"),
        ("Max(z, 0)^2", 0, "(1) t^-2", "0"),
    ],
)
def test_a_function_on_both_sides(text: str, at: int, right: str, left: str) -> None:
    here, sigma = constant(rational(at)), parse(text)
    assert str(beside(sigma, here + T)) == right
    assert str(beside(sigma, here - T)) == left


def test_a_side_that_is_not_seen() -> None:
    # sin(pi) is 0, which balls do not tell.
    near_zero = beside(parse("sin(4*atan(z))"), constant(rational(1)))
    with pytest.raises(KernelError, match="sign"):
        beside(RELU, near_zero)


# -- nets ------------------------------------------------------------------------------------------


def _still(value: Fraction) -> Monomial:
    return Monomial(value, F(0))


def _random_group(rng: random.Random, columns: int) -> UnitGroup:
    entries = tuple(
        Monomial(F(rng.randint(-4, 4), rng.randint(1, 3)), F(rng.randint(0, 1)))
        for _ in range(columns)
    )
    return UnitGroup(rng.randint(1, 3), entries, _still(F(rng.randint(-1, 1))))


def _random_net(rng: random.Random, depth: int) -> tuple[tuple[UnitGroup, ...], ...]:
    columns, layers = 2, list[tuple[UnitGroup, ...]]()
    for _ in range(depth - 1):
        layers.append(tuple(_random_group(rng, columns) for _ in range(3)))
        columns = 3
    last = _random_group(rng, columns)
    return (*layers, (UnitGroup(1, last.weights, last.bias),))


def _weight(entry: Monomial, t: Fraction) -> Fraction:
    return entry.coefficient * (t if entry.exponent == 1 else 1)


def _risk(
    layers: tuple[tuple[UnitGroup, ...], ...], samples: list[Sample], t: Fraction
) -> Fraction:
    """Half the mean square of the residuals of a ReLU net, unit by unit."""
    total = F(0)
    for sample in samples:
        h, counts = list(sample.x), [1] * len(sample.x)
        for level, groups in enumerate(layers):
            u = []
            for group in groups:
                assert group.bias is not None
                inner = (
                    c * _weight(w, t) * value
                    for c, w, value in zip(counts, group.weights, h, strict=True)
                )
                u.append(sum(inner, _weight(group.bias, t)))
            last = level == len(layers) - 1
            h, counts = u if last else [max(v, F(0)) for v in u], [g.count for g in groups]
        total += (h[0] - sample.y[0]) ** 2 / 2
    return total / len(samples)


@pytest.mark.parametrize("seed", range(60))
def test_a_jump_is_that_of_quotients_of_differences(seed: int) -> None:
    rng = random.Random(seed)
    depth = rng.randint(2, 4)
    layers = _random_net(rng, depth)
    samples = [
        Sample((F(rng.randint(-2, 2)), F(rng.randint(-2, 2))), (F(rng.randint(-2, 2)),))
        for _ in range(3)
    ]
    net = LineOfNets(layers, (RELU,) * (depth - 1), loss_of_text("u^2/2"))
    h = F(1, 10**12)
    right, here, left = (_risk(layers, samples, t) for t in (h, F(0), -h))
    measured = (right - here) / h - (here - left) / h
    try:
        jump = first_jump(net, samples)
    except KernelError as error:
        assert "are the same" in str(error)
        assert abs(measured) < F(1, 10**5)
        return
    exact = jump.height.rational
    assert exact is not None
    if jump.order == 1:
        assert exact != 0 and abs(measured - exact) < F(1, 10**5)
    else:
        assert abs(measured) < F(1, 10**5)


def test_random_nets_have_kinks_of_the_first_order_and_none() -> None:
    """The test above would say nothing of nets that are all of one kind."""
    orders = set[int]()
    for seed in range(60):
        rng = random.Random(seed)
        depth = rng.randint(2, 4)
        layers = _random_net(rng, depth)
        samples = [
            Sample((F(rng.randint(-2, 2)), F(rng.randint(-2, 2))), (F(rng.randint(-2, 2)),))
            for _ in range(3)
        ]
        try:
            net = LineOfNets(layers, (RELU,) * (depth - 1), loss_of_text("u^2/2"))
            orders.add(first_jump(net, samples).order)
        except KernelError:
            orders.add(0)
    assert {0, 1} <= orders
