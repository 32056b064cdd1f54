"""Sentences about nets of any layers: limits along curves, and biases without decay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import (
    AlongCurve,
    Claim,
    Curve,
    Leading,
    Monomial,
    OneLabel,
    ShiftedOutputs,
    UndecayedHiddenBias,
    UnitGroup,
    V4Limit,
)
from proofkit.kernel.univariate.terms import ZERO, to_text
from proofkit.sentences.said import Said, of_lambda, of_noise

LayerWitness = AlongCurve | UndecayedHiddenBias | ShiftedOutputs | OneLabel


def because(witness: LayerWitness) -> str:
    """What happens along the curve of a witness."""
    ray = ray_of(witness)
    match witness:
        case AlongCurve():
            grown = [
                f"{what} {order_of(leading)}"
                for what, leading in (
                    ("L", witness.value),
                    ("||grad L||^2", witness.gradient),
                    ("Laplacian L", witness.laplacian),
                )
                if leading is not None
            ]
            return f"along {ray}, as t -> oo, {' and '.join(grown)}"
        case UndecayedHiddenBias():
            return f"along {ray}, L stays bounded while all else is in a ball"
        case ShiftedOutputs():
            return f"along {ray}, L does not change"
        case OneLabel():
            return f"along {ray}, L stays bounded"


def order_of(leading: Leading) -> str:
    """How a quantity grows: "~ 2*lambda^2 t^2", or "= O(t)" without a coefficient."""
    power = power_of(leading.exponent)
    if leading.coefficient is None:
        return f"= O({power or '1'})"
    if leading.coefficient == ZERO:
        return "-> 0"
    coefficient = to_text(leading.coefficient)
    return f"-> {coefficient}" if not power else f"~ ({coefficient}) {power}"


def power_of(exponent: object) -> str:
    """t^exponent in words; nothing for t^0."""
    text = str(exponent)
    if text == "0":
        return ""
    return "t" if text == "1" else f"t^{text}" if text.isdigit() else f"t^({text})"


def ray_of(witness: LayerWitness) -> str:
    """The curve in words."""
    match witness:
        case AlongCurve(curve=curve):
            return curve_in_words(curve)
        case UndecayedHiddenBias(layer=layer, end=end):
            sign = "" if end > 0 else "-"
            return f"b_{layer}(t) = {sign}t for the bias of a unit of layer {layer}"
        case ShiftedOutputs():
            return "b(t) = t (1, ..., 1) for the biases of the outputs"
        case OneLabel(label=label):
            sign = "" if label > 0 else "-"
            return f"b(t) = {sign}t for the bias of the output, every label being {label}"


def curve_in_words(curve: Curve) -> str:
    """The groups of units of each layer, with their weights."""
    layers = (f"W_{k}: {', '.join(map(_unit, groups))}" for k, groups in enumerate(curve.layers, 1))
    return "; ".join(layers)


def _unit(group: UnitGroup) -> str:
    weights = ", ".join(map(_monomial, group.weights))
    bias = "" if group.bias is None else f" with bias {_monomial(group.bias)}"
    times = "" if group.count == 1 else f"{group.count} times "
    return f"{times}({weights}){bias}"


def _monomial(given: Monomial) -> str:
    power = power_of(given.exponent)
    if not power or given.coefficient == 0:
        return str(given.coefficient)
    return power if given.coefficient == 1 else f"{given.coefficient} {power}"


def limit_of(witness: LayerWitness) -> str:
    """What L, or ||grad L||^2/s - Laplacian L, does along the curve."""
    if isinstance(witness, AlongCurve) and witness.laplacian is not None:
        return "not oo"
    return "bounded"


def _v4_limit(step: Said) -> str:
    scope = step.says(V4Limit).scope
    when = f"{of_lambda(scope.lam)} and {of_noise(scope.noise)}"
    return f"V4: ||grad L||^2/s - Laplacian L -> oo as r -> oo, {when}"


def _v4_limit_record(step: Said) -> dict[str, object]:
    return {"route": step.says(V4Limit).route}


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType({V4Limit: _v4_limit})
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {V4Limit: _v4_limit_record}
)
KINDS: Mapping[type, str] = MappingProxyType(
    {
        AlongCurve: "curve",
        UndecayedHiddenBias: "hidden bias",
        ShiftedOutputs: "shifted outputs",
        OneLabel: "one label",
    }
)
"""What a witness is called in a certificate."""
