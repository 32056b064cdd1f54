"""That |sigma'| grows at least like |z| at one end, for the Coq files: proved for polynomials."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import comb

from proofkit.coq.activation import OutOfReach, rational
from proofkit.kernel.univariate.terms import Node, walk


@dataclass(frozen=True)
class Growth:
    """sign*sigma'(z) >= factor |z|^power beyond start at the end 1 (z -> oo) or -1 (z -> -oo)."""

    end: int
    sign: int
    power: int
    start: Fraction
    factor: Fraction

    def excess(self, sigma: list[Fraction]) -> list[Fraction]:
        """The coefficients of sign*sigma'(end*t) - factor t^power in u = t - start, for sigma with
        these coefficients.
        """
        slope = [k * c for k, c in enumerate(sigma)][1:]
        slope += [Fraction(0)] * (self.power + 1 - len(slope))
        over = [
            self.sign * c * self.end**k - (self.factor if k == self.power else 0)
            for k, c in enumerate(slope)
        ]
        return [
            sum(
                (c * comb(k, j) * self.start ** (k - j) for k, c in enumerate(over) if k >= j),
                Fraction(0),
            )
            for j in range(len(over))
        ]

    def lemma(self, root: Node) -> tuple[str, str]:
        """Tactics that establish the derivatives D1, D2 of sigma and the growth Hg, and the library
        lemma that uses Hg with its arguments.

        Where no coefficient in u = t - start is negative, the difference is a sum of products of
        what is not.
        Raises OutOfReach for what is no polynomial, or where a coefficient is negative.
        """
        sigma = polynomial(root)
        if sigma is None:
            raise OutOfReach("that sigma' grows at least like z is proved for polynomials only")
        excess = self.excess(sigma)
        if any(c < 0 for c in excess):
            raise OutOfReach("that sigma' grows at least like z is not seen from its coefficients")
        b, T, e = rational(self.factor), rational(self.start), f"({self.end})"
        slope, power = f"ev (D t_sigma) ({e} * t)", "t" if self.power == 1 else f"t^{self.power}"
        terms = " + ".join(f"{rational(c)} * u^{k}" for k, c in enumerate(excess))
        signed, size = (
            (slope, "apply Rle_abs")
            if self.sign > 0
            else (f"- {slope}", "rewrite <- Rabs_Ropp; apply Rle_abs")
        )
        tactics = (
            "assert (D1 : forall t, is_derive sigma t (ev (D t_sigma) t)) "
            "by (intros t; apply (is_derive_ext (ev t_sigma)); [exact sigma_same|apply "
            "is_derive_D, ok_sigma]). "
            "assert (D2 : forall t, is_derive (ev (D t_sigma)) t (ev (D (D t_sigma)) t)) by "
            "(intros t; apply is_derive_D, ok_D, ok_sigma). "
            f"assert (Hg : forall t, {T} <= t -> {b} * {power} <= Rabs ({slope})). "
            f"{{ intros t Ht. set (u := t - {T}). assert (Hu : 0 <= u) by (unfold u; lra). "
            f"assert (E : {signed} - {b} * {power} = {terms}) by (cbv [ev D add mul opp "
            f"t_sigma]; unfold u; field). "
            f"assert (P : 0 <= {terms}) by (repeat apply Rplus_le_le_0_compat; (apply "
            f"Rmult_le_pos; [lra|apply pow_le; exact Hu])). "
            f"apply Rle_trans with ({signed}); [lra|{size}]. }}"
        )
        if self.power == 1:
            return tactics, f"often_linear with (b := {b}) (e := {e}) (T := {T})"
        return (
            tactics,
            f"often_faster with (b := {b}) (e := {e}) (T := {T}) (q := {self.power}%nat)",
        )


def polynomial(root: Node) -> list[Fraction] | None:
    """The coefficients of a tree that is visibly a polynomial in z, the constant one first; None
    otherwise.
    """
    values: dict[Node, list[Fraction]] = {}
    for node in walk(root):
        a = [values.get(x, []) for x in node.args]
        if not all(a):
            return None
        if node.op == "z":
            out = [Fraction(0), Fraction(1)]
        elif node.op == "num":
            out = [node.rational]
        elif node.op in ("add", "sub"):
            size = max(map(len, a))
            one, two = ([*p, *[Fraction(0)] * (size - len(p))] for p in a)
            out = [p + q if node.op == "add" else p - q for p, q in zip(one, two, strict=True)]
        elif node.op == "neg":
            out = [-p for p in a[0]]
        elif node.op == "mul":
            out = _product(a[0], a[1])
        elif node.op == "div" and len(a[1]) == 1 and a[1][0]:
            out = [p / a[1][0] for p in a[0]]
        elif node.op == "pow" and node.rational.denominator == 1 and 0 < node.rational <= 8:
            out = reduce(_product, [a[0]] * int(node.rational))
        else:
            return None
        values[node] = out
    return values[root]


def _product(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            out[i + j] += p * q
    return out
