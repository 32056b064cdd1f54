"""The symbolic derivation against an explicit small net, and the cross-check against a planted error."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from proofkit.activation.catalogue import Activation
from proofkit.calculus import crosscheck, derive
from proofkit.errors import InternalError


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
