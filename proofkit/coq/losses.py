"""Losses in Coq: what a file says of l(f, y) = phi(argument), and the lemmas about phi.

Two losses have theorems of their own in the library (Losses.v, Squared.v, Sign.v).  Any other is
``residual phi`` or ``margin phi`` of AnyLoss.v, for a phi that the file defines; its slope and
curvature are bounded by a function of the library, shifted and scaled, or by generated lemmas.
Nothing here is trusted: coqc proves what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy as sp

from proofkit.activation.bridge import to_sympy
from proofkit.coq.activation import (
    LIBRARY,
    Enclosures,
    Match,
    OutOfReach,
    expression,
    match,
    numbers,
    rational,
    upper,
    values,
)
from proofkit.coq.growth import polynomial
from proofkit.coq.signs import least_at_zero, never_negative
from proofkit.coq.tails import (
    Quantity,
    bound_above,
    bounds,
    branches_at,
    definitions,
    require_small,
)
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, Z


@dataclass(frozen=True)
class InCoq:
    """A loss as a Coq file writes it.

    ``function``, ``slope`` and ``curvature`` are l, l' and l'' in Coq, ``smooth`` the proof that
    they belong together (SmoothLoss), ``lemmas`` the block of the file about phi.
    ``slope_bound`` and ``curvature_bound`` hold over all of R, with tactics that prove them for
    every sample; ``low`` is below phi, with tactics that prove it for every sample.
    ``reasons`` says why one of them is not there.
    """

    function: str
    slope: str
    curvature: str
    smooth: str
    classifies: bool
    lemmas: str = ""
    slope_bound: Fraction | None = None
    slope_tactics: str = ""
    curvature_bound: Fraction | None = None
    curvature_tactics: str = ""
    low: Fraction | None = None
    low_tactics: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    own: Own | None = None
    is_term: bool = False
    """True when phi is a term of Terms.v, so that the interval tactic sees phi' and phi''."""
    factor: Fraction | None = None
    """c where l is c times the squared loss, which the file proves as phi_square."""
    matched: bool = False
    """True when phi is taken for a function of the library."""

    @property
    def derivative(self) -> str:
        """l' and the proof that it is the derivative, as the refutations take them."""
        return f"{self.slope} (loss_d {self.smooth})"

    @property
    def lipschitz(self) -> bool:
        """True when slope and curvature have lemmas over all of R."""
        return self.slope_bound is not None and self.curvature_bound is not None


Constants = Mapping[str, str]
"""The numbers of the record Data in Coq, by name."""


@dataclass(frozen=True)
class Own:
    """What the library has for one loss alone.

    ``name`` is the infix of its theorems, ``text`` the loss in the kernel's letters.
    ``square``: l' is the residual f - y and l'' is 1.
    ``mirror``: the factor of the refutation by mirrored units, and its instance.
    ``one_signed``: C, A and B of the route for outer weights of one sign, from the numbers
    M2 m0 k1 k2 h of the activation and those of the data.
    """

    name: str
    text: str
    square: bool
    low_tactics: str
    mirror: tuple[str, str]
    one_signed: Callable[[tuple[str, ...], Constants], tuple[str, str, str]]
    slope_bound: Fraction | None = None
    slope_tactics: str = ""
    curvature_bound: Fraction | None = None
    curvature_tactics: str = ""


def _squared_one_signed(curved: tuple[str, ...], d: Constants) -> tuple[str, str, str]:
    M2, m0, low, high, h = curved
    return (
        f"(C_sign {low} {high} {h} {d['Y1']} {d['Y2']} {d['a1']})",
        f"(A_sign {M2} {d['Bx']} {d['a1']} {d['ainf']})",
        f"(B_sign {M2} {m0} {low} {high} {h} {d['Bx']} {d['Y1']} {d['a1']} {d['ainf']})",
    )


def _logistic_one_signed(curved: tuple[str, ...], d: Constants) -> tuple[str, str, str]:
    M2, m0, _, high, h = curved
    return (
        f"(C_sign_log {high} {h} {d['a1']})",
        "0",
        f"(B_sign_log {M2} {m0} {d['Bx']} {d['a1']} {d['ainf']})",
    )


SQUARED = Own(
    "squared",
    "u^2/2",
    square=True,
    low_tactics="intros; apply squared_nonneg",
    mirror=("1", "1 2 1 (fun _ _ => 1) (fun _ => 0)"),
    one_signed=_squared_one_signed,
)
LOGISTIC = Own(
    "logistic",
    "log(1 + exp(-m))",
    square=False,
    low_tactics="intros; apply logistic_nonneg",
    mirror=("1 / 4", "2 2 1 (fun _ _ => 1) both"),
    one_signed=_logistic_one_signed,
    slope_bound=Fraction(1),
    slope_tactics="apply logistic1_le; assumption",
    curvature_bound=Fraction(1, 4),
    curvature_tactics="apply logistic2_le; assumption",
)
OWN: tuple[Own, ...] = (SQUARED, LOGISTIC)


def in_coq(
    loss: Loss, given: Enclosures, *, everywhere: bool = True, library: bool = True
) -> InCoq:
    """The loss as a Coq file writes it.

    ``given`` are the certificate's enclosures of sup |phi'| and sup |phi''| as l1 and l2, where it
    has them; they are over all of R when ``everywhere``.  Without ``library`` phi is not looked for
    among the functions of the library.
    Raises OutOfReach for a phi that no term of the library is.
    """
    own = next((own for own in OWN if loss_of_text(own.text) == loss), None)
    if own is not None:
        return _of_its_own(own, loss)
    return _general(loss, given if everywhere else {}, library)


def _of_its_own(own: Own, loss: Loss) -> InCoq:
    return InCoq(
        own.name,
        f"{own.name}1",
        f"{own.name}2",
        f"loss_{own.name}",
        loss.classifies,
        slope_bound=own.slope_bound,
        slope_tactics=own.slope_tactics,
        curvature_bound=own.curvature_bound,
        curvature_tactics=own.curvature_tactics,
        low=Fraction(0),
        low_tactics=own.low_tactics,
        own=own,
    )


# -- phi of the file -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Phi:
    """The block about phi: proofs of what SmoothLoss needs, and the bounds that have lemmas."""

    lines: tuple[str, ...]
    derivatives: tuple[str, str]
    constants: Mapping[str, Fraction]
    low: Fraction | None
    reasons: Mapping[str, str] = field(default_factory=dict)
    is_term: bool = False


@dataclass(frozen=True)
class _Kind:
    """The names of AnyLoss.v for losses of the residual or of the margin: l, l' and l'' made of phi,
    phi' and phi'', and what bounds them for every sample.
    """

    function: str
    slope: str
    curvature: str
    slope_tactics: str
    curvature_tactics: str


_RESIDUAL = _Kind(
    "residual",
    "residual",
    "residual",
    "apply residual_le; exact bound_phi1",
    "apply residual_le; exact bound_phi2",
)
_MARGIN = _Kind(
    "margin",
    "margin1",
    "margin2",
    "apply margin1_le; [assumption|exact bound_phi1]",
    "apply margin2_le; [assumption|exact bound_phi2]",
)


def _general(loss: Loss, given: Enclosures, library: bool) -> InCoq:
    """A loss that the file defines, by its phi."""
    require_small(loss.phi)
    bounded = {"l1", "l2"} <= set(given)
    found = placed(loss.phi) if bounded and library else None
    if found is not None:
        phi = _of_the_library(loss.phi, found, given)
    else:
        phi = _of_a_term(loss.phi, given if bounded else {})
    kind = _MARGIN if loss.classifies else _RESIDUAL
    functions = (f"({kind.function} phi)", f"({kind.slope} phi1)", f"({kind.curvature} phi2)")
    first, second = phi.derivatives
    lines = [
        *phi.lines,
        f"Lemma loss_of_phi : SmoothLoss {' '.join(functions)}.\n"
        f"Proof. apply loss_{kind.function}; [exact smooth_phi|{first}|{second}]. Qed.",
    ]
    if loss.square is not None:
        lines.append(
            f"Lemma phi_square : forall u, phi u = {rational(loss.square)} / 2 * u^2.\n"
            "Proof. intros u. unfold phi. field. Qed."
        )
    return InCoq(
        *functions,
        "loss_of_phi",
        loss.classifies,
        lemmas="\n\n".join(lines),
        slope_bound=phi.constants.get("l1"),
        slope_tactics=kind.slope_tactics,
        curvature_bound=phi.constants.get("l2"),
        curvature_tactics=kind.curvature_tactics,
        low=phi.low,
        low_tactics=f"apply {kind.function}_above; exact low_phi",
        reasons=phi.reasons,
        is_term=phi.is_term,
        factor=loss.square,
        matched=found is not None,
    )


def _of_a_term(root: Node, given: Enclosures) -> _Phi:
    """phi as a term of Terms.v, its bounds by generated lemmas where they have a form."""
    z = sp.Symbol("z", real=True)
    phi = to_sympy(root)
    lines = definitions("phi", root)
    constants: dict[str, Fraction] = {}
    reasons: dict[str, str] = {}
    for k, (name, what) in enumerate((("l1", "phi'"), ("l2", "phi''")), 1):
        if name not in given:
            continue
        bound = bound_above(given[name][1])
        quantity = Quantity(
            f"phi{k}", "phi", lambda at, k=k: f"phi{k} {at}", sp.diff(phi, z, k), bound
        )
        try:
            lines += bounds(quantity, z)
            constants[name] = bound
        except OutOfReach as error:
            reasons[name] = f"no lemma bounds |{what}|: {error}"
    low, proof = _low_of_a_term(root, phi, z)
    lines += proof
    derivatives = (
        "intros t; apply (d_ext (ev t_phi)); [exact phi_same|apply is_derive_D, ok_phi]",
        "intros t; apply is_derive_D, ok_D, ok_phi",
    )
    return _Phi(tuple(lines), derivatives, constants, low, reasons, is_term=True)


def _low_of_a_term(root: Node, phi: Any, z: Any) -> tuple[Fraction | None, list[str]]:
    """A number that is visibly below phi, and the lemma that says so."""
    found = never_negative(root) or _square_completed(root)
    if found is not None:
        low, tactics = found
        text = f"Lemma low_phi : above phi {rational(low)}.\nProof. intros z. unfold phi. {tactics} Qed."
        return low, [text]
    try:
        return least_at_zero(phi, z)
    except OutOfReach:
        return None, []


def _square_completed(root: Node) -> tuple[Fraction, str] | None:
    """The least value of a quadratic polynomial that rises at both ends, with tactics; None for what
    is none.
    """
    coefficients = polynomial(root)
    if coefficients is None or len(coefficients) < 3 or any(coefficients[3:]):
        return None
    c, b, a = coefficients[:3]
    if a <= 0:
        return None
    centre, low = b / (2 * a), c - b * b / (4 * a)
    square = f"(z + {rational(centre)})^2"
    tactics = (
        f"replace {expression(root)} with ({rational(a)} * {square} + {rational(low)}) by field. "
        f"pose proof (pow2_ge_0 (z + {rational(centre)})). lra."
    )
    return low, tactics


# -- phi of the library ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Placed:
    """phi(z) = A f(c (z + shift)) + offset for a function f of the library."""

    found: Match
    shift: Fraction = Fraction(0)
    offset: Fraction = Fraction(0)

    def wrapped(self, scaled: str, shifted: str, inner: str) -> str:
        """A term of the library about f as one about phi."""
        A, c = rational(self.found.A), rational(self.found.c)
        text = f"({scaled} {inner} {A} {c})" if self.found.scaled else inner
        if not self.shift and not self.offset:
            return text
        last = f" {rational(self.offset)}" if shifted == "shifted" else ""
        return f"({shifted} {text} {rational(self.shift)}{last})"


def placed(root: Node) -> Placed | None:
    """The function of the library that phi is, up to shift, scale and a constant, judged at a few
    points; coqc proves or refuses it.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> found = placed(parse("4*(sqrt(1 + (z/2)^2) - 1)"))
    >>> (found.found.known.name, found.found.A, found.found.c, found.offset)
    ('hypot', Fraction(4, 1), Fraction(1, 2), Fraction(-4, 1))
    """
    exact = match(root)
    if exact is not None:
        return Placed(exact)
    for shift in _shifts(root):
        found = _up_to_a_constant(terms.substitute(root, {Z: terms.sub(Z, terms.num(shift))}))
        if found is not None:
            return Placed(found[0], shift, found[1])
    return None


def _shifts(root: Node) -> Iterator[Fraction]:
    """0, and b/a for every argument a z + b of a function in the expression."""
    yield Fraction(0)
    seen = {Fraction(0)}
    for node in terms.walk(root):
        for argument in node.args:
            line = _line(argument)
            if line is not None and line[0] and (shift := line[1] / line[0]) not in seen:
                seen.add(shift)
                yield shift


def _line(node: Node) -> tuple[Fraction, Fraction] | None:
    """(a, b) for a z + b; None for what is not visibly one."""
    inner = [_line(part) for part in node.args]
    match node.op, inner:
        case "z", _:
            return Fraction(1), Fraction(0)
        case "num", _:
            return Fraction(0), node.rational
        case "neg", [(a, b)]:
            return -a, -b
        case (("add" | "sub"), [(a, b), (c, d)]):
            sign = 1 if node.op == "add" else -1
            return a + sign * c, b + sign * d
        case "mul", [(a, b), (c, d)] if not a or not c:
            return a * d + b * c, b * d
        case "div", [(a, b), (c, d)] if not c and d:
            return a / d, b / d
        case _:
            return None


LARGEST_OFFSET = 1000
CLOSE = 1e-30


def _up_to_a_constant(root: Node) -> tuple[Match, Fraction] | None:
    """f, A, c and k with root(z) = A f(c z) + k at three points; None where there are none."""
    target = values(root)
    if target is None:
        return None
    candidates = numbers(root)
    for known in LIBRARY:
        if known.parameter:
            continue
        tree = parse(known.expression)
        for c in candidates:
            got = values(tree, c)
            if got is None or abs(got[0] - got[1]) < CLOSE:
                continue
            A = _rational_near((target[0] - target[1]) / (got[0] - got[1]))
            if A is None or A == 0:
                continue
            rest = [t - g * A.numerator / A.denominator for t, g in zip(target, got, strict=True)]
            offset = _rational_near(rest[0])
            if offset is not None and all(_near(value, offset) for value in rest):
                return Match(known, A, c), offset
    return None


def _rational_near(value: Any) -> Fraction | None:
    """The rational with a small denominator that a value of 40 digits is; None for any other."""
    found = Fraction(str(value)).limit_denominator(LARGEST_OFFSET)
    return found if _near(value, found) else None


def _near(value: Any, q: Fraction) -> bool:
    return bool(
        abs(value * q.denominator - q.numerator) <= 1e-30 * q.denominator * (1 + abs(value))
    )


def _of_the_library(root: Node, place: Placed, given: Enclosures) -> _Phi:
    """phi as a function of the library, shifted and scaled."""
    known, text = place.found.known, place.found.text
    whole = place.wrapped("scaled", "shifted", text(known.function))
    first = place.wrapped("scaled1", "shifted1", text(known.first))
    second = place.wrapped("scaled2", "shifted1", text(known.second))
    l1, l2 = (upper(given[n][1], given[n][0]) for n in ("l1", "l2"))
    lines = [
        f"Definition phi (z : R) : R := {expression(root)}.",
        f"Definition phi1 : R -> R := {first}.",
        f"Definition phi2 : R -> R := {second}.",
        f"Lemma phi_same : forall z, {whole} z = phi z.\nProof. unfold phi. first [same | "
        f"same_root {rational(1 / abs(place.found.c))}]. Qed.",
        f"Lemma known_phi : Activation phi phi1 phi2 {rational(l1)} {rational(l2)}.\n"
        f"Proof. apply (act_ext {whole}); [exact phi_same|]. eapply act_weaken; "
        f"[{_by('act', place, text(known.act))}|numeric|numeric]. Qed.",
        "Lemma smooth_phi : smooth phi.\nProof. exact (act_smooth known_phi). Qed.",
        f"Lemma bound_phi1 : forall t, Rabs (phi1 t) <= {rational(l1)}.\n"
        "Proof. exact (act_M1 known_phi). Qed.",
        f"Lemma bound_phi2 : forall t, Rabs (phi2 t) <= {rational(l2)}.\n"
        "Proof. exact (act_M2 known_phi). Qed.",
    ]
    low, proof = _low_of_the_library(place, whole)
    return _Phi(
        (*lines, *proof),
        ("exact (act_d known_phi)", "exact (act_d1 known_phi)"),
        {"l1": l1, "l2": l2},
        low,
    )


def _by(prefix: str, place: Placed, lemma: str) -> str:
    """Tactics that carry a lemma about f over to A f(c (z + shift)) + offset."""
    steps = []
    if place.shift or place.offset:
        steps.append(f"apply {prefix}_shifted")
    if place.found.scaled:
        steps.append(f"apply {prefix}_scaled")
    return "; ".join([*steps, f"exact {lemma}" if prefix == "act" else lemma])


def _low_of_the_library(place: Placed, whole: str) -> tuple[Fraction | None, list[str]]:
    """A number below A f(c (z + shift)) + offset, from the range of f."""
    known, A = place.found.known, place.found.A
    shift = "apply above_shifted; " if place.shift or place.offset else ""
    scaled = place.found.scaled
    if A > 0 and known.low is not None:
        end, lemma = Fraction(known.low[0]), known.low[1]
        tactics = f"{shift}{'apply above_scaled; [lra|]; ' if scaled else ''}exact {lemma}"
    elif known.sigma_range is not None:
        bottom, top, lemma = known.sigma_range
        end = Fraction(bottom if A > 0 else top)
        side, carry = ("proj1", "above_scaled") if A > 0 else ("proj2", "above_minus")
        carried = f"apply {carry}; [lra|]; " if scaled else ""
        tactics = f"{shift}{carried}exact (fun t => {side} ({lemma} t))"
    else:
        return None, []
    low = A * end + place.offset
    text = (
        f"Lemma low_phi : above phi {rational(low)}.\nProof. apply (above_ext {whole}); "
        f"[exact phi_same|]. eapply above_weaken; [{tactics}|lra]. Qed."
    )
    return low, [text]


# -- kinks of phi ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class KinkOfPhi:
    """V1 fails on an instance that passes a kink of phi at W = w: the instance in words, the lemmas
    about phi, the instance in Coq, and the proof.
    """

    words: str
    lemmas: str
    objective: str
    proof: str


def kink_of_phi(loss: Loss, at: str, w: Fraction) -> KinkOfPhi:
    """The instance at the kink ``at`` of phi, for a sigma that the file has as a term.

    n = p = d = 1 and x_1 = 1; for a loss of the residual a_1 = 1 and y_1 = sigma(w) - at, for one of
    the margin y_1 = 1 and a_1 = at/sigma(w).
    Raises OutOfReach for a kink that is not rational, or branches that are no terms.
    """
    c, delta, lines = branches_at("phi", loss.phi, at)
    place, number = rational(w), rational(c)
    if loss.classifies:
        label, weight, function = "1", f"{number} / sigma {place}", "(margin phi)"
        lemma, not_zero = (
            "refute_margin_kink",
            "|rewrite <- sigma_same; unfold t_sigma; not_zero|lra",
        )
        shown = f"({c})" if c < 0 or c.denominator != 1 else str(c)
        words = f"x_1 = y_1 = 1, a_1 = {shown}/sigma({w}), W = {w}"
    else:
        label, weight, function = f"sigma {place} - {number}", "1", "(residual phi)"
        lemma, not_zero = "refute_residual_kink", ""
        less = f" {'-' if c > 0 else '+'} {abs(c)}" if c else ""
        words = f"x_1 = a_1 = 1, y_1 = sigma({w}){less}, W = {w}"
    objective = f"(objective 1 1 1 (fun _ _ => 1) (fun _ => {label}) (fun _ => {weight}) lam sigma {function})"
    proof = (
        f"intros lam. apply ({lemma} sigma phi {place} {number} {rational(delta)} (sigma1 {place}) "
        f"lam t_left t_right); [lra|exact smooth_sigma|apply (d_ext (ev t_sigma)); "
        f"[exact sigma_same|apply is_derive_D, ok_sigma]|unfold sigma1, t_sigma; not_zero{not_zero}|"
        f"exact left_valid|exact right_valid|exact left_branch|exact right_branch|"
        f"jump t_left t_right]."
    )
    return KinkOfPhi(words, "\n\n".join(lines), objective, proof)
