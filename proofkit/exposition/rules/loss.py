"""Facts of the loss: phi over all of R, where its argument is reached, and how much it varies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.exposition import losses, numbers
from proofkit.exposition.model import Block
from proofkit.exposition.rules.covers import Extremum, argument, enclosed, waves
from proofkit.exposition.symbols import symbol
from proofkit.exposition.view import View, Words, say, words

# Of which function a constant is the supremum, and the equation of an interior maximum.
_SLOPE = (r"\sup_u|\varphi'(u)|", r"\varphi''=0")
_CURVATURE = (r"\sup_u|\varphi''(u)|", r"\varphi'''=0")
_INFIMUM = (r"\inf_u\varphi(u)", r"\varphi'=0")
_QUANTITIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "eta": (r"\sup_u\max(-u\varphi'(u),0)", r"\varphi'+u\varphi''=0"),
        "zeta": (r"\sup_u|u\varphi''(u)|", r"\varphi''+u\varphi'''=0"),
        "dip": (r"\sup_u\max(-\varphi''(u),0)", r"\varphi'''=0"),
        "h_omega": (
            r"\sup_u\max(\varphi'(u)^2-\omega_\varphi u\varphi'(u),0)",
            r"2\varphi'\varphi''=\omega_\varphi(\varphi'+u\varphi'')",
        ),
    }
)


def half(square: Fraction) -> str:
    """c/2, as a factor of the loss (c/2) (f - y)^2.

    >>> half(Fraction(1)), half(Fraction(2)), half(Fraction(6))
    ('\\\\frac12', '', '3')
    """
    if square == 1:
        return r"\frac12"
    return "" if square == 2 else numbers.rational(square / 2)


def _extremum(
    view: View, equation: str, *, lowest: bool = False, positive: bool = False, inside: bool = False
) -> Extremum:
    """What was enclosed of phi, a function of u."""
    return Extremum(equation, "u", lowest, positive, waves(view.loss.phi), inside)


def _value(view: View, name: str) -> str:
    """``=value`` or ``\\in[lo, hi]`` in LaTeX; nothing for a constant without a value."""
    found = view.bounds(name)
    return "" if found is None else enclosed(*found, view.digits)


def _covered(
    view: View, name: str, equation: str, *, lowest: bool = False, inside: bool = False
) -> Block:
    """Where one of the extrema of a step is reached, and how its bound was certified."""
    proofs = view.payload["proofs"] if "proofs" in view.payload else view.payload[name]
    what = _extremum(view, equation, lowest=lowest, positive=name in _QUANTITIES, inside=inside)
    return argument(what, view.step["defines"][name], proofs, view.digits)


# -- slope and curvature ---------------------------------------------------------------------------


def _bounded(view: View) -> str:
    """That the slope or the curvature of the loss is bounded, or both, as far as it is said."""
    said = [
        rf"$|\ell{marks}|\le{symbol(name)}{_value(view, name)}$"
        for name, marks in (("l1", "'"), ("l2", "''"))
        if name in view.step["defines"]
    ]
    return " and ".join(said)


def _loss(view: View) -> Words:
    square = view.loss.square
    if square is not None:
        return words(
            rf"$\ell''=\ell''_{{\max}}={numbers.rational(square)}$.",
            rf"$\ell(f,y)={half(square)}(f-y)^2$.",
        )
    parts: list[Block] = []
    for name, (what, equation) in (("l1", _SLOPE), ("l2", _CURVATURE)):
        if name in view.step["defines"]:
            parts.append(say(rf" For ${symbol(name)}={what}$: ", *_covered(view, name, equation)))
    labels = r" with $y=\pm1$" if view.loss.classifies else ""
    return words(
        f"{_bounded(view)}.",
        say(
            rf"$\ell'={losses.slope(view.loss)}$ and $\ell''={losses.curvature(view.loss)}${labels}, "
            rf"whose moduli are values of $|\varphi'|$ and $|\varphi''|$.",
            *parts,
        ),
    )


def _reach(view: View) -> str:
    """Where the arguments of phi lie for a bounded sigma; markup."""
    if view.symbolic:
        more = "" if view.loss.classifies else " and $|y_i|\\le B_y$"
        return (
            rf"$|f_i|\le\|a\|_1M_0${more}, so the argument of $\varphi$ is at most $u_{{\max}}$ in "
            rf"modulus."
        )
    ends = r"the labels $y_i=\pm1$" if view.loss.classifies else r"$y_{\min}\le y_i\le y_{\max}$"
    return (
        r"As $\sigma_-\le\sigma\le\sigma_+$, the signs of the $a_j$ give "
        r"$a_+\sigma_--a_-\sigma_+\le f_i\le a_+\sigma_+-a_-\sigma_-$; with "
        rf"{ends}, the argument of $\varphi$ stays in an interval."
    )


def _loss_where_reached(view: View) -> Words:
    statement = f"{_bounded(view)} at every output $f_i$ that some $W$ reaches."
    if not view.symbolic:
        parts: list[Block] = []
        for name, marks, (_, equation) in (("l1", "'", _SLOPE), ("l2", "''", _CURVATURE)):
            if name in view.step["defines"]:
                cover = _covered(view, name, equation, inside=True)
                parts.append(say(rf" For the supremum of $|\varphi{marks}|$ there: ", *cover))
        return words(statement, say(_reach(view), *parts))
    if view.step["defines"]["l1"]["formula"] is None:
        end = (
            r" As $\varphi$ is smooth, $|\varphi'|$ and $|\varphi''|$ are bounded on "
            r"$[-u_{\max},u_{\max}]$; $\ell'_{\max}$ and $\ell''_{\max}$ are their suprema there."
        )
    else:
        end = (
            r" $\varphi$ is an even polynomial without negative coefficients, so $|\varphi'|$ and "
            r"$\varphi''$ are largest at the ends of $[-u_{\max},u_{\max}]$."
        )
    return words(statement, _reach(view) + end)


# -- other suprema ---------------------------------------------------------------------------------


def _supremum(view: View) -> Words:
    name = str(view.payload["quantity"])
    what, equation = _QUANTITIES[name]
    statement = rf"${symbol(name)}={what}{_value(view, name)}$"
    parameter = view.payload["kappa"]
    if parameter is not None:
        statement += rf" with ${symbol('omega')}={numbers.rational(Fraction(parameter))}$"
    return words(f"{statement}.", _covered(view, name, equation))


def _at_zero(view: View) -> Words:
    return words(
        rf"$\varphi(0){_value(view, 'l_0')}$.",
        r"The expression is evaluated at $u=0$.",
    )


# -- the least value -------------------------------------------------------------------------------


def floor(view: View) -> str:
    """The lower bound of the loss that a step states: 0, or the symbol of the infimum of phi."""
    if "l_inf" not in view.step["defines"]:
        return "0"
    found = view.bounds("l_inf")
    return "0" if found is not None and found[0] == 0 else symbol("l_inf")


def _infimum(view: View) -> Words:
    if view.loss.square is not None:
        return words(r"$\ell\ge0$.", rf"$\ell(f,y)={half(view.loss.square)}(f-y)^2$ is a square.")
    if losses.of_classes(view.loss):
        return words(r"$\ell\ge0$.", r"$\log\sum_ke^{f_k}\ge\log e^{f_y}=f_y$, so $\ell\ge0$.")
    what, equation = _INFIMUM
    head = rf"$\ell_-={what}{_value(view, 'l_inf')}$"
    return words(
        rf"$\ell\ge{floor(view)}$, where {head}.",
        say(
            r"$\ell$ takes values of $\varphi$ alone. ",
            *_covered(view, "l_inf", equation, lowest=True),
        ),
    )


def _infimum_where_reached(view: View) -> Words:
    if view.symbolic:
        return words(
            r"$\ell\ge\ell_-$ at every output $f_i$ that some $W$ reaches.",
            _reach(view) + r" As $\varphi$ is continuous, it has a least value $\ell_-$ on "
            r"$[-u_{\max},u_{\max}]$.",
        )
    cover = _covered(view, "l_inf", _INFIMUM[1], lowest=True, inside=True)
    return words(
        rf"$\ell\ge{floor(view)}$ at every output $f_i$ that some $W$ reaches, where "
        rf"$\ell_-{_value(view, 'l_inf')}$.",
        say(_reach(view), r" For the infimum of $\varphi$ there: ", *cover),
    )


# -- how much it varies ----------------------------------------------------------------------------


def _swing(bound: str, reason: str | Block) -> Words:
    return words(
        r"If $|f_i|\le\bar f$ and $|f'_i|\le\bar f$ for every $i$, then "
        rf"$\frac1n\sum_i(\ell(f_i,y_i)-\ell(f'_i,y_i))\le{bound}$.",
        reason,
    )


def _swing_of_square(view: View) -> Words:
    square = view.loss.square or Fraction(1)
    factor = "" if square == 1 else rf"{numbers.rational(square)}\,"
    if view.symbolic:
        first, second = r"\frac12(\bar f+B_y)^2", r"\frac12\bar f^2+2\bar fB_y"
        labels = r"and $|y_i|\le B_y$."
    else:
        first, second = r"\frac12(\bar f^2+2\bar fY_1+Y_2)", r"\frac12\bar f^2+2\bar fY_1"
        labels = "the mean over the labels is taken."
    times = "" if square == 1 else rf" The loss is ${numbers.rational(square)}$ times this."
    return _swing(
        rf"{factor}\min\bigl({first},\,{second}\bigr)",
        r"For two outputs $f$, $f'$ of modulus at most $\bar f$, "
        r"$\frac12(f-y)^2\le\frac12(\bar f+|y|)^2$ and "
        r"$\frac12(f-y)^2-\frac12(f'-y)^2=\frac12(f^2-f'^2)-y(f-f')\le\frac12\bar f^2+2\bar f|y|$; "
        rf"{labels}{times}",
    )


def _swing_of_slope(view: View) -> Words:
    return _swing(
        r"2\ell'_{\max}\bar f",
        r"$|\ell(f,y)-\ell(f',y)|\le\ell'_{\max}|f-f'|\le2\ell'_{\max}\bar f$.",
    )


def _swing_of_mirror(view: View) -> Words:
    return _swing(
        r"\bar f",
        r"$\varphi$ decreases, because $\varphi'\le0$, and $\varphi(-u)-\varphi(u)=u$ for every "
        r"$u$; both are certified in ball arithmetic. So "
        r"$\ell(f,y)-\ell(f',y)\le\varphi(-\bar f)-\varphi(\bar f)=\bar f$ for two outputs $f$, "
        r"$f'$ of modulus at most $\bar f$.",
    )


LOSS: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "loss": _loss,
        "loss where it is reached": _loss_where_reached,
        "supremum of the loss": _supremum,
        "loss at zero": _at_zero,
        "infimum of the loss": _infimum,
        "infimum where it is reached": _infimum_where_reached,
        "swing of a square": _swing_of_square,
        "swing of bounded slope": _swing_of_slope,
        "swing of a mirrored loss": _swing_of_mirror,
    }
)
