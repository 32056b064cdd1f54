"""Kinks of the loss: where they are, the nets that reach them, and where none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.exposition import numbers
from proofkit.exposition.rules.activation import place
from proofkit.exposition.rules.refutations import moving_row
from proofkit.exposition.view import View, Words, say, words


def derivative_of_phi(order: int) -> str:
    """phi with so many primes, in LaTeX."""
    return r"\varphi" + "'" * order if order <= 3 else rf"\varphi^{{({order})}}"


def _kink(view: View) -> Words:
    order = int(view.payload["order"]) + 1
    return words(
        say(
            rf"The loss is not smooth: the derivative of $\varphi$ of order ${order}$ is the first "
            r"to jump, at ",
            place(r"\bar u", str(view.payload["at"]), view.digits),
            ".",
        ),
        r"On both sides of this point $\varphi$ is smooth. The one-sided limits of "
        rf"${derivative_of_phi(order)}$ differ there, and those of the derivatives of lower order "
        "agree.",
    )


def _jump(order: int) -> str:
    """The derivative along a line that jumps, and by how much; markup."""
    return (
        rf"By the chain rule the derivative of $\varphi(g)$ of order ${order}$ is "
        rf"${derivative_of_phi(order)}(g)\,{_slope_to(order)}$ plus terms that are continuous"
    )


def _slope_to(order: int) -> str:
    """A power of g', in LaTeX."""
    return "g'" if order == 1 else f"(g')^{{{order}}}"


def _on_an_instance(view: View) -> Words:
    p = view.payload
    order, at = int(p["order"]) + 1, str(p["at"])
    w = numbers.rational(Fraction(str(p["w"])))
    if p["mirrored"]:
        net = rf"$n=d=1$, $p=2$, $x_1=y_1=1$, $a=(1,-1)$, $w_1={w}+t$ and $w_2={w}$"
        g = rf"g(t)=\sigma({w}+t)-\sigma({w})"
    elif p["margin"]:
        net = rf"$n=p=d=1$, $x_1=y_1=1$, $a_1=\bar u/\sigma({w})$ and $W={w}+t$"
        g = rf"g(t)=\bar u\,\sigma({w}+t)/\sigma({w})"
    else:
        net = rf"$n=p=d=1$, $x_1=a_1=1$, $y_1=\sigma({w})-\bar u$ and $W={w}+t$"
        g = rf"g(t)=\sigma({w}+t)-\sigma({w})+\bar u"
    return words(
        say(
            rf"(V1) fails {view.for_any_lambda()}: for {net}, the derivative of order ${order}$ of "
            rf"$L$ jumps at $t=0$, where the argument of $\varphi$ is at its kink ",
            place(r"\bar u", at, view.digits),
            ".",
        ),
        rf"The argument is ${g}$, with $g(0)=\bar u$ and $g'(0)\ne0$, for $\sigma'({w})\ne0$. "
        rf"{_jump(order)}; ${derivative_of_phi(order)}$ jumps at $\bar u$, and $\frac\lambda2"
        r"\|W\|^2$ is smooth.",
    )


def _on_a_line(view: View) -> Words:
    p = view.payload
    order, met = int(p["order"]) + 1, int(p["met"])
    sample = int(p["sample"])
    start, end = (decimals(str(p[key]), view.digits) for key in ("from", "to"))
    others = (
        r"Every other sample that moves stays away from the kinks of $\varphi$ on the segment"
        if met == 1
        else rf"On the segment ${met}$ samples come near a kink of $\varphi$; each of their $g_i'$ "
        r"has one sign there, and all the jumps that they may add have one sign, so that none "
        r"cancels. The others stay away from the kinks or do not move"
    )
    return words(
        say(
            rf"(V1) fails {view.for_any_lambda()}, for these data. {moving_row(view)}"
            rf"Along this segment, between $t\approx{start}$ and $t\approx{end}$, the argument of "
            rf"$\varphi$ of sample ${sample}$ passes the kink ",
            place(r"\bar u", str(p["at"]), view.digits),
            rf" of $\varphi$, and there the derivative of $L$ of order ${order}$ jumps.",
        ),
        rf"The arguments $g_i$ are smooth functions of $t$. At the ends of the segment "
        rf"$g_{{{sample}}}$ is on different sides of $\bar u$, and $g_{{{sample}}}'\ne0$ in "
        rf"between; both are seen in ball arithmetic. {_jump(order)}; so it jumps by "
        rf"$[{derivative_of_phi(order)}]\,{_slope_to(order)}\operatorname{{sign}}g'$, where "
        rf"$[{derivative_of_phi(order)}]$ is the jump of ${derivative_of_phi(order)}$. {others}.",
    )


def decimals(text: str, digits: int) -> str:
    """A rational to some digits, in LaTeX."""
    return numbers.latex(Fraction(text), 1, digits)


def _v1_where_reached(view: View) -> Words:
    return words(
        "(V1) $L$ is infinitely differentiable.",
        r"$\varphi$ has a kink. But $\sigma$ is bounded, and for these data and outer weights no "
        r"argument of $\varphi$ comes near it: on an interval that contains all of them $\varphi$ "
        r"is smooth. So $L$ is a composition of smooth functions.",
    )


def _derivation_where_reached(view: View) -> Words:
    return words(
        r"The gradient and the Laplacian of $L$ are those that the chain rule gives, with the "
        r"smooth function that $\varphi$ is on an interval that contains all its arguments.",
        r"$\sigma$ is bounded, and for these data and outer weights no argument of $\varphi$ comes "
        r"near a kink. At small nets the formulas agree with exact differentiation of $L$ in ball "
        r"arithmetic.",
    )


LOSS_KINKS: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "kink of phi": _kink,
        "kink of phi on an instance": _on_an_instance,
        "kink of phi on a line": _on_a_line,
        "V1 where it is reached": _v1_where_reached,
        "derivation where it is reached": _derivation_where_reached,
    }
)
