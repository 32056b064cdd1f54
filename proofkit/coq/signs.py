"""Bounds from below for the Coq files: what is nowhere negative by its parts, and what falls before
0 and rises after it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofkit.coq.activation import OutOfReach, expression, rational
from proofkit.coq.tails import Half, exponent, half, polynomial_text
from proofkit.kernel.univariate.terms import Node

# -- by parts --------------------------------------------------------------------------------------


def never_negative(root: Node) -> tuple[Fraction, str] | None:
    """k and tactics that prove k <= root(z) in Coq, where root - k is nowhere negative by its parts.

    None where the parts do not show it.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> never_negative(parse("z^4/4 + 1"))[0]
    Fraction(1, 1)
    >>> never_negative(parse("z^3")) is None
    True
    """
    for rest, constant in sorted(_without_constant(root), key=lambda pair: -pair[1]):
        tactics = _nonnegative(rest)
        if tactics is not None:
            return constant, f"cut (0 <= {expression(rest)}); [lra|{tactics}]."
    return None


def _without_constant(root: Node) -> list[tuple[Node, Fraction]]:
    """(E, k) with root = E + k: the root and 0, and a constant that is added or subtracted."""
    whole = (root, Fraction(0))
    if root.op not in ("add", "sub"):
        return [whole]
    first, second = root.args
    if second.op == "num":
        return [whole, (first, second.rational if root.op == "add" else -second.rational)]
    if first.op == "num" and root.op == "add":
        return [whole, (second, first.rational)]
    return [whole]


def _nonnegative(node: Node) -> str | None:
    """One tactic for 0 <= node; None where the parts do not show it."""
    match node.op:
        case "num":
            return "lra" if node.rational >= 0 else None
        case "exp":
            return "apply Rlt_le, exp_pos"
        case "cosh":
            return "(eapply Rle_trans; [|apply cosh_ge_1]; lra)"
        case "add":
            return _both("apply Rplus_le_le_0_compat", *map(_nonnegative, node.args))
        case "sub" if node.args[0].op == "cosh" and node.args[1].op == "num":
            one = f"(cut (1 <= {expression(node.args[0])}); [lra|apply cosh_ge_1])"
            return one if node.args[1].rational <= 1 else None
        case "mul":
            return _both("apply Rmult_le_pos", *map(_nonnegative, node.args))
        case "div":
            return _both("apply div_nonneg", _nonnegative(node.args[0]), _positive(node.args[1]))
        case "log":
            return _log(node.args[0])
        case "pow":
            return _power(node.args[0], node.rational)
        case _:
            return None


def _both(tactic: str, first: str | None, second: str | None) -> str | None:
    return None if first is None or second is None else f"({tactic}; [{first}|{second}])"


def _power(base: Node, exponent: Fraction) -> str | None:
    if exponent == Fraction(1, 2):
        return "apply sqrt_pos"
    if exponent.denominator != 1 or exponent <= 0:
        return None
    if exponent % 2 == 0:
        return f"apply (even_nonneg _ {exponent.numerator // 2}%nat)"
    inner = _nonnegative(base)
    return None if inner is None else f"(apply pow_le; {inner})"


def _log(argument: Node) -> str | None:
    """0 <= ln of what is at least 1."""
    if argument.op == "cosh":
        return "apply ln_nonneg, cosh_ge_1"
    if argument.op != "add":
        return None
    for one, rest in (argument.args, argument.args[::-1]):
        if one.op == "num" and one.rational >= 1:
            inner = _nonnegative(rest)
            if inner is not None:
                return f"(apply ln_nonneg; cut (0 <= {expression(rest)}); [lra|{inner}])"
    return None


def _positive(node: Node) -> str | None:
    """One tactic for 0 < node; None where the parts do not show it."""
    match node.op:
        case "num":
            return "lra" if node.rational > 0 else None
        case "exp":
            return "apply exp_pos"
        case "cosh":
            return "apply cosh_pos"
        case "add":
            first, second = node.args
            return _both(
                "apply Rplus_lt_le_0_compat", _positive(first), _nonnegative(second)
            ) or _both("apply Rplus_le_lt_0_compat", _nonnegative(first), _positive(second))
        case "mul":
            return _both("apply Rmult_lt_0_compat", *map(_positive, node.args))
        case _:
            return None


# -- by the sign of the slope ----------------------------------------------------------------------


def least_at_zero(phi: Any, z: Any) -> tuple[Fraction, list[str]]:
    """phi(0) and lemmas that prove it to be the least value of phi, the last of them ``low_phi``.

    On each half-line phi' is N/D, polynomials in x = |z| and an exponential, with coefficients of
    one sign.
    Raises OutOfReach where they are not, or phi(0) is not rational.
    """
    value = phi.subs(z, 0)
    if not value.is_Rational:
        raise OutOfReach("the value at 0 is not rational")
    low = Fraction(int(value.p), int(value.q))
    slope = sp.diff(phi, z)
    lines = [
        *_one_sign(half(slope, z, 1), "right", "x", 1),
        *_one_sign(half(slope, z, -1), "left", "(- x)", -1),
        f"Lemma low_phi : above phi {rational(low)}.\n"
        "Proof.\n  intros z. rewrite <- phi_same.\n"
        f"  replace {rational(low)} with (ev t_phi 0) by (cbv [ev t_phi]; value_at_zero).\n"
        "  apply (least_value (ev t_phi) phi1 0).\n"
        "  - intros t. apply is_derive_D, ok_phi.\n"
        "  - intros t Ht. now apply slope_right.\n"
        "  - intros t Ht. pose proof (slope_left (- t) ltac:(lra)) as H. "
        "rewrite Ropp_involutive in H. exact H.\nQed.",
    ]
    return low, lines


def _one_sign(h: Half, side: str, at: str, sign: int) -> list[str]:
    """Lemmas that say 0 <= phi'(x), or phi'(-x) <= 0, for x >= 0."""
    names = [sp.Symbol("x", positive=True), sp.Symbol("u", positive=True)]
    numerator, denominator = sp.expand(sign * h.numerator), sp.expand(h.denominator)
    least = denominator.subs(dict.fromkeys(names, 0))
    if (
        h.logarithms
        or not least > 0
        or any(c < 0 for p in (numerator, denominator) for c in sp.Poly(p, *names).coeffs())
    ):
        raise OutOfReach("the sign of the slope is not seen from its coefficients")
    top, bottom = polynomial_text(numerator), polynomial_text(denominator)
    rest = polynomial_text(sp.expand(denominator - least))
    value = f"{top} / {bottom}" if sign > 0 else f"(- {top}) / {bottom}"
    goal, finish = (
        (f"0 <= phi1 {at}", "div_nonneg") if sign > 0 else (f"phi1 {at} <= 0", "div_nonpos")
    )
    unfolded = "cbv [phi1 phi2 ev D add mul opp t_phi]."
    if h.rational:
        form, proof = value, f"{unfolded} field; repeat split; positive_side."
        name_u = ""
    else:
        u = f"exp (- {exponent(h)})"
        form, proof = f"(let u := {u} in {value})", f"{unfolded} half_form {exponent(h)}."
        name_u = (
            f" cbv zeta. pose proof (Rlt_le _ _ (exp_pos (- {exponent(h)}))). "
            f"set (u := {u}) in *. clearbody u."
        )
    return [
        f"Lemma slope_{side}_form x : phi1 {at} = {form}.\nProof. {proof} Qed.",
        f"Lemma slope_{side} x : 0 <= x -> {goal}.\n"
        f"Proof.\n  intros H0. rewrite slope_{side}_form.{name_u}\n"
        f"  apply {finish}; [nonneg_parts|].\n"
        f"  assert (Hrest : 0 <= {rest}) by nonneg_parts. lra.\nQed.",
    ]
