"""The one rule for the radius, and the six formulas that are its instances."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.radius import Growth, RadiusError, radius
from proofkit.kernel.symbols import (
    A_2,
    G0,
    NAMES,
    A,
    B,
    C,
    E,
    G,
    J,
    K,
    M,
    N,
    Q,
    a_1,
    kappa_lo,
    lam,
    larger,
    m,
    r,
    s,
    sqrt,
)
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ONE, ZERO, Node, substitute, to_text

AFFINE = B + lam * N + M
BOUNDED = Growth(
    (lam * r - G) ** 2 / s - K - lam * N,
    G / lam,
    (G + sqrt(s * (K + lam * N + M))) / lam,
    (lam, s),
)
EULER = Growth(
    (lam * r - E) ** 2 / s - A * r - B - lam * N,
    larger(ONE, E / lam),
    (2 * lam * E + s * A + sqrt(4 * lam * E * s * A + s**2 * A**2 + 4 * lam**2 * s * AFFINE))
    / (2 * lam**2),
    (lam, s),
)
LIPSCHITZ = Growth(
    (m * r - G0) ** 2 / s - A * r - B - lam * N,
    G0 / m,
    (2 * m * G0 + s * A + sqrt(4 * m * G0 * s * A + s**2 * A**2 + 4 * m**2 * s * AFFINE))
    / (2 * m**2),
    (lam, m, s),
)
LINE = Growth(
    (lam * r - J) ** 2 / (s * Q**2) - A * r - B - lam * N,
    J / lam,
    (
        2 * lam * J
        + s * Q**2 * A
        + sqrt(4 * lam * J * s * Q**2 * A + s**2 * Q**4 * A**2 + 4 * lam**2 * s * Q**2 * AFFINE)
    )
    / (2 * lam**2),
    (lam, Q, s),
)
_LARGEST = s * A**2 / (4 * lam * kappa_lo)
ONE_SIGNED = Growth(
    lam**2 * r**2 / s - 2 * lam * C / s - _LARGEST - B - lam * N,
    sqrt(2 * C / lam),
    sqrt(2 * lam * C + s * (_LARGEST + B + lam * N + M)) / lam,
    (kappa_lo, lam, s),
)
RADIAL = Growth(
    lam**2 * r**2 / s - 2 * lam * C / s - A * r - B - lam * N,
    sqrt(C / lam),
    (s * A + sqrt(s**2 * A**2 + 4 * lam**2 * (2 * lam * C + s * AFFINE))) / (2 * lam**2),
    (lam, s),
)
QUADRATIC = (
    "(2*lambda*J + s*Q^2*A + sqrt(4*lambda*J*s*Q^2*A + s^2*Q^4*A^2 + 4*lambda^2*s*Q^2*(B "
    "+ lambda*N + M)))/(2*lambda^2)"
)
# The formulas of the first version.
FORMULAS = [
    (BOUNDED, "(G + sqrt(s*(K + lambda*N + M)))/lambda"),
    (
        EULER,
        "Max(1, (2*lambda*E + s*A + sqrt(4*lambda*E*s*A + s^2*A^2 + 4*lambda^2*s*(B + lambda*N + "
        "M)))/(2*lambda^2))",
    ),
    (
        LIPSCHITZ,
        "(2*m*G0 + s*A + sqrt(4*m*G0*s*A + s^2*A^2 + 4*m^2*s*(B + lambda*N + M)))/(2*m^2)",
    ),
    (LINE, QUADRATIC),
    (
        ONE_SIGNED,
        "sqrt(2*lambda*C + s*(s*A^2/(4*lambda*kappa_lo) + B + lambda*N + M))/lambda",
    ),
]
GROWTHS = [BOUNDED, EULER, LIPSCHITZ, LINE, ONE_SIGNED, RADIAL]
SYMBOLS = (lam, s, m, N, G, G0, K, A, B, C, E, J, Q, M, kappa_lo)


def values(numbers: list[Fraction]) -> dict[str, Constant]:
    """The constants with these values."""
    names = [str(x.value) for x in SYMBOLS]
    return {name: Constant(name, None, q, q) for name, q in zip(names, numbers, strict=True)}


NUMBERS = st.lists(
    st.fractions(Fraction(1, 50), 50, max_denominator=60),
    min_size=len(SYMBOLS),
    max_size=len(SYMBOLS),
).map(values)


@pytest.mark.parametrize(("growth", "text"), FORMULAS)
def test_each_formula_of_the_first_version_is_an_instance(growth: Growth, text: str) -> None:
    assert to_text(radius(growth, {})) == text


@pytest.mark.parametrize("growth", GROWTHS)
@given(known=NUMBERS)
def test_the_bound_is_the_level_at_the_root_and_the_start_is_not_beyond(
    growth: Growth, known: dict[str, Constant]
) -> None:
    r_0 = radius(growth, known)
    left = evaluate(substitute(growth.bound - M, {r: growth.root}), known)
    assert left is not None
    assert left[0] <= 0 <= left[1]
    assert left[1] - left[0] < Fraction(1, 10**20)
    assert growth.start is not None
    least, found = evaluate(growth.start, known), evaluate(r_0, known)
    assert least is not None
    assert found is not None
    assert least[0] <= found[1]


@pytest.mark.parametrize("growth", GROWTHS)
@given(known=NUMBERS, beyond=st.fractions(1, 10, max_denominator=50))
def test_the_bound_is_at_least_the_level_beyond_the_radius(
    growth: Growth, known: dict[str, Constant], beyond: Fraction
) -> None:
    margin = substitute(growth.bound - M, {r: radius(growth, known) + (beyond - 1)})
    value = evaluate(margin, known)
    assert value is not None
    assert value[1] >= 0


@given(known=NUMBERS)
def test_without_a_multiple_of_r_the_radius_needs_no_1(known: dict[str, Constant]) -> None:
    """Both radii hold for the same radial bound; far out the one without r >= 1 is smaller."""
    both = {**known, "E": Constant("E", None, known["C"].lo, known["C"].hi)}
    here = evaluate(radius(RADIAL, both), both)
    before = evaluate(radius(EULER, both), both)
    assert here is not None
    assert before is not None
    c, at = known["C"].lo, known["lambda"].lo
    assert c is not None
    assert at is not None
    if before[0] > 1 + c / (2 * at):
        assert here[0] <= before[1]


def test_a_start_that_is_not_below_the_root_stays() -> None:
    growth = Growth(BOUNDED.bound, K, BOUNDED.root, BOUNDED.positive)
    assert to_text(radius(growth, {})) == f"Max(K, {to_text(BOUNDED.root)})"
    nowhere = Growth(BOUNDED.bound, None, BOUNDED.root, BOUNDED.positive)
    assert radius(nowhere, {}) == BOUNDED.root


ONE_HALF = Fraction(1, 2)


def curved(leading: Node) -> Growth:
    """A Laplacian that grows as A_2 r^2; ``leading`` is what the root is written with."""
    u, rest = 2 * lam * G, G**2 - s * (K + lam * N + M)
    v = 4 * lam**2 * G**2 - 4 * leading * rest
    return Growth(
        (lam * r - G) ** 2 / s - A_2 * r**2 - K - lam * N,
        None,
        (u + sqrt(v)) / (2 * leading),
        (lam, s),
    )


def test_a_laplacian_that_grows_with_the_square_of_r() -> None:
    """The leading coefficient lambda^2 - s A_2 is compared with 0 by its value, or refused."""
    growth = curved(lam**2 - s * A_2)
    known = {
        **values([Fraction(2)] * len(SYMBOLS)),
        "A_2": Constant("A_2", None, ONE_HALF, ONE_HALF),
    }
    with pytest.raises(RadiusError, match="not seen to be positive"):
        radius(growth, {})
    too_large = {**known, "A_2": Constant("A_2", None, Fraction(3), Fraction(3))}
    with pytest.raises(RadiusError, match="not seen to be positive"):
        radius(growth, too_large)
    found = evaluate(radius(growth, known), known)
    assert found is not None
    # (2 r - 2)^2/2 - r^2/2 - 2 - 4 = 2, or 3 r^2 - 8 r - 12 = 0.
    assert 3 * found[0] ** 2 - 8 * found[0] - 12 <= 0 <= 3 * found[1] ** 2 - 8 * found[1] - 12
    assert found[0] > 2


@pytest.mark.parametrize(
    ("growth", "why"),
    [
        (Growth(BOUNDED.bound, None, (G + sqrt(s * (K + M))) / lam, (lam, s)), "is not the root"),
        (Growth(BOUNDED.bound, None, (2 * G + sqrt(s * M)) / lam, (lam, s)), "is not the root"),
        (Growth(BOUNDED.bound, None, G / lam, (lam, s)), "not of the form"),
        (Growth(BOUNDED.bound, None, BOUNDED.root, (s,)), "not seen to be positive"),
        (Growth(BOUNDED.bound, None, BOUNDED.root, ()), "not seen to be positive"),
        (Growth(r**3 - K, None, BOUNDED.root, (lam, s)), "degree two"),
        (Growth(r**2 / (lam - s), None, BOUNDED.root, (lam, s)), "divides by a sum"),
        (Growth(-A * r - B, None, BOUNDED.root, (lam, s)), "not seen to be positive"),
        (
            Growth((lam * r - G) ** 2 / s + a_1, None, (G + sqrt(s * (M - a_1))) / lam, (lam, s)),
            "signs",
        ),
        (
            Growth(BOUNDED.bound, None, substitute(BOUNDED.root, {lam: -lam}), (lam, s)),
            "signs|not the root",
        ),
    ],
)
def test_anything_else_is_refused(growth: Growth, why: str) -> None:
    with pytest.raises(RadiusError, match=why):
        radius(growth, {})


def test_the_smaller_root_is_refused() -> None:
    """(-G - sqrt(...))/(-lambda) is the larger root, written with a divisor that is not positive."""
    other = (-G - sqrt(s * (K + lam * N + M))) / (-lam)
    with pytest.raises(RadiusError):
        radius(Growth(BOUNDED.bound, None, other, (lam, s)), {})
    with pytest.raises(RadiusError):
        smaller = (G - sqrt(s * (K + lam * N + M))) / lam
        radius(Growth(BOUNDED.bound, None, smaller, (lam, s)), {})


def test_zero_is_no_quadratic() -> None:
    with pytest.raises(RadiusError):
        radius(Growth(ZERO * r, None, BOUNDED.root, (lam, s)), {})


@pytest.mark.parametrize("growth", GROWTHS)
def test_formulas_are_read_back(growth: Growth) -> None:
    found = radius(growth, {})
    assert parse(to_text(found), NAMES | {"r"}) == found
