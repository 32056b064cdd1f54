"""A kink of sigma refutes V1 of given data only where L has a kink; symbolic data name an instance."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.activation.catalogue import Activation
from proofkit.certificates import certify, record_of
from proofkit.check.outcome import ELSEWHERE, INVALID, OPEN, VALID, Outcome, check
from proofkit.check.reader import load_problem
from proofkit.kernel.certificate import content_of, digest_of
from proofkit.kernel.claims import Fails
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.kinks import Line, NoJumpError, Unit, kink_at, samples_that_jump
from proofkit.kernel.proposals import KinkLineProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.domain import smooth_pieces
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.problem.data import load_outer, summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table, with_labels
from proofkit.tactics.prove import Proof, prove
from proofkit.tactics.workbench import Library, objective_of

Json = dict[str, Any]
SYMMETRIC = "x,y\n1,1\n-1,-1\n2,3\n-2,-3\n"
SKEW = "x,y\n1,1\n-1,-1\n2,5\n-2,-3\n"
PLANE = "u,v,y\n1,0,1\n0,1,2\n1,1,0\n-1,2,1\n"


class Case:
    """A data file with its problem, and a certificate made from it."""

    def __init__(self, folder: Path, rows: str, activation: str, outer: str, **kw: Any) -> None:
        self.file, self.weights = folder / "d.csv", folder / "a.txt"
        self.file.write_text(rows)
        self.weights.write_text(outer)
        loss = kw.pop("loss", "squared")
        table = load_table(self.file, "y")
        self.table = with_labels(table) if loss == "logistic" else table
        self.problem = Problem(
            Activation.of(activation),
            loss,
            kw.pop("lam", None),
            None,
            summarise(self.table),
            load_outer(self.weights),
        )

    def prove(self, library: Library, claim: str = "villani") -> Proof:
        return prove(self.problem, claim, library, self.table)

    def outcome(self, content: Json) -> Outcome:
        """The verdict on a certificate beside these rows."""
        return check(content, load_problem(self.file, "y"))


def content(proof: Proof) -> Json:
    """The JSON object of the certificate."""
    return content_of(certify(proof))


def forged(content: Json, change: Callable[[Json], None]) -> Json:
    """A changed copy with the digest of its content."""
    out = copy.deepcopy(content)
    change(out)
    out["digest"] = digest_of(out)
    return out


@pytest.mark.parametrize(
    ("rows", "activation", "outer"),
    [
        (SYMMETRIC, "Abs(z)", "1\n"),  # the samples x and -x cancel: L is a quadratic
        (SYMMETRIC, "3*Abs(z)", "-0.5\n"),
        (SYMMETRIC, "relu", "1\n"),  # as much is lost on the one side as is won on the other
        ("x,y\n0,1\n0,2\n", "relu", "1\n2\n"),  # every feature 0: L is (lambda/2) r^2 and a number
        (SKEW, "relu", "0\n0\n"),  # every outer weight 0
        ("x,y\n1,0\n2,0\n", "relu", "1\n"),  # every residual is 0 at the kink
    ],
)
def test_where_kinks_cancel_v1_is_not_refuted(
    rows: str, activation: str, outer: str, library: Library, tmp_path: Path
) -> None:
    case = Case(tmp_path, rows, activation, outer, lam=Fraction(1))
    proof = case.prove(library)
    assert proof.verdict == "UNKNOWN" and proof.conditions[0].verdict == "UNKNOWN"
    assert "whether L is smooth is open" in proof.conditions[0].reason
    assert case.outcome(content(proof)).valid


@pytest.mark.parametrize(
    ("rows", "activation", "outer", "loss"),
    [
        (SKEW, "Abs(z)", "1\n", "squared"),
        (SKEW, "relu", "-2\n", "squared"),
        (SKEW, "leaky_relu", "1\n-1\n3\n", "squared"),
        (SYMMETRIC, "Abs(z)", "1\n1\n", "squared"),  # the second unit makes the residuals uneven
        (PLANE, "elu", "1\n2\n", "squared"),  # the second derivative
        (PLANE, "softsign", "0.5\n", "squared"),
        (PLANE, "Max(z,0)^3", "1\n-1\n", "squared"),  # the third
        (PLANE, "hardtanh", "1\n1\n1\n", "squared"),  # kinks at -1 and 1
        (PLANE, "Abs(z - 1/2)", "1\n", "squared"),
        (PLANE, "Abs(sin(z))", "1\n", "squared"),  # kinks at every multiple of pi, 0 among them
        ("u,v,y\n1,0,1\n0,1,-1\n1,1,1\n", "relu", "1\n2\n", "logistic"),
        ("x,y\n1,1\n-3,-1\n", "softsign", "-1\n", "logistic"),
    ],
)
@pytest.mark.parametrize("lam", [None, Fraction(1), Fraction(0)])
def test_a_kink_of_the_loss_is_exhibited(
    rows: str,
    activation: str,
    outer: str,
    loss: str,
    lam: Fraction | None,
    library: Library,
    tmp_path: Path,
) -> None:
    case = Case(tmp_path, rows, activation, outer, loss=loss, lam=lam)
    proof = case.prove(library)
    assert proof.verdict == "REFUTED" and proof.conditions[0].verdict == "REFUTED"
    assert ("for every lambda" if lam is None else f"for lambda = {lam}") in proof.statement
    made = content(proof)
    outcome = case.outcome(made)
    assert outcome.valid, outcome.lines[-1]
    assert check(made).status == OPEN  # without the rows nothing is decided
    assert jumps_numerically(case, record_of(made)["witness"]) > 1e-6


def jumps_numerically(case: Case, witness: Mapping[str, Any]) -> float:
    """The jump of the derivative along the line, by exact values of L and one-sided differences
    with 200 digits.
    """
    import mpmath

    context = mpmath.mp.clone() if hasattr(mpmath.mp, "clone") else mpmath.MPContext()
    context.dps = 200
    weights = [Fraction(v) for v in case.weights.read_text().split()]
    sign = witness["sign"]
    moving = next(k for k, a in enumerate(weights) if a * sign > 0)
    sigma = lambda z: evaluate(case.problem.activation.root, z, context)  # noqa: E731

    def mp(q: Fraction) -> Any:
        return context.mpf(q.numerator) / q.denominator

    w, u = ([Fraction(c) for c in witness[k]] for k in ("w", "u"))
    v = None if witness["v"] is None else [Fraction(c) for c in witness["v"]]
    table = case.table

    def loss(t: Fraction) -> Any:
        total = context.mpf(0)
        for row, label in zip(table.rows, table.labels, strict=True):
            x = [Fraction(c, table.x_scale) for c in row]
            f = context.mpf(0)
            for k, a in enumerate(weights):
                at = [p + t * q for p, q in zip(w, u, strict=True)] if k == moving else v
                assert at is not None
                f += mp(a) * sigma(
                    mp(sum((p * q for p, q in zip(at, x, strict=True)), Fraction(0)))
                )
            y = mp(Fraction(label, table.y_scale))
            total += (
                (f - y) ** 2 / 2
                if case.problem.loss_name == "squared"
                else context.log(1 + context.exp(-y * f))
            )
        return total / table.n

    k = witness["order"] + 1
    h = Fraction(1, 10**12)

    def one_sided(side: int) -> Any:
        return (
            sum((-1) ** (k - j) * context.binomial(k, j) * loss(side * j * h) for j in range(k + 1))
            / mp(side * h) ** k
        )

    return abs(float(one_sided(1) - one_sided(-1)))


def evaluate(node: Any, z: Any, context: Any) -> Any:
    """The expression, by mpmath."""
    a = [evaluate(n, z, context) for n in node.args]
    if node.op == "z":
        return z
    if node.op == "num":
        return context.mpf(node.rational.numerator) / node.rational.denominator
    if node.op == "pow":
        return a[0] ** (context.mpf(node.rational.numerator) / node.rational.denominator)
    binary: Mapping[str, Callable[[Any, Any], Any]] = {
        "add": lambda p, q: p + q,
        "sub": lambda p, q: p - q,
        "mul": lambda p, q: p * q,
        "div": lambda p, q: p / q,
        "Max": max,
        "Min": min,
    }
    if node.op in binary:
        return binary[node.op](*a)
    return {"neg": lambda p: -p, "Abs": abs, "exp": context.exp, "sin": context.sin}[node.op](*a)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([("Abs(z)", 1), ("Max(z, 0) + z^2", 1), ("z*Abs(z)", 2), ("Max(z,0)^3", 3)]),
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(-4, 4)),
        min_size=2,
        max_size=5,
    ),
    st.integers(-3, 3).filter(bool),
    st.tuples(*[st.fractions(-2, 2, max_denominator=3)] * 4),
)
def test_the_jump_is_that_of_exact_polynomials(
    activation: tuple[str, int],
    rows: list[tuple[int, int, int]],
    weight: int,
    line: tuple[Fraction, Fraction, Fraction, Fraction],
) -> None:
    """Squared loss, one unit: near t = 0 each side of L is a polynomial in t, whose coefficients
    are exact.
    """
    text, order = activation
    table = Table(
        "d", "", ("u", "v"), "y", tuple(r[:2] for r in rows), tuple(r[2] for r in rows), 1, 1
    )
    w, u = line[:2], line[2:]
    root = parse(text)
    kink = kink_at(root, smooth_pieces(root), Fraction(0), order)

    def side(e: int) -> list[Fraction]:
        """Coefficients of t^0..t^order of n L along the line for t of the sign e, lambda = 0."""
        total = [Fraction(0)] * (order + 1)
        for a, b, y in rows:
            z, c = w[0] * a + w[1] * b, u[0] * a + u[1] * b
            up = z > 0 or (z == 0 and c * e > 0)
            branch = {
                "Abs(z)": [0, 1 if up else -1],
                "Max(z, 0) + z^2": [0, 1 if up else 0, 1],
                "z*Abs(z)": [0, 0, 1 if up else -1],
                "Max(z,0)^3": [0, 0, 0, 1 if up else 0],
            }[text]
            f = [Fraction(0)] * (order + 1)
            power = [Fraction(1)] + [Fraction(0)] * order
            for q in branch:
                f = [p + weight * q * r for p, r in zip(f, power, strict=True)]
                power = [z * power[k] + (c * power[k - 1] if k else 0) for k in range(order + 1)]
            f[0] -= y
            for i in range(order + 1):
                for j in range(order + 1 - i):
                    total[i + j] += f[i] * f[j] / 2
        return total

    right, left = side(1), side(-1)
    assert right[:order] == left[:order]  # the lower derivatives are continuous
    J = {"Abs(z)": 2, "Max(z, 0) + z^2": 1, "z*Abs(z)": 4, "Max(z,0)^3": 6}[text]
    factorial = [1, 1, 2, 6][order]
    true = (right[order] - left[order]) * factorial / (weight * J)
    unit = Unit(Fraction(weight), Fraction(0))
    try:
        met = samples_that_jump(kink, resolve_loss("squared"), table, unit, Line(w, u, None))
    except NoJumpError:
        assert true == 0
        return
    assert true != 0
    assert met > 0


def refuting(case: Case, library: Library) -> tuple[Fact, KinkLineProposal]:
    """The premise and the proposal of the rule for a case."""
    proof = case.prove(library)
    fact = next(f for f in proof.goals if f.rule == "kink of the loss")
    assert isinstance(fact.claim, Fails)
    assert isinstance(fact.proposal, KinkLineProposal)
    return fact.premises[0], fact.proposal


def test_the_rule_refuses_lines_without_a_kink(library: Library, tmp_path: Path) -> None:
    case = Case(tmp_path, PLANE, "relu", "1\n2\n")
    kink, line = refuting(case, library)
    objective = objective_of(case.problem)

    def made(proposal: KinkLineProposal | None, table: Table | None) -> Fact:
        return infer("kink of the loss", objective, (kink,), proposal, table)

    claim = made(line, case.table).claim
    assert isinstance(claim, Fails)
    assert claim.condition == "V1"
    zero = (Fraction(0), Fraction(0))
    for change in (
        {"u": zero},  # nothing moves
        {"w": (Fraction(1, 7), Fraction(1, 5))},  # no sample at a kink
        {"sign": -1},  # there is no negative outer weight
        {"sign": 0},
        {"u": (Fraction(1),)},
        {"w": (1, 2)},  # no rationals
        {"v": None},
    ):
        with pytest.raises(KernelError):
            made(replace(line, **change), case.table)
    with pytest.raises(KernelError, match="needs a proposal"):
        made(None, case.table)
    with pytest.raises(KernelError, match="needs the rows"):
        made(line, None)
    turned = replace(case.table, rows=case.table.rows[::-1])
    with pytest.raises(KernelError, match="not the data's"):
        made(line, turned)
    with pytest.raises(KernelError, match="bound to data"):
        infer("kink on an instance", objective, (kink,))


def test_forged_kinks_are_refused(library: Library, tmp_path: Path) -> None:
    case = Case(tmp_path, PLANE, "relu", "1\n2\n")
    made = content(case.prove(library))
    assert case.outcome(made).valid

    def everywhere(key: str, value: object) -> Callable[[Json], None]:
        def change(c: Json) -> None:
            step = next(s for s in c["steps"] if s["rule"] == "kink of the loss")
            for place in (step["proposal"], step["claim"]["witness"]):
                if key in place or key == "u":
                    place[key] = value

        return change

    for key, value in (
        ("w", ["1/7", "1/5"]),
        ("u", ["0", "0"]),
        ("u", ["1"]),
        ("v", None),
        ("sign", -1),
        ("order", 1),
        ("at", "1"),
        ("is", "KinkOnInstance"),
    ):
        false = forged(made, everywhere(key, value))
        assert false != made
        assert case.outcome(false).status == INVALID, (key, value)


def test_the_symmetric_loss_cannot_be_refuted_by_a_forged_certificate(
    library: Library, tmp_path: Path
) -> None:
    """The certificate of other labels, with the summary of the symmetric ones: the reader's rows
    decide.
    """
    case = Case(tmp_path, SKEW, "Abs(z)", "1\n", lam=Fraction(1))
    made = content(case.prove(library))
    (tmp_path / "other").mkdir()
    true = Case(tmp_path / "other", SYMMETRIC, "Abs(z)", "1\n", lam=Fraction(1))
    data = content(true.prove(library))["problem"]["data"]
    false = forged(made, lambda c: c["problem"].update(data=data))
    assert true.outcome(false).status == INVALID


@pytest.mark.parametrize("activation", ["relu", "elu", "Abs(z - 2)", "Max(z,0)^3", "Abs(sin(z))"])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("lam", [None, Fraction(2), Fraction(-1)])
def test_symbolic_data_name_an_instance(
    activation: str, loss: str, lam: Fraction | None, library: Library, tmp_path: Path
) -> None:
    made = content(prove(Problem(Activation.of(activation), loss, lam), library=library))
    assert (made["verdict"], check(made).status) == ("REFUTED", VALID)
    assert "on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = " in made["statement"]
    file = tmp_path / "d.csv"  # it says nothing about a reader's own data
    file.write_text("x,y\n1,1\n2,-1\n")
    assert check(made, load_problem(file, "y")).status == ELSEWHERE


def test_an_irrational_kink_is_unknown_for_given_data_and_refutes_on_an_instance(
    library: Library, tmp_path: Path
) -> None:
    case = Case(tmp_path, PLANE, "Abs(z^2 - 2)", "1\n")
    proof = case.prove(library)
    assert proof.verdict == "UNKNOWN" and "not known exactly" in proof.open
    made = content(prove(Problem(Activation.of("Abs(z^2 - 2)"), "squared"), library=library))
    assert (made["verdict"], check(made).status) == ("REFUTED", VALID)


def test_the_sums_say_which_weights_are_left() -> None:
    outer = summarise_outer([Fraction(2), Fraction(-3), Fraction(5)], "a", "")
    assert outer.a_plus - outer.a_minus - outer.first_positive == 2  # type: ignore[operator]
