"""Facts of the activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.exposition import numbers
from proofkit.exposition.formulas import read
from proofkit.exposition.model import Block, Formula
from proofkit.exposition.rules.bounds import factor
from proofkit.exposition.rules.covers import Extremum, argument, enclosed, waves
from proofkit.exposition.symbols import symbol
from proofkit.exposition.view import View, Words, say, value, words
from proofkit.kernel.rules import RULES


def derivative(order: int) -> str:
    """sigma with so many primes, in LaTeX."""
    return r"\sigma" + "'" * order if order <= 3 else rf"\sigma^{{({order})}}"


def place(letter: str, text: str, digits: int) -> Block:
    """``letter=text``; a number that breaks off in dots is marked as near."""
    if text.endswith("..."):
        near = numbers.latex(Fraction(text.removesuffix("...")), 1, digits)
        return say(rf"${letter}\approx{near}$")
    shown = value(text)
    if isinstance(shown, Formula):
        return (Formula(f"{letter}={shown.latex}"),)
    return say(f"${letter}=$ ", shown)


def _smooth(view: View) -> Words:
    return words(
        r"$\sigma$ is infinitely differentiable on $\mathbb R$.",
        "It is a composition of functions that are analytic wherever they are evaluated.",
    )


def _kink(view: View) -> Words:
    order = int(view.payload["order"]) + 1
    return words(
        say(
            rf"$\sigma$ is not smooth: its derivative of order ${order}$ is the first to jump, at ",
            place("z", str(view.payload["at"]), view.digits),
            ".",
        ),
        rf"On both sides of this point $\sigma$ is smooth. The one-sided limits of "
        rf"${derivative(order)}$ differ there, and those of the "
        "derivatives of lower order agree.",
    )


# -- suprema ---------------------------------------------------------------------------------------

# Of which function a constant is the supremum, and the equation of an interior maximum.
_QUANTITIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "S0": (r"\sup|\sigma|", r"\sigma'=0"),
        "S_hi": (r"\sup\sigma", r"\sigma'=0"),
        "S_lo": (r"\inf\sigma", r"\sigma'=0"),
        "M1": (r"\sup|\sigma'|", r"\sigma''=0"),
        "M2": (r"\sup|\sigma''|", r"\sigma'''=0"),
        "M3": (r"\sup|\sigma'''|", r"\sigma^{(4)}=0"),
        "fall": (r"\sup(-\sigma')", r"\sigma''=0"),
        "H": (r"\sup_z|z\sigma'(z)-\kappa\sigma(z)|", r"z\sigma''+(1-\kappa)\sigma'=0"),
        "H_lo": (
            r"\sup_z\max(\kappa_-\sigma(z)-z\sigma'(z),0)",
            r"z\sigma''+(1-\kappa_-)\sigma'=0",
        ),
        "H_hi": (
            r"\sup_z\max(z\sigma'(z)-\kappa_+\sigma(z),0)",
            r"z\sigma''+(1-\kappa_+)\sigma'=0",
        ),
        "S_alpha": (r"\sup_z|\sigma(z)-\alpha z|", r"\sigma'=\alpha"),
    }
)


def _supremum(view: View) -> Words:
    name = str(view.payload["quantity"])
    what, _ = _QUANTITIES[name]
    lo, hi = view.bounds(name) or (Fraction(0), Fraction(0))
    # The symbols of |.|-free suprema are the suprema themselves.
    head = what if name == "fall" else f"{symbol(name)}={what}"
    statement = rf"${head}{enclosed(lo, hi, view.digits)}$"
    parameter = view.payload["kappa"]
    if parameter is not None:
        letter = {"H_lo": "kappa_lo", "H_hi": "kappa_hi", "S_alpha": "alpha"}.get(name, "kappa")
        statement += rf" with ${symbol(letter)}={numbers.rational(Fraction(parameter))}$"
    defined, proofs = view.step["defines"][name], view.payload["proofs"]
    reason = argument(_extremum(view, name), defined, proofs, view.digits)
    return words(statement + ".", reason)


def _extremum(view: View, name: str) -> Extremum:
    """What was enclosed, and whether the formula of sigma has a sine, and so perhaps a period."""
    formula = str(view.content["problem"]["activation"]["expression"])
    return Extremum(
        _QUANTITIES[name][1],
        lowest=name == "S_lo",
        positive=name in ("H_lo", "H_hi"),
        waves=waves(read(formula)),
    )


def _slope_and_curvature(view: View) -> Words:
    lo, hi = view.bounds("T_c") or (Fraction(0), Fraction(0))
    factor = Fraction(str(view.payload["kappa"]))
    return words(
        rf"${symbol('T_c')}=\sup((\sigma')^2+(\sigma'')^2/(4{symbol('c_T')})){enclosed(lo, hi, view.digits)}$ "
        rf"with ${symbol('c_T')}={numbers.rational(factor)}$.",
        RULES["slope and curvature"].reason,
    )


def _value_at_zero(view: View) -> Words:
    lo, hi = view.bounds("sigma0") or (Fraction(0), Fraction(0))
    return words(
        rf"$|\sigma(0)|{enclosed(lo, hi, view.digits)}$.",
        "The expression is evaluated at $z=0$ in ball arithmetic.",
    )


def _asymptote(view: View) -> Words:
    slope = Fraction(view.payload["slope"])
    line = rf"\sigma(z){_less_line(slope)}"
    end = r"\infty" if int(view.payload["end"]) > 0 else r"-\infty"
    lo, hi = (Fraction(x) for x in view.payload["limit"])
    exact = lo == hi and numbers.short(lo)
    limit = numbers.rational(lo) if exact else r"c_\infty"
    where = "" if exact else rf", where $c_\infty{enclosed(lo, hi, view.digits)}$"
    return words(
        rf"${line}\to {limit}$ as $z\to{end}${where}.",
        r"This is the constant term of the expansion of $\sigma$ at that end.",
    )


def _less_line(slope: Fraction) -> str:
    """``-slope z`` in LaTeX; nothing for a line that does not rise."""
    if slope == 0:
        return ""
    size = "" if abs(slope) == 1 else numbers.rational(abs(slope))
    return f"{'-' if slope > 0 else '+'}{size}z"


def _monotone_line(view: View) -> Words:
    return words(
        r"$|\sigma(z)-\alpha z|\le\sigma_\alpha$ for every $z$, with $\alpha>0$, and "
        r"$\sigma'\ge0$.",
        r"The first bound is the definition of $\sigma_\alpha$; and $\sup(-\sigma')\le0$.",
    )


def _line(view: View) -> Words:
    return words(
        r"$|\sigma(z)-\alpha z|\le\sigma_\alpha$ for every $z$, with $\alpha>0$, and "
        r"$\sigma'$ takes negative "
        r"values: $\sup(-\sigma')>0$.",
        r"The first bound is the definition of $\sigma_\alpha$. The threshold of this step is "
        rf"$\lambda_\alpha={factor(view)}\alpha\sup(-\sigma')\|a\|_2^2\Lambda_S$.",
    )


def _steep(view: View) -> Words:
    power = int(view.payload["power"])
    factor = Fraction(view.payload["factor"])
    start = Fraction(view.payload["start"])
    upwards = int(view.payload["end"]) > 0
    where = rf"z\ge{numbers.rational(start)}" if upwards else rf"z\le-{numbers.rational(start)}"
    growth = "|z|" if power == 1 else f"|z|^{power}"
    return words(
        rf"$|\sigma'(z)|\ge\beta{growth}$ for every ${where}$, with "
        rf"$\beta={numbers.rational(factor)}$.",
        r"The expansion of $\sigma'$ at that end bounds it from below, with its remainder.",
    )


ACTIVATION: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "smooth": _smooth,
        "kink": _kink,
        "supremum": _supremum,
        "slope and curvature": _slope_and_curvature,
        "value at zero": _value_at_zero,
        "asymptote": _asymptote,
        "monotone line": _monotone_line,
        "line": _line,
        "steep": _steep,
    }
)
