"""From "it converges" to "how long": a certified time or number of iterations for a wanted
accuracy.

Every number is a bound, rounded to the unfavourable side, and carried as its
logarithm: exp(xi) with xi = 10^6 is an ordinary result here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from proofkit.constants import Constant, evaluate
from proofkit.errors import InputError
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.prove import PROVED, Proof, prove
from proofkit.tactics.routes import excess
from proofkit.tactics.workbench import UNDECIDED, Library, Workbench

BITS = 256
SMALLEST = -400
"""Below 10^SMALLEST no temperature is tried: exp(2 osc/s) would be beyond any use."""


@dataclass(frozen=True)
class Size:
    """A positive number by an upper (direction 1) or lower (-1) bound of its decimal logarithm."""

    log10: Fraction
    direction: int = 1

    def whole(self) -> str:
        """As a count: the next integer when it is small enough to be written out."""
        if self.direction < 0 or not 0 <= self.log10 <= 15:
            return str(self)
        with balls.precision(BITS):
            value = balls.upper((balls.ball(self.log10) * arb(10).log()).exp())
        return str(-(-value.numerator // value.denominator))

    def __str__(self) -> str:
        x = self.log10
        if abs(x) <= 7:
            with balls.precision(BITS):
                value = (balls.ball(x) * arb(10).log()).exp()
                shown = (
                    round_up(balls.upper(value), 4)
                    if self.direction > 0
                    else round_down(balls.lower(value), 4)
                )
            return decimal(shown, 12)
        if abs(x) < 10**4:
            return f"10^({decimal(round_up(x, 6) if self.direction > 0 else round_down(x, 6), 12)})"
        power = len(str(abs(x.numerator) // x.denominator)) - 1
        mantissa = x / Fraction(10) ** power
        return f"10^({decimal(round_up(mantissa, 3) if self.direction > 0 else round_down(mantissa, 3), 6)}e{power})"


@dataclass(frozen=True)
class Iterations:
    """Langevin Monte Carlo: W <- W - (2 h/s) grad L + sqrt(2 h) xi, ``count`` times, for an
    accuracy ``delta`` in W_2.
    """

    step: Size
    count: Size
    delta: Fraction


@dataclass(frozen=True)
class Refinement:
    """What a sharper constant gains: log10 of the time with the coarse constant, minus ours."""

    name: str
    coarse: Size
    orders: Fraction


@dataclass(frozen=True)
class Plan:
    """How to reach E L - min L <= eps + epsilon.

    ``parts`` splits log10 of the time; ``langevin`` and ``sgd`` are None with the reason in
    ``reasons``.
    """

    problem: Problem
    epsilon: Fraction
    noise: Fraction
    eps: tuple[Fraction, Fraction]
    time: Size
    parts: tuple[tuple[str, Fraction], ...]
    langevin: Iterations | None
    sgd: Iterations | None
    reasons: Mapping[str, str]
    refinements: tuple[Refinement, ...]
    constants: Mapping[str, Constant]
    advice: tuple[str, ...]
    proof: Proof
    langevin_proof: Proof | None


def _ball(c: Constant) -> arb:
    assert c.lo is not None and c.hi is not None
    return balls.ball(c.lo) if c.lo == c.hi else balls.hull(c.lo, c.hi)


def _size(log: arb, direction: int = 1) -> Size:
    """From a natural logarithm."""
    x = log / arb(10).log()
    return Size(
        round_up(balls.upper(x), 12) if direction > 0 else round_down(balls.lower(x), 12), direction
    )


def _one_up(x: arb) -> arb:
    """x, not below the smallest number a logarithm is taken of: a bound that is already met takes
    no time.
    """
    return x.max(arb(1) / 2**20)


def _log_bound(x: arb) -> arb:
    """An upper bound of log x for x >= 0, a number also where x is 0: zero outer weights make osc
    and h_0 zero.
    """
    return x.max(arb(1) / arb(2) ** 4096).log()


def time_log(c: Mapping[str, Constant], epsilon: Fraction) -> tuple[arb, dict[str, arb]]:
    """log of a time t with A_2 exp(chi/2 - t (lambda/q) exp(-xi)) <= epsilon, and its parts."""
    need = _one_up(_ball(c["chi"]) / 2 + _log_bound(_ball(c["A_2"]) / balls.ball(epsilon)))
    parts = {
        "exp(xi)": _ball(c["xi"]),
        "q/lambda": (_ball(c["q"]) / _ball(c["lambda"])).log(),
        "chi/2 + log(A_2/E)": need.log(),
    }
    return sum(parts.values(), arb(0)), parts


def _prove(problem: Problem, claim: str, library: Library, table: Table | None) -> Proof:
    try:
        return prove(problem, claim, library, table)
    except (KernelError, ValueError) as error:
        raise InputError(f"the constants of this problem have no values: {error}") from None


def _with(problem: Problem, noise: Fraction) -> Problem:
    return Problem(
        problem.activation, problem.loss_name, problem.lam, noise, problem.data, problem.outer
    )


def choose_noise(
    problem: Problem, epsilon: Fraction, library: Library, table: Table | None
) -> Proof:
    """The proof at (nearly) the largest s of two digits with eps(s) <= epsilon.

    InputError with the open obligation when there is no rate.
    """

    def fits(noise: Fraction) -> bool:
        bench = Workbench(_with(problem, noise), library, table)
        try:
            bench.smooth()
            fact = excess(bench)
        except UNDECIDED as stuck:
            raise InputError(f"there is no certified rate: {stuck}") from None
        c = next(c for c in fact.constants if c.name == "eps")
        return c.hi is not None and c.hi <= epsilon

    low, high = SMALLEST, 12
    if not fits(Fraction(10) ** low):
        raise InputError(
            f"no temperature s down to 10^{SMALLEST} has eps(s) <= {decimal(epsilon, 12)}; "
            f"give a larger --epsilon"
        )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(Fraction(10) ** middle) else (low, middle)
    lowest, top = 10, 100
    while top - lowest > 1:
        middle = (lowest + top) // 2
        lowest, top = (
            (middle, top)
            if fits(Fraction(middle) * Fraction(10) ** (low - 1))
            else (lowest, middle)
        )
    proof = _prove(
        _with(problem, Fraction(lowest) * Fraction(10) ** (low - 1)),
        "rate-continuous",
        library,
        table,
    )
    if proof.verdict != PROVED:
        raise InputError(f"there is no certified rate: {proof.open or proof.statement}")
    return proof


def make_plan(
    problem: Problem, epsilon: Fraction, table: Table | None = None, library: Library | None = None
) -> Plan:
    """A plan for E L - min L <= eps(s) + epsilon, with eps(s) <= epsilon when s is not given.

    InputError for a symbolic problem, epsilon <= 0, lambda <= 0, or when no rate is proved.
    """
    if problem.symbolic or problem.lam is None:
        raise InputError("a plan needs numbers: data, outer weights and lambda")
    if epsilon <= 0:
        raise InputError(f"epsilon must be positive, not {epsilon}")
    if problem.lam <= 0:
        raise InputError(
            f"a plan needs lambda > 0, not {problem.lam}: without it exp(-2 L/s) is not a "
            f"probability law"
        )
    library = library or Library()
    if problem.noise is None:
        proof = choose_noise(problem, epsilon, library, table)
    else:
        proof = _prove(problem, "rate-continuous", library, table)
        if proof.verdict != PROVED:
            raise InputError(f"there is no certified rate: {proof.open or proof.statement}")
    own = proof.problem
    assert own.noise is not None
    c = dict(proof.constants)
    reasons: dict[str, str] = {}
    with balls.precision(BITS):
        log, parts = time_log(c, epsilon)
        time = _size(log)
        shares = tuple(
            (name, round_up(balls.upper(x / arb(10).log()), 8)) for name, x in parts.items()
        )
        monte_carlo = _prove(own, "rate-langevin", library, table)
        langevin = sgd = None
        if monte_carlo.verdict == PROVED:
            # Its xi comes from the oscillation, that of the time may come from a sharper criterion.
            own_constants = {**c, **monte_carlo.constants}
            langevin = langevin_iterations(own_constants, epsilon)
            sgd, reasons["sgd"] = sgd_iterations(own_constants, epsilon)
            c = {**monte_carlo.constants, **c}
        else:
            reasons["langevin"] = monte_carlo.open
            reasons["sgd"] = (
                "the discrete-time theorem needs a log-Sobolev inequality, which is not proved here"
            )
        refinements = _refinements(own, c, epsilon, log)
    low, high = c["eps"].lo, c["eps"].hi
    assert low is not None and high is not None
    square = problem.loss.square is not None
    advice = _advice(c, shares, square, langevin is not None, sgd is not None)
    result = (
        own,
        epsilon,
        own.noise,
        (low, high),
        time,
        shares,
        langevin,
        sgd,
        reasons,
        refinements,
        c,
        advice,
        proof,
    )
    return Plan(*result, monte_carlo if monte_carlo.verdict == PROVED else None)


def _log_alpha(c: Mapping[str, Constant]) -> arb:
    return (2 * _ball(c["lambda"]) / (_ball(c["q"]) * _ball(c["s"]))).log() - _ball(c["xi"])


def langevin_iterations(c: Mapping[str, Constant], epsilon: Fraction) -> Iterations:
    """The largest certified step and the number of iterations of the rule ``Langevin Monte Carlo``."""
    lam, s, N, K, g = (_ball(c[name]) for name in ("lambda", "s", "N", "K", "gLip"))
    slope = ((lam * N + K) * s / 2).sqrt()
    E = balls.ball(epsilon)
    # The positive root of slope delta + (gLip/2) delta^2 = epsilon, without cancellation.
    delta = round_down(balls.lower(2 * E / (slope + (slope**2 + 2 * g * E).sqrt())), 6)
    d = balls.ball(delta)
    alpha, smooth = _log_alpha(c), _ball(c["L_F"]).log()
    step = (alpha - (4 * arb(1)).log() - 2 * smooth).min(
        2 * alpha + 2 * d.log() - (32 * N).log() - 2 * smooth
    )
    h = _size(step, -1)
    used = balls.ball(h.log10) * arb(10).log()
    rounds = _one_up(_log_bound(4 * _ball(c["h_0"])) - alpha - 2 * d.log()).log() - alpha - used
    # One more than the real number, for rounding up to an integer.
    count = _size(rounds.max(arb(0)) + (1 + (-rounds.max(arb(0))).exp()).log())
    return Iterations(h, count, delta)


def sgd_iterations(c: Mapping[str, Constant], epsilon: Fraction) -> tuple[Iterations | None, str]:
    """SGD with the model's noise, W <- W - s grad L + s xi: Langevin Monte Carlo with h = s^2/2 and
    no choice left.

    Its step condition reads s exp(xi) <= lambda/(4 q gLip^2); with xi = 2 osc/s the left side is at
    least 2 e osc for every s.
    """
    lam, s, osc, g = (_ball(c[name]) for name in ("lambda", "s", "osc", "gLip"))
    convex = c["xi"].hi == 0
    room = lam / (4 * _ball(c["q"]) * g**2)
    least = 2 * arb(1).exp() * osc
    if not convex and least > room:
        return None, (
            f"no step s meets the step condition s exp(2 osc/s) <= lambda/(4 gLip^2) with "
            f"these constants: its left side is at least "
            f"2 e osc >= {decimal(round_down(balls.lower(least), 4), 12)}, its right side at "
            f"most {decimal(round_up(balls.upper(room), 4), 12)}; "
            "Langevin Monte Carlo, whose step is free of the temperature, is covered"
        )
    if not s * _ball(c["xi"]).exp() <= room:
        shown = decimal(round_up(balls.upper(s), 6), 12)
        if convex:
            return (
                None,
                f"the step s = {shown} is not at most lambda/(4 q gLip^2) = "
                f"{decimal(round_down(balls.lower(room), 6), 12)}; give --noise or a smaller "
                f"--epsilon",
            )
        return (
            None,
            f"the step s = {shown} does not meet s exp(2 osc/s) <= lambda/(4 gLip^2); a step "
            f"near 2 osc does",
        )
    alpha = _log_alpha(c)
    h = (s**2 / 2).log()
    # Half of the entropy is what the step leaves: 8 h N L_F^2/alpha; W_2^2 <= (2/alpha) H.
    N = _ball(c["N"])
    delta2 = (4 * 8 * N).log() + h + 2 * _ball(c["L_F"]).log() - 2 * alpha
    delta = (delta2 / 2).exp()
    slope = ((lam * N + _ball(c["K"])) * s / 2).sqrt()
    total = slope * delta + g / 2 * delta**2
    if not total <= balls.ball(epsilon):
        return (
            None,
            f"at s = {decimal(round_up(balls.upper(s), 6), 12)} the step alone leaves "
            f"{_size(total.log())} of excess, more than epsilon",
        )
    rounds = _one_up(_log_bound(4 * _ball(c["h_0"])) - alpha - delta2).log() - alpha - h
    count = _size(rounds.max(arb(0)) + (1 + (-rounds.max(arb(0))).exp()).log())
    return Iterations(_size(h, -1), count, round_up(balls.upper(delta), 6)), ""


def _refinements(
    problem: Problem, c: Mapping[str, Constant], epsilon: Fraction, log: arb
) -> tuple[Refinement, ...]:
    """log10 of the time with coarser constants in place of ours, one at a time."""
    out = []

    if "osc" not in c:
        return ()

    def compare(name: str, xi: arb) -> None:
        coarse = xi + log - _ball(c["xi"])
        out.append(
            Refinement(
                name, _size(coarse), round_down(balls.lower((coarse - log) / arb(10).log()), 6)
            )
        )

    s = _ball(c["s"])
    if c["xi"].formula != "2*osc/s":
        if c["lambda"].hi is not None:
            wide = 2 * _ball(c["osc"]) / s - _ball(c["q"]).log()
            compare(
                "the gap by convexity"
                if c["xi"].formula == "0"
                else "the gap by Muckenhoupt's criterion",
                wide,
            )
        return tuple(out)
    square = problem.loss.square
    if c["q"].hi == 1 and square is not None:
        worst = _ball(c["F"]) + _ball(c["B_y"])
        compare(
            "the oscillation of R from the mean of |y_i| and y_i^2, not from their maximum",
            balls.ball(square) * worst**2 / s,
        )
    if "gLip" in c and c["q"].hi == 1:
        # eps by gLip and dissipativity (Raginsky, Rakhlin and Telgarsky 2017) allows only a smaller
        # s.
        lam, G, g, N = (_ball(c[name]) for name in ("lambda", "G", "gLip", "N"))
        b = G**2 / (2 * lam)
        low, high = arb(0), s
        for _ in range(60):
            middle = (low + high) / 2
            middle = arb(middle.mid())
            value = middle * N / 4 * (1 + (2 * g / lam * (2 * b / (middle * N) + 1)).log())
            low, high = (middle, high) if value <= _ball(c["eps"]) else (low, middle)
        if low > 0:
            compare(
                "eps(s) from the mean curvature and the radial bound, not from gLip and "
                "dissipativity (same eps, another s)",
                2 * _ball(c["osc"]) / low,
            )
    return tuple(out)


def _advice(
    c: Mapping[str, Constant],
    parts: tuple[tuple[str, Fraction], ...],
    square: bool,
    langevin: bool,
    sgd: bool,
) -> tuple[str, ...]:
    """Which constants dominate and what would make them smaller; ``square``: of the residual."""
    total = sum((v for _, v in parts), Fraction(0))
    name, value = max(parts, key=lambda p: p[1])
    if 0 < value <= total:
        out = [f"{name} makes {float(100 * value / total):.0f} % of log10 of the time"]
    else:
        out = [f"the largest factor of the time is 10^({decimal(value, 6)}), from {name}"]
    if c["xi"].formula != "2*osc/s":
        out.append(
            "the gap is of the size of lambda: time is of the size of 1/lambda"
            if c["xi"].formula == "0"
            else "the gap is within a small factor of the true one"
        )
    elif c["q"].hi == 1:
        out.append(
            "osc grows with the square of F = sup |f_i|: outer weights half as large make xi "
            "about four times smaller"
            if square
            else "osc falls at least as fast as F = sup |f_i|: outer weights half as large make xi "
            "at least two times smaller"
        )
    else:
        out.append(
            "xi comes from the ball outside which the regulariser wins; its radius shrinks "
            "with a larger lambda, and osc with smaller outer weights"
        )
    out.append(
        f"the bound eps(s) is at least s N/4 with N = "
        f"{decimal(c['N'].hi or Fraction(0), 12)} weights: a narrower net or a larger "
        f"epsilon allows a larger s"
    )
    if langevin and not sgd:
        out.append("at a free step (Langevin Monte Carlo) the same temperature is covered")
    return tuple(out)


def glip_published(problem: Problem, c: Mapping[str, Constant]) -> Fraction | None:
    """The published Lipschitz constant as recalled (bounded sigma, half the square of the residual),
    for comparison only; None for another loss, and where a constant is missing.

    sqrt(p) (||a||_2 B_x B_y M1 + sqrt(p) ||a||_2^2 M1^2 B_x^2 + p ||a||_2^2 B_x^2 M2 S0) + lambda
    """
    if problem.loss.square != 1:
        return None
    if "S0" not in c and not {"S_hi", "S_lo"} <= set(c):
        return None
    largest = "S0" if "S0" in c else "Max(S_hi, -S_lo)"
    text = (
        f"sqrt(p)*(a_2*B_x*B_y*M1 + sqrt(p)*a_2^2*M1^2*B_x^2 + p*a_2^2*B_x^2*M2*{largest}) + lambda"
    )
    try:
        found = evaluate(text, c)
    except KeyError:
        return None
    return None if found is None else found[1]


def plan_json(plan: Plan) -> dict[str, Any]:
    """The documented keys of `proofkit plan --json`; logarithms and rationals as text."""

    def size(x: Size) -> dict[str, str]:
        return {
            "log10": decimal(x.log10, 30),
            "rounded": "up" if x.direction > 0 else "down",
            "text": str(x),
        }

    def steps(x: Iterations | None) -> dict[str, Any] | None:
        return (
            None
            if x is None
            else {
                "h": size(x.step),
                "iterations": {**size(x.count), "text": x.count.whole()},
                "delta": str(x.delta),
            }
        )

    published = glip_published(plan.problem, plan.constants)
    names = (
        "N",
        "osc",
        "F",
        "xi",
        "q",
        "chi",
        "v_0",
        "A_2",
        "W_2",
        "W_4",
        "l_bar",
        "gLip",
        "G",
        "K",
        "C",
        "D",
        "b_d",
        "R_b",
    )
    shown = {
        n: plan.constants[n] for n in names if n in plan.constants and plan.constants[n].numeric
    }
    return {
        "problem": plan.problem.specification(),
        "epsilon": str(plan.epsilon),
        "s": str(plan.noise),
        "eps": {"lo": str(plan.eps[0]), "hi": str(plan.eps[1])},
        "time": size(plan.time),
        "parts_of_log10_time": {name: decimal(value, 20) for name, value in plan.parts},
        "langevin": steps(plan.langevin),
        "sgd": steps(plan.sgd),
        "reasons": dict(plan.reasons),
        "refinements": [
            {"name": r.name, "coarse": size(r.coarse), "orders_gained": decimal(r.orders, 12)}
            for r in plan.refinements
        ],
        "constants": {
            n: {"formula": c.formula, "lo": str(c.lo), "hi": str(c.hi)} for n, c in shown.items()
        },
        "gLip_published": None if published is None else str(published),
        "advice": list(plan.advice),
        "evidence": list(
            dict.fromkeys(level for goal in plan.proof.goals for level in goal.levels())
        ),
    }
