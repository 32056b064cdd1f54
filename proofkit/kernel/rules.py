"""The rules.  Each is one entry: premises, side conditions, conclusion, sentence, Coq lemma.

Notation as in the appendix: Lambda_S = lambda_max(S), X2 = (1/n) sum ||x_i||^2,
both at most B_x^2; z_i = W x_i; r = ||W||_F; N = p d.  All inequalities used are
derived in the LaTeX sentence of the rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from proofkit.errors import ParseError
from proofkit.kernel.core import CITED, TESTED, Conclusion, KernelError, Rule, Step
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.kinks import Line, NoJumpError, jump, kink_at, unit_of
from proofkit.kernel.ranges import above, any_lambda, not_positive, of_s, positive
from proofkit.kernel.rates import RATES, require_rows
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.cover import tail_below, verify_cover, verify_witness
from proofkit.kernel.univariate.domain import (
    Smoothness,
    SmoothPiece,
    check_domain,
    smooth_pieces,
    smoothness,
    turn,
)
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.periods import period_cover
from proofkit.kernel.univariate.quantity import Cover, Quantity, Witness
from proofkit.kernel.univariate.rounding import decimal, decimal_text, round_down, round_up
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.reading.table import Table
from proofkit.search.facts import Bound

# -- the activation --------------------------------------------------------------------------------


def _stops(step: Step) -> tuple[tuple[SmoothPiece, ...], Smoothness]:
    """The smooth pieces of sigma, and the order up to which it is continuously differentiable."""
    root = step.problem.activation.root
    try:
        reach = turn(root)
        check_domain(root, math.inf, *reach)
        pieces = smooth_pieces(root, math.inf, *reach)
        return pieces, smoothness(pieces, root)
    except OpenError as error:
        raise step.refuse(str(error)) from None


def _smooth(step: Step) -> Conclusion:
    _, result = _stops(step)
    if result.order is not None:
        raise step.refuse(f"sigma is only C^{result.order}, at z = {result.where}")
    return Conclusion("sigma is infinitely differentiable on R")


def _kink(step: Step) -> Conclusion:
    _, result = _stops(step)
    if result.order is None:
        raise step.refuse("sigma is smooth")
    return Conclusion(
        f"the derivative of sigma of order {result.order + 1} is the first to jump at z = "
        f"{result.where}, so sigma is not smooth",
        payload={"order": result.order, "at": result.where},
    )


_ORDERS = {
    "S0": 0,
    "S_hi": 0,
    "S_lo": 0,
    "S_alpha": 0,
    "M1": 1,
    "M2": 2,
    "M3": 3,
    "fall": 1,
    "H": 1,
    "H_lo": 1,
    "H_hi": 1,
}
_SIGNS = {"S0": (1, -1), "S_hi": (1,), "S_lo": (-1,), "fall": (-1,), "H_lo": (-1,), "H_hi": (1,)}
# The parameter of a quantity, as a constant: an exponent kappa >= 0, or the slope of a line.
PARAMETERS: Mapping[str, str] = MappingProxyType(
    {"H": "kappa", "H_lo": "kappa_lo", "H_hi": "kappa_hi", "S_alpha": "alpha"}
)
_SAYS = {
    "S0": "sup |sigma|",
    "S_hi": "sup sigma",
    "S_lo": "inf sigma",
    "M1": "sup |sigma'|",
    "M2": "sup |sigma''|",
    "M3": "sup |sigma'''|",
    "fall": "sup -sigma'",
    "H": "sup |z*sigma' - kappa*sigma|",
    "H_lo": "sup(kappa_lo*sigma - z*sigma', 0)",
    "H_hi": "sup(z*sigma' - kappa_hi*sigma, 0)",
    "S_alpha": "sup |sigma - alpha*z|",
}


def _consistent(step: Step, name: str, text: str | None, lo: Fraction, hi: Fraction) -> str | None:
    """An exact form is reported only if it is a constant of the grammar whose value meets the
    enclosure.

    That it is the supremum, and not a number next to it, is for ``search.exact`` to
    prove; no rule uses the form.
    """
    if text is None:
        return None
    try:
        root = parse(text)
    except ParseError:
        return None
    with balls.precision(256):
        # The form of an infimum is reported with the sign of -sigma.
        value = balls.Tape(terms.neg(root) if name == "S_lo" else root).series(
            balls.ball(Fraction(0)), 1
        )[0]
        if not root.is_constant or not value.is_finite() or not value.overlaps(balls.hull(lo, hi)):
            raise step.refuse(f"the exact form {text} of {name} is not in the enclosure")
    return terms.to_text(terms.neg(root)) if name == "S_lo" else text


def _place(step: Step, name: str, at: str | None, proofs: list[dict[str, Any]]) -> None:
    """KernelError unless the place where a supremum is said to be reached is that of a witness, to
    10^-9.
    """
    if at is None:
        return
    for proof in proofs:
        w = proof["witness"]
        if at == "every z" and proof["rules"] == ["constant"]:
            return
        if at in ("z -> oo", "z -> -oo"):
            if w["kind"] != "point" and w["end"] == (-1 if "-oo" in at else 1):
                return
        elif w["kind"] == "point" and _near(at, Fraction(w["point"])):
            return
    raise step.refuse(f"{name} is not reached at {at[:40]}")


def _near(text: str, point: Fraction) -> bool:
    """True when a text is a constant of the grammar within 10^-9 of the point."""
    try:
        root = parse(text)
    except ParseError:
        return False
    if not root.is_constant:
        return False
    with balls.precision(256):
        value = balls.Tape(root).series(balls.ball(Fraction(0)), 1)[0]
        return bool(abs(value - balls.ball(point)) < balls.ball(Fraction(1, 10**9)))


@lru_cache(maxsize=16)
def _tails_of(root: terms.Node) -> Workspace:
    """The tail expansions of sigma, which the covers of all its derivatives share."""
    return Workspace(root, 3)


def _supremum(step: Step) -> Conclusion:
    """Replays the cover of every sign; the enclosure itself is what was verified."""
    name, bound = step.proposal("name", str), step.proposal("bound", Bound)
    if name not in _ORDERS:
        raise step.refuse(f"there is no quantity {name[:40]!r}")
    try:
        pieces = smooth_pieces(step.problem.activation.root)
    except OpenError as error:
        raise step.refuse(str(error)) from None
    if len(pieces) != 1:
        raise step.refuse("sigma has kinks; only smooth activations are bounded here")
    root = pieces[0].root
    parameter = PARAMETERS.get(name)
    given = step.proposal("kappa", Fraction) if parameter and "kappa" in step.given else None
    if parameter and (given is None or (given < 0 and name != "S_alpha")):
        raise step.refuse(
            f"{name} needs a rational {parameter}{'' if name == 'S_alpha' else ' >= 0'}"
        )
    uppers: list[Fraction] = []
    lowers: list[Fraction] = []
    proofs: list[dict[str, Any]] = []
    for sign in _SIGNS.get(name, (1, -1)):
        q = quantity(root, name, given, sign)
        part = next((p for p in bound.parts if p.quantity == q), None)
        if (
            part is None
            or part.supremum.cover is None
            or part.supremum.upper is None
            or part.supremum.witness is None
        ):
            raise step.refuse(f"no cover for {'+' if sign > 0 else '-'}({q.name})")
        sup = part.supremum
        assert sup.cover is not None and sup.upper is not None and sup.witness is not None
        if sup.cover.bound != sup.upper:
            raise step.refuse("the cover bounds another number")
        try:
            scaled, _ = q.rescaled(sup.cover.scale)
        except (ValueError, ZeroDivisionError) as error:
            raise step.refuse(f"the scale of a cover: {error}") from None
        w = _tails_of(scaled.root)
        if reason := verify_cover(q, sup.cover, None, None, w):
            raise step.refuse(f"the cover of {'+' if sign > 0 else '-'}({q.name}): {reason}")
        if reason := verify_witness(q, sup.witness, sup.lower, w, sup.cover.bits, sup.cover.scale):
            raise step.refuse(f"the witness of {'+' if sign > 0 else '-'}({q.name}): {reason}")
        uppers.append(sup.upper)
        lowers.append(sup.lower)
        proofs.append(_cover_payload(sign, sup.cover, sup.witness, sup.lower))
    _place(step, name, bound.at, proofs)
    hi, lo = max(uppers), max(lowers)
    if name == "S_lo":
        lo, hi = -hi, -lo
    elif name not in ("S_hi", "fall"):
        lo, hi = max(lo, Fraction(0)), max(hi, Fraction(0))
    exact = str(hi) if lo == hi else _consistent(step, name, bound.exact, lo, hi)
    constants = [Constant(name, None, lo, hi, exact, bound.at)]
    if parameter:
        constants.insert(0, Constant(parameter, None, given, given, str(given)))
    payload = {"quantity": name, "kappa": None if given is None else str(given), "proofs": proofs}
    return Conclusion(
        f"{_SAYS[name]} lies in [{decimal_text(lo)}, {decimal_text(hi)}]",
        constants=tuple(constants),
        payload=payload,
    )


def quantity(root: terms.Node, name: str, parameter: Fraction | None, sign: int) -> Quantity:
    """The quantity whose supremum a constant is: ``parameter`` is kappa of H, H_lo and H_hi, and
    the slope of the line that S_alpha takes off.
    """
    if name == "S_alpha" and parameter is not None:
        root = terms.sub(root, terms.mul(terms.num(parameter), terms.Z))
    return Quantity(
        root, _ORDERS[name], parameter if name in PARAMETERS and name != "S_alpha" else None, sign
    )


def _cover_payload(sign: int, cover: Cover, witness: Witness, lower: Fraction) -> dict[str, Any]:
    ordered = sorted(cover.pieces, key=lambda p: p.left)
    return {
        "sign": sign,
        "bits": cover.bits,
        "upper": str(cover.bound),
        "breaks": [str(ordered[0].left), *(str(p.right) for p in ordered)],
        "rules": [p.rule for p in ordered],
        "centres": {str(i): str(p.centre) for i, p in enumerate(ordered) if p.centre is not None},
        "lower": str(lower),
        "witness": {
            "kind": witness.kind,
            "point": None if witness.point is None else str(witness.point),
            "end": witness.end,
        },
        **({} if cover.scale == 1 else {"scale": str(cover.scale)}),
    }


def _value_at_zero(step: Step) -> Conclusion:
    try:
        (piece,) = smooth_pieces(step.problem.activation.root)
    except (OpenError, ValueError):
        raise step.refuse("sigma has kinks") from None
    with balls.precision(128):
        x = abs(balls.Tape(piece.root).series(balls.ball(Fraction(0)), 1)[0])
        if x.is_exact():
            lo = hi = balls.to_fraction(x)
        else:
            lo, hi = max(round_down(balls.lower(x), 18), Fraction(0)), round_up(balls.upper(x), 18)
    return Conclusion(
        f"|sigma(0)| lies in [{decimal_text(lo)}, {decimal_text(hi)}]",
        constants=(Constant("sigma0", None, lo, hi, str(lo) if lo == hi else None, "0"),),
    )


def _limit_of(root: Any, end: int, slope: Fraction) -> tuple[Fraction, Fraction] | None:
    """An enclosure of lim (sigma - slope z) at the end, when it is finite."""
    tree = terms.sub(root, terms.mul(terms.num(slope), terms.Z)) if slope else root
    with balls.precision(128):
        try:
            _, g = Workspace(tree, 0).settled(Quantity(tree), end)
            limit = g.limit()
        except (OpenError, TailError):
            return None
        if not isinstance(limit, Coef):
            return None
        return round_down(balls.lower(limit.ball), 18), round_up(balls.upper(limit.ball), 18)


def _asymptote(step: Step) -> Conclusion:
    end, slope = step.proposal("end", int), step.proposal("slope", Fraction)
    if end not in (1, -1):
        raise step.refuse("the end is neither +1 nor -1")
    try:
        pieces = smooth_pieces(step.problem.activation.root)
    except OpenError as error:
        raise step.refuse(str(error)) from None
    found = _limit_of(pieces[-1 if end > 0 else 0].root, end, slope)
    if found is None:
        raise step.refuse("sigma minus the line has no finite limit there")
    side = "+oo" if end > 0 else "-oo"
    line = f"sigma - {slope}*z" if slope else "sigma"
    text = (
        f"{line} tends to a number in [{decimal_text(found[0])}, {decimal_text(found[1])}] "
        f"as z -> {side}"
    )
    return Conclusion(
        text, payload={"end": end, "slope": str(slope), "limit": [str(found[0]), str(found[1])]}
    )


# -- the problem -----------------------------------------------------------------------------------


def _parameters(step: Step) -> Conclusion:
    """The problem's own numbers; symbols stay without a value."""
    pb = step.problem
    c: list[Constant] = []

    def given(name: str, value: Fraction | int | None) -> None:
        q = None if value is None else Fraction(value)
        c.append(Constant(name, None, q, q, None if q is None else str(q)))

    given("lambda", pb.lam)
    given("s", pb.noise)
    if pb.data is None or pb.outer is None:
        for name in ("n", "d", "p", "B_x", "B_y", "a_1", "a_2", "a_inf"):
            given(name, None)
        return Conclusion(
            "n, p, d, the data with ||x_i|| <= B_x and |y_i| <= B_y, and a are arbitrary",
            define=(("N", "p*d"), ("Lambda_S", "B_x^2"), ("X2", "B_x^2")),
            constants=tuple(c),
        )
    d, o = pb.data, pb.outer
    for name, value in (
        ("n", d.n),
        ("d", d.d),
        ("p", o.p),
        ("B_y", d.B_y),
        ("X2", d.x_square_mean),
        ("Y1", d.y_abs_mean),
    ):
        given(name, value)
    for name, value in (("Y2", d.y_square_mean), ("y_min", d.y_min), ("y_max", d.y_max)):
        given(name, value)
    for name, value in (
        ("a_1", o.a_1),
        ("a_inf", o.a_inf),
        ("a_plus", o.a_plus),
        ("a_minus", o.a_minus),
    ):
        given(name, value)
    c.append(Constant("Lambda_S", None, d.Lambda_S[0], d.Lambda_S[1]))
    return Conclusion(
        f"the constants of {d.source} ({d.n} x {d.d}) and of the outer weights ({o.source})",
        define=(("N", "p*d"), ("B_x", f"sqrt({d.B_x_squared})"), ("a_2", f"sqrt({o.a_2_squared})")),
        constants=tuple(c),
    )


def _loss(step: Step) -> Conclusion:
    """sup l'' and, for the logistic loss, sup |l'|: the latter are M1, M2 of log(1 + exp(-u))."""
    loss = step.problem.loss
    if loss.name == "squared":
        return Conclusion(
            "l'' = 1", constants=(Constant("l2", None, Fraction(1), Fraction(1), "1"),)
        )
    bounds = step.proposal("bounds", MappingProxyType)
    if any(type(bounds.get(name)) is not Bound for name in ("l1", "l2")):
        raise step.refuse("the bounds of l' and l'' are needed")
    root = logistic_tree()
    out = []
    proofs: dict[str, list[dict[str, Any]]] = {"l1": [], "l2": []}
    for name, order in (("l1", 1), ("l2", 2)):
        tops = []
        for sign in (1, -1):
            q = Quantity(root, order, None, sign)
            part = next((p for p in bounds[name].parts if p.quantity == q), None)
            if (
                part is None
                or part.supremum.cover is None
                or part.supremum.upper is None
                or part.supremum.witness is None
            ):
                raise step.refuse(f"no cover for the loss, {name}")
            if part.supremum.cover.scale != 1:
                raise step.refuse(f"the cover of {name} of the loss has another scale")
            if part.supremum.cover.bound != part.supremum.upper or (
                reason := verify_cover(q, part.supremum.cover, None, None)
            ):
                raise step.refuse(f"the cover of {name} of the loss: {reason}")
            sup = part.supremum
            assert sup.cover is not None and sup.upper is not None and sup.witness is not None
            if reason := verify_witness(
                q, sup.witness, sup.lower, Workspace(root, 3), sup.cover.bits
            ):
                raise step.refuse(f"the witness of {name} of the loss: {reason}")
            proofs[name].append(_cover_payload(sign, sup.cover, sup.witness, sup.lower))
            tops.append(part.supremum.upper)
        top = max(tops)
        out.append(Constant(name, None, top, top, str(top)))
    return Conclusion(
        f"|l'| <= {out[0].hi} and 0 <= l'' <= {out[1].hi} for l = log(1 + exp(-y f)), y = +-1",
        constants=tuple(out),
        payload=proofs,
    )


def logistic_tree() -> terms.Node:
    """log(1 + exp(-z)), the logistic loss of the margin z = y f."""
    return terms.call("softplus", terms.neg(terms.Z))


def _derivation(step: Step) -> Conclusion:
    from proofkit.calculus.crosscheck import Untested

    if any(n.op in terms.KINKED for n in terms.walk(step.problem.activation.root)):
        _smooth(step)  # refuses
    try:
        _tested(step.problem.activation.text, step.problem.loss_name)
    except Untested as untested:
        raise step.refuse(str(untested)) from None
    return Conclusion(
        "the formulas for grad L, Laplacian L and the Hessian form, derived by SymPy for "
        "symbolic n, p, d, "
        "agree with independent differentiation of L at random points of random nets"
    )


@lru_cache(maxsize=1024)
def _tested(text: str, loss: str) -> None:
    """The test of the derivation for an activation and a loss; InternalError when a formula is
    wrong.
    """
    from proofkit.calculus.crosscheck import cross_check, seed_of

    cross_check(parse(text), loss, seed_of(repr((text, loss))))


def _residual_bounded(step: Step) -> Conclusion:
    pb = step.problem
    if pb.loss_name != "squared":
        raise step.refuse("only the squared loss")
    if pb.symbolic:
        return Conclusion("|f_i - y_i| <= rho for every W", define=(("rho", "B_y + a_1*S0"),))
    text = "Max(a_plus*S_hi - a_minus*S_lo - y_min, y_max - a_plus*S_lo + a_minus*S_hi)"
    return Conclusion(
        "|f_i - y_i| <= rho for every W, from the range of sigma and the signs of a",
        define=(("rho", text),),
    )


def _residual_logistic(step: Step) -> Conclusion:
    if step.problem.loss_name != "logistic":
        raise step.refuse("only the logistic loss")
    return Conclusion("|l'| <= rho", define=(("rho", "l1"),))


def _gradient_bounded(step: Step) -> Conclusion:
    return Conclusion(
        "||grad R(W)|| <= G for every W", define=(("G", "rho*M1*a_2*sqrt(Lambda_S)"),)
    )


def _laplacian_bounded(step: Step) -> Conclusion:
    return Conclusion(
        "Laplacian R(W) <= K for every W", define=(("K", "X2*(l2*a_2^2*M1^2 + rho*a_1*M2)"),)
    )


def _laplacian_affine(step: Step) -> Conclusion:
    if step.problem.loss_name != "squared":
        raise step.refuse("only the squared loss")
    return Conclusion(
        "Laplacian R(W) <= A r + B for every W",
        define=(
            ("A", "X2*M1*M2*a_1*a_2*B_x"),
            ("B", "X2*(l2*a_2^2*M1^2 + (B_y + a_1*sigma0)*a_1*M2)"),
        ),
    )


def _gradient_affine(step: Step) -> Conclusion:
    if step.problem.loss_name != "squared":
        raise step.refuse("only the squared loss")
    return Conclusion(
        "||grad R(W)|| <= G0 + G1 r for every W",
        define=(("G0", "M1*a_2*sqrt(Lambda_S)*(B_y + a_1*sigma0)"), ("G1", "M1^2*a_2^2*Lambda_S")),
    )


def _kappa(step: Step) -> Fraction:
    """The exponent of the Euler defect, for the squared loss."""
    if step.problem.loss_name != "squared":
        raise step.refuse("only the squared loss")
    kappa = step.constant("kappa").lo
    if kappa is None or kappa < 0:
        raise step.refuse("kappa must be a rational >= 0")
    return kappa


def _completed_square(step: Step) -> tuple[tuple[str, str], ...]:
    """gamma, C and D for kappa > 0: (f - y)(kappa f + g) = kappa e^2 + (kappa y + g) e with e = f -
    y.
    """
    c = (
        "(kappa*B_y + gamma)^2/(4*kappa)"
        if step.problem.symbolic
        else "(kappa^2*Y2 + 2*kappa*gamma*Y1 + gamma^2)/(4*kappa)"
    )
    return ("gamma", "a_1*H"), ("C", c), ("D", "0")


def _radial(step: Step) -> Conclusion:
    define = (
        _completed_square(step)
        if _kappa(step)
        else (
            ("gamma", "a_1*H"),
            ("C", "gamma*(B_y + a_1*sigma0)"),
            ("D", "gamma*M1*a_2*sqrt(Lambda_S)"),
        )
    )
    return Conclusion("<grad R(W), W> >= -C - D r", define=define)


def _euler_bound(step: Step) -> Conclusion:
    if not _kappa(step):
        raise step.refuse("kappa must be positive")
    return Conclusion("<grad R(W), W> >= -C - D r", define=_completed_square(step))


def _euler_bound_logistic(step: Step) -> Conclusion:
    """With u = y f: l' f = -u/(1 + exp(u)) >= -3/8, as u exp(-u) <= 1/e."""
    kappa = step.constant("kappa").lo
    if step.problem.loss_name != "logistic" or kappa is None or kappa <= 0:
        raise step.refuse("the logistic loss and kappa > 0 are needed")
    return Conclusion(
        "<grad R(W), W> >= -C - D r",
        define=(("gamma", "a_1*H"), ("C", "3*kappa/8 + l1*gamma"), ("D", "0")),
    )


# -- the Villani conditions ------------------------------------------------------------------------


def _v1(step: Step) -> Conclusion:
    return Conclusion("V1: L is infinitely differentiable")


def _v2(step: Step) -> Conclusion:
    when = above(step, "0")
    return Conclusion(f"V2: L(W) >= (lambda/2) r^2, so L(W) -> oo as r -> oo, {when}")


def _v3(step: Step) -> Conclusion:
    when = above(step, "0")
    return Conclusion(
        f"V3: the integral of exp(-2 L/s) is at most (pi s/lambda)^(N/2), {when} and {of_s(step)}"
    )


RADIUS = {
    "bounded": "(G + sqrt(s*(K + lambda*N + M)))/lambda",
    "euler": "Max(1, (2*lambda*E + s*A + sqrt(4*lambda*E*s*A + s^2*A^2 + 4*lambda^2*s*(B + "
    "lambda*N + M)))/(2*lambda^2))",
    "lipschitz": "(2*m*G0 + s*A + sqrt(4*m*G0*s*A + s^2*A^2 + 4*m^2*s*(B + lambda*N + M)))/(2*m^2)",
}
RADIUS |= dict.fromkeys(
    ("monotone", "line"),
    "(2*lambda*J + s*Q^2*A + sqrt(4*lambda*J*s*Q^2*A + s^2*Q^4*A^2 + 4*lambda^2*s*Q^2*(B "
    "+ lambda*N + M)))/(2*lambda^2)",
)
RADIUS |= {
    "one-signed": "sqrt(2*lambda*C + s*(s*A^2/(4*lambda*kappa_lo) + B + lambda*N + M))/lambda"
}
THRESHOLD = {
    "bounded": "0",
    "euler": "0",
    "lipschitz": "G1",
    "monotone": "0",
    "line": "lambda_alpha",
    "one-signed": "0",
}
LOWER = {
    "bounded": "(lambda*r - G)^2/s - K - lambda*N for r >= G/lambda",
    "euler": "(lambda*r - E)^2/s - A*r - B - lambda*N for r >= max(1, E/lambda)",
    "lipschitz": "((lambda - G1)*r - G0)^2/s - A*r - B - lambda*N for r >= G0/(lambda - G1)",
    **dict.fromkeys(
        ("monotone", "line"), "(lambda*r - J)^2/(s*Q^2) - A*r - B - lambda*N for r >= J/lambda"
    ),
    "one-signed": "lambda^2*r^2/s - 2*lambda*C/s - s*A^2/(4*lambda*kappa_lo) - B - lambda*N for r >= "
    "sqrt(2*C/lambda)",
}


_ONE_SIGN = (
    "for every W there is U >= 0 with <grad R, W> >= kappa_lo*U^2 - C and Laplacian R <= A*U + B"
)


def _one_sign(step: Step) -> Conclusion:
    """Outer weights of one sign, for data those of the problem, else as a hypothesis: f bounds
    every sigma(z_ij), so sigma may grow like z^2.
    """
    pb = step.problem
    known = step.rule.claim == "one sign"
    if known == pb.symbolic:
        raise step.refuse(
            "the outer weights are not known" if known else "the outer weights are known"
        )
    if known and (pb.outer is None or not pb.outer.one_sign):
        raise step.refuse("the outer weights are not of one sign")
    low, high = step.constant("kappa_lo").lo, step.constant("kappa_hi").lo
    if low is None or high is None or not 0 < low <= high:
        raise step.refuse("0 < kappa_lo <= kappa_hi is needed")
    define = [("gamma", "a_1*Max(H_lo, H_hi)"), ("m_0", "Max(0, -S_lo)")]
    if pb.loss_name == "squared":
        y1, square = (
            ("B_y", "(kappa_hi*B_y + gamma)^2")
            if pb.symbolic
            else ("Y1", "(kappa_hi^2*Y2 + 2*kappa_hi*gamma*Y1 + gamma^2)")
        )
        define += [
            ("C", f"{square}/(4*kappa_lo)"),
            ("A", "B_x^2*M2*(2*a_inf + a_1)"),
            (
                "B",
                f"B_x^2*M2*((2*a_inf + a_1)*(kappa_hi*{y1} + gamma)/(2*kappa_lo) + "
                f"2*a_inf*({y1} + a_1*m_0))",
            ),
        ]
    else:
        define += [
            ("C", "3*kappa_hi/8 + l1*gamma"),
            ("A", "0"),
            ("B", "B_x^2*M2*(2*a_inf*(3/8 + l2*a_1*m_0) + l1*a_1)"),
        ]
    return Conclusion(
        f"{_ONE_SIGN}, since a is of one sign" if known else f"for a of one sign: {_ONE_SIGN}",
        define=tuple(define),
    )


def _monotone_line(step: Step) -> Conclusion:
    alpha, fall = step.constant("alpha"), step.constant("fall")
    step.constant("S_alpha")
    if alpha.lo is None or alpha.lo <= 0 or fall.hi is None or fall.hi > 0:
        raise step.refuse("alpha is not positive, or sigma' not seen to be nonnegative")
    return Conclusion("|sigma - alpha*z| <= S_alpha with alpha > 0, and sigma' >= 0")


def _line(step: Step) -> Conclusion:
    alpha = step.constant("alpha")
    step.constant("S_alpha")
    fall = step.constant("fall")
    if alpha.lo is None or alpha.lo <= 0 or fall.lo is None or fall.lo <= 0:
        raise step.refuse("alpha or sup -sigma' is not positive")
    return Conclusion(
        "|sigma - alpha*z| <= S_alpha with alpha > 0, and sup(-sigma') > 0",
        define=(("lambda_alpha", "alpha*fall*a_2^2*Lambda_S"),),
    )


LINE = {
    "monotone": (
        ("mu", "alpha*M1*a_2^2*Lambda_S/lambda"),
        ("Q", "1 + (1 + mu)*mu"),
        ("J", "(1 + mu)*M1*a_2*sqrt(Lambda_S)*(a_1*S_alpha + B_y)"),
    ),
    "line": (
        ("mu", "alpha*M1*a_2^2*Lambda_S/lambda"),
        ("theta", "lambda_alpha/lambda"),
        ("Q", "1 + (1 + mu)*mu/(1 - theta)^2"),
        ("J", "(1 + mu)*M1*a_2*sqrt(Lambda_S)*(a_1*S_alpha + B_y)/(1 - theta)^2"),
    ),
}


def _v4(route: str, subject: str = "V4") -> Any:
    def check(step: Step) -> Conclusion:
        when = above(step, THRESHOLD[route])
        define: list[tuple[str, str]] = list(LINE.get(route, ()))
        constants: list[Constant] = []
        if route == "euler":
            define.append(("E", "C + D"))
        if route == "lipschitz":
            define.append(("m", "lambda - G1"))
        level = step.proposal("level", Fraction) if "level" in step.given else Fraction(1)
        if level < 0:
            raise step.refuse("the level M must be >= 0")
        constants.append(Constant("M", None, level, level, str(level)))
        define.append(("r_0", RADIUS[route]))
        return Conclusion(
            f"{subject}: ||grad L||^2/s - Laplacian L >= {LOWER[route]}; it is at least M "
            f"once r >= r_0(M), {when} and {of_s(step)}",
            tuple(define),
            tuple(constants),
            {
                "route": route,
                "threshold": THRESHOLD[route],
                "lower_bound": LOWER[route],
                "radius": RADIUS[route],
            },
        )

    return check


def _villani(step: Step) -> Conclusion:
    route = str(step.premises[3].payload["route"])
    when = above(step, THRESHOLD[route])
    whom = "for every a of one sign, " if step.rule.claim != "Villani" else ""
    return Conclusion(
        f"L is a Villani function {whom}{when} and {of_s(step)}",
        payload={"route": route, "threshold": THRESHOLD[route]},
    )


def _gradient_lipschitz(step: Step) -> Conclusion:
    return Conclusion(
        f"grad L is Lipschitz with constant gLip, {positive(step)}",
        define=(("gLip", "lambda + Lambda_S*(l2*M1^2*a_2^2 + rho*a_inf*M2)"),),
    )


def _continuous(step: Step) -> Conclusion:
    when = above(step, str(step.premises[0].payload["threshold"]))
    return Conclusion(
        f"for dW = -grad L dt + sqrt(s) dB, {when} and {of_s(step)}, with an initial law "
        f"rho_0 such that "
        "rho_0/mu_s - 1 is in L^2(mu_s): E L(W_t) - min L <= eps(s) + D(s) exp(-lambda_s t) "
        "with some lambda_s > 0"
    )


def _discrete(step: Step) -> Conclusion:
    when, s = above(step, str(step.premises[0].payload["threshold"])), step.problem.noise
    top = step.constant("gLip").hi
    if s is not None and top is not None and s * top > 1:
        raise step.refuse(f"s = {s} is not known to be at most 1/gLip")
    steps = (
        "every s <= 1/gLip"
        if s is None
        else f"s = {s}, which is at most 1/gLip"
        if top is not None
        else f"s = {s} where that is at most 1/gLip"
    )
    return Conclusion(
        f"for W_(k+1) = W_k - s grad L(W_k) + s xi_k with Gaussian xi_k, {when} and {steps}: "
        "E L(W_k) - min L <= eps(s) + D(s) exp(-s lambda_s k) + (implicit constant) s for k "
        "<= T/s; the implicit constant "
        "grows with T like exp(gLip T), so an arbitrary start has no guarantee, and the "
        "noise is isotropic, not minibatch noise"
    )


# -- refutations -----------------------------------------------------------------------------------


def _kink_instance(step: Step) -> Conclusion:
    """One sample, one unit, one weight: L' has the kink of sigma where l' is not 0."""
    if not step.problem.symbolic:
        raise step.refuse("the problem is bound to data")
    at, order = step.premises[0].payload["at"], step.premises[0].payload["order"]
    label = f"sigma({at}) - 1" if step.problem.loss_name == "squared" else "1"
    point = "t" if at == "0" else f"{at} + t"
    ray = f"n = p = d = 1, x_1 = a_1 = 1, y_1 = {label}, W = {point}"
    return Conclusion(
        f"V1 fails {any_lambda(step)}: on the instance {ray}, where l' is not 0, the "
        f"derivative of L of order {order + 1} jumps at t = 0 with that of sigma",
        payload={"kind": "kink", "at": at, "order": order, "ray": None, "limit": None},
    )


def _vector(step: Step, name: str) -> tuple[Fraction, ...]:
    """A proposed vector of R^d."""
    given, data = step.proposal(name, tuple), step.problem.data
    if data is None or len(given) != data.d or {type(c) for c in given} != {Fraction}:
        raise step.refuse(f"{name} is no vector of rationals of the length d")
    return given


def _kink_of_loss(step: Step) -> Conclusion:
    """A line along which a derivative of L jumps, for the rows of the problem."""
    pb, sign = step.problem, step.proposal("sign", int)
    table = step.proposal("table", Table)
    require_rows(step, table)
    unit = None if pb.outer is None else unit_of(pb.outer, sign)
    if pb.outer is None or unit is None or sign not in (1, -1):
        raise step.refuse("no outer weight of that sign is known")
    alone = pb.outer.p == 1
    if alone and unit.others:
        raise step.refuse("the only outer weight contradicts the sums of all")
    pieces, result = _stops(step)
    said = step.premises[0].payload
    if result.order is None or result.at is None or said["at"] != str(result.at):
        raise step.refuse("the place of the kink of sigma is not known exactly")
    line = Line(_vector(step, "w"), _vector(step, "u"), None if alone else _vector(step, "v"))
    root, order = pb.activation.root, result.order + 1
    try:
        kink = kink_at(root, pieces, result.at, order)
        _, met = jump(kink, pb.loss_name == "squared", table, unit, line)
    except NoJumpError as error:
        raise step.refuse(str(error)) from None
    rest = "" if alone else ", the other rows v"
    ray = (
        f"w_1(t) = w + t u{rest}, for the first {'positive' if sign > 0 else 'negative'} "
        f"outer weight {unit.weight}"
    )
    return Conclusion(
        f"V1 fails {any_lambda(step)}: along {ray}, the derivative of L of order {order} "
        f"jumps at t = 0, where <w, x_i> = {said['at']}, a kink of sigma, for {met} of the i "
        f"with <u, x_i> not 0 and no other of these is at a kink",
        payload={
            "kind": "kink of L",
            "at": said["at"],
            "order": result.order,
            "ray": ray,
            "limit": f"none of the derivative of order {order} at t = 0",
            "sign": sign,
            "w": [str(c) for c in line.w],
            "u": [str(c) for c in line.u],
            "v": None if line.v is None else [str(c) for c in line.v],
        },
    )


def _limit_text(step: Step, value: str) -> str:
    lam = step.problem.lam
    if lam is None:
        return f"{value} for lambda = 0, -oo for lambda < 0"
    return value if lam == 0 else "-oo"


def _refute_instance(step: Step) -> Conclusion:
    if not step.problem.symbolic:
        raise step.refuse("the problem is bound to data")
    when = not_positive(step)
    label = "0" if step.problem.loss_name == "squared" else "1"
    ray = "n = p = 1, d = 2, a_1 = 1, x_1 = (1, 0), y_1 = " + label + ", W(t) = t (0, 1)"
    limit = _limit_text(step, f"l(sigma(0), {label})")
    return Conclusion(
        f"V2 fails {when}: on the instance {ray}, L(W(t)) = l(sigma(0), {label}) + "
        f"(lambda/2) t^2, whose limit is {limit}",
        payload={"ray": ray, "limit": limit, "kind": "instance"},
    )


def _refute_bounded(step: Step) -> Conclusion:
    step.constant("S0")
    when = not_positive(step)
    limit = _limit_text(step, "at most sup R, a finite number")
    ray = "W(t) = t U for every U with ||U||_F = 1"
    return Conclusion(
        f"V2 fails {when}: sigma is bounded, so R is bounded by a number and L <= sup R + "
        f"(lambda/2) t^2 along {ray}",
        payload={"ray": ray, "limit": limit, "kind": "bounded"},
    )


def _direction(step: Step) -> tuple[list[int], Table]:
    u, table = list(step.proposal("direction", tuple)), step.proposal("table", Table)
    require_rows(step, table)
    if len(u) != table.d or not any(u) or any(type(v) is not int for v in u):
        raise step.refuse("the direction has the wrong length, is zero or not whole")
    return u, table


def _refute_null(step: Step) -> Conclusion:
    when = not_positive(step)
    u, table = _direction(step)
    if any(sum(a * b for a, b in zip(u, row, strict=True)) for row in table.rows):
        raise step.refuse("<u, x_i> is not zero for every i")
    ray = f"w_j(t) = t u for every j, u = {u}"
    limit = _limit_text(step, "R(0)")
    return Conclusion(
        f"V2 fails {when}: <u, x_i> = 0 for every i, so R is constant along {ray}",
        payload={"ray": ray, "limit": limit, "kind": "null", "direction": u},
    )


def _refute_half(step: Step) -> Conclusion:
    when = not_positive(step)
    u, table = _direction(step)
    end = int(step.premises[0].payload["end"])
    if step.premises[0].payload["slope"] != "0":
        raise step.refuse("sigma must have a finite limit at that end")
    if any(end * sum(a * b for a, b in zip(u, row, strict=True)) < 0 for row in table.rows):
        raise step.refuse("<u, x_i> does not have one sign")
    ray = f"w_j(t) = t u for every j, u = {u}"
    limit = _limit_text(step, "a finite number")
    return Conclusion(
        f"V2 fails {when}: every <u, x_i> is {'>=' if end > 0 else '<='} 0 and sigma has a "
        f"finite limit there, so R stays bounded along {ray}",
        payload={"ray": ray, "limit": limit, "kind": "half-space", "direction": u},
    )


def _refute_paired(step: Step) -> Conclusion:
    """a_1 > 0 > a_2: w_1 = t u/a_1, w_2 = -t u/a_2 make the growing parts of the two units cancel."""
    when = not_positive(step)
    outer = step.problem.outer
    if outer is None or outer.first_positive is None or outer.first_negative is None:
        raise step.refuse("two outer weights of opposite sign are needed")
    if {int(p.payload["end"]) for p in step.premises} != {1, -1}:
        raise step.refuse("asymptotes at both ends are needed")
    a, b = outer.first_positive, outer.first_negative
    if not (0 < a <= outer.a_plus and 0 < -b <= outer.a_minus):
        raise step.refuse(
            "the two outer weights contradict the sums of the positive and negative ones"
        )
    ray = (
        f"w_1(t) = t u/{a}, w_2(t) = t u/{-b} for the first outer weights {a} > 0 > {b}, "
        f"other rows 0, any unit u"
    )
    limit = _limit_text(step, "a finite number")
    return Conclusion(
        f"V2 fails {when}: sigma has straight asymptotes, whose slopes cancel in a_1 sigma + "
        f"a_2 sigma, so R stays bounded along {ray}",
        payload={"ray": ray, "limit": limit, "kind": "paired"},
    )


def _escaping(step: Step) -> Conclusion:
    """sigma = c z + periodic, sigma' reaches below -lambda/c: critical points of L escape to
    infinity.

    The threshold is the real number c sup(-sigma') itself: for lambda below it some z has
    c sigma'(z) + lambda < 0, and along z + kT the derivative of L is kT times that and a bounded
    rest.
    """
    pb = step.problem
    if not pb.symbolic or pb.loss_name != "squared":
        raise step.refuse("the instance has the squared loss and symbolic data")
    root = pb.activation.root
    slope = step.proposal("slope", Fraction)
    if (
        period_cover(Quantity(terms.sub(root, terms.mul(terms.num(slope), terms.Z)))) is None
        or slope <= 0
    ):
        raise step.refuse("sigma is not slope*z plus a periodic function with slope > 0")
    fall = step.constant("fall")
    assert fall.lo is not None
    top = slope * fall.lo
    if top <= 0:
        raise step.refuse("sigma' does not change sign")
    lam = pb.lam
    if lam is not None and not 0 <= lam < top:
        raise step.refuse(f"lambda = {lam} is not in [0, {decimal(top, 12)})")
    when = "for 0 <= lambda < lambda_c" if lam is None else f"for lambda = {lam}"
    ray = "n = p = d = 1, a_1 = x_1 = 1, y_1 = 0: zeros W_k -> oo of L'"
    return Conclusion(
        f"V4 fails {when} and {of_s(step)}: on the instance {ray}, where L' changes sign "
        f"from - to +, "
        f"||grad L||^2/s - Laplacian L = -L'' <= 0; lambda_c = {slope}*sup(-sigma')",
        define=(("slope", str(slope)), ("lambda_c", "slope*fall")),
        payload={
            "ray": ray,
            "limit": "at most 0 along the zeros",
            "kind": "escaping",
            "slope": str(slope),
        },
    )


def _steep(step: Step) -> Conclusion:
    end, sign, power = (step.proposal(k, int) for k in ("end", "sign", "power"))
    start, factor = (step.proposal(k, Fraction) for k in ("start", "factor"))
    if not (end in (1, -1) and sign in (1, -1) and start >= 3 and factor > 0 and 1 <= power <= 8):
        raise step.refuse("the end, the sign, the start, the factor or the power has no sense")
    if not is_steep(step.problem.activation.root, end, sign, start, factor, power):
        raise step.refuse("sigma' is not seen to grow like that")
    there = f"z >= {start}" if end > 0 else f"z <= -{start}"
    return Conclusion(
        f"|sigma'(z)| >= beta*|z|{f'^{power}' if power > 1 else ''} for every {there}, beta "
        f"= {factor}",
        define=(("beta", str(factor)),),
        payload={
            "end": end,
            "sign": sign,
            "start": str(start),
            "factor": str(factor),
            "power": power,
        },
    )


def is_steep(
    root: terms.Node, end: int, sign: int, start: Fraction, factor: Fraction, power: int
) -> bool:
    """True when sign*sigma'(z) >= factor |z|^power is proved for every z beyond start at that end:
    sign*sigma less a primitive of it increases there.
    """
    try:
        line = terms.mul(
            terms.num(factor * end**power / (power + 1)), terms.power(terms.Z, Fraction(power + 1))
        )
        q = Quantity(terms.sub(root if sign > 0 else terms.neg(root), line), 1, None, -1)
        w = Workspace(q.root, 1)
        with balls.precision(w.bits):
            return tail_below(w, w.tail(q, end, start), Fraction(0))
    except (TailError, OpenError, ArithmeticError, NotImplementedError):  # the last: kinks
        return False


def _mirrored(step: Step) -> Conclusion:
    """a = (1, -1) and w_1 = w_2: the residuals and grad R vanish, while Laplacian R grows like
    sigma'^2.
    """
    pb, steep = step.problem, step.premises[2].payload
    if not pb.symbolic:
        raise step.refuse("the problem is bound to data")
    lam, s, squared, fast = pb.lam, pb.noise, pb.loss_name == "squared", steep["power"] > 1
    if lam is not None and lam <= 0:
        raise step.refuse(f"lambda = {lam} is not positive")
    critical = f"{'' if squared else '4*'}lambda^2/beta^2"  # below it ||grad L||^2/s wins
    when = "for every lambda > 0" if lam is None else f"for lambda = {lam}"
    if fast or s is None:
        when += (
            f" and {of_s(step)}"
            if fast
            else f" and every s >= {critical} with beta = {steep['factor']}"
        )
    else:
        if lam is None or s * Fraction(steep["factor"]) ** 2 < (1 if squared else 4) * lam**2:
            raise step.refuse(f"s = {s} is not known to be at least {critical}")
        when += f" and s = {s}"
    size = (
        "n = d = 1, p = 2, x_1 = 1, y_1 = 0"
        if squared
        else "n = p = 2, d = 1, x_1 = x_2 = 1, y_1 = 1, y_2 = -1"
    ) + ", a_1 = 1, a_2 = -1"
    ray = f"{size}, w_1(t) = w_2(t) = t"
    return Conclusion(
        f"V4 fails {when}: on the instance {ray}, where grad R = 0, ||grad L||^2/s - "
        f"Laplacian L = 2 lambda^2 t^2/s - {'2 sigma' if squared else '(1/2) sigma'}'(t)^2 - "
        f"2 lambda",
        define=() if fast else (("s_c", critical),),
        payload={"ray": ray, "limit": "-oo" if fast else "at most -2 lambda", "kind": "mirrored"},
    )


def _cancelling(step: Step) -> Conclusion:
    """sigma = c z^2 and outer weights a > 0 > -b: t u/sqrt(a) and t u/sqrt(b) leave the net at
    zero, while Laplacian R grows like t^2.
    """
    pb, outer = step.problem, step.problem.outer
    if outer is None or outer.first_positive is None or outer.first_negative is None:
        raise step.refuse("two outer weights of opposite sign are needed")
    a, b = outer.first_positive, -outer.first_negative
    if not (0 < a <= outer.a_plus and 0 < b <= outer.a_minus):
        raise step.refuse(
            "the two outer weights contradict the sums of the positive and negative ones"
        )
    kappa, defect, bend, top = (step.constant(name) for name in ("kappa", "H", "M2", "Lambda_S"))
    if (
        kappa.lo != 2
        or defect.hi != 0
        or bend.lo is None
        or bend.lo <= 0
        or top.lo is None
        or top.lo <= 0
    ):
        raise step.refuse("z sigma' = 2 sigma, sigma'' not zero and data not zero are needed")
    lam, s = pb.lam, pb.noise
    if lam is not None and lam <= 0:
        raise step.refuse(f"lambda = {lam} is not positive")
    least = f"({min(a, b)}*M2*Lambda_S)"
    critical = (
        f"(sqrt(Y2) + lambda/{least})^2"
        if pb.loss_name == "squared"
        else f"(1 + 2*lambda/{least})^2"
    )
    if s is not None:
        value = evaluate(critical, step.known)
        if value is None or s < value[1]:
            raise step.refuse(f"s = {s} is not known to be at least {critical}")
    when = ("for every lambda > 0" if lam is None else f"for lambda = {lam}") + (
        f" and every s >= {critical}" if s is None else f" and s = {s}"
    )
    ray = (
        f"w_1(t) = t u/sqrt({a}), w_2(t) = t u/sqrt({b}) for the first outer weights {a} > 0 "
        f"> {-b}, other rows 0, u a unit eigenvector of S for Lambda_S"
    )
    return Conclusion(
        f"V4 fails {when}: along {ray}, where every f_i is 0, ||grad L||^2/s - Laplacian L "
        f"is bounded above",
        define=(("s_c", critical),),
        payload={"ray": ray, "limit": "no more than a constant", "kind": "cancelling"},
    )


def _rule(*args: Any, **kw: Any) -> tuple[str, Rule]:
    rule = Rule(*args, **kw)
    return rule.name, rule


_V = "arXiv:2004.06977"
_LINE_REASON = (
    r"Let $e_i=f_i-y_i$, $K=\frac1n(\langle x_i,x_k\rangle)$, "
    r"$D=\operatorname{diag}_i\sum_ja_j^2\sigma'(z_{ij})$ and "
    r"$V=\sum_ja_j\nabla_{w_j}L$. "
    r"From $\lambda w_j=\nabla_{w_j}L-\frac1n\sum_ie_ia_j\sigma'(z_{ij})x_i$ and "
    r"$\sigma(z)=\alpha z+b(z)$, $|b|\le S_\alpha$: "
    r"$(\lambda+\alpha KD)e=t$ with $t=\alpha XV+\lambda(\sum_ja_jb(z_{\cdot j})-y)$. "
    r"With $\delta=\sup(-\sigma')_+\|a\|_2^2$, $D'=D+\delta\ge0$ and "
    r"$\Gamma=\lambda-\alpha\delta K\ge\lambda(1-\theta)>0$ this reads "
    r"$e+\Gamma^{-1}\alpha KD'e=\Gamma^{-1}t$; the product with $D'e$ bounds "
    r"$\|D'^{1/2}e\|$ by $\|D'\|^{1/2}\|\Gamma^{-1}t\|$, since "
    r"$\Gamma^{-1}K\ge0$, hence $\|e\|\le\frac{1+\mu}{\lambda(1-\theta)^2}\|t\|$ in the "
    r"root mean square. "
    r"As $\lambda r\le\|\nabla L\|+M_1\|a\|_2\sqrt{\Lambda_S}\,\|e\|$ and "
    r"$\|XV\|\le\sqrt{\Lambda_S}\,\|a\|_2\|\nabla L\|$, "
    r"$\|\nabla L\|\ge(\lambda r-J)/Q$ ($\theta=0$ where $\sigma'\ge0$)."
)
_ONE_SIGN_REASON = (
    r"Changing the signs of $a$ and $y$ together, $a\ge0$. With $h=\gamma/\|a\|_1$: "
    r"$\kappa_-\sigma-h\le z\sigma'\le\kappa_+\sigma+h$, and "
    r"$\sigma'^2\le2M_2(\sigma+m_0)$, as "
    r"$0\le\sigma(z+t)+m_0\le\sigma+m_0+\sigma't+\frac12M_2t^2$ for every $t$; hence "
    r"$\sum_ja_j^2\sigma'(z_{ij})^2\le2\|a\|_\infty M_2(|f_i|+m_0\|a\|_1)$. Squared "
    r"loss: by the sign of $e_i=f_i-y_i$, "
    r"$e_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge\kappa_-e_i^2-(\kappa_+|y_i|+\gamma)|e_i|=\kappa_-(|e_i|-c_i)^2-\kappa_-c_i^2$ "
    r"with "
    r"$2\kappa_-c_i=\kappa_+|y_i|+\gamma$; $U^2=\frac1n\sum_i(|e_i|-c_i)^2$, so "
    r"$\frac1n\sum_i|e_i|\le U+\frac1n\sum_ic_i$. Logistic loss: $U=0$, "
    r"$u/(1+e^u)\le ue^{-u}\le\frac38$ and $\ell''|f_i|\le|f_i|e^{-|f_i|}\le\frac38$."
)
_ONE_SIGN_V4 = (
    r"$\|\nabla L\|\,r\ge\lambda r^2-C+\kappa_-U^2$. For $r^2\ge2C/\lambda$ the square "
    r"of $(\lambda r-C/r)+\kappa_-U^2/r$ is at least "
    r"$\lambda^2r^2-2\lambda C+\lambda\kappa_-U^2$, and "
    r"$\frac1s\lambda\kappa_-U^2-AU\ge-sA^2/(4\lambda\kappa_-)$."
)
RULES: Mapping[str, Rule] = MappingProxyType(
    dict(
        [
            _rule(
                "smooth",
                "activation",
                (),
                "smooth",
                r"$\sigma$ is a composition of functions analytic on the ranges that occur; "
                r"hence $\sigma\in C^\infty(\mathbb R)$.",
                _smooth,
                lemma="smooth_composition",
            ),
            _rule(
                "kink",
                "activation",
                (),
                "not smooth",
                r"One-sided derivatives of $\sigma$ differ, so $\sigma\notin C^\infty(\mathbb R)$.",
                _kink,
                lemma="jump_not_smooth",
            ),
            _rule(
                "supremum",
                "activation",
                (),
                "enclosed",
                r"The supremum is enclosed by a cover of a compact interval in ball "
                r"arithmetic and bounds on both tails.",
                _supremum,
                lemma="cover_bound",
            ),
            _rule(
                "value at zero",
                "activation",
                (),
                "enclosed",
                r"$\sigma(0)$ is evaluated in ball arithmetic.",
                _value_at_zero,
                lemma="value_at_zero",
            ),
            _rule(
                "asymptote",
                "activation",
                (),
                "asymptote",
                r"$\sigma(z)-cz$ has a finite limit.",
                _asymptote,
                lemma="asymptote",
            ),
            _rule(
                "parameters",
                "problem",
                (),
                "parameters",
                r"Constants of the problem; $\Lambda_S=\lambda_{\max}(S)\le B_x^2$ and "
                r"$X_2=\frac1n\sum_i\|x_i\|^2\le B_x^2$.",
                _parameters,
                lemma="parameters",
            ),
            _rule(
                "loss",
                "problem",
                (),
                "loss",
                r"Bounds on $\ell'$ and $\ell''$.",
                _loss,
                lemma="loss_bounds",
            ),
            _rule(
                "derivation",
                "problem",
                (),
                "derivation",
                r"$\nabla L$, $\Delta L$ and the Hessian form for symbolic $n,p,d$.",
                _derivation,
                TESTED,
                lemma="gradient_laplacian",
            ),
            _rule(
                "bounded residual",
                "problem",
                ("parameters", "enclosed", "enclosed"),
                "residual",
                r"$|f_i-y_i|\le\rho$ since $|f_i|\le\|a\|_1\sup|\sigma|$.",
                _residual_bounded,
                lemma="residual_bounded",
            ),
            _rule(
                "logistic residual",
                "problem",
                ("loss",),
                "residual",
                r"$|\ell'|\le\rho$ for the logistic loss.",
                _residual_logistic,
                lemma="residual_logistic",
            ),
            _rule(
                "bounded gradient",
                "problem",
                ("parameters", "derivation", "residual", "enclosed"),
                "gradient bounded",
                r"By Cauchy--Schwarz $\|\nabla "
                r"R\|^2\le\Lambda_S\,\frac1n\sum_i\ell_i'^2\sum_ja_j^2\sigma'(z_{ij})^2\le(\rho "
                r"M_1\|a\|_2)^2\Lambda_S=G^2$.",
                _gradient_bounded,
                lemma="gradient_bounded",
            ),
            _rule(
                "bounded Laplacian",
                "problem",
                ("parameters", "derivation", "loss", "residual", "enclosed", "enclosed"),
                "laplacian bounded",
                r"$\Delta R\le X_2(\ell''_{\max}\|a\|_2^2M_1^2+\rho\|a\|_1M_2)=K$ by the "
                r"triangle inequality.",
                _laplacian_bounded,
                lemma="laplacian_bounded",
            ),
            _rule(
                "affine Laplacian",
                "problem",
                ("parameters", "derivation", "loss", "enclosed", "enclosed", "enclosed"),
                "laplacian affine",
                r"$|f_i-y_i|\le B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr$, so $\Delta R\le Ar+B$.",
                _laplacian_affine,
                lemma="laplacian_affine",
            ),
            _rule(
                "affine gradient",
                "problem",
                ("parameters", "derivation", "enclosed", "enclosed"),
                "gradient affine",
                r"$(\frac1n\sum_i(f_i-y_i)^2)^{1/2}\le "
                r"B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2\Lambda_S^{1/2}r$, so $\|\nabla R\|\le "
                r"G_0+G_1r$.",
                _gradient_affine,
                lemma="gradient_affine",
            ),
            _rule(
                "radial bound",
                "problem",
                ("parameters", "derivation", "enclosed", "enclosed", "enclosed"),
                "radial",
                r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
                r"$|g_i|\le\gamma=\|a\|_1H$: $\langle\nabla "
                r"R,W\rangle=\frac1n\sum_i(f_i-y_i)(\kappa f_i+g_i)\ge-C-Dr$, completing the "
                r"square when $\kappa>0$.",
                _radial,
                lemma="radial_bound",
            ),
            _rule(
                "Euler bound",
                "problem",
                ("parameters", "derivation", "enclosed"),
                "radial",
                r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
                r"$|g_i|\le\gamma=\|a\|_1H$, $\kappa>0$: $\langle\nabla "
                r"R,W\rangle=\frac1n\sum_i(f_i-y_i)(\kappa f_i+g_i)\ge-C$, completing the "
                r"square; $\sigma'$ may be unbounded.",
                _euler_bound,
            ),
            _rule(
                "logistic Euler bound",
                "problem",
                ("parameters", "derivation", "loss", "enclosed"),
                "radial",
                r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
                r"$|g_i|\le\gamma=\|a\|_1H$, $\kappa>0$: $\langle\nabla "
                r"R,W\rangle=\frac1n\sum_i\ell_i'(\kappa f_i+g_i)$, and with $u=y_if_i$, "
                r"$\ell_i'f_i=-u/(1+e^u)\ge-\frac38$ and $|\ell_i'g_i|\le\gamma\sup|\ell'|$.",
                _euler_bound_logistic,
            ),
            _rule(
                "V1",
                "problem",
                ("smooth",),
                "V1",
                r"$L$ is a composition of smooth functions.",
                _v1,
                lemma="villani_v1",
            ),
            _rule(
                "V2",
                "problem",
                ("parameters",),
                "V2",
                r"Both losses are nonnegative, so $L\ge\frac\lambda2r^2$.",
                _v2,
                lemma="villani_v2",
            ),
            _rule(
                "V3",
                "problem",
                ("V2",),
                "V3",
                r"$\int e^{-2L/s}\le\int e^{-\lambda r^2/s}=(\pi s/\lambda)^{N/2}$.",
                _v3,
                lemma="villani_v3",
            ),
            _rule(
                "V4 bounded",
                "problem",
                ("gradient bounded", "laplacian bounded"),
                "V4",
                r"$\|\nabla L\|\ge\lambda r-G$ and $\Delta L\le K+\lambda N$, hence "
                r"$\frac1s\|\nabla L\|^2-\Delta L\ge\frac1s(\lambda r-G)^2-K-\lambda N\ge M$ "
                r"for $r\ge r_0(M)$.",
                _v4("bounded"),
                lemma="v4_bounded",
            ),
            _rule(
                "V4 Euler",
                "problem",
                ("radial", "laplacian affine"),
                "V4",
                r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, so "
                r"$\|\nabla L\|\ge\lambda r-E$ for $r\ge1$ with $E=C+D$; $\Delta L\le "
                r"Ar+B+\lambda N$; the quadratic is at least $M$ for $r\ge r_0(M)$.",
                _v4("euler"),
                lemma="v4_euler",
            ),
            _rule(
                "V4 Lipschitz",
                "problem",
                ("gradient affine", "laplacian affine"),
                "V4",
                r"$\|\nabla L\|\ge(\lambda-G_1)r-G_0$ and $\Delta L\le Ar+B+\lambda N$; the "
                r"quadratic is at least $M$ for $r\ge r_0(M)$.",
                _v4("lipschitz"),
                lemma="v4_lipschitz",
            ),
            _rule(
                "monotone line",
                "activation",
                ("enclosed", "enclosed"),
                "monotone",
                r"$\sigma$ is nondecreasing and stays close to a line of positive slope.",
                _monotone_line,
                lemma="monotone_line",
            ),
            _rule(
                "line",
                "problem",
                ("parameters", "enclosed", "enclosed"),
                "line",
                r"$\sigma$ stays close to a line of positive slope and falls no faster than "
                r"$\sup(-\sigma')$.",
                _line,
                lemma="line",
            ),
            _rule(
                "V4 monotone",
                "problem",
                ("monotone", "laplacian affine"),
                "V4",
                _LINE_REASON,
                _v4("monotone"),
                lemma="v4_monotone",
            ),
            _rule(
                "V4 line",
                "problem",
                ("line", "laplacian affine"),
                "V4",
                _LINE_REASON,
                _v4("line"),
                lemma="v4_line",
            ),
            _rule(
                "one-signed weights",
                "problem",
                (
                    "parameters",
                    "derivation",
                    "loss",
                    "enclosed",
                    "enclosed",
                    "enclosed",
                    "enclosed",
                ),
                "one sign",
                _ONE_SIGN_REASON,
                _one_sign,
                lemma="one_sign",
            ),
            _rule(
                "weights of one sign",
                "problem",
                (
                    "parameters",
                    "derivation",
                    "loss",
                    "enclosed",
                    "enclosed",
                    "enclosed",
                    "enclosed",
                ),
                "if one sign",
                _ONE_SIGN_REASON,
                _one_sign,
                lemma="one_sign",
            ),
            _rule(
                "V4 one-signed",
                "problem",
                ("one sign",),
                "V4",
                _ONE_SIGN_V4,
                _v4("one-signed"),
                lemma="v4_one_sign",
            ),
            _rule(
                "V4 if one-signed",
                "problem",
                ("if one sign",),
                "V4 if one sign",
                _ONE_SIGN_V4,
                _v4("one-signed", "V4 for a of one sign"),
                lemma="v4_one_sign",
            ),
            _rule(
                "Villani if one-signed",
                "problem",
                ("V1", "V2", "V3", "V4 if one sign"),
                "Villani if one sign",
                r"V1--V4 together.",
                _villani,
                lemma="villani",
                source="Villani 2009; arXiv:2004.06977",
            ),
            _rule(
                "Villani",
                "problem",
                ("V1", "V2", "V3", "V4"),
                "Villani",
                r"V1--V4 together.",
                _villani,
                lemma="villani",
                source="Villani 2009; arXiv:2004.06977",
            ),
            _rule(
                "gradient Lipschitz",
                "problem",
                ("parameters", "derivation", "loss", "residual", "enclosed", "enclosed"),
                "gradient Lipschitz",
                r"$|\nabla^2L(V,V)|\le(\lambda+\Lambda_S(\ell''_{\max}M_1^2\|a\|_2^2+\rho\|a\|_\infty "
                r"M_2))\|V\|^2$.",
                _gradient_lipschitz,
                lemma="gradient_lipschitz",
            ),
            _rule(
                "continuous-time convergence",
                "problem",
                ("Villani",),
                "continuous",
                r"Convergence of the stochastic differential equation for a Villani function "
                r"(cited).",
                _continuous,
                CITED,
                lemma="",
                source=_V,
            ),
            _rule(
                "discrete-time convergence",
                "problem",
                ("Villani", "gradient Lipschitz"),
                "discrete",
                r"Convergence of SGD with Gaussian noise for a Villani function with "
                r"Lipschitz gradient (cited; implicit constant).",
                _discrete,
                CITED,
                lemma="",
                source=_V,
            ),
            _rule(
                "kink on an instance",
                "problem",
                ("not smooth",),
                "V1 fails",
                r"$L(W)=\ell(\sigma(W),y_1)+\frac\lambda2W^2$; by the chain rule the first "
                r"derivative that jumps is $\ell'\,\sigma^{(k)}$ and continuous terms.",
                _kink_instance,
                lemma="refute_kink",
            ),
            _rule(
                "kink of the loss",
                "problem",
                ("not smooth",),
                "V1 fails",
                r"One unit moves along $w+tu$. By the chain rule the derivative of $L$ of "
                r"order $k$ jumps by $\frac{aJ}n\sum\ell_i'\langle "
                r"u,x_i\rangle^k\operatorname{sign}\langle u,x_i\rangle$, the sum over the "
                r"samples at the kink, where $\sigma^{(k)}$ jumps by $J\ne0$ and the lower "
                r"derivatives are continuous; that sum is enclosed away from $0$.",
                _kink_of_loss,
            ),
            _rule(
                "instance ray",
                "problem",
                (),
                "V2 fails",
                r"A ray orthogonal to the data along which $R$ is constant.",
                _refute_instance,
                lemma="refute_instance",
            ),
            _rule(
                "bounded risk",
                "problem",
                ("enclosed",),
                "V2 fails",
                r"$R$ is bounded, so $L$ does not tend to $\infty$.",
                _refute_bounded,
                lemma="refute_bounded",
            ),
            _rule(
                "null direction",
                "problem",
                (),
                "V2 fails",
                r"$Xu=0$, so $R$ is constant along the ray.",
                _refute_null,
                lemma="refute_null",
            ),
            _rule(
                "half-space ray",
                "problem",
                ("asymptote",),
                "V2 fails",
                r"All $\langle u,x_i\rangle$ have one sign and $\sigma$ has a finite limit there.",
                _refute_half,
                lemma="refute_half",
            ),
            _rule(
                "paired units",
                "problem",
                ("asymptote", "asymptote"),
                "V2 fails",
                r"Two units whose growing parts cancel.",
                _refute_paired,
                lemma="refute_paired",
            ),
            _rule(
                "escaping critical points",
                "problem",
                ("enclosed",),
                "V4 fails",
                r"Critical points of $L$ escape to infinity, and there $-\Delta L\le0$.",
                _escaping,
                lemma="refute_escaping",
            ),
            _rule(
                "steep",
                "activation",
                (),
                "steep",
                r"$|\sigma'|$ grows at least like $|z|$ at one end, by the expansion of "
                r"$\sigma'$ there.",
                _steep,
                lemma="steep",
            ),
            _rule(
                "mirrored units",
                "problem",
                ("parameters", "smooth", "steep"),
                "V4 fails",
                r"Two equal units with outer weights $1$ and $-1$: $f=0$ and $\nabla R=0$, "
                r"while $\Delta R$ is a multiple of $\sigma'(t)^2$, in the end at least "
                r"$\|\nabla L\|^2/s=2\lambda^2t^2/s$.",
                _mirrored,
                lemma="refute_mirrored",
            ),
            _rule(
                "cancelling units",
                "problem",
                ("parameters", "smooth", "enclosed", "enclosed"),
                "V4 fails",
                r"$z\sigma'=2\sigma$ and $\sigma\in C^2$ give $\sigma=cz^2$, $2|c|=M_2$. "
                r"Write $a_1>0>a_2$ for the two outer weights; their units cancel in $f$. "
                r"With "
                r"$S_k=\frac1n\sum_i\sigma'(\langle w_k,x_i\rangle)^2\|x_i\|^2\ge "
                r"M_2^2\Lambda_S^2\|w_k\|^2$ and $\ell'_i,\ell''_i$ at $f_i=0$: "
                r"$\Delta R=\sum_ka_k^2\ell''S_k$ up to a constant, and "
                r"$\|\nabla_{w_k}L\|\le|a_k|(\frac1n\sum_i\ell_i'^2)^{1/2}S_k^{1/2}+\lambda\|w_k\|$ "
                r"by Cauchy--Schwarz.",
                _cancelling,
                lemma="refute_cancelling",
            ),
        ]
    )
    | dict(RATES)
)

__all__ = [
    "LOWER",
    "PARAMETERS",
    "RADIUS",
    "RULES",
    "THRESHOLD",
    "KernelError",
    "TailError",
    "is_steep",
    "logistic_tree",
    "quantity",
]
