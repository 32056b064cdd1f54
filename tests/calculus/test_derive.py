"""The symbolic derivation against an explicit small net and against the kernel's formulas, with
errors planted in both.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from flint import arb

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.calculus import crosscheck, derive
from proofkit.errors import InternalError
from proofkit.kernel.objective import derivation
from proofkit.kernel.objective.derivation import Comparison
from proofkit.kernel.univariate.parser import parse


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_gradient_and_laplacian_equal_the_explicit_expansion(loss: str) -> None:
    d = derive.derive(loss).with_activation(Activation.of("tanh").root)
    sizes = {derive.n: 1, derive.p: 2, derive.d: 2}
    L = d.objective.subs(sizes).doit()
    W = [[derive.W[j, k] for k in (1, 2)] for j in (1, 2)]
    point = {
        derive.x[1, 1]: 2,
        derive.x[1, 2]: -1,
        derive.y[1]: 1,
        derive.a[1]: 3,
        derive.a[2]: -2,
        derive.lam: sp.Rational(1, 3),
    }
    at = {
        W[0][0]: sp.Rational(1, 5),
        W[0][1]: sp.Rational(2, 7),
        W[1][0]: sp.Rational(-1, 3),
        W[1][1]: sp.Rational(3, 4),
    }
    for j in (1, 2):
        for k in (1, 2):
            derived = (
                d.gradient.subs({derive.J: j, derive.K: k}).subs(sizes).doit().subs(point).subs(at)
            )
            explicit = sp.diff(L, W[j - 1][k - 1]).subs(point).subs(at)
            assert abs(sp.N(derived - explicit, 40)) < 1e-30
    derived = d.laplacian.subs(sizes).doit().subs(point).subs(at)
    explicit = sum(sp.diff(L, w, 2) for row in W for w in row).subs(point).subs(at)
    assert abs(sp.N(derived - explicit, 40)) < 1e-30


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Comparisons are remembered by their content, of which planted errors are no part."""
    crosscheck.compare_with_kernel.cache_clear()


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_sympy_derives_the_formulas_of_the_kernel(name: str, loss: str) -> None:
    made = crosscheck.compare_with_kernel(Activation.of(name).root, loss)
    assert made == Comparison(points=3, comparisons=25, telling=3)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("field", crosscheck.COMPARED)
def test_an_error_planted_in_a_derived_formula_is_found(
    field: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = derive.derive(loss)
    slip = sp.Rational(10**9 + 1, 10**9)
    wrong = replace(right, **{field: getattr(right, field) * slip})
    monkeypatch.setattr(derive, "derive", lambda name: wrong)
    with pytest.raises(InternalError, match=field):
        crosscheck.compare_with_kernel(Activation.of("tanh").root, loss)


@pytest.mark.parametrize("name", ["gradient_entry", "hessian_form", "laplacian"])
def test_an_error_planted_in_a_formula_of_the_kernel_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(derivation, name)
    slip = 1 + arb((1, -30))
    monkeypatch.setattr(
        derivation, name, lambda *given: tuple(term * slip for term in right(*given))
    )
    with pytest.raises(InternalError, match=name.removesuffix("_entry")):
        crosscheck.compare_with_kernel(Activation.of("tanh").root, "squared")


EXTREME = [
    "exp(-z^8)", "exp(20*z)", "exp(-exp(3*z))", "exp(-1000000*z^2)", "log((1+exp(2*z))/(1+exp(2*(z-1))))/2",
    "exp(1000)*z", "tanh(1e30*z)^64", "1e-30*tanh(z/1e30)", "exp(exp(exp(z)))", "exp(-z^64)", "tanh(1e6*(z-5))",
    "Max(z, 0)^2", "z/(1 + Abs(z))", "sin(z)^2 + cos(z)^2", "z*exp(1000000000000*log(2))",
]  # fmt: skip


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("text", EXTREME)
def test_the_comparison_raises_no_false_alarm(text: str, loss: str) -> None:
    made = crosscheck.compare_with_kernel(parse(text), loss)
    assert (made.points, made.comparisons) == (3, 25)


@pytest.mark.parametrize("text", ["tanh(1e30*z)", "1e-30*z^3", "exp(20*z)"])
def test_a_planted_error_is_found_on_any_scale(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derive.derive("squared")
    slip = sp.Rational(10**12 + 1, 10**12)
    monkeypatch.setattr(
        derive, "derive", lambda loss: replace(right, hessian_form=right.hessian_form * slip)
    )
    with pytest.raises(InternalError, match="hessian_form"):
        crosscheck.compare_with_kernel(parse(text), "squared")


NOWHERE = "z*exp(exp(exp(exp(7))))"


def test_what_cannot_be_compared_is_not_said_to_agree() -> None:
    with pytest.raises(crosscheck.NotCompared):
        crosscheck.compare_with_kernel(parse(NOWHERE), "squared")
    assert "were not compared" in crosscheck.comparison_sentence(parse(NOWHERE), "squared")


def test_a_wrong_derivative_of_the_activation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        crosscheck, "to_sympy", lambda root, z: sp.tanh(z) * (1 + sp.Rational(1, 10**9))
    )
    with pytest.raises(InternalError, match="sigma"):
        crosscheck.compare_with_kernel(parse("tanh(z)"), "squared")


def test_the_cross_check_compares_the_kernel_with_exact_differentiation_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert crosscheck.cross_check(parse("tanh(z)"), "squared").points == 3
    right = derivation.slope_along  # of which SymPy's formulas know nothing
    monkeypatch.setattr(
        derivation, "slope_along", lambda *given: tuple(2 * term for term in right(*given))
    )
    with pytest.raises(InternalError, match="grad L"):
        crosscheck.cross_check(parse("tanh(z)"), "squared")


def test_what_is_derived_of_a_kink_is_said() -> None:
    kinked = crosscheck.comparison_sentence(parse("tanh(z)"), "Abs(u)")
    assert kinked.endswith("at a kink of the activation or of the loss they say nothing")
    assert "kink" not in crosscheck.comparison_sentence(parse("tanh(z)"), "squared")
