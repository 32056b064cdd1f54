"""The rules of inference, each with its premises, definitions and sentence, and what is tested of each step."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flint import arb, ctx, fmpq

from proofkit.check import tail
from proofkit.check.cover import SIGNS, exact, expression, linear, period, supremum, visible_range
from proofkit.check.expr import Balls, Refused, Tree, make, number, parse, series, tape

_WORDS = "n d p N B_x B_y a_1 a_2 a_inf a_plus a_minus Lambda_S X2 Y1 Y2 y_min y_max lambda s M rho l1 l2 S0 "
_RATES = " W_2 W_4 F osc xi q m_c h_0 m_d b_d R_b l_bar eps r_star v_0 chi A_2 c_0 c_1 L_F"
_MORE = "S_hi S_lo sigma0 M1 M2 M3 kappa H gamma G G0 G1 K A B C D E m r_0 gLip slope fall"
NAMES = frozenset((_WORDS + _MORE + _RATES).split())
Enclosure = tuple[fmpq, fmpq] | None  # None: a symbol without a value
K, T, C = "kernel-checked", "tested", "cited"
RADIUS = {
    "bounded": "(G + sqrt(s*(K + lambda*N + M)))/lambda",
    "euler": "Max(1, (2*lambda*E + s*A + sqrt(4*lambda*E*s*A + s^2*A^2 + 4*lambda^2*s*(B + lambda*N + M)))/(2*lambda^2))",
    "lipschitz": "(2*m*G0 + s*A + sqrt(4*m*G0*s*A + s^2*A^2 + 4*m^2*s*(B + lambda*N + M)))/(2*m^2)",
}
LOWER = {
    "bounded": "(lambda*r - G)^2/s - K - lambda*N for r >= G/lambda",
    "euler": "(lambda*r - E)^2/s - A*r - B - lambda*N for r >= max(1, E/lambda)",
    "lipschitz": "((lambda - G1)*r - G0)^2/s - A*r - B - lambda*N for r >= G0/(lambda - G1)",
}
_DATA = "Max(a_plus*S_hi - a_minus*S_lo - y_min, y_max - a_plus*S_lo + a_minus*S_hi)"


@dataclass(frozen=True)
class Rule:
    """One inference, read from rules.toml."""

    about: str
    premises: tuple[str, ...]
    claim: str
    evidence: str
    sentence: str
    needs: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()


def _rule(entry: Mapping[str, Any]) -> Rule:
    lists = {k: tuple(entry.get(k, ())) for k in ("premises", "needs", "defines")}
    return Rule(entry["about"], lists["premises"], entry["claim"], entry["evidence"], entry["sentence"], lists["needs"], lists["defines"])


RULES: Mapping[str, Rule] = {name: _rule(entry) for name, entry in tomllib.loads(Path(__file__).with_name("rules.toml").read_text()).items()}
_RATE_CLAIMS = ("moments", "oscillation", "dissipative", "gap", "excess", "start", "rate", "langevin")
RATES = frozenset(name for name, rule in RULES.items() if name == "radial residual" or rule.claim in _RATE_CLAIMS)
SAYS = {
    "S0": "sup |sigma|", "S_hi": "sup sigma", "S_lo": "inf sigma", "M1": "sup |sigma'|", "M2": "sup |sigma''|", "M3": "sup |sigma'''|",
    "fall": "sup -sigma'", "H": "sup |z*sigma' - kappa*sigma|",
}  # fmt: skip


def rate_words(rule: str, known: Mapping[str, Enclosure], premises: Any, symbolic: bool, squared: bool) -> dict[str, str]:
    """What the formulas of a rule about rates depend on: the loss, whether the data are known, and whether D is 0 as a number."""
    osc = "Min((F + B_y)^2/2, F^2/2 + 2*F*B_y)" if symbolic else "Min((F^2 + 2*F*Y1 + Y2)/2, F^2/2 + 2*F*Y1)"
    if rule == "oscillation":
        if any("S0" not in f.known if symbolic else not {"S_hi", "S_lo"} & set(f.known) for f in premises[2:]):
            raise Refused("the oscillation needs the range of sigma")
        return {"reach": "a_1*S0" if symbolic else "Max(a_plus*S_hi - a_minus*S_lo, a_minus*S_hi - a_plus*S_lo)", "osc": osc if squared else "F"}
    if rule == "radial residual" and known["kappa"] != (0, 0):
        raise Refused("z sigma' must be bounded")
    if rule == "gap convex" and (known["lambda"] is None or not known["lambda"][0] > evaluate("Lambda_S*rho*a_inf*M2", known)):
        raise Refused("lambda is not above the curvature bound")
    if rule == "Langevin Monte Carlo" and premises[4].kind not in ("gap bounded", "gap convex"):
        raise Refused("a spectral gap without a log-Sobolev inequality is not enough")
    if rule == "dissipative radial":
        return {"pair": "m_d = lambda; b_d = C" if known["D"] == (0, 0) else "m_d = lambda/2; b_d = C + D^2/(2*lambda)"}
    if rule == "gap Lyapunov":
        return {"osc": osc if squared else "F"}
    minimiser = "(B_y + a_1*sigma0)/sqrt(lambda)" if symbolic else "sqrt((Y2 + 2*Y1*a_1*sigma0 + (a_1*sigma0)^2)/lambda)"
    return {"minimiser": minimiser, "c_0": "(B_y + a_1*sigma0)^2" if symbolic else "Y2 + 2*Y1*a_1*sigma0 + (a_1*sigma0)^2"}


def evaluate(text: str, known: Mapping[str, Enclosure]) -> Any:
    """A formula's value: exact when rational in exact constants, else a ball; None while a symbol in it has no value."""
    return _value(_formula(text), known)


@lru_cache(maxsize=512)
def _formula(text: str) -> Tree:
    return parse(re.sub(r"\blambda\b", "lam_", text), NAMES | {"lam_"})  # lambda is a keyword of the grammar that is borrowed


def _value(t: Tree, known: Mapping[str, Enclosure]) -> Any:
    op = t[0]
    if op == "num":
        return t[1]
    if op == "name":
        name = "lambda" if t[1] == "lam_" else t[1]
        if name not in known:
            raise Refused(f"no premise gives {name}")
        pair = known[name]
        return None if pair is None else pair[0] if pair[0] == pair[1] else arb(pair[0]).union(arb(pair[1]))
    a = [_value(x, known) for x in t[1:] if isinstance(x, tuple)]
    if any(x is None for x in a):
        return None
    if op in ("add", "sub", "mul", "div"):
        if op == "div" and not (a[1] > 0 or a[1] < 0):
            raise Refused("a formula divides by what may be zero")
        return a[0] + a[1] if op == "add" else a[0] - a[1] if op == "sub" else a[0] * a[1] if op == "mul" else a[0] / a[1]
    if op in ("Max", "Min"):
        if all(isinstance(x, fmpq) for x in a):
            return max(a) if op == "Max" else min(a)
        return arb(a[0]).max(arb(a[1])) if op == "Max" else arb(a[0]).min(arb(a[1]))
    if op == "neg":
        return -a[0]
    if op == "pow" and t[2].q == 1 and t[2] > 0:
        return a[0] ** int(t[2].p) if isinstance(a[0], fmpq) else Balls.square(a[0], t[2])
    if op == "pow" and t[2] == fmpq(1, 2):
        return arb(a[0]).max(arb(0)).sqrt()
    if op == "log":
        if not a[0] > 0:
            raise Refused("a formula takes the logarithm of what may not be positive")
        return arb(a[0]).log()
    raise Refused(f"{op} does not occur in formulas")


def contains(pair: Enclosure, value: Any) -> bool:
    """True when the recorded [lo, hi] holds the value (None for None)."""
    if pair is None or value is None:
        return pair is None and value is None
    return bool(pair[0] <= value <= pair[1]) if isinstance(value, fmpq) else bool(arb(pair[0]) <= value) and bool(value <= arb(pair[1]))


def enclosure(c: Mapping[str, Any]) -> Enclosure:
    """[lo, hi] of a recorded constant."""
    if (c["lo"] is None) != (c["hi"] is None):
        raise Refused("a constant has one end only")
    pair = None if c["lo"] is None else (number(c["lo"]), number(c["hi"]))
    if pair is not None and pair[0] > pair[1]:
        raise Refused("a constant's ends are in the wrong order")
    return pair


# -- what single rules test beyond the table ------------------------------------------------------------------


def smooth_on(t: Tree, kinks: bool = False) -> None:
    """Refused unless the tree is visibly analytic on R: no divisor, root or logarithm that may meet 0, and no kinks unless allowed."""

    def positive(x: Tree) -> bool:
        low = visible_range(x)[0]
        if x[0] in ("add", "mul", "div"):
            parts = [positive(y) for y in x[1:]]
            return (any(parts) and all(p or (x[0] == "add" and (visible_range(y)[0] or fmpq(-1)) >= 0) for p, y in zip(parts, x[1:], strict=True))) or (
                low is not None and low > 0
            )
        return x[0] in ("exp", "cosh", "pi") or (low is not None and low > 0) or (x[0] == "pow" and positive(x[1]))

    for x in t[1:]:
        if isinstance(x, tuple):
            smooth_on(x, kinks)
    op = t[0]
    if op in ("Abs", "Max", "Min") and not kinks:
        raise Refused(f"sigma contains {op}")
    base = t[2] if op == "div" else t[1] if op == "log" or (op == "pow" and (t[2] < 0 or t[2].q != 1)) else None
    if base is not None and not positive(base) and not (op == "div" and base[0] == "num" and base[1] != 0):
        raise Refused(f"that a divisor, root or logarithm in sigma stays away from 0 is not visible ({op})")


def branch(t: Tree, at: fmpq, side: int) -> Tree:
    """The smooth tree that the expression is just right (1) or left (-1) of a point."""
    parts = [branch(x, at, side) if isinstance(x, tuple) else x for x in t[1:]]
    if t[0] not in ("Abs", "Max", "Min"):
        return make(t[0], *parts) if t[0] in ("add", "sub", "mul", "div", "neg", "pow") else (t[0], *parts)
    switch = parts[0] if t[0] == "Abs" else ("sub", parts[0], parts[1])
    value = series(tape(switch), arb(at), 2, Balls)
    for k, c in enumerate(value):
        if c > 0 or c < 0:
            up = bool(c > 0) == (side > 0 or k % 2 == 0)
            return (parts[0] if up else make("neg", parts[0])) if t[0] == "Abs" else parts[0] if up == (t[0] == "Max") else parts[1]
        if not c.is_zero():
            break
    raise Refused("which branch sigma takes at the kink is not visible")


def corners(t: Tree) -> set[fmpq]:
    """Every point where an Abs, Max or Min of the tree may turn; Refused unless all their operands are piecewise linear."""

    def lines(x: Tree) -> list[tuple[fmpq, fmpq]]:
        if x[0] in ("Max", "Min", "Abs"):
            inner = [line for y in x[1:] for line in lines(y)]
            return inner + [(-c, -d) for c, d in inner] if x[0] == "Abs" else inner
        c, d = linear(x), series(tape(x), arb(0), 0, Balls)[0]
        if c is None or not d.is_exact():
            raise Refused("where sigma has its kinks is not visible")
        return [(c, exact(d))]

    found = set()
    if t[0] in ("Abs", "Max", "Min"):
        one, two = (lines(t[1]), lines(t[2])) if t[0] != "Abs" else (lines(t[1]), [(fmpq(0), fmpq(0))])
        found = {(q - d) / (c - p) for c, d in one for p, q in two if c != p}
    return found.union(*(corners(x) for x in t[1:] if isinstance(x, tuple)))


def kink(root: Tree, order: int, at: str) -> None:
    """Refused unless the derivative of order ``order + 1`` jumps there, and none of lower order is seen to jump anywhere."""
    x = number(at)
    smooth_on(root, kinks=True)
    for point in corners(root) | {x}:
        left, right = (series(tape(branch(root, point, side)), arb(point), order + 1, Balls) for side in (-1, 1))
        jumps = [p - q for p, q in zip(left, right, strict=True)]
        if not all(jump.contains(0) for jump in jumps[:-1]):
            raise Refused(f"a derivative of order {order} or less jumps at z = {point}")
        if point == x and jumps[-1].contains(0):
            raise Refused(f"no jump of the derivative of order {order + 1} at z = {x}")


def asymptote(root: Tree, end: int, slope: fmpq, pair: tuple[fmpq, fmpq]) -> None:
    """Refused unless sigma - slope z tends to a number in the pair."""
    if end not in (1, -1):
        raise Refused("an end is neither +1 nor -1")
    tree = ("sub", root, make("mul", ("num", slope), ("z",)))
    for start in (16, 256, 2**16):
        try:
            limit = tail.expand(tape(tree), fmpq(start), end, 0)[0].limit()
            break
        except Refused:
            continue
    else:
        raise Refused("sigma minus the line has no limit that is visible")
    if not contains(pair, limit):
        raise Refused("the asymptote is another line")


def suprema(root: Tree, name: str, kappa: fmpq | None, proofs: Any) -> tuple[fmpq, fmpq]:
    """(lo, hi) of the constant from the proofs of every sign it needs."""
    wanted = SIGNS.get(name, (1, -1))
    if [p["sign"] for p in proofs] != list(wanted):
        raise Refused(f"{name} needs a cover for the signs {wanted}")
    pairs = [supremum(root, name, kappa, p) for p in proofs]
    lo, hi = max(p[0] for p in pairs), max(p[1] for p in pairs)
    if name == "S_lo":
        return -hi, -lo
    return (max(lo, fmpq(0)), max(hi, fmpq(0))) if name not in ("S_hi", "fall") else (lo, hi)


def escaping(root: Tree, slope: fmpq) -> None:
    """Refused unless sigma - slope z is periodic."""
    found = period(root)
    if found is None or found[0] != slope or not slope > 0:
        raise Refused("sigma is not slope*z plus a periodic function")


POINTS = 2


def derivation(root: Tree, loss: str, seed: str) -> None:
    """Gradient, Hessian form and Laplacian against exact differentiation along lines, at random small nets, in balls."""
    rng = random.Random(seed)
    before, ctx.prec = ctx.prec, 160
    try:
        for _ in range(POINTS):
            net = Net(rng, tape(root), loss == "squared")
            along, unit = net.line(net.V), [net.line(e)[2] * 2 for e in net.axes()]
            pairs = [(along[1], net.gradient(net.V)), (2 * along[2], net.hessian(net.V)), (sum(unit, arb(0)), net.laplacian())]
            for one, two in pairs:
                if not (one.overlaps(two) and one.rad() < 1e-20 and two.rad() < 1e-20):
                    raise Refused("the formulas for the derivatives of L disagree with exact differentiation")
    finally:
        ctx.prec = before


def dot(u: Any, v: Any) -> Any:
    """<u, v>."""
    return sum((p * q for p, q in zip(u, v, strict=True)), fmpq(0))


class Net:
    """A random net of n = 2 samples, 1 or 2 units and d = 2, with the formulas as the appendix has them."""

    def __init__(self, rng: random.Random, code: Any, squared: bool) -> None:
        draw = lambda: fmpq(rng.randint(-20, 20), 8)  # noqa: E731
        self.n, self.p, self.d, self.squared = 2, rng.randint(1, 2), 2, squared
        self.X, self.W, self.V = ([[draw(), draw()] for _ in range(m)] for m in (self.n, self.p, self.p))
        self.a, self.lam = [draw() for _ in range(self.p)], draw()
        self.y = [draw() if squared else fmpq(rng.choice((-1, 1))) for _ in range(self.n)]
        self.jets = [[series(code, arb(dot(w, x)), 2, Balls) for w in self.W] for x in self.X]
        f = [sum((j[0] * a for j, a in zip(row, self.a, strict=True)), arb(0)) for row in self.jets]
        e = [(y * v).exp() for y, v in zip(self.y, f, strict=True)]
        self.slope = [v - y if squared else -y / (1 + g) for v, y, g in zip(f, self.y, e, strict=True)]
        self.bend = [arb(1) if squared else g / (1 + g) ** 2 for g in e]

    def axes(self) -> list[list[list[fmpq]]]:
        """The unit vectors of R^(p x d)."""
        return [[[fmpq(int((j, k) == (r, c))) for k in range(self.d)] for j in range(self.p)] for r in range(self.p) for c in range(self.d)]

    def line(self, D: list[list[fmpq]]) -> list[arb]:
        """The Taylor coefficients of t -> L(W + t D), by substitution alone."""
        total = [arb(0)] * 3
        for row, x, y in zip(self.jets, self.X, self.y, strict=True):
            f = [sum((a * j[k] * dot(v, x) ** k for a, j, v in zip(self.a, row, D, strict=True)), arb(0)) for k in range(3)]
            if self.squared:
                r = f[0] - y
                value = [r * r / 2, r * f[1], r * f[2] + f[1] * f[1] / 2]
            else:
                s, m = series([("z", (), None), ("softplus", (0,), None)], -y * f[0], 2, Balls), [-y * c for c in f]
                value = [s[0], s[1] * m[1], s[1] * m[2] + s[2] * m[1] * m[1]]
            total = [t + v / self.n for t, v in zip(total, value, strict=True)]
        ww, wd, dd = (sum((dot(u, v) for u, v in zip(A, B, strict=True)), fmpq(0)) for A, B in ((self.W, self.W), (self.W, D), (D, D)))
        return [total[0] + self.lam * ww / 2, total[1] + self.lam * wd, total[2] + self.lam * dd / 2]

    def gradient(self, D: list[list[fmpq]]) -> arb:
        """<grad L, D>, dL/dW_jk = (1/n) sum_i l'_i a_j sigma'(z_ij) x_ik + lambda W_jk."""
        out = arb(0)
        for j in range(self.p):
            for k in range(self.d):
                g = sum((self.slope[i] * self.a[j] * self.jets[i][j][1] * self.X[i][k] for i in range(self.n)), arb(0)) / self.n
                out += (g + self.lam * self.W[j][k]) * D[j][k]
        return out

    def hessian(self, D: list[list[fmpq]]) -> arb:
        """(1/n) sum_i [l''_i (sum_j a_j sigma' <d_j, x_i>)^2 + l'_i sum_j a_j sigma'' <d_j, x_i>^2] + lambda ||D||^2."""
        out = arb(0)
        for i, x in enumerate(self.X):
            along = [dot(v, x) for v in D]
            first = sum((a * j[1] * u for a, j, u in zip(self.a, self.jets[i], along, strict=True)), arb(0))
            second = sum((a * 2 * j[2] * u * u for a, j, u in zip(self.a, self.jets[i], along, strict=True)), arb(0))
            out += (self.bend[i] * first * first + self.slope[i] * second) / self.n
        return out + self.lam * sum((dot(v, v) for v in D), fmpq(0))

    def laplacian(self) -> arb:
        """(1/n) sum_i ||x_i||^2 [l''_i sum_j a_j^2 sigma'^2 + l'_i sum_j a_j sigma''] + lambda p d."""
        out = arb(0)
        for i, x in enumerate(self.X):
            first = sum((a * a * j[1] * j[1] for a, j in zip(self.a, self.jets[i], strict=True)), arb(0))
            second = sum((a * 2 * j[2] for a, j in zip(self.a, self.jets[i], strict=True)), arb(0))
            out += dot(x, x) * (self.bend[i] * first + self.slope[i] * second) / self.n
        return out + self.lam * (self.p * self.d)


__all__ = ["RULES", "asymptote", "derivation", "escaping", "expression", "kink", "smooth_on", "suprema"]
