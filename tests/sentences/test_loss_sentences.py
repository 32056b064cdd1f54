"""What is said of the loss, and of the lower bounds of L that rest on it."""

from __future__ import annotations

import pytest

from proofkit.kernel.claims import (
    V2,
    V3,
    AnyNoise,
    Claim,
    LambdaAbove,
    LossBounds,
    LossFloor,
    OfLoss,
    Scope,
    Swing,
)
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.symbols import F, G, l1, l2, l_inf, lam, lambda_0, lambda_b, s
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ZERO, num
from proofkit.losses.catalogue import resolve
from proofkit.sentences.printer import PAYLOADS, SENTENCES
from proofkit.sentences.published import published_threshold
from proofkit.sentences.said import Said

EVERY = Scope(LambdaAbove(ZERO), AnyNoise())


def step(claim: Claim, loss: str = "log(cosh(u))") -> Said:
    return Said("", claim, Objective(parse("tanh(z)"), resolve(loss)), {}, ())


@pytest.mark.parametrize(
    ("claim", "loss", "words"),
    [
        (
            LossBounds(l1, l2, everywhere=True),
            "softplus(1-m)",
            "|l'| <= l1 and |l''| <= l2, for phi(m) = log(1 + exp(1 - m)), m = y f",
        ),
        (
            LossBounds(None, l2, everywhere=True),
            "squared",
            "|l''| <= l2, for phi(u) = u^2/2, u = f - y",
        ),
        (
            LossBounds(l1, None, everywhere=False),
            "u^4/4",
            "|l'| <= l1 at every output that W reaches, for phi(u) = u^4/4, u = f - y",
        ),
        (
            OfLoss("h_omega", num(2), num(0).rational, num(1).rational),
            "u^4/4",
            "h_omega = sup max(phi'(u)^2 - 2 u phi'(u), 0) for phi(u) = u^4/4, u = f - y",
        ),
        (LossFloor(l_inf), "u^4/4", "l >= l_inf for every W"),
        (
            Swing(2 * l1 * F),
            "u^4/4",
            "the mean of l(f_i, y_i) - l(f'_i, y_i) is at most 2*l1*F where |f_i|, |f'_i| <= F",
        ),
        (
            V2(EVERY, l_inf, G),
            "u^4/4",
            "V2: L(W) >= l_inf + (lambda/2) r^2 - G r, so L(W) -> oo as r -> oo, for every lambda > 0",
        ),
        (
            V3(EVERY, 2 * G**2 / (lam * s), 2),
            "u^4/4",
            "V3: the integral of exp(-2 L/s) is at most exp(2*G^2/(lambda*s)) (2 pi s/lambda)^(N/2), "
            "for every lambda > 0 and every s > 0",
        ),
        (
            V2(EVERY, l_inf, decay=lambda_0, bias=lambda_b),
            "logistic",
            "V2: L(W) >= l_inf + (lambda_0/2) w^2 + lambda_b |b|, w the norm of all parameters but the "
            "bias b of the output, so L(W) -> oo as r -> oo, for every lambda > 0",
        ),
        (
            V3(EVERY, decay=lambda_0, bias=lambda_b),
            "logistic",
            "V3: the integral of exp(-2 L/s) is at most (pi s/lambda_0)^((N - 1)/2) s/lambda_b, for every "
            "lambda > 0 and every s > 0",
        ),
    ],
)
def test_sentences(claim: Claim, loss: str, words: str) -> None:
    assert SENTENCES[type(claim)](step(claim, loss)) == words


def test_the_record_of_a_lower_bound_has_what_stands_beside_the_square() -> None:
    assert PAYLOADS[V2](step(V2(EVERY))) == {}
    assert PAYLOADS[V2](step(V2(EVERY, l_inf))) == {"floor": "l_inf"}
    assert PAYLOADS[V2](step(V2(EVERY, l_inf, G))) == {"floor": "l_inf", "slope": "G"}
    assert PAYLOADS[V2](step(V2(EVERY, decay=lambda_0, bias=lambda_b))) == {
        "decay": "lambda_0",
        "bias": "lambda_b",
    }
    assert PAYLOADS[V3](step(V3(EVERY))) == {}
    assert PAYLOADS[V3](step(V3(EVERY, bias=lambda_b))) == {"bias": "lambda_b"}
    assert PAYLOADS[V3](step(V3(EVERY, -2 * l_inf / s))) == {"exponent": "(-2)*l_inf/s"}
    assert PAYLOADS[V3](step(V3(EVERY, G, 2))) == {"exponent": "G", "widen": 2}


def test_the_published_threshold_belongs_to_the_loss() -> None:
    squared, logistic = (published_threshold(resolve(name), {}) for name in ("squared", "logistic"))
    assert squared is not None and logistic is not None
    assert squared.formula == "2*M1*M1*B_x^2*a_2^2" and "2210.11452 (recalled)" in squared.source
    assert logistic.formula == "M1*M1*B_x^2*a_2^2/2" and "2309.09258 (recalled)" in logistic.source
    assert published_threshold(resolve("log(cosh(u))"), {}) is None
