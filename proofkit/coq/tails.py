"""Functions that the library does not know: their constants over R by generated lemmas.

Reach: rational functions of z and of exponentials of multiples of one polynomial, with logarithms
of
such; tanh, sinh, cosh are written through exponentials.  On each half-line x = |z| >= 0
a quantity becomes N/D, polynomials in x and u = exp(-G(x)).  On [0, T] the interval tactic
bounds it by bisection; on [T, oo) the products x^i u are small numbers.
SymPy only suggests the forms: coqc proves every equality.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from proofkit.activation.bridge import to_sympy
from proofkit.coq.activation import Enclosures, Lemmas, OutOfReach, above, expression, rational
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.domain import smooth_pieces
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError

MAX_TEXT = 20_000  # characters of a term; powers of powers would grow without bound
SLACK = Fraction(2, 10**9)  # relative; the interval tactic wants a little room
_X, _U = sp.Symbol("x", positive=True), sp.Symbol("u", positive=True)


# -- the activation as a term of Terms.v -----------------------------------------------------------


def term(root: Node) -> str:
    """The expression in the language of Terms.v, which is closed under derivation."""
    out: dict[Node, str] = {}
    for node in terms.walk(root):
        a = [out[x] for x in node.args]
        match node.op:
            case "num":
                text = _number(node.rational)
            case "z":
                text = "X"
            case "pi":
                text = "Pi"
            case "add":
                text = f"(Add {a[0]} {a[1]})"
            case "sub":
                text = f"(Add {a[0]} (Opp {a[1]}))"
            case "mul":
                text = f"(Mul {a[0]} {a[1]})"
            case "div":
                text = f"(Mul {a[0]} (Inv {a[1]}))"
            case "neg":
                text = f"(Opp {a[0]})"
            case "pow":
                text = _power(a[0], node.rational)
            case "tanh" if node.args[0].op == "log":
                w = out[node.args[0].args[0]]
                text = f"(Mul (Add (Mul {w} {w}) (Int (-1))) (Inv (Add (Mul {w} {w}) (Int 1))))"
            case "tanh":
                text = (
                    f"(Add (Mul (Int 2) (Inv (Add (Int 1) (Exp (Opp (Mul (Int 2) {a[0]})))))) "
                    f"(Int (-1)))"
                )
            case "cosh":
                text = f"(Mul (Add (Exp {a[0]}) (Exp (Opp {a[0]}))) (Inv (Int 2)))"
            case "sinh":
                text = f"(Mul (Add (Exp {a[0]}) (Opp (Exp (Opp {a[0]})))) (Inv (Int 2)))"
            case "exp" | "log" | "sin" | "cos" | "atan":
                text = (
                    f"({ {'exp': 'Exp', 'log': 'Ln', 'sin': 'Sin', 'cos': 'Cos', 'atan': 'Atan'}[node.op] } "
                    f"{a[0]})"
                )
            case "erf":
                text = f"(Mul (Mul (Int 2) (Inv (Sqrt Pi))) (Gauss {a[0]}))"
            case op:
                raise OutOfReach(f"the function {op} is not in the Coq library")
        if len(text) > MAX_TEXT:
            raise OutOfReach("the expression is too large for generated lemmas")
        out[node] = text
    return out[root]


def _number(q: Fraction) -> str:
    n = f"(Int ({q.numerator}))" if q < 0 else f"(Int {q.numerator})"
    return n if q.denominator == 1 else f"(Mul {n} (Inv (Int {q.denominator})))"


def _power(base: str, e: Fraction) -> str:
    if e.denominator not in (1, 2) or abs(e.numerator) > 8:
        raise OutOfReach(f"the power {e} is not in the Coq library")
    root = base if e.denominator == 1 else f"(Sqrt {base})"
    text = root
    for _ in range(abs(e.numerator) - 1):
        text = f"(Mul {text} {root})"
    return f"(Inv {text})" if e < 0 else text


# -- polynomials in x and u ------------------------------------------------------------------------


@dataclass(frozen=True)
class Half:
    """A quantity on x >= 0: numerator and denominator in x, u = exp(-G(x)) and the logarithms
    ln(P), P in u.

    G is a polynomial with coefficients >= 0 and G(0) = 0.
    """

    numerator: Any
    denominator: Any
    G: Any
    logarithms: tuple[tuple[Any, Any], ...]

    @property
    def rational(self) -> bool:
        """True when there are no exponentials: a rational function of x alone."""
        return (
            _U not in (self.numerator.free_symbols | self.denominator.free_symbols)
            and not self.logarithms
        )


def _exponentials(e: Any) -> Any:
    """tanh of logarithms and hyperbolic functions through exponentials."""
    e = e.replace(
        lambda t: isinstance(t, sp.tanh) and isinstance(t.args[0], sp.log),
        lambda t: (t.args[0].args[0] ** 2 - 1) / (t.args[0].args[0] ** 2 + 1),
    )
    return e.rewrite([sp.tanh, sp.sinh, sp.cosh], sp.exp)


def half(e: Any, z: Any, sign: int) -> Half:
    """The form of e(sign x); OutOfReach when it is not in the class."""
    e = sp.expand_log(
        sp.powsimp(_exponentials(e).subs(z, sign * _X), combine="exp", deep=True), force=False
    )
    G: Any = _X
    arguments = sorted({t.args[0] for t in e.atoms(sp.exp)}, key=str)
    if arguments:
        for argument in arguments:
            if (
                not argument.is_polynomial(_X)
                or argument.subs(_X, 0) != 0
                or not all(c.is_Rational for c in sp.Poly(argument, _X).coeffs())
            ):
                raise OutOfReach(
                    "an exponential of something that is not a polynomial with rational "
                    "coefficients is beyond the generated lemmas"
                )
        ratios = [sp.cancel(argument / arguments[0]) for argument in arguments]
        if not all(r.is_Rational for r in ratios):
            raise OutOfReach(
                "exponentials of polynomials that are not multiples of each other are beyond "
                "the generated lemmas"
            )
        unit = Fraction(
            math.gcd(*(int(abs(r.p)) for r in ratios)), math.lcm(*(int(r.q) for r in ratios))
        )
        G = sp.expand(arguments[0] * sp.Rational(unit.numerator, unit.denominator))
        if sp.Poly(G, _X).LC() < 0:
            G = -G
        if any(c < 0 for c in sp.Poly(G, _X).coeffs()):
            raise OutOfReach(
                "an exponential of a polynomial that is not monotone on a half-line is "
                "beyond the generated lemmas"
            )
        e = e.replace(lambda t: isinstance(t, sp.exp), lambda t: _U ** (-sp.cancel(t.args[0] / G)))
    logs: list[tuple[Any, Any]] = []

    def log(t: Any) -> Any:
        num, den = sp.fraction(sp.together(t.args[0]))
        num = sp.expand(num)
        if den != 1 and not sp.Poly(den, _U).is_monomial:
            raise OutOfReach("a logarithm of a quotient is beyond the generated lemmas")
        low = min(m[0] for m in sp.Poly(num, _U).monoms()) - (
            int(sp.Poly(den, _U).degree()) if den != 1 else 0
        )
        rest = sp.expand(sp.cancel(num / den / _U**low))
        if (
            _X in rest.free_symbols
            or not rest.is_polynomial(_U)
            or any(not c > 0 for c in sp.Poly(rest, _U).coeffs())
        ):
            raise OutOfReach(
                "a logarithm of something that is not a polynomial in an exponential is "
                "beyond the generated lemmas"
            )
        symbol = next((s for s, p in logs if p == rest), None) or sp.Symbol(f"l{len(logs)}")
        if all(s != symbol for s, _ in logs):
            logs.append((symbol, rest))
        return -low * G + symbol

    e = e.replace(lambda t: isinstance(t, sp.log), log)
    if e.atoms(sp.Function):
        raise OutOfReach(
            f"the function {min(f.func.__name__ for f in e.atoms(sp.Function))} is beyond "
            f"the generated lemmas"
        )
    numerator, denominator = sp.fraction(sp.cancel(sp.together(e)))
    names = [_X, _U, *(s for s, _ in logs)]
    if not (numerator.is_polynomial(*names) and denominator.is_polynomial(*names)) or set(
        denominator.free_symbols
    ) - {_U, _X}:
        raise OutOfReach(
            "what is bounded is not a rational function of z and exponentials of multiples of z"
        )
    return Half(sp.expand(numerator), sp.expand(denominator), G, tuple(logs))


def coq(e: Any) -> str:
    """A polynomial with rational coefficients as Coq text, in Horner form where that is shorter."""
    if isinstance(e, sp.Rational):
        return rational(Fraction(int(e.p), int(e.q)))
    if isinstance(e, sp.Symbol):
        return e.name
    if isinstance(e, sp.Add):
        return "(" + " + ".join(coq(t) for t in e.args) + ")"
    if isinstance(e, sp.Mul):
        return "(" + " * ".join(coq(t) for t in e.args) + ")"
    if isinstance(e, sp.Pow) and e.args[1].is_Integer and e.args[1] > 0:
        return f"({coq(e.args[0])}^{int(e.args[1])})"
    raise OutOfReach("a coefficient is not rational")


def _horner(e: Any) -> Any:
    if not e.free_symbols:
        return e
    order = [s for s in (_U, _X) if s in e.free_symbols]
    return sp.horner(e, *order) if order else e


def _grouped(e: Any) -> tuple[Any, int]:
    """The polynomial with x^i u^j as v_i u^(j-1), and the largest i; OutOfReach where x^i stands
    alone.
    """
    names = sorted((s for s in e.free_symbols if s not in (_X, _U)), key=lambda s: s.name)
    poly = sp.Poly(e, _X, _U, *names)
    out: Any = sp.Integer(0)
    most = 0
    for (i, j, *rest), c in poly.terms():
        factor = sp.prod([s**k for s, k in zip(names, rest, strict=True)])
        if i == 0:
            out += c * _U**j * factor
        elif j == 0:
            raise OutOfReach("the quantity grows at infinity, or its bounded part is not visible")
        else:
            out += c * sp.Symbol(f"v{i}") * _U ** (j - 1) * factor
            most = max(most, i)
    return out, most


# -- the lemmas ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quantity:
    """A quantity made of a function and its derivatives, and a bound of its size.

    ``name`` begins the names of its lemmas, ``function`` is the function in Coq (sigma, phi),
    ``at`` the quantity in Coq at an argument, ``expr`` the same for SymPy.
    """

    name: str
    function: str
    at: Callable[[str], str]
    expr: Any
    bound: Fraction

    @property
    def unfolded(self) -> str:
        """What is unfolded to see an expression in z."""
        return f"{self.function}1 {self.function}2 ev D add mul opp t_{self.function}"


MAX_NODES = 60


def require_small(root: Node) -> None:
    """OutOfReach for an expression that is too large for generated lemmas."""
    if sum(1 for _ in terms.walk(root)) > MAX_NODES:
        raise OutOfReach(
            f"the expression has more than {MAX_NODES} parts, too large for generated lemmas"
        )


def definitions(function: str, root: Node) -> list[str]:
    """A function of the user as a term: it is smooth, and its derivatives are terms."""
    f = function
    return [
        f"Definition {f} (z : R) : R := {expression(root)}.",
        f"Definition t_{f} : term := {term(root)}.",
        f"Lemma ok_{f} : ok t_{f}.\nProof. unfold t_{f}. valid_term. Qed.",
        f"Lemma {f}_same : forall z, ev t_{f} z = {f} z.\nProof. unfold {f}, t_{f}. "
        f"same_term. Qed.",
        f"Lemma smooth_{f} : smooth {f}.\nProof. exact (term_smooth t_{f} {f} "
        f"ok_{f} {f}_same). Qed.",
        f"Definition {f}1 : R -> R := ev (D t_{f}).",
        f"Definition {f}2 : R -> R := ev (D (D t_{f})).",
    ]


def bound_above(top: Fraction) -> Fraction:
    """The rational that the lemmas prove for a supremum that is at most ``top``."""
    return top if top == 0 else above(top + SLACK * max(top, Fraction(1, 1000)), 12)


def generated_lemmas(root: Node, given: Enclosures, kappa: Fraction | None) -> Lemmas:
    """The block for an activation typed by the user; ``reasons`` says which constants are out of
    reach, and why.

    Raises OutOfReach when not even the term can be written.
    """
    require_small(root)
    z = next(iter(to_sympy(root).free_symbols), sp.Symbol("z", real=True))
    sigma = to_sympy(root)
    lines = definitions("sigma", root)
    first = sp.diff(sigma, z)
    wanted: dict[str, tuple[Callable[[str], str], Any]] = {
        "M1": (lambda at: f"sigma1 {at}", first),
        "M2": (lambda at: f"sigma2 {at}", sp.diff(first, z)),
    }
    if kappa is not None:
        slope = rational(kappa)
        wanted["H"] = (
            lambda at: f"{at} * sigma1 {at} - {slope} * ev t_sigma {at}",
            z * first - sp.Rational(kappa.numerator, kappa.denominator) * sigma,
        )
    tops = {name: pair[1] for name, pair in given.items()}
    middle = Fraction(0)
    if {"S_lo", "S_hi"} <= set(given):
        # The range, as a bound on the distance from its middle.
        lo, hi = given["S_lo"][0], given["S_hi"][1]
        middle = (lo + hi) / 2
        tops["S0"] = (hi - lo) / 2
    shift = sp.Rational(middle.numerator, middle.denominator)
    off = f" - {rational(middle)}" if middle else ""
    wanted["S0"] = (lambda at: f"ev t_sigma {at}{off}", sigma - shift)
    constants: dict[str, Fraction] = {}
    reasons: dict[str, str] = {}
    for name, (text, expr) in wanted.items():
        if name not in tops:
            continue
        bound = bound_above(tops[name])
        try:
            lines += bounds(Quantity(name, "sigma", text, expr, bound), z)
            constants[name] = bound
        except OutOfReach as error:
            reasons[name] = str(error)
    if {"M1", "M2"} <= set(constants):
        M1, M2 = rational(constants["M1"]), rational(constants["M2"])
        lines.append(
            f"Lemma activation : Activation sigma sigma1 sigma2 {M1} {M2}.\n"
            "Proof. apply (act_ext (ev t_sigma)); [exact sigma_same|]. apply act_term; "
            "[exact ok_sigma|exact bound_M1|exact bound_M2]. Qed."
        )
    if kappa is not None and "H" in constants:
        lines.append(
            f"Lemma euler_defect : euler sigma sigma1 {rational(kappa)} "
            f"{rational(constants['H'])}.\n"
            "Proof. apply (euler_ext (ev t_sigma)); [exact sigma_same|exact bound_H]. Qed."
        )
    else:
        kappa = None
    if "S0" in constants:
        radius = constants["S0"]
        low, high = middle - radius, middle + radius
        constants["S_lo"], constants["S_hi"], constants["S0"] = low, high, max(abs(low), abs(high))
        lines += [
            f"Lemma range_sigma : forall t, {rational(low)} <= sigma t <= {rational(high)}.\n"
            "Proof. intros t. rewrite <- sigma_same. pose proof (bound_S0 t) as H. cbv beta "
            "in H. apply Rabs_le_between in H. lra. Qed.",
            f"Lemma bounded_sigma : bounded sigma {rational(constants['S0'])}.\nProof. "
            f"intros t. pose proof (range_sigma t). apply Rabs_le_between. lra. Qed.",
        ]
    if "sigma0" in given:
        hi = given["sigma0"][1]
        constants["sigma0"] = above(hi + max(SLACK * hi, Fraction(1, 10**12)), 12)
        lines.append(
            f"Lemma sigma_0 : Rabs (sigma 0) <= {rational(constants['sigma0'])}.\nProof. "
            f"rewrite <- sigma_same. cbv [ev t_sigma]. term_at_zero. Qed."
        )
    return Lemmas("\n\n".join(lines), constants, kappa, "S0" in constants, False, reasons)


def bounds(q: Quantity, z: Any) -> list[str]:
    """Lemmas for |q| <= c on both half-lines and on R.

    Raises OutOfReach for what has no form that the lemmas know.
    """
    c = rational(q.bound)
    out = []
    for sign, side in ((1, "right"), (-1, "left")):
        h = half(q.expr, z, sign)
        at = "x" if sign > 0 else "(- x)"
        out += _half_lemmas(q, h, side, at, c)
    out.append(
        f"Lemma bound_{q.name} : forall z, Rabs ({q.at('z')}) <= {c}.\n"
        f"Proof. intros z. destruct (Rle_or_lt 0 z) as [Hz|Hz]; [now apply {q.name}_right|].\n"
        f"  pose proof ({q.name}_left (- z) ltac:(lra)) as H. rewrite Ropp_involutive in H. "
        f"exact H. Qed."
    )
    return out


def exponent(h: Half) -> str:
    """G in Coq."""
    slope = h.G.coeff(_X)
    if slope * _X == h.G:
        return f"({rational(Fraction(int(slope.p), int(slope.q)))} * x)"
    return coq(sp.horner(h.G, _X))


def polynomial_text(e: Any) -> str:
    """A polynomial in x, u and logarithms in Coq."""
    return coq(_horner(e))


def _half_lemmas(q: Quantity, h: Half, side: str, at: str, c: str) -> list[str]:
    """The form of a quantity on a half-line, and the bound there: bisection on [0, T], small
    products beyond.
    """
    G = exponent(h)
    u = f"exp (- {G})"
    numerator, denominator = polynomial_text(h.numerator), polynomial_text(h.denominator)
    uses = q.at(at)
    logs = [(s.name, f"(ln {coq(sp.horner(p, _U))})") for s, p in h.logarithms]
    form = (
        f"(let u := {u} in {''.join(f'let {n} := {t} in ' for n, t in logs)}{numerator} / "
        f"{denominator})"
    )
    if h.rational:
        return _rational_lemmas(q, h, side, uses, c)
    T = _far(q, h)
    grouped_n, i = _grouped(h.numerator)
    grouped_d, k = _grouped(h.denominator)
    most = max(i, k)
    rate = sp.Rational(
        sp.cancel(h.G / _X).subs(_X, T)
    )  # G(x) >= rate x from T on, since G(x)/x increases
    g = rational(Fraction(int(rate.p), int(rate.q)))
    facts = (
        f"    assert (HG : {g} * x <= {G}) by (at_rate {T} x).\n    pose proof (poly_tail "
        f"{g} {T} x {G} ltac:(lra) Hx HG) as T0.\n"
    )
    facts += "".join(
        f"    pose proof (poly_pow_tail {m} {g} {T} x {G} ltac:(lra) ltac:(simpl; lra) Hx "
        f"HG) as T{m}.\n"
        for m in range(1, most + 1)
    )
    named = "".join(
        f"    pose (v{m} := x^{m} * {u}). change (x^{m} * {u}) with v{m} in T{m}.\n"
        for m in range(1, most + 1)
    )
    powers = ", ".join([*(f"v{m}" for m in range(1, most + 1)), *(n for n, _ in logs)])
    same = f"{f'unfold {powers}; ' if powers else ''}do 2 f_equal; ring"
    return [
        f"Lemma {q.name}_{side}_form x : {uses} = {form}.\nProof. cbv [{q.unfolded}]. "
        f"half_form {G}. Qed.",
        f"Lemma {q.name}_{side} x : 0 <= x -> Rabs ({uses}) <= {c}.\n"
        f"Proof.\n  intros H0. rewrite {q.name}_{side}_form. destruct (Rle_or_lt x {T}) as "
        f"[Hx|Hx]; cbv zeta.\n"
        f"  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 50).\n"
        f"  - apply Rlt_le in Hx.\n{facts}{named}"
        f"    set (u := {u}) in *.\n"
        + "".join(f"    pose ({n} := {t}).\n" for n, t in logs)
        + f"    cut (Rabs ({polynomial_text(grouped_n)} / {polynomial_text(grouped_d)}) <= {c}).\n"
        f"    + intros Hcut. refine (Rle_trans _ _ _ (Req_le _ _ _) Hcut). {same}.\n"
        f"    + {''.join(f'unfold {n}. ' for n, _ in logs)}tail_bound.\nQed.",
    ]


def _rational_lemmas(q: Quantity, h: Half, side: str, uses: str, c: str) -> list[str]:
    """The same for a rational function of x: beyond T in y = 1/x."""
    y = sp.Symbol("y")
    numerator, denominator = sp.Poly(h.numerator, _X), sp.Poly(h.denominator, _X)
    if numerator.degree() > denominator.degree():
        raise OutOfReach("the quantity grows at infinity")
    k = denominator.degree()

    def reversed_(p: sp.Poly) -> str:
        return coq(sp.horner(sum((c * y ** (k - m) for (m,), c in p.terms()), sp.Integer(0)), y))

    top, bottom = coq(sp.horner(h.numerator, _X)), coq(sp.horner(h.denominator, _X))
    return [
        f"Lemma {q.name}_{side}_form x : {uses} = {top} / {bottom}.\nProof. cbv [{q.unfolded}]. "
        f"field; repeat split; positive_side. Qed.",
        f"Lemma {q.name}_{side} x : 0 <= x -> Rabs ({uses}) <= {c}.\n"
        f"Proof.\n  intros H0. rewrite {q.name}_{side}_form. destruct (Rle_or_lt x 64) as "
        f"[Hx|Hx].\n"
        f"  - interval with (i_bisect x, i_autodiff x, i_prec 60, i_depth 60).\n"
        f"  - assert (Hy : 0 <= / x <= / 64) by (split; [apply Rlt_le, Rinv_0_lt_compat; "
        f"lra|apply Rinv_le_contravar; lra]).\n"
        f"    replace ({top} / {bottom}) with (let y := / x in {reversed_(numerator)} / "
        f"{reversed_(denominator)})\n"
        f"      by (cbv zeta; field; repeat split; positive_side).\n"
        f"    cbv zeta. set (y := / x) in *. interval with (i_bisect y, i_autodiff y, i_prec "
        f"60, i_depth 40).\nQed.",
    ]


def _far(q: Quantity, h: Half) -> int:
    """A T beyond which the tail is below the bound, judged in floating point; coqc decides."""
    value = sp.lambdify(
        [_X, _U, *(s for s, _ in h.logarithms)],
        _grouped(h.numerator)[0].subs({sp.Symbol(f"v{m}"): 0 for m in range(1, 9)})
        / h.denominator.subs(_X, 0),
        "mpmath",
    )
    constants = [math.log(float(p.subs(_U, 0))) for _, p in h.logarithms]
    limit = abs(float(value(0.0, 0.0, *constants)))
    for T in (2, 4, 6, 8, 10, 12, 15, 18, 22, 26, 30, 35, 40):
        if limit + 30 * (1 + T) ** 3 * math.exp(-float(h.G.subs(_X, T))) <= float(q.bound):
            return T
    raise OutOfReach(f"the tail of {q.name} does not separate from its bound")


def branches_at(function: str, root: Node, at: str) -> tuple[Fraction, Fraction, list[str]]:
    """A rational kink of a function, how far its two branches there reach, and both as terms.

    Raises OutOfReach for a kink that is not rational, or branches that are no terms.
    """
    try:
        c = Fraction(at)
    except ValueError:
        raise OutOfReach(
            f"a kink at {at}, which is not rational, is beyond the generated lemmas"
        ) from None
    try:
        pieces = smooth_pieces(root)
    except OpenError as error:
        raise OutOfReach(f"the branches beside the kink are open: {error}") from None
    left = next((p for p in pieces if p.right == c), None)
    right = next((p for p in pieces if p.left == c), None)
    if left is None or right is None:
        raise OutOfReach(f"no branches meet at {at}")
    ends = [abs(end - c) for end in (left.left, right.right) if end is not None]
    delta = min([Fraction(1, 2), *(Fraction(e) / 2 for e in ends)])
    condition = f"Rabs (t - {rational(c)}) < {rational(delta)}"
    return (
        c,
        delta,
        [
            f"Definition {function} (z : R) : R := {expression(root)}.",
            f"Definition t_left : term := {term(left.root)}.",
            f"Definition t_right : term := {term(right.root)}.",
            f"Lemma left_branch : forall t, t <= {rational(c)} -> {condition} -> {function} t = "
            f"ev t_left t.\nProof. unfold {function}, t_left. branch {rational(c)}. Qed.",
            f"Lemma right_branch : forall t, {rational(c)} <= t -> {condition} -> {function} t = "
            f"ev t_right t.\nProof. unfold {function}, t_right. branch {rational(c)}. Qed.",
            f"Lemma left_valid : forall t, {condition} -> ok_at t t_left.\nProof. unfold "
            f"t_left. near_term. Qed.",
            f"Lemma right_valid : forall t, {condition} -> ok_at t t_right.\nProof. unfold "
            f"t_right. near_term. Qed.",
        ],
    )


def kink_lemmas(root: Node, at: str) -> str:
    """The block for an activation with a kink at the rational ``at``: sigma, and its two branches
    there as terms.
    """
    c, delta, lines = branches_at("sigma", root, at)
    return "\n\n".join(
        [
            *lines,
            f"Lemma kink : forall lam, ~ V1 1 1 (instance lam sigma (sigma {rational(c)} - 1)).\n"
            f"Proof.\n  intros lam. apply (refute_kink_terms sigma {rational(c)} "
            f"{rational(delta)} t_left t_right lam ltac:(lra) left_valid right_valid "
            f"left_branch right_branch).\n"
            f"  jump t_left t_right.\nQed.",
        ]
    )
