"""Claims about the objective at random nets, in mpmath: does any of them contradict the claim?

The gradient, the Laplacian and the other numbers of R are written out here once more, from

    f_i = sum_j a_j sigma(<w_j, x_i>),  R = (1/n) sum_i l(f_i, y_i),  L = R + (lambda/2) ||W||_F^2.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.campaign.judge import Judge
from proofkit.campaign.losses import Phi
from proofkit.campaign.places import Json
from proofkit.campaign.values import CONTEXT, NoValueError, value_of

NETS = 12
"""Nets that are tried, of growing weights."""
MARGIN = CONTEXT.mpf(10) ** -9
"""What may be missing of an inequality, relative to its sides: rounding, and enclosures."""


@dataclass(frozen=True)
class Net:
    """Data, weights and parameters with the numbers of R at W."""

    names: Mapping[str, Any]
    residuals: tuple[Any, ...]
    gradient: Any
    along: Any
    laplacian: Any

    @property
    def radius(self) -> Any:
        """r = ||W||_F."""
        return self.names["r"]


def random_nets(judge: Judge, spec: Json, one_sign: bool, seed: int = 0) -> Iterator[Net]:
    """Nets for a problem about all data, with its lambda and s where it names them."""
    rng, phi = random.Random(seed), Phi(spec["loss"])
    for k in range(NETS):
        n, p, d = rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 2)
        size = Fraction(2) ** (k - NETS // 3)
        x = [[_rational(rng) for _ in range(d)] for _ in range(n)]
        y = [rng.choice([-1, 1]) if phi.classifies else _rational(rng) for _ in x]
        a = [abs(v) if one_sign else v for v in (_rational(rng) for _ in range(p))]
        w = [[size * _rational(rng) for _ in range(d)] for _ in range(p)]
        made = _net(judge, phi, spec, (x, y, a, w))
        if made is not None:
            yield made


def _rational(rng: random.Random) -> Fraction:
    return Fraction(rng.choice([-1, 1]) * rng.randint(1, 32), 16)


def _mp(value: Fraction | int) -> Any:
    exact = Fraction(value)
    return CONTEXT.mpf(exact.numerator) / exact.denominator


def _net(judge: Judge, phi: Phi, spec: Json, given: tuple[Any, Any, Any, Any]) -> Net | None:
    """The numbers of R at W; None where sigma or phi has no value."""
    x, y, a, w = given
    n, p, d = len(x), len(a), len(x[0])
    gradient = [[CONTEXT.mpf(0)] * d for _ in w]
    along, laplacian = CONTEXT.mpf(0), CONTEXT.mpf(0)
    residuals: list[Any] = []
    for row, label in zip(x, y, strict=True):
        inner = [sum(u * v for u, v in zip(unit, row, strict=True)) for unit in w]
        values = [judge.at(Fraction(z), 2) for z in inner]
        if any(v is None for v in values):
            return None
        sigma = [[CONTEXT.mpf(part) for part in v] for v in values if v is not None]
        f = sum((_mp(c) * v[0] for c, v in zip(a, sigma, strict=True)), CONTEXT.mpf(0))
        of_loss = phi.derivatives(f, _mp(label))
        if of_loss is None:
            return None
        first, second = of_loss
        residuals.append(first)
        square = _mp(sum(v * v for v in row))
        for j, (c, v, z) in enumerate(zip(a, sigma, inner, strict=True)):
            slope = first * _mp(c) * v[1] / n
            along += slope * _mp(z)
            laplacian += (second * (_mp(c) * v[1]) ** 2 + first * _mp(c) * v[2]) * square / n
            gradient[j] = [g + slope * _mp(u) for g, u in zip(gradient[j], row, strict=True)]
    norm = CONTEXT.sqrt(sum((g * g for unit in gradient for g in unit), CONTEXT.mpf(0)))
    lam = Fraction(spec["lambda"] or "2")
    names = {
        "n": _mp(n),
        "d": _mp(d),
        "p": _mp(p),
        "B_x": CONTEXT.sqrt(max(_mp(sum(v * v for v in row)) for row in x)),
        "B_y": max(_mp(abs(v)) for v in y),
        "a_1": _mp(sum(abs(v) for v in a)),
        "a_inf": _mp(max(abs(v) for v in a)),
        "a_2": CONTEXT.sqrt(_mp(sum(v * v for v in a))),
        "lambda": _mp(lam),
        "s": _mp(Fraction(spec["noise"] or "1/4")),
        "r": CONTEXT.sqrt(_mp(sum(v * v for unit in w for v in unit))),
    }
    return Net(MappingProxyType(names), tuple(residuals), norm, along, laplacian)


def contradicted(claim: Json, net: Net, constants: Mapping[str, Json]) -> bool:
    """True where a net does not satisfy a claim; False where it does, or the claim says nothing of
    it.
    """
    inequality = _INEQUALITIES.get(claim["is"])
    if inequality is None:
        return False
    names = _all_names(net, constants)
    try:
        if not _in_scope(claim, names):
            return False
        greater, less = inequality(claim, net, names)
    except NoValueError:
        return False
    return bool(greater < less - MARGIN * (1 + abs(greater) + abs(less)))


def _all_names(net: Net, constants: Mapping[str, Json]) -> dict[str, Any]:
    """The numbers of a net, of recorded constants, and of formulas in these."""
    names = dict(net.names)
    for name, one in constants.items():
        end = one.get("lo" if name == "S_lo" else "hi")
        if name not in names and end is not None and one.get("formula") is None:
            names[name] = _mp(Fraction(end))
    waiting = {k: c["formula"] for k, c in constants.items() if c.get("formula") is not None}
    for _ in range(len(waiting)):
        for name in [name for name in waiting if name not in names]:
            try:
                names[name] = value_of(waiting[name], names)
            except NoValueError:
                continue
    return names


def _in_scope(claim: Json, names: Mapping[str, Any]) -> bool:
    """True where the net's lambda and s are among those that a claim is for."""
    scope = claim.get("scope", {"lam": {"is": "AnyLambda"}})
    lam, noise = scope["lam"], scope.get("noise", {"is": "AnyNoise"})
    if lam["is"] == "LambdaAbove" and not names["lambda"] > value_of(lam["threshold"], names):
        return False
    if lam["is"] in ("LambdaAtMostZero", "LambdaBelow"):
        return False
    if noise["is"] in ("NoiseUpTo", "NoiseIsIfUpTo"):
        return bool(names["s"] <= value_of(noise["largest"], names))
    return noise["is"] != "NoiseFrom" or bool(names["s"] >= value_of(noise["critical"], names))


# -- the inequalities, each as (what is larger, what is smaller) -----------------------------------

_Sides = tuple[Any, Any]


def _affine(claim: Json, names: Mapping[str, Any]) -> Any:
    slope = claim.get("slope")
    bound = value_of(claim["constant"], names)
    return bound if slope is None else bound + value_of(slope, names) * names["r"]


def _gradient(claim: Json, net: Net, names: Mapping[str, Any]) -> _Sides:
    return _affine(claim, names), net.gradient


def _laplacian(claim: Json, net: Net, names: Mapping[str, Any]) -> _Sides:
    return _affine(claim, names), net.laplacian


def _residual(claim: Json, net: Net, names: Mapping[str, Any]) -> _Sides:
    return value_of(claim["bound"], names), max(map(abs, net.residuals))


def _radial(claim: Json, net: Net, names: Mapping[str, Any]) -> _Sides:
    return net.along, -value_of(claim["C"], names) - value_of(claim["D"], names) * net.radius


def _dissipative(claim: Json, net: Net, names: Mapping[str, Any]) -> _Sides:
    square = net.radius**2
    m, b = value_of(claim["m"], names), value_of(claim["b"], names)
    return net.along + names["lambda"] * square, m * square - b


def _v4(claim: Json, net: Net, names: Mapping[str, Any]) -> _Sides:
    """||grad L||^2/s - Laplacian L >= bound, from a radius on."""
    start = claim["start"]
    bound = value_of(claim["bound"], names)
    if start is not None and net.radius < value_of(start, names):
        return bound, bound
    lam, square = names["lambda"], net.radius**2
    whole = net.gradient**2 + 2 * lam * net.along + lam**2 * square
    return whole / names["s"] - net.laplacian - lam * names["p"] * names["d"], bound


_INEQUALITIES: Mapping[str, Callable[[Json, Net, Mapping[str, Any]], _Sides]] = MappingProxyType(
    {
        "Residual": _residual,
        "RiskGradient": _gradient,
        "RiskLaplacian": _laplacian,
        "Radial": _radial,
        "Dissipative": _dissipative,
        "V4": _v4,
    }
)
