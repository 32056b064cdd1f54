"""The rules of inference: the table beside this file, the formulas in it, and what single rules compute."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from proofkit.check.cover import shift, turn_of
from proofkit.check.expr import Refused, Tape, Tree, arithmetic, function, jet, number, parse, power, tape

Enclosure = tuple[fmpq, fmpq] | None  # None: a symbol without a value
RULES: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("rules.toml").read_text())
WORDS: Mapping[str, Mapping[str, str]] = RULES["words"]
_NAMES = "n d p N B_x B_y a_1 a_2 a_inf a_plus a_minus Lambda_S X2 Y1 Y2 y_min y_max lam_ s M rho l1 l2 S0 S_hi S_lo sigma0 M1 M2 M3 kappa H gamma G G0 G1 K A B C D E m r_0"
_MORE = "gLip slope fall W_2 W_4 F osc xi q m_c h_0 m_d b_d R_b l_bar eps r_star v_0 chi A_2 c_0 c_1 L_F"
NAMES = frozenset(f"{_NAMES} {_MORE}".split())
SAYS = {
    "S0": "sup |sigma|", "S_hi": "sup sigma", "S_lo": "inf sigma", "M1": "sup |sigma'|", "M2": "sup |sigma''|", "M3": "sup |sigma'''|",
    "fall": "sup -sigma'", "H": "sup |z*sigma' - kappa*sigma|",
}  # fmt: skip


# -- formulas -------------------------------------------------------------------------------------


def evaluate(text: str, known: Mapping[str, Enclosure]) -> Any:
    """A formula's value: exact when rational in exact constants, else a ball; None while a symbol in it has no value."""
    return _value(_formula(text), known)


@lru_cache(maxsize=512)
def _formula(text: str) -> Tree:
    return parse(re.sub(r"\blambda\b", "lam_", text), NAMES)  # lambda is a keyword of the grammar that is borrowed


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
    if (op == "div" and not (a[1] > 0 or a[1] < 0)) or (op == "log" and not a[0] > 0):
        raise Refused("a formula divides by what may be zero, or takes its logarithm")
    if op in ("add", "sub", "mul", "div", "neg"):
        return arithmetic(op, a)
    if op in ("Max", "Min") and not all(isinstance(x, fmpq) for x in a):
        return arb(a[0]).max(arb(a[1])) if op == "Max" else arb(a[0]).min(arb(a[1]))
    if op in ("Max", "Min"):
        return max(a) if op == "Max" else min(a)
    if op == "pow" and t[2].q == 1 and t[2] > 0:
        return a[0] ** int(t[2].p) if isinstance(a[0], fmpq) else power(arb_series([a[0]], prec=1), t[2])[0]
    if op == "log" or (op == "pow" and t[2] == fmpq(1, 2)):
        return arb(a[0]).log() if op == "log" else arb(a[0]).max(arb(0)).sqrt()
    raise Refused(f"{op} does not occur in formulas")


def contains(pair: Enclosure, value: Any) -> bool:
    """True when the recorded [lo, hi] holds the value (None for None)."""
    if pair is None or value is None:
        return pair is None and value is None
    return bool(pair[0] <= value <= pair[1]) if isinstance(value, fmpq) else bool(arb(pair[0]) <= value) and bool(value <= arb(pair[1]))


def enclosure(c: Mapping[str, Any]) -> Enclosure:
    """[lo, hi] of a recorded constant."""
    if c["lo"] is None or c["hi"] is None:
        if c["lo"] is not c["hi"]:
            raise Refused("a constant has one end only")
        return None
    pair = (number(c["lo"]), number(c["hi"]))
    if pair[0] > pair[1]:
        raise Refused("a constant's ends are in the wrong order")
    return pair


def holds(condition: str, known: Mapping[str, Enclosure]) -> bool:
    """A condition of the table, "x = 0" or "x > y"; the empty one holds."""
    left, sign, right = condition.partition(" > ") if ">" in condition else condition.partition(" = ")
    if not sign:
        return True
    one, two = evaluate(left, known), evaluate(right, known)
    return one is not None and two is not None and (bool(one > two) if ">" in condition else isinstance(one, fmpq) and one == two)


def shown(q: fmpq) -> str:
    """A number in a sentence: a decimal when it ends within 40 places."""
    places = next((k for k in range(41) if (q * 10**k).q == 1), None)
    if places in (None, 0):
        return str(q)
    digits = str(abs(int((q * 10**places).p))).rjust(places + 1, "0")  # type: ignore[operator]
    return f"{'-' if q < 0 else ''}{digits[:-places]}.{digits[-places:]}"  # type: ignore[operator]


# -- what single rules compute ---------------------------------------------------------------------


def value_at(tree: Tree, x: Any = 0) -> arb:
    """An expression at a point."""
    return jet(tape(tree), arb(x), 1)[0]


def escaping(root: Tree, slope: fmpq, proof: Mapping[str, Any]) -> None:
    """Refused unless sigma - slope z is periodic."""
    turn = turn_of(proof)
    if not (slope > 0 and turn > 0 and shift(root, turn) == slope * turn):
        raise Refused("sigma is not slope*z plus a periodic function")


POINTS = 2


def dot(u: Any, v: Any) -> Any:
    """<u, v>."""
    return sum((p * q for p, q in zip(u, v, strict=True)), fmpq(0))


def derivation(root: Tree, loss: str, seed: str) -> None:
    """The formulas for gradient, Hessian form and Laplacian against exact differentiation along lines, at random small nets, in balls."""
    rng, before = random.Random(seed), ctx.prec
    ctx.prec = 160
    try:
        for _ in range(POINTS):
            net = Net(rng, tape(root), loss == "squared")
            along, unit = net.line(net.V), [2 * net.line(e)[1] for e in net.axes()]
            for one, two in ((along[0], net.gradient(net.V)), (2 * along[1], net.hessian(net.V)), (sum(unit, arb(0)), net.laplacian())):
                if not (one.overlaps(two) and one.rad() < 1e-20 and two.rad() < 1e-20):
                    raise Refused("the formulas for the derivatives of L disagree with exact differentiation")
    finally:
        ctx.prec = before


class Net:
    """A random net of 2 samples, 1 or 2 units and 1 or 2 features, with the formulas as the appendix has them."""

    def __init__(self, rng: random.Random, code: Tape, squared: bool) -> None:
        draw = lambda: fmpq(rng.randint(-20, 20), 8)  # noqa: E731
        self.n, self.p, self.d = 2, rng.randint(1, 2), rng.randint(1, 2)
        self.X, self.W, self.V = ([[draw() for _ in range(self.d)] for _ in range(m)] for m in (self.n, self.p, self.p))
        self.a, self.lam = [draw() for _ in range(self.p)], draw()
        y = [draw() if squared else fmpq(rng.choice((-1, 1))) for _ in range(self.n)]
        self.jets = [[jet(code, arb(dot(w, x)), 3) for w in self.W] for x in self.X]
        f = [sum((s[0] * a for s, a in zip(row, self.a, strict=True)), arb(0)) for row in self.jets]
        at = [arb_series([v - t, 1] if squared else [-t * v, -t], prec=3) for v, t in zip(f, y, strict=True)]
        self.losses = [v * v / 2 if squared else function("softplus", v) for v in at]  # l(f_i + t), to be differentiated
        e = [(t * v).exp() for t, v in zip(y, f, strict=True)]
        self.slope = [v - t if squared else -t / (1 + g) for v, t, g in zip(f, y, e, strict=True)]
        self.bend = [arb(1) if squared else g / (1 + g) ** 2 for g in e]

    def axes(self) -> list[list[list[fmpq]]]:
        """The unit vectors of R^(p x d)."""
        return [[[fmpq(int((j, k) == (r, c))) for k in range(self.d)] for j in range(self.p)] for r in range(self.p) for c in range(self.d)]

    def line(self, D: list[list[fmpq]]) -> tuple[arb, arb]:
        """The first two Taylor coefficients of t -> L(W + t D), by substitution of series alone."""
        first, second = arb(self.lam * sum(map(dot, self.W, D))), arb(self.lam / 2 * sum(map(dot, D, D)))
        for loss, jets, x in zip(self.losses, self.jets, self.X, strict=True):
            u = [dot(v, x) for v in D]
            f1, f2 = (sum((a * s[k] * c**k for a, s, c in zip(self.a, jets, u, strict=True) if c), arb(0)) for k in (1, 2))
            first, second = first + loss[1] * f1 / self.n, second + (loss[1] * f2 + loss[2] * f1 * f1) / self.n
        return first, second

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
        out = arb(self.lam * sum((dot(v, v) for v in D), fmpq(0)))
        for i, x in enumerate(self.X):
            first = sum((a * s[1] * dot(v, x) for a, s, v in zip(self.a, self.jets[i], D, strict=True)), arb(0))
            second = sum((a * 2 * s[2] * dot(v, x) ** 2 for a, s, v in zip(self.a, self.jets[i], D, strict=True)), arb(0))
            out += (self.bend[i] * first * first + self.slope[i] * second) / self.n
        return out

    def laplacian(self) -> arb:
        """(1/n) sum_i ||x_i||^2 [l''_i sum_j a_j^2 sigma'^2 + l'_i sum_j a_j sigma''] + lambda p d."""
        out = arb(self.lam * (self.p * self.d))
        for i, x in enumerate(self.X):
            first = sum((a * a * s[1] * s[1] for a, s in zip(self.a, self.jets[i], strict=True)), arb(0))
            second = sum((a * 2 * s[2] for a, s in zip(self.a, self.jets[i], strict=True)), arb(0))
            out += dot(x, x) * (self.bend[i] * first + self.slope[i] * second) / self.n
        return out
