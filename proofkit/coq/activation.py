"""Activations in Coq: expressions as terms of Coq, and the lemmas of the library they are instances
of.

Nothing here is trusted: a match is a guess, confirmed or refused by coqc, which
proves that the expression equals the library's function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.search.jets import Evaluator

_UNARY = {
    "exp": "exp",
    "log": "ln",
    "tanh": "tanh",
    "sinh": "sinh",
    "cosh": "cosh",
    "sin": "sin",
    "cos": "cos",
    "atan": "atan",
    "erf": "erf",
}


class OutOfReach(Exception):
    """No Coq proof is known for this; the message names the missing lemma."""


def rational(q: Fraction) -> str:
    """A rational as a Coq real: 3, (-3), (3 / 4)."""
    if q.denominator == 1:
        return str(q.numerator) if q >= 0 else f"({q.numerator})"
    return f"({q.numerator} / {q.denominator})"


def expression(root: Node) -> str:
    """An expression in z as a Coq real term; OutOfReach for functions that the library does not
    have.
    """
    out: dict[Node, str] = {}
    for node in terms.walk(root):
        a = [out[x] for x in node.args]
        match node.op:
            case "num":
                text = rational(node.rational)
            case "z":
                text = "z"
            case "pi":
                text = "PI"
            case "add":
                text = f"({a[0]} + {a[1]})"
            case "sub":
                text = f"({a[0]} - {a[1]})"
            case "mul":
                text = f"({a[0]} * {a[1]})"
            case "div":
                text = f"({a[0]} / {a[1]})"
            case "neg":
                text = f"(- {a[0]})"
            case "pow":
                text = _power(a[0], node.rational)
            case op if op in _UNARY:
                text = f"({_UNARY[op]} {a[0]})"
            case "Abs":
                text = f"(Rabs {a[0]})"
            case "Max" | "Min":
                text = f"(R{node.op.lower()} {a[0]} {a[1]})"
            case op:
                raise OutOfReach(f"the function {op} is not in the Coq library")
        out[node] = text
    return out[root]


def _power(base: str, e: Fraction) -> str:
    if e.denominator not in (1, 2):
        raise OutOfReach(f"the power {e} is not in the Coq library")
    root = base if e.denominator == 1 else f"(sqrt {base})"
    k = abs(e.numerator)
    text = root if k == 1 else f"({root} ^ {k})"
    return f"(/ {text})" if e < 0 else text


@dataclass(frozen=True)
class Known:
    """A function of the library with its lemmas; texts are Coq, ``expression`` is the grammar's."""

    name: str
    expression: str
    function: str
    first: str
    second: str
    act: str
    M1: str
    M2: str
    kappa: Fraction | None = None
    euler: str = ""
    H: str = ""
    bounded: str = ""
    S0: str = ""
    sigma_range: tuple[str, str, str] | None = None
    asymptotes: tuple[str, str, str, str] | None = None
    parameter: str = ""
    loose: tuple[str, ...] = ()
    # Nondecreasing and close to z: the bound of |sigma(z) - z|, the lemma that says so, and a proof
    # that the slope is not negative.
    line: tuple[str, str, str] | None = None
    # How far the slope falls below 0 where it does, and the lemma that says so.
    fall: tuple[str, str] | None = None
    # A bound from below where there is one and sigma is not bounded, and the lemma that says so.
    low: tuple[str, str] | None = None


_ZERO, _ONE = Fraction(0), Fraction(1)
LIBRARY: Sequence[Known] = (
    Known(
        "sigmoid", "1/(1 + exp(-z))", "sigmoid", "sigmoid1", "sigmoid2", "act_sigmoid", "1 / 4", "sqrt 3 / 18",
        _ZERO, "euler_sigmoid", "H_sigmoid", "bounded_sigmoid", "1", ("0", "1", "sigmoid_in"),
    ),
    Known("tanh", "tanh(z)", "tanh", "tanh1", "tanh2", "act_tanh", "1", "4 * sqrt 3 / 9", _ZERO, "euler_tanh", "H_tanh", "bounded_tanh", "1"),
    Known(
        "softplus", "log(1 + exp(z))", "softplus", "sigmoid", "sigmoid1", "act_softplus", "1", "1 / 4",
        _ONE, "euler_softplus", "ln 2", asymptotes=("1", "0", "ln 2", "softplus_asymptotes"), low=("0", "above_softplus"),
    ),
    Known("arctan", "atan(z)", "atan", "atan1", "atan2", "act_atan", "1", "3 * sqrt 3 / 8", _ZERO, "euler_atan", "1 / 2", "bounded_atan", "PI / 2"),
    Known("silu", "z/(1 + exp(-z))", "silu", "silu1", "silu2", "act_silu", "M1_silu", "1 / 2", _ONE, "euler_silu", "H_silu"),
    Known(
        "gelu", "z*(1 + erf(z/sqrt(2)))/2", "gelu", "gelu1", "gelu2", "act_gelu", "M1_gelu", "sqrt (2 / PI)",
        _ONE, "euler_gelu", "2 * exp (- 1) * / (sqrt PI * sqrt 2)",
    ),
    Known("identity", "z", "(fun z : R => z)", "(fun _ : R => 1)", "(fun _ : R => 0)", "act_identity", "1", "0", _ONE, "euler_identity", "0"),
    Known("sin", "sin(z)", "sin", "cos", "(fun z : R => - sin z)", "act_sin", "1", "1", bounded="bounded_sin", S0="1"),
    Known("cos", "cos(z)", "cos", "(fun z : R => - sin z)", "(fun z : R => - cos z)", "act_cos", "1", "1", bounded="bounded_cos", S0="1"),
    Known(
        "gaussian", "exp(-z^2)", "gaussian", "gaussian1", "gaussian2", "act_gaussian", "sqrt 2 * exp (- 1 / 2)", "2",
        _ZERO, "euler_gaussian", "2 * exp (- 1)", "bounded_gaussian", "1", ("0", "1", "gaussian_in"),
    ),
    Known(
        "erf", "erf(z)", "erf", "erf1", "erf2", "act_erf", "2 / sqrt PI", "2 / sqrt PI * (sqrt 2 * exp (- 1 / 2))",
        _ZERO, "euler_erf", "2 / sqrt PI * (sqrt 2 / 2 * exp (- 1 / 2))", "bounded_erf", "S0_erf", loose=("S0", "S_hi", "S_lo"),
    ),
    Known("isru", "z/sqrt(1 + z^2)", "isru", "isru1", "isru2", "act_isru", "1", "48 * sqrt 5 / 125", _ZERO, "euler_isru", "2 * sqrt 3 / 9", "bounded_isru", "1"),
    Known(
        "logcosh", "log(cosh(z))", "logcosh", "tanh", "tanh1", "act_logcosh", "1", "1",
        _ONE, "euler_logcosh", "ln 2", low=("0", "above_logcosh"),
    ),
    Known("hypot", "sqrt(1 + z^2)", "hypot", "isru", "isru1", "act_hypot", "1", "1", _ONE, "euler_hypot", "1", low=("1", "above_hypot")),
    Known(
        "squareplus", "(z + sqrt(z^2 + b))/2", "(squareplus {b})", "(squareplus1 {b})", "(squareplus2 {b})", "(act_squareplus {b} b_pos b_rational)",
        "1", "1 / (2 * sqrt {b})", _ONE, "(euler_squareplus {b} b_pos)", "sqrt {b} / 2", parameter="b",
    ),
    Known(
        "z + c sin z", "z + b*sin(z)", "(wavy {b})", "(wavy1 {b})", "(wavy2 {b})", "(act_wavy {b} b_integer)", "1 + Rabs {b}", "Rabs {b}", parameter="b",
        line=("Rabs {b}", "near_wavy", "apply rise_wavy; unfold Rabs; destruct Rcase_abs; lra"),
        fall=("Rabs {b} - 1", "fall_wavy"),
    ),
    Known("snake", "z + sin(z)^2", "snake", "snake1", "snake2", "act_snake", "2", "2", line=("1", "near_snake", "apply rise_snake")),
)  # fmt: skip


@dataclass(frozen=True)
class Match:
    """sigma(z) = A f(c z) for a function f of the library (with its parameter b, if it has one)."""

    known: Known
    A: Fraction = _ONE
    c: Fraction = _ONE
    b: Fraction | None = None

    @property
    def scaled(self) -> bool:
        """True unless A = c = 1."""
        return (self.A, self.c) != (1, 1)

    def text(self, template: str) -> str:
        """A text of the library with the parameter filled in."""
        return template if self.b is None else template.replace("{b}", rational(self.b))


def numbers(root: Node) -> list[Fraction]:
    """Rationals that a scale may be: those of the expression and their simple relatives."""
    found = {n.rational for n in terms.walk(root) if n.op == "num" and n.rational != 0}
    found |= {q * 2 for q in found} | {abs(q) for q in found} | {_ONE}
    found |= {1 / q for q in found}
    return sorted(found, key=lambda q: (q != 1, q.denominator, abs(q)))[:24]


_POINTS = ("0.3", "-1.1", "2.7")


def values(root: Node, scale: Fraction = _ONE) -> list[Any] | None:
    """sigma at a few points, in 40 digits; None where it is not a real number."""
    f = Evaluator(root, 40)
    try:
        return [f.derivatives(Fraction(p) * scale, 0)[0] for p in _POINTS]
    except (ValueError, ArithmeticError):
        return None


def match(root: Node) -> Match | None:
    """The library's function that sigma is, up to scaling, judged at a few points; coqc proves or
    refuses it.
    """
    target = values(root)
    if target is None:
        return None
    candidates = numbers(root)
    for known in LIBRARY:
        if known.parameter:
            tree = parse(known.expression, frozenset({known.parameter}))
            for b in (*candidates, *(-q for q in candidates)):
                value = terms.substitute(tree, {Node("name", (), known.parameter): terms.num(b)})
                if (known.name == "squareplus" and b <= 0) or (
                    known.name != "squareplus" and b.denominator != 1
                ):
                    continue
                if (got := values(value)) is not None and _close(target, got, _ONE):
                    return Match(known, b=b)
            continue
        tree = parse(known.expression)
        for c in candidates:
            got = values(tree, c)
            if got is None or got[0] == 0:
                continue
            ratio = target[0] / got[0]
            for A in (*candidates, *(-q for q in candidates)):
                if abs(ratio * A.denominator - A.numerator) < 1e-30 and _close(target, got, A):
                    return Match(known, A, c)
    return None


def _close(target: Sequence[Any], got: Sequence[Any], A: Fraction) -> bool:
    return all(
        abs(t - g * A.numerator / A.denominator) <= 1e-30 * (1 + abs(t))
        for t, g in zip(target, got, strict=True)
    )


@dataclass(frozen=True)
class Lemmas:
    """The block of a Coq file that proves the constants of an activation, and the rationals it
    proves.

    The block defines sigma and proves ``smooth_sigma``; ``activation`` (M1, M2),
    ``euler_defect`` (H), ``bounded_sigma``, ``range_sigma`` (S0) and ``asymptotes`` where it can.
    ``reasons`` says why a constant has no lemma.
    """

    text: str
    constants: Mapping[str, Fraction] = field(default_factory=dict)
    kappa: Fraction | None = None
    has_range: bool = False
    has_asymptotes: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    found: Match | None = None


SLACK = Fraction(3, 10**10)


def upper(hi: Fraction, lo: Fraction | None, loose: bool = False) -> Fraction:
    """The rational that Coq proves for a constant in [lo, hi]: hi itself where it is exact, else a
    little more.
    """
    if hi == lo and not loose:
        return hi
    return above(hi + SLACK * max(abs(hi), Fraction(1)) if loose else hi + SLACK * abs(hi))


def above(q: Fraction, digits: int = 13) -> Fraction:
    """A decimal with about ``digits`` significant digits, not below q."""
    if q == 0:
        return q
    size = (
        len(str(abs(q.numerator) // q.denominator))
        if abs(q) >= 1
        else 1 - len(str(q.denominator // abs(q.numerator)))
    )
    scale = Fraction(10) ** (digits - size)
    return Fraction(-((-q * scale) // 1)) / scale


Enclosures = Mapping[str, tuple[Fraction, Fraction]]


def library_lemmas(root: Node, found: Match, given: Enclosures, kappa: Fraction | None) -> Lemmas:
    """The block for an activation that the library knows."""
    k = found.known
    A, c = rational(found.A), rational(found.c)

    def wrap(kind: str, text: str, arguments: str) -> str:
        inner = found.text(text)
        return f"({kind} {arguments} {A} {c})" if found.scaled else inner

    functions = {n: found.text(t) for n, t in (("0", k.function), ("1", k.first), ("2", k.second))}
    whole = wrap("scaled", k.function, functions["0"])
    lines = [f"Definition sigma (z : R) : R := {expression(root)}."]
    if found.b is not None and k.name == "squareplus":
        b = rational(found.b)
        lines += [
            f"Lemma b_pos : 0 < {b}.\nProof. lra. Qed.",
            f"Lemma b_rational : exists m n : Z, {b} = IZR m * / IZR n /\\ IZR n <> "
            f"0.\nProof. exists {found.b.numerator}%Z, {found.b.denominator}%Z. split; "
            f"[field|lra]. Qed.",
        ]
    elif found.b is not None:
        lines.append(
            f"Lemma b_integer : exists q : Z, {rational(found.b)} = IZR q.\nProof. exists "
            f"({found.b.numerator})%Z. reflexivity. Qed."
        )
    lines += [
        f"Definition sigma1 : R -> R := {wrap('scaled1', k.first, functions['1'])}.",
        f"Definition sigma2 : R -> R := {wrap('scaled2', k.second, functions['2'])}.",
        f"Lemma sigma_same : forall z, {whole} z = sigma z.\nProof. unfold sigma. same. Qed.",
    ]
    constants: dict[str, Fraction] = {}
    whole_act = (
        f"(act_scaled _ _ _ _ _ {A} {c} {found.text(k.act)})" if found.scaled else found.text(k.act)
    )
    lines.append(
        f"Lemma smooth_sigma : smooth sigma.\nProof. exact (act_smooth (act_ext _ _ _ _ _ _ "
        f"sigma_same {whole_act})). Qed."
    )
    for name in ("M1", "M2"):
        if name in given:
            constants[name] = upper(given[name][1], given[name][0], name in k.loose)

    def lemma(
        name: str, statement: str, scaled: str, plain: str, weaken: str, ext: str, goals: int
    ) -> str:
        base = (
            f"apply {scaled}, {found.text(plain)}" if found.scaled else f"exact {found.text(plain)}"
        )
        script = (
            f"apply ({ext} {whole}); [exact sigma_same|]. eapply {weaken}; "
            f"[{base}|{'|'.join(['numeric'] * goals)}]."
        )
        return f"Lemma {name} : {statement}.\nProof. {script} Qed."

    if {"M1", "M2"} <= set(constants):
        M1, M2 = rational(constants["M1"]), rational(constants["M2"])
        lines.append(
            lemma(
                "activation",
                f"Activation sigma sigma1 sigma2 {M1} {M2}",
                "act_scaled",
                k.act,
                "act_weaken",
                "act_ext",
                2,
            )
        )
    if kappa is not None and kappa == k.kappa and "H" in given:
        constants["H"] = upper(given["H"][1], given["H"][0], "H" in k.loose)
        statement = f"euler sigma sigma1 {rational(kappa)} {rational(constants['H'])}"
        lines.append(
            lemma(
                "euler_defect", statement, "euler_scaled", k.euler, "euler_weaken", "euler_ext", 1
            )
        )
    else:
        kappa = None
    has_range = False
    if k.bounded:
        # S0 may be asked for, or follow from the range.
        S0 = max(
            (abs(v) for n in ("S0", "S_lo", "S_hi") if n in given for v in given[n]), default=None
        )
        exact = all(given[n][0] == given[n][1] for n in ("S0", "S_lo", "S_hi") if n in given)
        if S0 is not None:
            constants["S0"] = upper(S0, S0 if exact else None, "S0" in k.loose)
            lines.append(
                lemma(
                    "bounded_sigma",
                    f"bounded sigma {rational(constants['S0'])}",
                    "bounded_scaled",
                    k.bounded,
                    "bounded_weaken",
                    "bounded_ext",
                    1,
                )
            )
            constants["S_hi"], constants["S_lo"] = constants["S0"], -constants["S0"]
            script = "intros t. pose proof (bounded_sigma t) as H. apply Rabs_le_between in H. lra."
            if k.sigma_range is not None:
                ends = [found.A * Fraction(v) for v in k.sigma_range[:2]]
                constants["S_lo"], constants["S_hi"] = min(ends), max(ends)
                script = (
                    f"intros t. rewrite <- sigma_same. pose proof ({k.sigma_range[2]} ({c} * "
                    f"t)) as H. unfold scaled. lra."
                    if found.scaled
                    else f"intros t. rewrite <- sigma_same. apply {k.sigma_range[2]}."
                )
            lo, hi = rational(constants["S_lo"]), rational(constants["S_hi"])
            lines.append(
                f"Lemma range_sigma : forall t, {lo} <= sigma t <= {hi}.\nProof. {script} Qed."
            )
            has_range = True
    if "sigma0" in given:
        constants["sigma0"] = upper(given["sigma0"][1], given["sigma0"][0])
        lines.append(
            f"Lemma sigma_0 : Rabs (sigma 0) <= {rational(constants['sigma0'])}.\nProof. "
            f"rewrite <- sigma_same. at_zero. Qed."
        )
    has_asymptotes = k.asymptotes is not None and not found.scaled
    if has_asymptotes:
        assert k.asymptotes is not None
        alpha, beta, B, name = k.asymptotes
        lines.append(
            f"Lemma asymptotes : forall t, Rabs (sigma t - ({alpha} * Rmax t 0 + {beta} * "
            f"Rmin t 0)) <= {B}.\n"
            f"Proof. intros t. rewrite <- sigma_same. apply {name}. Qed."
        )
    return Lemmas("\n\n".join(lines), constants, kappa, has_range, has_asymptotes, {}, found)
