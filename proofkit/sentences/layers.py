"""Sentences about nets of any layers: limits along curves, and biases without decay."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from proofkit.kernel.claims import (
    AlongCurve,
    Claim,
    Curve,
    KinkOfLayers,
    Leading,
    Monomial,
    OddPower,
    OneLabel,
    ShiftedOutputs,
    UndecayedHiddenBias,
    UndecayedOutputBias,
    UnitGroup,
    V4Limit,
)
from proofkit.kernel.univariate.rounding import number_text
from proofkit.kernel.univariate.terms import to_text
from proofkit.sentences import curves
from proofkit.sentences.said import Said, of_lambda, of_noise, range_record

LayerWitness = (
    AlongCurve
    | KinkOfLayers
    | OddPower
    | UndecayedHiddenBias
    | ShiftedOutputs
    | OneLabel
    | UndecayedOutputBias
)

GRADIENT = "||grad L||^2"
LAPLACIAN = "Laplacian L"


# -- sentences -------------------------------------------------------------------------------------


def because(witness: LayerWitness) -> str:
    """What happens along the curve of a witness."""
    ray = ray_of(witness)
    match witness:
        case AlongCurve():
            return f"along {ray}, as t -> oo, {_grown(witness)}"
        case KinkOfLayers(order=order):
            return (
                f"along {ray}, the derivative of L of order {order} at t = 0 from the right less "
                f"that from the left is {_height(witness)}"
            )
        case OddPower(power=power):
            return (
                f"along {ray}, the derivative of order {power} of its penalty jumps at t = 0 by "
                f"{2 * math.factorial(power - 1)} times the decay, and R is smooth"
            )
        case UndecayedHiddenBias():
            return f"along {ray}, L stays bounded while all else is in a ball"
        case ShiftedOutputs():
            return f"along {ray}, L does not change"
        case OneLabel():
            return f"along {ray}, L stays bounded"
        case UndecayedOutputBias():
            return f"along {ray}, ||grad L|| and Laplacian L stay bounded"


def _height(witness: KinkOfLayers) -> str:
    """How high the jump is."""
    if witness.low == witness.high:
        return str(witness.low)
    return f"in [{number_text(witness.low, -1)}, {number_text(witness.high, 1)}]"


def _grown(witness: AlongCurve) -> str:
    """How L, its gradient and its Laplacian grow, as far as that is said."""
    grown = [
        curves.growth(what, leading)
        for what, leading in (
            ("L", witness.value),
            (GRADIENT, witness.gradient),
            (LAPLACIAN, witness.laplacian),
        )
        if leading is not None
    ]
    return " and ".join(grown) if len(grown) < 3 else f"{', '.join(grown[:-1])} and {grown[-1]}"


def ray_of(witness: LayerWitness) -> str:
    """The curve in words."""
    match witness:
        case AlongCurve(curve=curve) | KinkOfLayers(curve=curve):
            return curve_in_words(curve)
        case OddPower(layer=layer):
            return f"a weight t of layer {layer}, all other parameters being 0"
        case UndecayedHiddenBias(layer=layer, end=end):
            sign = "" if end > 0 else "-"
            return f"b(t) = {sign}t for the bias of a unit of layer {layer}"
        case ShiftedOutputs():
            return "b(t) = t (1, ..., 1) for the biases of the outputs"
        case OneLabel(label=label):
            sign = "" if label > 0 else "-"
            return f"b(t) = {sign}t for the bias of the output, every label being {label}"
        case UndecayedOutputBias(end=end):
            return f"b(t) = {'' if end > 0 else '-'}t for the bias of the output"


def curve_in_words(curve: Curve) -> str:
    """The weights, and the samples of an instance.

    >>> from fractions import Fraction
    >>> t, c = Monomial(Fraction(1), Fraction(1)), Monomial(Fraction(1, 2), Fraction(-1))
    >>> curve_in_words(Curve(((UnitGroup(1, (c,)),), (UnitGroup(1, (t,)),))))
    'W_1 = 1/(2 t), a = t'
    """
    weights = curves.in_text(curves.written(curve))
    if curve.samples is None:
        return weights
    return f"{weights} on the instance {curves.samples_in_text(curve.samples)}"


def limit_of(witness: LayerWitness) -> str:
    """What L, or ||grad L||^2/s - Laplacian L, does along the curve."""
    match witness:
        case AlongCurve() if witness.laplacian is not None:
            return "not oo"
        case KinkOfLayers(order=order) | OddPower(power=order):
            return f"none of the derivative of order {order} at t = 0"
        case _:
            pass
    return "bounded"


def _v4_limit(step: Said) -> str:
    scope = step.says(V4Limit).scope
    when = f"{of_lambda(scope.lam)} and {of_noise(scope.noise)}"
    return f"V4: ||grad L||^2/s - Laplacian L -> oo as r -> oo, {when}"


# -- records ---------------------------------------------------------------------------------------


def _v4_limit_record(step: Said) -> dict[str, object]:
    claim = step.says(V4Limit)
    return {"route": claim.route, **range_record(claim.scope)}


def witness_record(witness: LayerWitness) -> dict[str, object]:
    """What a witness has beside its ray and its limit, as JSON values."""
    match witness:
        case AlongCurve():
            return {
                "curve": curve_record(witness.curve),
                "grows": {
                    name: _leading_record(leading)
                    for name, leading in (
                        ("value", witness.value),
                        ("gradient", witness.gradient),
                        ("laplacian", witness.laplacian),
                    )
                    if leading is not None
                },
            }
        case KinkOfLayers(curve=curve, order=order, low=low, high=high):
            return {
                "curve": curve_record(curve),
                "order": order,
                "jump": {"lo": str(low), "hi": str(high)},
            }
        case OddPower(layer=layer, power=power):
            return {"layer": layer, "power": power}
        case UndecayedHiddenBias(layer=layer, end=end):
            return {"layer": layer, "end": end}
        case UndecayedOutputBias(end=end):
            return {"end": end}
        case OneLabel(label=label):
            return {"label": label}
        case ShiftedOutputs():
            return {}


def curve_record(curve: Curve) -> dict[str, object]:
    """A curve as JSON values: c t^k is [c, k]."""
    return {
        "layers": [[_group_record(group) for group in groups] for groups in curve.layers],
        "samples": None
        if curve.samples is None
        else [
            {"x": list(map(str, sample.x)), "y": list(map(str, sample.y))}
            for sample in curve.samples
        ],
    }


def _group_record(group: UnitGroup) -> dict[str, object]:
    return {
        "count": group.count,
        "weights": _monomials(group.weights),
        "bias": None if group.bias is None else _monomials([group.bias])[0],
    }


def _monomials(entries: Sequence[Monomial]) -> list[list[str]]:
    return [[str(entry.coefficient), str(entry.exponent)] for entry in entries]


def _leading_record(leading: Leading) -> dict[str, object]:
    coefficient = leading.coefficient
    return {
        "exponent": str(leading.exponent),
        "coefficient": None if coefficient is None else to_text(coefficient),
        **({"rounded": leading.rounded} if leading.rounded else {}),
    }


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType({V4Limit: _v4_limit})
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {V4Limit: _v4_limit_record}
)
KINDS: Mapping[type, str] = MappingProxyType(
    {
        AlongCurve: "curve",
        KinkOfLayers: "kink of layers",
        OddPower: "odd power",
        UndecayedHiddenBias: "hidden bias",
        ShiftedOutputs: "shifted outputs",
        OneLabel: "one label",
        UndecayedOutputBias: "output bias",
    }
)
"""What a witness is called in a certificate."""
