"""The lambda and the s that a conclusion is for, in the words of its statement.

A problem that gives a number for lambda or s has constants of that number, so its
statements name it; where lambda or s is a symbol they say "every".
"""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.core import Step


def of_s(step: Step) -> str:
    """The s of a conclusion whose reasons hold for every s > 0."""
    s = step.problem.noise
    return "every s > 0" if s is None else f"s = {s}"


def above(step: Step, threshold: str) -> str:
    """The lambda of a conclusion that needs lambda > threshold, a constant or "0"; KernelError when
    it is not.
    """
    lam = step.problem.lam
    if lam is None:
        return f"for every lambda > {threshold}"
    top = Fraction(0)
    if threshold != "0":
        c = step.known.get(threshold)
        if c is None or c.hi is None:
            raise step.refuse(
                f"lambda = {lam} cannot be compared with {threshold} while that is symbolic"
            )
        top = c.hi
    if not lam > top:
        raise step.refuse(f"lambda = {lam} is not above the threshold {threshold}")
    return f"for lambda = {lam}"


def positive(step: Step) -> str:
    """The lambda of a conclusion that needs lambda > 0; KernelError when it is not."""
    return above(step, "0")


def not_positive(step: Step) -> str:
    """The lambda of a refutation that needs lambda <= 0; KernelError when it is positive."""
    lam = step.problem.lam
    if lam is None:
        return "for every lambda <= 0"
    if lam > 0:
        raise step.refuse(f"lambda = {lam} is positive")
    return f"for lambda = {lam}"


def any_lambda(step: Step) -> str:
    """The lambda of a conclusion that holds for every real number."""
    lam = step.problem.lam
    return "for every lambda" if lam is None else f"for lambda = {lam}"
