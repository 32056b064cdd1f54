"""Proved claims about a loss, attacked in floating point at many nets, and in mpmath at the worst.

Everything that the claims speak of is written out here once more: phi and sigma with two derivatives
by a grammar and a chain rule of its own, and for a net

    f_i = sum_j a_j sigma(<w_j, x_i>),  R = (1/n) sum_i l(f_i, y_i),  L = R + (lambda/2) ||W||_F^2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from scipy import special

from proofkit.campaign.reader import Step, read
from proofkit.kernel import claims
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import Constant
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.losses.catalogue import written
from proofkit.tactics.prove import Proof

Jet = tuple[Any, Any, Any]
"""A function and its first two derivatives, at one number or at many."""

MP = mpmath.mp.clone()
MP.dps = 60

_NUMPY: Mapping[str, Callable[[Any], Any]] = {
    name: getattr(np, name) for name in ("exp", "log", "tanh", "sinh", "cosh", "sin", "cos", "sqrt")
} | {"atan": np.arctan, "asinh": np.arcsinh, "erf": special.erf, "erfc": special.erfc}
_MPMATH: Mapping[str, Callable[[Any], Any]] = {
    name: getattr(MP, name) for name in (*_NUMPY, "atan", "asinh", "erf", "erfc")
}


# -- functions of one variable ---------------------------------------------------------------------


class Function:
    """A text in z, with its first two derivatives."""

    def __init__(self, text: str) -> None:
        self.steps = read(text)

    def many(self, z: Any) -> Jet:
        """In floating point; values that are lost are nan or infinite."""
        with np.errstate(all="ignore"):
            one = np.ones_like(z)
            return self._jet((z, one, 0 * one), _NUMPY, lambda q: float(q) * one, np.pi, np.where)

    def one(self, z: Any) -> Jet:
        """In mpmath."""

        def choose(condition: Any, yes: Any, no: Any) -> Any:
            return yes if condition else no

        start = (z, MP.mpf(1), MP.mpf(0))
        return self._jet(start, _MPMATH, _mp, MP.pi, choose)

    def _jet(
        self,
        z: Jet,
        functions: Mapping[str, Callable[[Any], Any]],
        number: Callable[[Fraction], Any],
        pi: Any,
        choose: Callable[[Any, Any, Any], Any],
    ) -> Jet:
        known: list[Jet] = []
        zero = number(Fraction(0))
        for step in self.steps:
            args = [known[k] for k in step.args]
            match step.op:
                case "z":
                    known.append(z)
                case "pi":
                    known.append((pi + zero, zero, zero))
                case "num":
                    known.append((number(step.number), zero, zero))
                case "same":
                    known.append(args[0])
                case "Abs":
                    u = args[0]
                    sign = choose(u[0] < 0, number(Fraction(-1)), number(Fraction(1)))
                    known.append((sign * u[0], sign * u[1], sign * u[2]))
                case "Max" | "Min":
                    u, v = args if step.op == "Max" else args[::-1]
                    first = args[0][0] > args[1][0]
                    known.append(tuple(choose(first, p, q) for p, q in zip(u, v, strict=True)))
                case "add" | "sub" | "mul" | "div" | "neg":
                    known.append(_arithmetic(step.op, args))
                case _:
                    known.append(_composed(step, args[0], functions, number))
        return known[-1]


def _arithmetic(op: str, args: list[Jet]) -> Jet:
    if op == "neg":
        (u,) = args
        return (-u[0], -u[1], -u[2])
    u, v = args
    if op == "add":
        return (u[0] + v[0], u[1] + v[1], u[2] + v[2])
    if op == "sub":
        return (u[0] - v[0], u[1] - v[1], u[2] - v[2])
    if op == "mul":
        return (u[0] * v[0], u[1] * v[0] + u[0] * v[1], u[2] * v[0] + 2 * u[1] * v[1] + u[0] * v[2])
    value = u[0] / v[0]
    slope = (u[1] - value * v[1]) / v[0]
    return (value, slope, (u[2] - 2 * slope * v[1] - value * v[2]) / v[0])


def _composed(
    step: Step,
    u: Jet,
    functions: Mapping[str, Callable[[Any], Any]],
    number: Callable[[Fraction], Any],
) -> Jet:
    """A function of u, by the chain rule."""
    x = u[0]
    if step.op == "pow":
        q = step.number
        first = number(q) * _power(x, q - 1, functions, number) if q else 0 * x
        second = number(q * (q - 1)) * _power(x, q - 2, functions, number) if q * (q - 1) else 0 * x
        outer = (_power(x, q, functions, number), first, second)
    else:
        outer = _OUTER[step.op](x, functions)
    return (outer[0], outer[1] * u[1], outer[2] * u[1] ** 2 + outer[1] * u[2])


def _power(x: Any, q: Fraction, functions: Mapping[str, Callable[[Any], Any]], number: Any) -> Any:
    if q.denominator == 1:
        return x ** int(q)
    if q.denominator == 2:
        return functions["sqrt"](x) ** q.numerator
    return x ** number(q)


def _of_tanh(x: Any, f: Mapping[str, Callable[[Any], Any]]) -> Jet:
    value = f["tanh"](x)
    return (value, 1 - value * value, -2 * value * (1 - value * value))


def _of_erf(sign: int, name: str) -> Callable[[Any, Mapping[str, Callable[[Any], Any]]], Jet]:
    def jet(x: Any, f: Mapping[str, Callable[[Any], Any]]) -> Jet:
        slope = sign * 2 * f["exp"](-x * x) / f["sqrt"](0 * x + MP.pi if f is _MPMATH else np.pi)
        return (f[name](x), slope, -2 * x * slope)

    return jet


_OUTER: Mapping[str, Callable[[Any, Mapping[str, Callable[[Any], Any]]], Jet]] = {
    "exp": lambda x, f: (f["exp"](x),) * 3,
    "log": lambda x, f: (f["log"](x), 1 / x, -((1 / x) ** 2)),
    "tanh": _of_tanh,
    "sinh": lambda x, f: (f["sinh"](x), f["cosh"](x), f["sinh"](x)),
    "cosh": lambda x, f: (f["cosh"](x), f["sinh"](x), f["cosh"](x)),
    "sin": lambda x, f: (f["sin"](x), f["cos"](x), -f["sin"](x)),
    "cos": lambda x, f: (f["cos"](x), -f["sin"](x), -f["cos"](x)),
    "atan": lambda x, f: (f["atan"](x), 1 / (1 + x * x), -2 * x / (1 + x * x) ** 2),
    "asinh": lambda x, f: (f["asinh"](x), (1 + x * x) ** -0.5, -x * (1 + x * x) ** -1.5),
    "erf": _of_erf(1, "erf"),
    "erfc": _of_erf(-1, "erfc"),
}


def _mp(value: Fraction | int | float) -> Any:
    exact = Fraction(value)
    return MP.mpf(exact.numerator) / exact.denominator


# -- formulas in constants -------------------------------------------------------------------------


class NoValueError(ValueError):
    """A formula with a name that has no value."""


def value_of(root: Node, names: Mapping[str, Any]) -> Any:
    """The value of a formula of the kernel, in numbers or arrays."""
    if root.op == "num":
        return root.rational.numerator / root.rational.denominator
    if root.op == "name":
        if str(root.value) not in names:
            raise NoValueError(str(root.value))
        return names[str(root.value)]
    args = [value_of(arg, names) for arg in root.args]
    match root.op:
        case "pi":
            return np.pi
        case "neg":
            return -args[0]
        case "add":
            return args[0] + args[1]
        case "sub":
            return args[0] - args[1]
        case "mul":
            return args[0] * args[1]
        case "div":
            return args[0] / args[1]
        case "pow":
            return args[0] ** float(root.rational)
        case "Max":
            return np.maximum(*args)
        case "Min":
            return np.minimum(*args)
        case "log" | "exp":
            return _NUMPY[root.op](args[0])
    raise NoValueError(to_text(root)[:60])


# -- nets ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Samples, labels, outer weights, lambda and s."""

    x: Any
    y: Any
    a: Any
    lam: float
    s: float

    def names(self, p: int) -> dict[str, float]:
        """The constants of the problem."""
        x, y, a = self.x, self.y, self.a
        squares = (x * x).sum(axis=1)
        return {
            "n": float(len(x)),
            "d": float(x.shape[1]),
            "p": float(p),
            "N": float(p * x.shape[1]),
            "B_x": float(np.sqrt(squares.max())),
            "X2": float(squares.mean()),
            "Lambda_S": float(np.linalg.eigvalsh(x.T @ x / len(x)).max()),
            "B_y": float(abs(y).max()),
            "Y1": float(abs(y).mean()),
            "Y2": float((y * y).mean()),
            "y_min": float(y.min()),
            "y_max": float(y.max()),
            "a_1": float(abs(a).sum()),
            "a_2": float(np.sqrt((a * a).sum())),
            "a_inf": float(abs(a).max()),
            "a_plus": float(np.maximum(a, 0).sum()),
            "a_minus": float(np.maximum(-a, 0).sum()),
            "lambda": self.lam,
            "s": self.s,
        }


@dataclass(frozen=True)
class Nets:
    """The numbers of R at many W; each has one entry for each W."""

    data: Data
    arguments: Any
    outputs: Any
    losses: Any
    slopes: Any
    curvatures: Any
    gradient: Any
    along: Any
    laplacian: Any
    radius: Any

    @property
    def risk(self) -> Any:
        """R."""
        return self.losses.mean(axis=1)

    @property
    def objective(self) -> Any:
        """L."""
        return self.risk + self.data.lam / 2 * self.radius**2

    @property
    def steepness(self) -> Any:
        """||grad L||^2/s - Laplacian L."""
        lam, entries = self.data.lam, len(self.data.a) * self.data.x.shape[1]
        square = self.gradient**2 + 2 * lam * self.along + lam**2 * self.radius**2
        return square / self.data.s - self.laplacian - lam * entries


@np.errstate(all="ignore")
def nets_at(sigma: Function, loss: Loss, data: Data, weights: Any) -> Nets:
    """The numbers of R at weights of shape (many, p, d)."""
    x, y, a = data.x, data.y, data.a
    z = np.einsum("kpd,nd->knp", weights, x)
    s0, s1, s2 = sigma.many(z)
    f = s0 @ a
    argument = f * y if loss.classifies else f - y
    inner = y if loss.classifies else np.ones_like(y)
    l0, l1, l2 = Function(written(loss, "z")).many(argument)
    slope, curvature = l1 * inner, l2 * inner**2
    with np.errstate(all="ignore"):
        per_unit = slope[:, :, None] * a * s1
        gradient = np.einsum("knp,nd->kpd", per_unit, x) / len(x)
        squares = (x * x).sum(axis=1)
        bend = curvature * ((a * s1) ** 2).sum(axis=2) + slope * (s2 @ a)
        return Nets(
            data,
            argument,
            f,
            l0,
            slope,
            curvature,
            np.sqrt((gradient**2).sum(axis=(1, 2))),
            (per_unit * z).sum(axis=(1, 2)) / len(x),
            (bend * squares).sum(axis=1) / len(x),
            np.sqrt((weights**2).sum(axis=(1, 2))),
        )


# -- the attack ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """How near a claim came to being false: observed/bound of the worst case, and what it is."""

    kind: str
    ratio: float
    about: str


LOW = frozenset({"l_inf", "S_lo"})
"""Constants of which the lower end is the safe one."""


@np.errstate(all="ignore")
def names_of(fact: Fact, given: Mapping[str, float], nets: Nets, loss: Loss) -> dict[str, Any]:
    """The constants that a fact rests on: of the problem, enclosed, by formula, and suprema where the
    arguments lie.
    """
    constants: Mapping[str, Constant] = environment([fact])
    names: dict[str, Any] = dict(given)
    for name, one in constants.items():
        end = one.lo if name in LOW else one.hi
        if name not in names and end is not None and one.formula is None:
            names[name] = float(end)
    waiting = {k: c.formula for k, c in constants.items() if c.formula is not None}
    for _ in range(len(waiting) + 1):
        for name in [name for name in waiting if name not in names]:
            try:
                names[name] = value_of(waiting[name], names)
            except NoValueError:
                continue
        if "reach" in names and not {"l1", "l2", "l_inf"} & set(names):
            names |= _where_reached(names["reach"], constants, nets, loss)
    return names


def _where_reached(
    reach: float, constants: Mapping[str, Constant], nets: Nets, loss: Loss
) -> dict[str, float]:
    """The named suprema over [-reach, reach], by a grid and the arguments that were met."""
    grid = np.concatenate([np.linspace(-reach, reach, 4001), nets.arguments.ravel()])
    v, d1, d2 = Function(written(loss, "z")).many(grid)
    found = {"l1": abs(d1).max(), "l2": abs(d2).max(), "l_inf": v.min()}
    return {
        k: float(q) for k, q in found.items() if k in constants and constants[k].formula is None
    }


Sides = tuple[Any, Any]
"""What is observed and its bound, for many cases."""


@np.errstate(all="ignore")
def of_nets(claim: claims.Claim, nets: Nets, names: Mapping[str, Any]) -> Sides | None:
    """The sides of a claim about R or L; None for a claim about something else."""
    r = nets.radius
    match claim:
        case claims.LossBounds(l1=l1, l2=l2):
            sides = [(abs(nets.slopes).max(axis=1), l1), (abs(nets.curvatures).max(axis=1), l2)]
            seen = [
                (one, value_of(bound, names) + 0 * r) for one, bound in sides if bound is not None
            ]
            return np.concatenate([s[0] for s in seen]), np.concatenate([s[1] for s in seen])
        case claims.LossFloor(floor=floor):
            return value_of(floor, names) + 0 * r, nets.losses.min(axis=1)
        case claims.Residual(bound=bound):
            return abs(nets.slopes).max(axis=1), value_of(bound, names) + 0 * r
        case claims.RiskGradient(constant=c, slope=k):
            return nets.gradient, _affine(c, k, names, r)
        case claims.RiskLaplacian(constant=c, slope=k):
            return nets.laplacian, _affine(c, k, names, r)
        case claims.Radial(C=c, D=k):
            return -nets.along, _affine(c, k, names, r)
        case claims.Oscillation(bound=bound):
            return nets.risk - nets.risk.min(), value_of(bound, names) + 0 * r
        case claims.Dissipative(m=m, b=b):
            least = value_of(m, names) * r**2 - value_of(b, names)
            return least, nets.along + nets.data.lam * r**2
        case claims.V2(floor=floor, slope=slope):
            least = nets.data.lam / 2 * r**2 + (0 if floor is None else value_of(floor, names))
            return least - (0 if slope is None else value_of(slope, names) * r), nets.objective
        case claims.V4(bound=bound, start=start, radius=radius):
            with_r = {**names, "r": r}
            beyond = r >= (0 if start is None else value_of(start, names))
            least = np.where(beyond, value_of(bound, with_r), -np.inf)
            level = np.where(r >= value_of(radius, names), names.get("M", 1.0), -np.inf)
            return np.maximum(least, level), nets.steepness
    return None


def _affine(constant: Node, slope: Node | None, names: Mapping[str, Any], r: Any) -> Any:
    return value_of(constant, names) + (0 if slope is None else value_of(slope, names)) * r


def of_phi(claim: claims.OfLoss, v: Any, d1: Any, d2: Any, x: Any) -> Any:
    """What the supremum of a claim about phi is taken of, at many x."""
    match claim.quantity:
        case "eta":
            return -x * d1
        case "zeta":
            return abs(x * d2)
        case "dip":
            return -d2
        case "h_omega":
            assert claim.parameter is not None
            return d1 * d1 - _like(claim.parameter, x) * x * d1
    raise AssertionError(claim.quantity)


def _like(value: Fraction, x: Any) -> Any:
    return float(value) if isinstance(x, np.ndarray) else _mp(value)


@np.errstate(all="ignore")
def ratio(observed: Any, bound: Any, scale: Any = 0) -> tuple[float, int]:
    """The largest observed/bound with its place, where both have one sign: else how far apart they
    are, as 1 + (observed - bound) relative to their sizes, which is above 1 where the bound fails.
    """
    observed, bound = np.broadcast_arrays(np.asarray(observed, float), np.asarray(bound, float))
    with np.errstate(all="ignore"):
        apart = 1 + (observed - bound) / (abs(observed) + abs(bound) + scale + 1e-300)
        share = np.where((observed > 0) & (bound > 0), observed / bound, np.minimum(apart, 2))
        share = np.where((bound == 0) & (observed <= 0), 1.0, share)
    share = np.where(np.isfinite(share) & np.isfinite(observed), share, 0)
    at = int(np.argmax(share))
    return float(share[at]), at


# -- one proof -------------------------------------------------------------------------------------


def attempts(proof: Proof, rng: np.random.Generator) -> Iterator[Attempt]:
    """Every claim of a proof that can be attacked, at its worst case."""
    problem = proof.problem
    loss, sigma = problem.loss, Function(problem.activation.text)
    facts = proof.steps()
    for fact in facts:
        yield from _about_phi(fact, loss)
    for data in _many_data(loss.classifies, rng):
        nets = nets_at(sigma, loss, data, _many_weights(data, rng))
        given = data.names(len(data.a))
        for fact in facts:
            try:
                names = names_of(fact, given, nets, loss)
                if not in_scope(fact.claim, names):
                    continue
                sides = of_nets(fact.claim, nets, names)
            except NoValueError:
                continue
            if sides is not None:
                found, at = ratio(*sides)
                about = f"{fact.rule}: net {at} of x = {data.x}, y = {data.y}, a = {data.a}"
                yield Attempt(fact.rule, found, about)


def in_scope(claim: claims.Claim, names: Mapping[str, Any]) -> bool:
    """True where lambda is among those that a claim is for, and no hypothesis is on the weights."""
    scope = getattr(claim, "scope", None)
    if not isinstance(scope, claims.Scope):
        return True
    match scope.lam:
        case claims.LambdaAbove(threshold=threshold):
            return not scope.one_sign and bool(names["lambda"] > value_of(threshold, names))
        case claims.LambdaAtMostZero() | claims.LambdaBelow():
            return False
    return not scope.one_sign


GRID = np.unique(
    np.concatenate(
        [np.linspace(-12, 12, 4801), *(q * np.logspace(-6, 4, 400) for q in (-1, 1)), np.zeros(1)]
    )
)


def _about_phi(fact: Fact, loss: Loss) -> Iterator[Attempt]:
    """Claims about phi over all of R: on a grid, and at its worst points in mpmath."""
    claim = fact.claim
    phi = Function(written(loss, "z"))
    v, d1, d2 = phi.many(GRID)
    sides: list[tuple[Callable[[Any, Any, Any, Any], Any], Fraction]] = []
    ends = {c.name: (c.lo, c.hi) for c in fact.constants}
    if isinstance(claim, claims.OfLoss) and claim.quantity != "l_0":
        sides.append((lambda *jet: of_phi(claim, *jet), claim.hi))
    if isinstance(claim, claims.LossBounds) and claim.everywhere:
        if claim.l1 is not None:
            sides.append((lambda v, d1, d2, x: abs(d1), ends["l1"][1]))
        if claim.l2 is not None:
            sides.append((lambda v, d1, d2, x: abs(d2), ends["l2"][1]))
    if fact.rule == "infimum of the loss" and "l_inf" in ends:
        sides.append((lambda v, d1, d2, x: -v, -ends["l_inf"][0]))
    for quantity, bound in sides:
        with np.errstate(all="ignore"):
            seen = quantity(v, d1, d2, GRID)
        seen = np.where(np.isfinite(seen), seen, -np.inf)
        for at in np.argsort(seen)[-3:]:
            x = _mp(float(GRID[at]))
            exact = quantity(*phi.one(x), x)
            share = _share(exact, _mp(bound))
            yield Attempt(
                f"{fact.rule} {getattr(claim, 'quantity', '')}", share, f"{loss.text} at {x}"
            )


def _share(observed: Any, bound: Any) -> float:
    if observed > 0 and bound > 0:
        return float(observed / bound)
    if observed <= bound:
        return 1.0
    return float(1 + (observed - bound) / (abs(observed) + abs(bound)))


def _many_data(classifies: bool, rng: np.random.Generator) -> Iterator[Data]:
    """Samples in general position, and few: one sample, one unit and parallel samples."""
    for n, d, p in ((1, 1, 1), (2, 1, 2), (3, 2, 2), (1, 2, 3)):
        x = rng.choice([-1.0, 1.0], (n, d)) * rng.uniform(0.2, 2, (n, d))
        y = rng.choice([-1.0, 1.0], n) * (1 if classifies else rng.uniform(0, 3))
        a = rng.choice([-1.0, 1.0], p) * rng.uniform(0.1, 3, p)
        yield Data(x, y, a, float(2.0 ** rng.integers(-3, 4)), float(2.0 ** rng.integers(-3, 3)))


def _many_weights(data: Data, rng: np.random.Generator) -> Any:
    """Weights of every size, half of them along the samples, where the net is steepest."""
    p, d = len(data.a), data.x.shape[1]
    sizes = 2.0 ** rng.uniform(-6, 9, (400, 1, 1))
    free = rng.standard_normal((200, p, d))
    along = rng.standard_normal((200, p, 1)) * data.x[rng.integers(0, len(data.x), 200)][:, None, :]
    return sizes * np.concatenate([free, along])


def jump(fact: Fact, loss: Loss) -> float | None:
    """How much the derivative of phi jumps that a kink names, relative to its size; None for a fact
    about something else, and for a derivative that is not looked at here.
    """
    claim = fact.claim
    if not isinstance(claim, claims.LossKink) or claim.order > 1:
        return None
    phi = Function(written(loss, "z"))
    near = MP.mpf(claim.near) if claim.at is None else _mp(claim.at)
    step = MP.mpf(10) ** (-3 if claim.at is None else -20)
    left, right = (phi.one(near + side * step)[claim.order + 1] for side in (-1, 1))
    return float(abs(right - left) / (1 + abs(left) + abs(right)))
