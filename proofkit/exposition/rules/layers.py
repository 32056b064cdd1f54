"""Rules about nets of any layers: what each claim says there; why is the reason of the rule.

Every rule of the kernel for such nets carries its proof as a sentence in LaTeX, so there is nothing
to say twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.exposition import curves, numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.markup import block
from proofkit.exposition.model import Block, Text
from proofkit.exposition.quoting import quoted
from proofkit.exposition.view import View, Words, say
from proofkit.kernel.claims import Curve
from proofkit.kernel.rules import RULES

FOR_DATA = ", for these data"
DIGITS = 6
"""Significant digits of a critical s that is a long number."""


def _formula(view: View, key: str) -> str:
    """A formula that the step records, in LaTeX."""
    return latex(read(str(view.payload[key])))


# -- for which lambda and s ------------------------------------------------------------------------


def lambdas(view: View) -> str:
    """For which lambda a step holds; markup."""
    found = view.payload
    if view.lam is not None:
        return view.for_lambda()
    if found.get("lambda_any"):
        return view.for_any_lambda()
    if "lambda_at_most" in found:
        return view.for_no_decay()
    if "lambda_below" in found:
        return rf"for $0<\lambda<{_formula(view, 'lambda_below')}$"
    return view.for_lambda(str(found.get("lambda_above", "0")))


def noises(view: View) -> str:
    """For which s; markup."""
    if "noise_below" in view.payload:
        return rf"every $s$ with $0<s<{_critical(view, 'noise_below', -1)}$"
    if "noise_from" in view.payload:
        return rf"every $s\ge {_critical(view, 'noise_from', 1)}$"
    return view.for_s()


def _critical(view: View, key: str, direction: int) -> str:
    """A critical s: a formula, or a number, rounded so that what is said stays true."""
    term = read(str(view.payload[key]))
    if term.op != "num" or numbers.short(term.rational):
        return latex(term)
    return numbers.latex(term.rational, direction, DIGITS)


def both(view: View) -> str:
    """lambda and s together."""
    return f"{lambdas(view)} and {noises(view)}"


# -- bounds of the risk ----------------------------------------------------------------------------


def _sum(*terms: tuple[str, str]) -> str:
    """A sum of formulas of a record, each times a power of r; what is 0 is left out."""
    shown = []
    for text, times in terms:
        if text in ("", "0"):
            continue
        term = read(text)
        summed = term.op in ("add", "sub") and times
        shown.append(f"{rf'({latex(term)})' if summed else latex(term)}{times}")
    return "+".join(shown) if shown else "0"


def _term(view: View, key: str) -> str:
    return str(view.payload.get(key, ""))


def _gradient(view: View) -> Block:
    bound = _sum((_term(view, "constant"), ""), (_term(view, "slope"), "r"))
    return block(rf"$\|\nabla R\|\le {bound}$ for all weights.")


def _laplacian(view: View) -> Block:
    bound = _sum(
        (_term(view, "square"), "r^2"), (_term(view, "slope"), "r"), (_term(view, "constant"), "")
    )
    return block(rf"$\Delta R\le {bound}$ for all weights.")


def _radial(view: View) -> Block:
    bound = _sum((_term(view, "C"), ""), (_term(view, "D"), "r"))
    shown = bound if "+" not in bound else f"({bound})"
    return block(rf"$\langle\nabla R,\theta\rangle\ge-{shown}$ for all weights.")


def _residual(view: View) -> Block:
    return block(rf"$|\ell'_i|\le {_formula(view, 'bound')}$ for all weights.")


# -- the four conditions ---------------------------------------------------------------------------


def _v1(view: View) -> Block:
    return block("(V1) $L$ is infinitely differentiable.")


def _half_decay(view: View) -> str:
    """Half of the smallest decay, in LaTeX."""
    decay = view.payload.get("decay")
    return r"\frac\lambda2" if decay is None else rf"\frac{{{latex(read(str(decay)))}}}2"


def _v2(view: View) -> Block:
    floor, slope = view.payload.get("floor"), view.payload.get("slope")
    least = "" if floor is None else f"{latex(read(str(floor)))}+"
    falling = "" if slope is None else f"-{latex(read(str(slope)))}\\,r"
    if "bias" in view.payload:
        bias = _bias_of_output(view)
        return block(
            rf"(V2) $L(\theta)\ge {least}{_half_decay(view)}w^2+{latex(read(str(view.payload['bias'])))}\,|{bias}|$ "
            rf"with the norm $w$ of all parameters but ${bias}$, so $L(\theta)\to\infty$ as "
            rf"$r\to\infty$, {lambdas(view)}."
        )
    return block(
        rf"(V2) $L(\theta)\ge {least}{_half_decay(view)}r^2{falling}$, so $L(\theta)\to\infty$ as "
        rf"$r\to\infty$, {lambdas(view)}."
    )


def _bias_of_output(view: View) -> str:
    """The bias of the last layer, in LaTeX."""
    return f"b_{{{len(view.content['problem']['layers']['layers'])}}}"


def _v3(view: View) -> Block:
    exponent, wide = view.payload.get("exponent"), int(view.payload.get("widen", 1))
    factor = "" if exponent is None else rf"\exp\left({latex(read(str(exponent)))}\right)\,"
    decay = view.payload.get("decay")
    below = r"\lambda" if decay is None else latex(read(str(decay)))
    bias = view.payload.get("bias")
    power = "N/2" if bias is None else "(N-1)/2"
    gauss = rf"({'' if wide == 1 else wide}\pi s/{below})^{{{power}}}"
    if bias is not None:
        gauss += rf"\,\frac s{{{latex(read(str(bias)))}}}"
    return block(
        rf"(V3) $\int e^{{-2L(\theta)/s}}\,d\theta\le {factor}{gauss}<\infty$, {both(view)}."
    )


def lower_bound(view: View) -> str:
    """The explicit bound behind (V4) and the radius from which it is at least M; nothing where (V4)
    has none.
    """
    if "bound" not in view.payload:
        return ""
    start = str(view.payload["start"])
    where = "" if start == "0" else rf"for $r\ge{latex(read(start))}$. "
    return (
        rf"$$\tfrac1s\|\nabla L(\theta)\|^2-\Delta L(\theta)\ge {_formula(view, 'bound')}$$"
        rf"{where}This bound tends to $\infty$ with $r$; for every $M\ge0$ it is at least "
        rf"$M$ when $r\ge r_0(M)$."
    )


def _v4(view: View) -> Block:
    bound = lower_bound(view)
    if bound:
        return block(f"(V4) {_capital(both(view))}:{bound}")
    return block(
        r"(V4) $\frac1s\|\nabla L(\theta)\|^2-\Delta L(\theta)\to\infty$ as $r\to\infty$, "
        f"{both(view)}."
    )


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _villani(view: View) -> Block:
    return block(f"$L$ is a Villani function {both(view)}.")


def _gradient_lipschitz(view: View) -> Block:
    return block(rf"$\nabla L$ is Lipschitz with the constant $\mathrm{{gLip}}$, {lambdas(view)}.")


# -- refutations -----------------------------------------------------------------------------------


def is_instance(view: View) -> bool:
    """True for a witness that brings its own samples or labels."""
    curve = view.payload.get("curve")
    if curve is not None:
        return curve["samples"] is not None
    return view.symbolic and view.payload.get("kind") == "one label"


def where(view: View) -> str:
    """For which lambda and s a step shows that L is no Villani function; markup."""
    return both(view)


def _fails(view: View) -> Block:
    condition = str(view.step["claim"]).split(" ", maxsplit=1)[0]
    when = lambdas(view) if condition in ("V1", "V2") else both(view)
    head = f"({condition}) fails {when}"
    match view.payload["kind"]:
        case "curve":
            return _along_curve(view, head)
        case "kink of layers":
            return _at_a_kink(view, head)
        case "odd power":
            return _odd_power(view, head)
        case "hidden bias":
            return block(f"{head}: {_hidden_bias(view)}")
        case "shifted outputs":
            return block(
                rf"{head}: along ${_bias_of_output(view)}=t(1,\dots,1)$ for the biases of the outputs, $L$ and its "
                "derivatives do not change."
            )
        case "one label":
            label = int(view.payload["label"])
            return block(
                rf"{head}, where every label is ${label}$: as the bias of the output tends to "
                rf"${'' if label > 0 else '-'}\infty$ and all else stays where it is, $L$ stays bounded."
            )
        case "output bias":
            return block(
                rf"{head}: as the bias of the output tends to $\infty$ and all else stays where it "
                rf"is, $\nabla L$ and $\Delta L$ stay bounded."
            )
        case _:
            return quoted(str(view.step["statement"]))


def _hidden_bias(view: View) -> str:
    layer, end = int(view.payload["layer"]), int(view.payload["end"])
    limit = r"\infty" if end > 0 else r"-\infty"
    return (
        rf"as the bias of a unit of layer ${layer}$, which has no decay, tends to ${limit}$ and all "
        r"else stays in a ball, $L$ stays bounded; so $\int e^{-2L/s}=\infty$."
    )


def _whose(curve: Curve) -> Block:
    """The samples of an instance, or that these are the data."""
    if curve.samples is None:
        return (Text(FOR_DATA),)
    given = curves.samples(curve)
    if given:
        return block(f" for ${given}$")
    return (Text(" for the samples that the certificate writes out"),)


def _at_a_kink(view: View, head: str) -> Block:
    """The line of weights, and the jump of a derivative at t = 0."""
    curve = curves.curve_of(view.payload["curve"])
    rest = ", all other weights being $0$" if curves.others_are_zero(curve) else ""
    order = int(view.payload["order"])
    return say(
        head,
        *_whose(curve),
        rf": along the line$${curves.in_display(curve)},$$$t\in\mathbb R${rest}, the derivative of "
        rf"order ${order}$ of $L$ at $t=0$ from the right less that from the left {_height(view)}.",
    )


def _height(view: View) -> str:
    """The height of a jump, or decimals around it; markup."""
    low, high = (Fraction(str(view.payload["jump"][end])) for end in ("lo", "hi"))
    if low == high:
        return f"is ${numbers.rational(low)}$"
    return rf"is in $[{numbers.latex(low, -1, view.digits)},{numbers.latex(high, 1, view.digits)}]$"


def _odd_power(view: View, head: str) -> Block:
    """The weight that moves, and the jump of its penalty."""
    layer, power = int(view.payload["layer"]), int(view.payload["power"])
    factor = 2 * math.factorial(power - 1)
    return block(
        rf"{head}: where one entry of $W_{{{layer}}}$ is $t$ and all other parameters are $0$, the "
        rf"derivative of order ${power}$ of its penalty jumps at $t=0$, by ${factor}$ times the decay "
        "of that layer, and $R$ is smooth."
    )


def _along_curve(view: View, head: str) -> Block:
    """The samples of an instance, the curve, what grows along it, and what follows."""
    curve = curves.curve_of(view.payload["curve"])
    rest = ", all other weights being $0$" if curves.others_are_zero(curve) else ""
    return say(
        head,
        *_whose(curve),
        rf": along the curve$${curves.in_display(curve)},$$as $t\to\infty${rest}, {_grown(view)}",
    )


_QUANTITIES = MappingProxyType(
    {"value": "L", "gradient": r"\|\nabla L\|^2", "laplacian": r"\Delta L"}
)


def _grown(view: View) -> str:
    """What grows how along a curve, and why the condition fails there; markup."""
    found: Mapping[str, Any] = view.payload["grows"]
    shown = [f"${curves.growth(_QUANTITIES[name], said)}$" for name, said in found.items()]
    known = " and ".join(shown)
    if "laplacian" not in found:
        return rf"{known} while $r\to\infty$."
    difference = r"$\frac1s\|\nabla L\|^2-\Delta L$"
    gradient = found.get("gradient")
    faster = gradient is None or _exponent(gradient) < _exponent(found["laplacian"])
    end = r"tends to $-\infty$" if faster else r"does not tend to $\infty$"
    return f"{known}; so {difference} {end}."


def _exponent(leading: Mapping[str, Any]) -> Fraction:
    return Fraction(str(leading["exponent"]))


# -- the words of a rule ---------------------------------------------------------------------------


_SAID: Mapping[str, Callable[[View], Block]] = MappingProxyType(
    {
        "residual": _residual,
        "gradient bounded": _gradient,
        "gradient affine": _gradient,
        "laplacian bounded": _laplacian,
        "laplacian affine": _laplacian,
        "laplacian quadratic": _laplacian,
        "radial": _radial,
        "V1": _v1,
        "V2": _v2,
        "V3": _v3,
        "V4": _v4,
        "Villani": _villani,
        "gradient Lipschitz": _gradient_lipschitz,
        "V1 fails": _fails,
        "V2 fails": _fails,
        "V3 fails": _fails,
        "V4 fails": _fails,
    }
)
"""What each kind of claim says of a net of layers; the others are quoted."""


def layered(view: View) -> Words:
    """The claim of a step in mathematics, and the reason of its rule."""
    rule = str(view.step["rule"])
    say_it = _SAID.get(str(view.step["claim"]))
    said = quoted(str(view.step["statement"])) if say_it is None else say_it(view)
    if view.step["claim"] == "Villani":
        return Words(said, block("These are (V1) to (V4)."))
    return Words(said, block(RULES[rule].reason))


LAYERS: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {name: layered for name, rule in RULES.items() if rule.nets == "layers"}
)
