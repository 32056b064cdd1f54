"""Why a condition fails: each is a curve or a point at which the negation is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.exposition import numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.rules.activation import derivative, place
from proofkit.exposition.view import View, Words, say, words
from proofkit.kernel.rules.loss import taylor_at_zero

LONGEST_VECTOR = 6


def _outer(view: View, name: str) -> str:
    """An outer weight of the problem, in LaTeX."""
    return numbers.rational(Fraction(view.content["problem"]["outer"][name]))


def _two_weights(view: View) -> str:
    """The two outer weights of opposite sign that cancel; markup."""
    return (
        rf"$a_j={_outer(view, 'first_positive')}$ and "
        rf"$a_k={_outer(view, 'first_negative')}$, the first positive "
        "and the first negative outer weight"
    )


def _vector(entries: Sequence[object], letter: str, key: str) -> str:
    """A vector of rationals in LaTeX; where it is long, where to find it (under a key of the
    certificate).
    """
    if len(entries) > LONGEST_VECTOR:
        return f"${letter}$ (written out in the certificate under {key})"
    shown = ",".join(numbers.rational(Fraction(str(entry))) for entry in entries)
    return f"${letter}=({shown})$"


# -- for which lambda and s a condition fails ------------------------------------------------------


def where(view: View) -> str:
    """For which lambda and s a refutation shows that L is no Villani function; markup."""
    rule = str(view.step["rule"])
    if rule == "escaping critical points":
        return f"{_below(view)} and {view.for_s()}"
    if rule == "mirrored units":
        return f"{_positive(view)} and {_noise_of_mirrored(view)}"
    if rule == "cancelling units":
        return f"{_positive(view)} and {_noise_of_cancelling(view)}"
    if str(view.step["claim"]).startswith("V1"):
        return f"{view.for_any_lambda()} and {view.for_s()}"
    return f"{view.for_no_decay()} and {view.for_s()}"


def _below(view: View) -> str:
    """The lambda below the threshold of the escaping critical points; markup."""
    if view.lam is None:
        return r"for $0\le\lambda<\lambda_c$"
    return rf"for $\lambda={numbers.rational(view.lam)}$"


def _positive(view: View) -> str:
    """For which positive lambda; markup."""
    if view.lam is None:
        return r"for every $\lambda>0$"
    return rf"for $\lambda={numbers.rational(view.lam)}$"


def _steep_premise(view: View) -> Mapping[str, Any]:
    """What is known of the growth of sigma'."""
    steep = view.premise("steep")
    assert steep is not None, "the rule has this premise"
    payload: Mapping[str, Any] = steep["payload"]
    return payload


def _noise_of_mirrored(view: View) -> str:
    """The s for which two equal units refute (V4); markup."""
    if int(_steep_premise(view)["power"]) > 1 or view.noise is not None:
        return view.for_s()
    return rf"every $s\ge s_c={_critical_of_mirrored(view)}$"


def _critical_of_mirrored(view: View) -> str:
    """The s from which on two equal units refute (V4), in LaTeX."""
    return latex(read(str(view.step["defines"]["s_c"]["formula"])))


def _value_at_zero(view: View, order: int, times: Fraction) -> str:
    """A multiple of a derivative of phi at 0, as a factor in LaTeX: a number where it is one."""
    (low, high), _ = taylor_at_zero(view.loss, order)
    if low != high:
        lead = "" if times == 1 else numbers.rational(times)
        return rf"{lead}\varphi{chr(39) * order}(0)\,"
    value = times * low
    return {Fraction(1): "", Fraction(-1): "-"}.get(value, numbers.rational(value))


def _slope_at_zero(view: View) -> str:
    """|phi'(0)| in LaTeX: a number where it is one."""
    (low, high), _ = taylor_at_zero(view.loss, 1)
    return numbers.rational(abs(low)) if low == high else r"|\varphi'(0)|"


def _noise_of_cancelling(view: View) -> str:
    """The s for which two cancelling units refute (V4); markup."""
    return r"every $s\ge s_c$" if view.noise is None else view.for_s()


# What L does on a ray on which R is bounded.


def _without_decay(view: View, bounded: str) -> str:
    """What L does along a ray on which R is bounded; markup."""
    if view.lam is None:
        return rf"{bounded} for $\lambda=0$, and $L(W(t))\to-\infty$ for $\lambda<0$"
    return bounded if view.lam == 0 else r"$L(W(t))\to-\infty$"


# -- V1 --------------------------------------------------------------------------------------------


def _kink_on_an_instance(view: View) -> Words:
    order = int(view.payload["order"]) + 1
    at = str(view.payload["at"])
    sigma = derivative(order)
    # The choice is said where it is not 1.
    choice = Fraction(str(view.payload.get("choice", "1")))
    number = numbers.rational(abs(choice))
    if view.loss.classifies:
        label = f"$y_1={numbers.rational(choice)}$"
        argument = r"y_1\sigma(\bar z)"
    else:
        label = rf"$y_1=\sigma(\bar z){'-' if choice > 0 else '+'}{number}$"
        argument = numbers.rational(choice)
    reason = (
        r"$\ell'_1=f_1-y_1=1$ at $W=\bar z$"
        if view.loss.square == choice == 1
        else rf"at $W=\bar z$ the loss is smooth with $\ell'_1\ne0$: $\varphi'({argument})\ne0$"
    )
    return words(
        say(
            rf"(V1) fails {view.for_any_lambda()}: for $n=p=d=1$, $x_1=a_1=1$ and {label}, "
            rf"the derivative of order ${order}$ of $L$ jumps at the kink $W=\bar z$ of $\sigma$, ",
            place(r"\bar z", at, view.digits),
            ".",
        ),
        rf"$L(W)=\ell(\sigma(W),y_1)+\frac\lambda2W^2$. By the chain rule its derivative of "
        rf"order ${order}$ is $\ell'_1{sigma}(W)$ plus terms that "
        rf"are continuous; and {reason}.",
    )


def moving_row(view: View) -> str:
    """The line on which the first unit of a sign moves and the others stay; markup."""
    p = view.payload
    name = "first_positive" if int(p["sign"]) > 0 else "first_negative"
    kind = "positive" if int(p["sign"]) > 0 else "negative"
    others = (
        "" if p["v"] is None else f", and all other rows equal to {_vector(p['v'], 'u_1', 'v')}"
    )
    return (
        f"Let the row of the first {kind} outer weight, $a_j={_outer(view, name)}$, be "
        f"$u_0+tu$ with {_vector(p['w'], 'u_0', 'w')} and "
        f"{_vector(p['u'], 'u', 'u')}{others}. "
    )


def _kink_of_the_loss(view: View) -> Words:
    p = view.payload
    order = int(p["order"]) + 1
    sigma = derivative(order)
    power = "" if order == 1 else f"^{{{order}}}"
    return words(
        say(
            rf"(V1) fails {view.for_any_lambda()}, for these data. {moving_row(view)}Along this line the "
            rf"derivative of order ${order}$ of $L$ jumps at "
            r"$t=0$, where some $\langle u_0,x_i\rangle$ with $\langle u,x_i\rangle\ne0$ are "
            r"at the kink $\bar z$ of $\sigma$, ",
            place(r"\bar z", str(p["at"]), view.digits),
            ".",
        ),
        rf"Let $[{sigma}]\ne0$ be the jump of ${sigma}$ at $\bar z$; lower derivatives are "
        rf"continuous. No other $\langle u_0,x_i\rangle$ with "
        r"$\langle u,x_i\rangle\ne0$ is at a kink, and the other rows do not move. By the "
        r"chain rule the jump is "
        rf"$\frac1na_j[{sigma}]\sum_i\ell'_i\langle "
        rf"u,x_i\rangle{power}\operatorname{{sign}}\langle u,x_i\rangle$ over the samples "
        rf"with "
        r"$\langle u_0,x_i\rangle=\bar z$. The sum is enclosed away from $0$ in ball arithmetic.",
    )


# -- V2 --------------------------------------------------------------------------------------------


def _instance_ray(view: View) -> Words:
    label = "0" if not view.loss.classifies else "1"
    return words(
        rf"(V2) fails {view.for_no_decay()}: for $n=p=1$, $d=2$, $a_1=1$, $x_1=(1,0)$, "
        rf"$y_1={label}$ and $W(t)=(0,t)$, "
        rf"$L(W(t))=\ell(\sigma(0),{label})+\frac\lambda2t^2$, which does not tend to "
        rf"$\infty$ as $t\to\infty$.",
        r"$W(t)$ is orthogonal to $x_1$, so $f_1=\sigma(0)$ for every $t$.",
    )


def _bounded_risk(view: View) -> Words:
    limit = _without_decay(view, r"$L(W(t))\le\sup R<\infty$")
    return words(
        rf"(V2) fails {view.for_no_decay()}: along $W(t)=tV$, for every $V\in\mathbb "
        rf"R^{{p\times d}}$ with $\|V\|_F=1$ and as $t\to\infty$, {limit}.",
        r"$|f_i|\le\|a\|_1M_0$, so $R$ is bounded, and $L(W(t))\le\sup R+\frac\lambda2t^2$.",
    )


def _null_direction(view: View) -> Words:
    u = view.payload["direction"]
    limit = _without_decay(view, r"$L(W(t))=R(0)$")
    return words(
        rf"(V2) fails {view.for_no_decay()}, for these data: along $w_j(t)=tu$ for all $j$, "
        rf"with {_vector(u, 'u', 'direction')}, as $t\to\infty$, {limit}.",
        r"$\langle u,x_i\rangle=0$ for every $i$, so all $z_{ij}$ stay $0$ and $R$ is constant.",
    )


def _half_space_ray(view: View) -> Words:
    u = view.payload["direction"]
    asymptote = view.premise("asymptote")
    upwards = asymptote is None or int(asymptote["payload"]["end"]) > 0
    sense = r"\ge0" if upwards else r"\le0"
    end = r"\infty" if upwards else r"-\infty"
    limit = _without_decay(view, "$L(W(t))$ stays bounded")
    return words(
        rf"(V2) fails {view.for_no_decay()}, for these data: along $w_j(t)=tu$ for all $j$, "
        rf"with {_vector(u, 'u', 'direction')}, as $t\to\infty$, {limit}.",
        rf"$\langle u,x_i\rangle{sense}$ for every $i$, and $\sigma(z)$ has a finite limit "
        rf"as $z\to{end}$; so all $f_i$, and $R$, stay bounded.",
    )


def _paired_units(view: View) -> Words:
    limit = _without_decay(view, "$L(W(t))$ stays bounded")
    return words(
        rf"(V2) fails {view.for_no_decay()}, for every data set: with {_two_weights(view)}, "
        rf"a unit vector $u$, $w_j(t)=tu/a_j$, "
        rf"$w_k(t)=tu/|a_k|$ and all other rows $0$, as $t\to\infty$, {limit}.",
        r"$\sigma$ has straight asymptotes at both ends. With the slope $c_\pm$ at an end, "
        r"$a_j\sigma(\langle w_j,x_i\rangle)$ is "
        r"$c_\pm t\langle u,x_i\rangle$ up to a bounded rest, and $a_k\sigma(\langle "
        r"w_k,x_i\rangle)$ is $-c_\pm t\langle u,x_i\rangle$; so all $f_i$, "
        "and $R$, stay bounded.",
    )


# -- V4 --------------------------------------------------------------------------------------------


def _escaping(view: View) -> Words:
    slope = Fraction(view.payload["slope"])
    lead = "" if slope == 1 else numbers.rational(slope)
    return words(
        rf"(V4) fails {where(view)}: for $n=p=d=1$, $a_1=x_1=1$ and $y_1=0$ there are zeros "
        rf"of $L'$ that tend to "
        r"$\infty$, and at each of them $\frac1s|L'|^2-L''=-L''\le0$.",
        rf"$\sigma(z)-{lead}z$ has a period $T>0$, and $L'(W)=\sigma(W)\sigma'(W)+\lambda "
        rf"W$. For every $z$ and $k$, $L'(z+kT)$ is "
        r"$kT(\sigma'_\infty\sigma'(z)+\lambda)$ plus a number that stays bounded as "
        r"$k\to\infty$. As "
        r"$\lambda<\lambda_c=\sigma'_\infty\sup(-\sigma')$, the bracket is negative for some "
        r"$z$; it is positive for another, because the mean of "
        r"$\sigma'$ over a period is $\sigma'_\infty>0$. So $L'$ changes its sign from $-$ "
        r"to $+$ beyond every bound, at zeros where $L''\ge0$.",
    )


def _mirrored(view: View) -> Words:
    steep = _steep_premise(view)
    power = int(steep["power"])
    upwards = int(steep["end"]) > 0
    start = numbers.rational(Fraction(steep["start"]))
    bend = f"{_value_at_zero(view, 2, Fraction(2))}\\sigma'(t)^2"
    if view.loss.classifies:
        instance = r"$n=p=2$, $d=1$, $x_1=x_2=1$, $y_1=1$, $y_2=-1$"
        slope = _value_at_zero(view, 1, Fraction(1)) or "1"
        curvature = _value_at_zero(view, 2, Fraction(1)) or "1"
        vanish = (
            rf"$f_1=f_2=0$, so $\ell'_1=-\ell'_2={slope}$, "
            rf"$\ell''_1=\ell''_2={curvature}$ and $\nabla R=0$"
        )
    else:
        instance = r"$n=d=1$, $p=2$, $x_1=1$, $y_1=0$"
        vanish = r"$f_1=0=y_1$, so $\ell'_1=\varphi'(0)=0$ and $\nabla R=0$"
    if power > 1:
        end = r"\infty" if upwards else r"-\infty"
        limit = rf"which tends to $-\infty$ as $t\to{end}$"
        growth = rf"$|\sigma'(t)|\ge\beta|t|^{power}$ at that end"
    else:
        far = rf"t\ge{start}" if upwards else rf"t\le-{start}"
        limit = rf"which is at most $-2\lambda$ for every ${far}$"
        growth = rf"$|\sigma'(t)|\ge\beta|t|$ at that end, and $s\ge{_critical_of_mirrored(view)}$"
    return words(
        rf"(V4) fails {where(view)}: for {instance}, $a=(1,-1)$ and $w_1(t)=w_2(t)=t$,"
        rf"$$\tfrac1s\|\nabla L\|^2-\Delta L=\tfrac{{2\lambda^2t^2}}s-{bend}-2\lambda,$$"
        rf"{limit}.",
        rf"The two equal units cancel: {vanish}, while $\Delta R={bend}$ and $\nabla "
        rf"L=\lambda W$. And {growth}.",
    )


def _cancelling(view: View) -> Words:
    least = min(
        Fraction(view.content["problem"]["outer"]["first_positive"]),
        -Fraction(view.content["problem"]["outer"]["first_negative"]),
    )
    least_shown = "" if least == 1 else rf"{numbers.rational(least)}\,"
    if view.loss.classifies:
        lead, curvature = _slope_at_zero(view), r"\varphi''(0)"
        slope = rf"(\frac1n\sum_i(\ell'_i)^2)^{{1/2}}={lead}"
    else:
        lead, curvature = r"\sqrt{Y_2}", "1"
        slope = r"(\frac1n\sum_i(\ell'_i)^2)^{1/2}=\sqrt{Y_2}"
    return words(
        rf"(V4) fails {where(view)}, for these data: with {_two_weights(view)}, $u$ a unit "
        rf"eigenvector of $S$ for $\Lambda_S$, "
        rf"$w_j(t)=tu/\sqrt{{a_j}}$, $w_k(t)=tu/\sqrt{{|a_k|}}$ and all other rows $0$, "
        rf"$\frac1s\|\nabla L\|^2-\Delta L$ is bounded above.",
        r"$z\sigma'=2\sigma$ and $\sigma''\ne0$ give $\sigma(z)=\frac12\sigma''(0)z^2$ with "
        r"$|\sigma''|=M_2$, so the two units cancel and every $f_i=0$; the rows that are $0$ "
        r"have $\sigma'=0$, and $\ell'_i$ and $\ell''=\ell''_i$ do not depend on $t$. "
        r"Let $T_j=\frac1n\sum_i\sigma'(\langle w_j,x_i\rangle)^2\|x_i\|^2\ge "
        r"M_2^2\Lambda_S^2\|w_j\|^2$. Up to a constant "
        r"$\Delta R=\ell''(a_j^2T_j+a_k^2T_k)$, and by the Cauchy-Schwarz inequality"
        r"$$\|\nabla_{w_j}L\|\le|a_j|\Bigl(\frac1n\sum_i(\ell'_i)^2\Bigr)^{1/2}T_j^{1/2}+\lambda\|w_j\|,$$"
        rf"with ${slope}$. As $\|w_j\|\le T_j^{{1/2}}/(M_2\Lambda_S)$ and likewise for $k$, "
        rf"$\|\nabla "
        rf"L\|^2\le({lead}+\lambda/({least_shown}M_2\Lambda_S))^2(a_j^2T_j+a_k^2T_k)"
        rf"\le s_c\,\ell''(a_j^2T_j+a_k^2T_k)$ with $\ell''={curvature}$, where ${numbers.rational(least)}$ is the "
        rf"smaller of $|a_j|$ and $|a_k|$; and $s\ge s_c$.",
    )


REFUTATIONS: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "kink on an instance": _kink_on_an_instance,
        "kink of the loss": _kink_of_the_loss,
        "instance ray": _instance_ray,
        "bounded risk": _bounded_risk,
        "null direction": _null_direction,
        "half-space ray": _half_space_ray,
        "paired units": _paired_units,
        "escaping critical points": _escaping,
        "mirrored units": _mirrored,
        "cancelling units": _cancelling,
    }
)
