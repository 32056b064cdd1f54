"""The lambda and the s that a conclusion is for.

An objective that gives a number for lambda or s has constants of that number, so its claims name
it; where lambda or s is a symbol they speak of a range.
"""

from __future__ import annotations

from proofkit.kernel.claims import (
    AnyLambda,
    AnyNoise,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaIs,
    LambdaRange,
    NoiseIs,
    NoiseRange,
    Scope,
)
from proofkit.kernel.formula import evaluate
from proofkit.kernel.inference import Step
from proofkit.kernel.univariate.terms import ZERO, Node, to_text


def every_noise(step: Step) -> NoiseRange:
    """The s of a conclusion whose reasons hold for every s > 0."""
    s = step.objective.noise
    return AnyNoise() if s is None else NoiseIs(s)


def above(step: Step, threshold: Node) -> LambdaRange:
    """The lambda of a conclusion that needs lambda > threshold; KernelError when it is not."""
    lam = step.objective.lam
    if lam is None:
        return LambdaAbove(threshold)
    top = evaluate(threshold, step.known)
    if top is None:
        raise step.refuse(
            f"lambda = {lam} cannot be compared with {to_text(threshold)} while that is symbolic"
        )
    if not lam > top[1]:
        raise step.refuse(f"lambda = {lam} is not above the threshold {to_text(threshold)}")
    return LambdaIs(lam)


def positive(step: Step) -> LambdaRange:
    """The lambda of a conclusion that needs lambda > 0; KernelError when it is not."""
    return above(step, ZERO)


def at_most_zero(step: Step) -> LambdaRange:
    """The lambda of a refutation that needs lambda <= 0; KernelError when it is positive."""
    lam = step.objective.lam
    if lam is None:
        return LambdaAtMostZero()
    if lam > 0:
        raise step.refuse(f"lambda = {lam} is positive")
    return LambdaIs(lam)


def any_lambda(step: Step) -> LambdaRange:
    """The lambda of a conclusion that holds for every real number."""
    lam = step.objective.lam
    return AnyLambda() if lam is None else LambdaIs(lam)


def for_positive(step: Step) -> Scope:
    """lambda > 0 and every s > 0: the scope of most conclusions about L."""
    return Scope(positive(step), every_noise(step))
