"""That sigma is bounded below with sigma'' bounded and z sigma' between two multiples of sigma, for
the Coq files: proved for quadratic polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofkit.coq.activation import OutOfReach, rational
from proofkit.coq.growth import polynomial
from proofkit.kernel.univariate.terms import Node

_REDUCE = "cbv [ev D add mul opp t_sigma]; field"
WORDS = (
    "that sigma is bounded below and z sigma' between two multiples of it is proved for "
    "quadratic polynomials only"
)


@dataclass(frozen=True)
class Curved:
    """|sigma''| <= M2, sigma >= -m0, kappa_lo sigma - h <= z sigma' <= kappa_hi sigma + h."""

    M2: Fraction
    m0: Fraction
    kappa_lo: Fraction
    kappa_hi: Fraction
    h: Fraction

    @property
    def numbers(self) -> str:
        """The arguments M2 m0 k1 k2 h of the library's record."""
        return " ".join(
            rational(q) for q in (self.M2, self.m0, self.kappa_lo, self.kappa_hi, self.h)
        )

    def lemma(self, root: Node) -> str:
        """Tactics that establish Cur, the library's record Curved.  Raises OutOfReach for what is
        not such a polynomial.
        """
        sigma = polynomial(root)
        if sigma is None or any(sigma[3:]):
            raise OutOfReach(WORDS)
        c0, c1, c2 = (*sigma, *[Fraction(0)] * 3)[:3]
        if not 0 < 2 * c2 <= self.M2:
            raise OutOfReach(WORDS)
        below = square([c0 + self.m0, c1, c2])
        low = square(
            [self.h - self.kappa_lo * c0, (1 - self.kappa_lo) * c1, (2 - self.kappa_lo) * c2]
        )
        high = square(
            [self.h + self.kappa_hi * c0, (self.kappa_hi - 1) * c1, (self.kappa_hi - 2) * c2]
        )
        m0, low_k, high_k, h = (
            rational(q) for q in (self.m0, self.kappa_lo, self.kappa_hi, self.h)
        )
        slope = "t * ev (D t_sigma) t"
        bend = (
            f"intros t; replace (ev (D (D t_sigma)) t) with {rational(2 * c2)} by ({_REDUCE}); "
            f"rewrite Rabs_pos_eq; lra"
        )
        goals = [
            "exact smooth_sigma",
            "intros t; apply (is_derive_ext (ev t_sigma)); [exact sigma_same|apply "
            "is_derive_D, ok_sigma]",
            "intros t; apply is_derive_D, ok_D, ok_sigma",
            bend,
            *["lra"] * 2,
            _nonnegative(f"ev t_sigma t + {m0}", below),
            *["lra"] * 3,
            _nonnegative(f"{slope} - ({low_k} * ev t_sigma t - {h})", low),
            _nonnegative(f"{high_k} * ev t_sigma t + {h} - {slope}", high),
        ]
        record = f"Curved sigma (ev (D t_sigma)) (ev (D (D t_sigma))) {self.numbers}"
        return f"assert (Cur : {record}) by (constructor; [{' | '.join(goals)}])."


def square(q: Sequence[Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """(a, b, c) with a, c >= 0 and q_0 + q_1 t + q_2 t^2 = a (t + b)^2 + c; OutOfReach where the
    quadratic is negative somewhere.
    """
    c, b, a = q
    if a == 0 and b == 0:
        shift, rest = Fraction(0), c
    elif a > 0:
        shift, rest = b / (2 * a), c - b * b / (4 * a)
    else:
        raise OutOfReach(WORDS)
    if rest < 0:
        raise OutOfReach(WORDS)
    return a, shift, rest


def _nonnegative(text: str, parts: tuple[Fraction, Fraction, Fraction]) -> str:
    a, b, c = (rational(q) for q in parts)
    return (
        f"intros t; rewrite <- ?sigma_same; assert (E : {text} = {a} * (t + {b})^2 + {c}) by "
        f"({_REDUCE}); "
        f"assert (P : 0 <= {a} * (t + {b})^2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]); lra"
    )
