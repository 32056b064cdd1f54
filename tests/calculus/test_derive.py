"""The symbolic derivation against an explicit small net, and the cross-check against a planted
error.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from proofkit.activation.catalogue import Activation
from proofkit.calculus import crosscheck, derive
from proofkit.errors import InternalError
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


@pytest.mark.parametrize("name", ["tanh", "softplus", "gelu", "mish", "sin"])
def test_cross_check_passes(name: str) -> None:
    result = crosscheck.cross_check(Activation.of(name).root, "squared")
    assert result.comparisons >= 30 and float(result.largest_difference) < 1e-10


@pytest.mark.parametrize("field", ["gradient", "laplacian", "hessian_form", "villani"])
def test_cross_check_finds_a_planted_error(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derive.derive("squared")
    slip = sp.Rational(1_000_001, 1_000_000)
    if field == "laplacian":
        changed = sp.Sum(right.laplacian.function * slip, *right.laplacian.limits)
    else:
        changed = getattr(right, field) * slip
    wrong = replace(right, **{field: changed})
    monkeypatch.setattr(derive, "derive", lambda loss: wrong)
    with pytest.raises(InternalError, match=f"{field}|curvature"):
        crosscheck.cross_check(Activation.of("tanh").root, "squared")


EXTREME = [
    "exp(-z^8)", "exp(20*z)", "exp(-exp(3*z))", "exp(-1000000*z^2)", "log((1+exp(2*z))/(1+exp(2*(z-1))))/2",
    "exp(1000)*z", "tanh(1e30*z)^64", "1e-30*tanh(z/1e30)", "exp(exp(exp(z)))", "exp(-z^64)", "tanh(1e6*(z-5))",
    "Max(z, 0)^2", "z/(1 + Abs(z))", "sin(z)^2 + cos(z)^2", "z*exp(1000000000000*log(2))",
]  # fmt: skip


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("text", EXTREME)
def test_the_cross_check_raises_no_false_alarm(text: str, loss: str) -> None:
    result = crosscheck.cross_check(parse(text), loss)
    assert (result.points, result.comparisons) == (3, 36)
    assert float(result.largest_difference) < 1e-15


@pytest.mark.parametrize("text", ["tanh(1e30*z)", "1e-30*z^3", "exp(20*z)"])
def test_a_planted_error_is_found_on_any_scale(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derive.derive("squared")
    slip = sp.Rational(10**12 + 1, 10**12)
    monkeypatch.setattr(
        derive, "derive", lambda loss: replace(right, hessian_form=right.hessian_form * slip)
    )
    with pytest.raises(InternalError, match="hessian_form"):
        crosscheck.cross_check(parse(text), "squared")


def test_what_cannot_be_compared_is_not_called_tested() -> None:
    with pytest.raises(crosscheck.Untested):
        crosscheck.cross_check(parse("z*exp(exp(exp(exp(7))))"), "squared")


def test_a_wrong_derivative_of_the_activation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        crosscheck, "to_sympy", lambda root, z: sp.tanh(z) * (1 + sp.Rational(1, 10**9))
    )
    with pytest.raises(InternalError, match="sigma"):
        crosscheck.cross_check(parse("tanh(z)"), "squared")
