"""A kink of the loss refutes V1 where a net passes it, and does not matter where none reaches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import certify, record_of
from proofkit.check.outcome import ELSEWHERE, INVALID, OPEN, VALID, check
from proofkit.check.reader import load_problem
from proofkit.kernel.certificate import content_of, digest_of
from proofkit.kernel.claims import Fails, LossKinkOnInstance, LossKinkOnLine
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.proposals import SegmentProposal, WeightProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.verdicts import on_condition, verdict
from proofkit.losses.catalogue import resolve
from proofkit.problem.data import load_outer, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table, with_labels
from proofkit.tactics.prove import Proof, prove
from proofkit.tactics.workbench import Library, objective_of
from proofkit.verdict import advice

F = Fraction
Json = dict[str, Any]
HUBER = "u*Max(-1, Min(1, u)) - Max(-1, Min(1, u))^2/2"
HINGE, SQUARED_HINGE, PERCEPTRON = "Max(0, 1 - m)", "Max(0, 1 - m)^2/2", "Max(0, -m)"
PLANE = "u,v,y\n1,0,1\n0,1,-1\n1,1,1\n-1,2,-1\n"


class Case:
    """A data file with its problem."""

    def __init__(self, folder: Path, rows: str, activation: str, outer: str, loss: str) -> None:
        self.file, weights = folder / "d.csv", folder / "a.txt"
        self.file.write_text(rows)
        weights.write_text(outer)
        self.weights = [F(v) for v in outer.split()]
        self.loss = resolve(loss)
        table = load_table(self.file, "y")
        self.table: Table = with_labels(table) if self.loss.classifies else table
        self.problem = Problem(
            Activation.of(activation), loss, None, None, summarise(self.table), load_outer(weights)
        )

    def prove(self, library: Library) -> Proof:
        return prove(self.problem, "villani", library, self.table)

    def status(self, content: Json) -> str:
        """The verdict on a certificate beside these rows."""
        return check(content, load_problem(self.file, "y")).status


def content(proof: Proof) -> Json:
    """The JSON object of the certificate."""
    return content_of(certify(proof))


def symbolic(activation: str, loss: str, library: Library, claim: str = "villani") -> Proof:
    """The proof for arbitrary data."""
    return prove(Problem(Activation.of(activation), loss), claim, library)


# -- values of L by mpmath -------------------------------------------------------------------------


def value(node: Node, z: Any) -> Any:
    """An expression at z."""
    a = [value(n, z) for n in node.args]
    if node.op == "z":
        return z
    if node.op == "num":
        return mp(node.rational)
    if node.op == "pow":
        return a[0] ** mp(node.rational)
    operations: Mapping[str, Callable[..., Any]] = {
        "add": lambda p, q: p + q,
        "sub": lambda p, q: p - q,
        "mul": lambda p, q: p * q,
        "div": lambda p, q: p / q,
        "neg": lambda p: -p,
        "Max": max,
        "Min": min,
        "Abs": abs,
        "exp": mpmath.exp,
        "log": mpmath.log,
        "tanh": mpmath.tanh,
        "sin": mpmath.sin,
    }
    return operations[node.op](*a)


def mp(q: Fraction) -> Any:
    return mpmath.mpf(q.numerator) / q.denominator


def jump(L: Callable[[Any], Any], at: Any, order: int) -> float:
    """How much the derivative of a function of that order jumps, by one-sided differences."""
    h = mpmath.mpf(10) ** -12

    def one_sided(side: int) -> Any:
        return (
            sum(
                (-1) ** (order - j) * mpmath.binomial(order, j) * L(at + side * j * h)
                for j in range(order + 1)
            )
            / (side * h) ** order
        )

    return float(one_sided(1) - one_sided(-1))


def along(case: Case, witness: LossKinkOnLine) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """(the argument of phi of the sample, n R) along the line of a witness, as functions of t."""
    moving = next(k for k, a in enumerate(case.weights) if a * witness.sign > 0)
    sigma, phi = case.problem.activation.root, case.loss.phi

    def argument(i: int, t: Any) -> Any:
        x = [F(c, case.table.x_scale) for c in case.table.rows[i]]
        f = mpmath.mpf(0)
        for k, a in enumerate(case.weights):
            if k == moving:
                z = dot(witness.w, x) + t * dot(witness.u, x)
            else:
                assert witness.v is not None
                z = dot(witness.v, x)
            f += mp(a) * value(sigma, z)
        y = mp(F(case.table.labels[i], case.table.y_scale))
        return y * f if case.loss.classifies else f - y

    return (
        lambda t: argument(witness.sample, t),
        lambda t: sum(value(phi, argument(i, t)) for i in range(case.table.n)),
    )


def dot(u: tuple[Fraction, ...], x: list[Fraction]) -> Any:
    return mp(sum((p * q for p, q in zip(u, x, strict=True)), F(0)))


# -- given data ------------------------------------------------------------------------------------


REFUTED = [
    (PLANE, "tanh", "1\n2\n", "Abs(u)"),
    (PLANE, "tanh", "1\n2\n", HUBER),  # the second derivative
    (PLANE, "softplus", "1\n", HINGE),
    (PLANE, "softplus", "-1\n2\n", SQUARED_HINGE),
    (PLANE, "tanh", "1\n-1\n", PERCEPTRON),
    (PLANE, "z^2", "1\n", "Max(0, Abs(u) - 1/10)"),
    (PLANE, "z^2", "1\n", "Abs(u^2 - 2)"),  # irrational kinks
    (PLANE, "z^2", "3\n", "Abs(sin(u))"),  # infinitely many
    ("x,y\n1,1\n-1,-1\n", "tanh", "3\n", HUBER),  # two samples at once, with jumps of one sign
    ("x,y\n1,1\n1,1\n", "tanh", "3\n", HUBER),  # copies
]


@pytest.mark.parametrize(("rows", "activation", "outer", "loss"), REFUTED)
def test_a_net_at_the_kink_is_exhibited(
    rows: str, activation: str, outer: str, loss: str, library: Library, tmp_path: Path
) -> None:
    case = Case(tmp_path, rows, activation, outer, loss)
    proof = case.prove(library)
    assert (proof.verdict, proof.conditions[0].verdict) == ("REFUTED", "REFUTED")
    made = content(proof)
    assert case.status(made) == VALID
    assert check(made).status == OPEN  # without the rows nothing is decided

    claim = proof.goals[0].claim
    assert isinstance(claim, Fails)
    witness = claim.witness
    assert isinstance(witness, LossKinkOnLine)
    with mpmath.workdps(60):
        argument, risk = along(case, witness)
        ends = mp(witness.start), mp(witness.end)
        near = mp(F(witness.near.rstrip(".")))
        at = mpmath.findroot(lambda t: argument(t) - near, ends, solver="anderson", tol=1e-50)
        assert ends[0] < at < ends[1]
        if not witness.near.endswith("."):
            assert abs(jump(risk, at, witness.order + 1)) > 1e-6
            for lower in range(1, witness.order + 1):
                assert abs(jump(risk, at, lower)) < 1e-6


def test_the_advice_is_about_the_loss(library: Library) -> None:
    (loss,) = advice(symbolic("tanh", "Abs(u)", library))
    (activation,) = advice(symbolic("relu", "Abs(u)", library))
    assert loss.startswith("a smooth loss") and activation.startswith("a smooth activation")


def test_the_record_says_where(library: Library, tmp_path: Path) -> None:
    proof = Case(tmp_path, PLANE, "softplus", "1\n", HINGE).prove(library)
    witness = record_of(content(proof))["witness"]
    assert isinstance(witness, dict)
    assert (witness["kind"], witness["at"], witness["order"]) == ("kink of phi on a line", "1", 0)
    assert F(str(witness["from"])) < F(str(witness["near"])) < F(str(witness["to"]))
    assert "m of sample 1 passes 1, a kink of the loss" in proof.statement


OUT_OF_REACH = [
    ("x,y\n1,100\n2,150\n", "tanh", "1\n2\n", "Abs(u)"),
    ("x,y\n1,-100\n2,-150\n", "tanh", "1\n-2\n", HUBER),
    (PLANE, "tanh", "1/3\n1/3\n", HINGE),
    (PLANE, "tanh", "1/3\n1/3\n", SQUARED_HINGE),
    (PLANE, "sigmoid", "1/3\n-1/3\n", SQUARED_HINGE),
]


@pytest.mark.parametrize(("rows", "activation", "outer", "loss"), OUT_OF_REACH)
def test_where_no_argument_comes_to_the_kink_nothing_is_lost(
    rows: str, activation: str, outer: str, loss: str, library: Library, tmp_path: Path
) -> None:
    case = Case(tmp_path, rows, activation, outer, loss)
    proof = case.prove(library)
    assert proof.verdict == "PROVED"
    assert {"V1 where it is reached", "derivation where it is reached"} <= {
        fact.rule for fact in proof.steps()
    }
    made = content(proof)
    assert case.status(made) == VALID


@pytest.mark.parametrize(
    ("rows", "activation", "outer", "loss", "why"),
    [
        # Whether the bound of tanh is reached decides it.
        (PLANE, "tanh", "1/3\n2/3\n", HINGE, "no sample is seen to come there"),
        # Where one residual is at -1 the other is at 1, and the jumps cancel: L is smooth.
        ("x,y\n1,0\n1,2\n", "sigmoid", "3\n", HUBER, "may cancel"),
        # No outer weight, so every residual is constant.
        (PLANE, "z^2", "0\n", "Abs(u - 1)", "no sample is seen to come there"),
        # Each residual stays on its own side of 0.
        ("x,y\n1,100\n2,-150\n", "tanh", "1\n2\n", "Abs(u)", "no sample is seen to come there"),
    ],
)
def test_else_it_is_open(
    rows: str, activation: str, outer: str, loss: str, why: str, library: Library, tmp_path: Path
) -> None:
    case = Case(tmp_path, rows, activation, outer, loss)
    proof = case.prove(library)
    assert (proof.verdict, proof.conditions[0].verdict) == ("UNKNOWN", "UNKNOWN")
    assert why in proof.conditions[0].reason
    assert "the first to jump at" in proof.conditions[0].reason
    assert case.status(content(proof)) == VALID


def refuting(case: Case, library: Library) -> tuple[tuple[Fact, ...], SegmentProposal]:
    """The premises and the proposal of the rule for a case."""
    fact = case.prove(library).goals[0]
    assert fact.rule == "kink of phi on a line"
    assert isinstance(fact.proposal, SegmentProposal)
    return fact.premises, fact.proposal


def test_segments_that_pass_no_kink_are_refused(library: Library, tmp_path: Path) -> None:
    case = Case(tmp_path, PLANE, "softplus", "1\n2\n", "Abs(u)")
    premises, segment = refuting(case, library)
    objective = objective_of(case.problem)

    def made(proposal: SegmentProposal, table: Table | None = case.table) -> Fact:
        return infer("kink of phi on a line", objective, premises, proposal, table)

    assert isinstance(made(segment).claim, Fails)
    zero = (F(0), F(0))
    for change in (
        {"u": zero},  # nothing moves
        {"u": tuple(-c for c in segment.u)},  # another way
        {"w": (F(100), F(100))},
        {"start": segment.end},
        {"start": segment.end, "end": segment.start},
        {"sample": 1},
        {"sample": -1},
        {"sample": 4},
        {"sign": -1},  # there is no negative outer weight
        {"sign": 0},
        {"v": None},
        {"v": (F(50), F(50))},
        {"u": (F(1),)},
        {"start": 0},  # no rational
    ):
        with pytest.raises(KernelError):
            made(replace(segment, **change))
    with pytest.raises(KernelError, match="needs the rows"):
        made(segment, None)
    with pytest.raises(KernelError, match="not the data's"):
        made(segment, replace(case.table, rows=case.table.rows[::-1]))
    with pytest.raises(KernelError, match="bound to data"):
        infer("kink of phi on an instance", objective, premises, WeightProposal(F(1)))


def on_the_line(
    folder: Path, rows: str, loss: str, start: Fraction, end: Fraction, library: Library
) -> Fact:
    """The rule for one unit w = t in R^1 with a = 1, sigma = z, and the first sample."""
    case = Case(folder, rows, "z + 0*z^2", "1\n", loss)
    objective = objective_of(case.problem)
    premises = (infer("smooth", objective), infer("kink of phi", objective))
    proposal = SegmentProposal(1, 0, (F(0),), (F(1),), None, start, end)
    return infer("kink of phi on a line", objective, premises, proposal, case.table)


def test_jumps_that_cancel_are_refused(library: Library, tmp_path: Path) -> None:
    """sigma(z) = z: residuals t - y of two samples x = 1, and of samples x = 1 and x = -1."""
    here = F(1, 2), F(3, 2)
    # Huber's loss at 1, with a copy, and with a sample that is at -1 then.
    assert on_the_line(tmp_path, "x,y\n1,0\n1,0\n", HUBER, *here, library)
    with pytest.raises(KernelError, match="may cancel"):
        on_the_line(tmp_path, "x,y\n1,0\n1,2\n", HUBER, *here, library)
    # The other sample moves the other way: at -1 the jumps are alike, at 1 they are opposite.
    assert on_the_line(tmp_path, "x,y\n1,0\n-1,0\n", HUBER, *here, library)
    with pytest.raises(KernelError, match="may cancel"):
        on_the_line(tmp_path, "x,y\n1,0\n-1,-2\n", HUBER, *here, library)
    # Corners of a convex loss never cancel, those of Abs(u) - 2 Abs(u - 1) may.
    assert on_the_line(tmp_path, "x,y\n1,1\n-1,-1\n", "Abs(u)", *here, library)
    with pytest.raises(KernelError, match="may cancel"):
        on_the_line(tmp_path, "x,y\n1,1\n1,0\n", "Abs(u) - 2*Abs(u - 1)", *here, library)
    # A segment on which the sample passes two kinks.
    with pytest.raises(KernelError, match="pass one kink"):
        on_the_line(tmp_path, "x,y\n1,0\n1,9\n", HUBER, F(-3, 2), F(3, 2), library)
    # A sample that is not seen to leave the kink: x = 0 does not move, whatever its residual.
    assert on_the_line(tmp_path, "x,y\n1,1\n0,0\n", "Abs(u)", *here, library)


def test_a_kink_that_is_only_touched_is_refused(library: Library, tmp_path: Path) -> None:
    """The residual of the second sample, z^2 with x = 1, touches 0 and returns."""
    case = Case(tmp_path, "x,y\n1,1\n1,0\n", "z^2", "1\n", "z*Abs(z)".replace("z", "u"))
    objective = objective_of(case.problem)
    premises = (infer("smooth", objective), infer("kink of phi", objective))

    def made(sample: int, start: Fraction, end: Fraction) -> Fact:
        proposal = SegmentProposal(1, sample, (F(0),), (F(1),), None, start, end)
        return infer("kink of phi on a line", objective, premises, proposal, case.table)

    assert made(0, F(1, 2), F(3, 2))
    with pytest.raises(KernelError, match="pass one kink"):
        made(1, F(-1, 2), F(1, 2))
    with pytest.raises(KernelError, match="without passing it"):
        made(0, F(-1, 2), F(3, 2))


def test_forged_segments_are_refused(library: Library, tmp_path: Path) -> None:
    case = Case(tmp_path, PLANE, "softplus", "1\n2\n", "Abs(u)")
    made = content(case.prove(library))
    assert case.status(made) == VALID

    def forged(key: str, given: object, place: str) -> Json:
        out = content(case.prove(library))
        step = next(s for s in out["steps"] if s["rule"] == "kink of phi on a line")
        record = step["proposal"] if place == "proposal" else step["claim"]["witness"]
        record[key] = given
        out["digest"] = digest_of(out)
        return out

    for key, given, place in (
        ("w", ["1/7", "1/5"], "proposal"),
        ("u", ["0", "0"], "proposal"),
        ("sample", 2, "proposal"),
        ("sample", 2, "witness"),
        ("near", "1", "witness"),
        ("order", 1, "witness"),
        ("met", 7, "witness"),
        ("is", "LossKinkOnInstance", "witness"),
    ):
        assert case.status(forged(key, given, place)) == INVALID, (key, place)


# -- symbolic data ---------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["tanh", "softplus", "z^2"])
@pytest.mark.parametrize(
    "loss",
    ["Abs(u)", HUBER, HINGE, SQUARED_HINGE, PERCEPTRON, "Abs(u - 1/2)", "Abs(sin(u))", "u*Abs(u)"],
)
def test_symbolic_data_name_an_instance(
    activation: str, loss: str, library: Library, tmp_path: Path
) -> None:
    proof = symbolic(activation, loss, library)
    made = content(proof)
    assert (proof.verdict, check(made).status) == ("REFUTED", VALID)
    claim = proof.goals[0].claim
    assert isinstance(claim, Fails)
    assert isinstance(claim.witness, LossKinkOnInstance)
    file = tmp_path / "d.csv"  # it says nothing about a reader's own data
    file.write_text("x,y\n1,1\n2,-1\n")
    assert check(made, load_problem(file, "y")).status == ELSEWHERE
    with mpmath.workdps(60):
        assert abs(
            jump(on_instance(proof, claim.witness), mpmath.mpf(0), claim.witness.order + 1)
        ) > (1e-6)


def on_instance(proof: Proof, witness: LossKinkOnInstance) -> Callable[[Any], Any]:
    """R on the instance of a witness, as a function of t."""
    assert witness.at is not None
    sigma, loss = proof.problem.activation.root, resolve(proof.problem.loss_name)
    w, at = mp(witness.w), mp(witness.at)
    here = value(sigma, w)

    def risk(t: Any) -> Any:
        there = value(sigma, w + t)
        if witness.mirrored:
            argument = there - here
        elif loss.classifies:
            argument = at / here * there
        else:
            argument = there - (here - at)
        return value(loss.phi, argument)

    return risk


def test_an_instance_needs_a_slope_and_a_value(library: Library) -> None:
    """sigma = z^2 has none of either at 0."""
    problem = Problem(Activation.of("z^2"), HINGE)
    objective = objective_of(problem)
    premises = (infer("smooth", objective), infer("kink of phi", objective))
    fact = infer("kink of phi on an instance", objective, premises, WeightProposal(F(2)))
    assert isinstance(fact.claim, Fails)
    with pytest.raises(KernelError, match=r"sigma'\(w\) is not seen"):
        infer("kink of phi on an instance", objective, premises, WeightProposal(F(0)))
    shifted = objective_of(Problem(Activation.of("z^2 - 1"), HINGE))
    with pytest.raises(KernelError, match=r"sigma\(w\) is not seen"):
        infer(
            "kink of phi on an instance",
            shifted,
            (infer("smooth", shifted), infer("kink of phi", shifted)),
            WeightProposal(F(1)),
        )
    with pytest.raises(KernelError, match="the loss is smooth"):
        infer("kink of phi", objective_of(Problem(Activation.of("z^2"), "u^2*Abs(u^2 + 1)")))


def test_an_instance_of_both_signs_says_nothing_of_one_sign(library: Library) -> None:
    """With the sigmoid, a of one sign and the perceptron loss no margin is 0: L is smooth there."""
    refuted = symbolic("sigmoid", PERCEPTRON, library)
    assert refuted.verdict == "REFUTED"
    goals, objective = [fact.claim for fact in refuted.goals], objective_of(refuted.problem)
    assert verdict("villani", goals, objective) == "REFUTED"
    assert verdict("villani-one-signed", goals, objective) is None
    assert on_condition("villani-one-signed", goals[0]) is None
    proof = symbolic("sigmoid", PERCEPTRON, library, "villani-one-signed")
    assert (proof.verdict, proof.conditions[0].verdict) == ("UNKNOWN", "UNKNOWN")
    assert "both signs" in proof.conditions[0].reason
    assert symbolic("sigmoid", HINGE, library, "villani-one-signed").verdict == "REFUTED"


# -- kinks of both ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "loss", "label"),
    [
        ("relu", HUBER, "y_1 = sigma(0) - 1/2"),  # 1 and -1 are kinks of the loss
        ("relu", "Abs(u - 1)", "y_1 = sigma(0) + 1"),
        ("Abs(z - 1) + 1", HINGE, "y_1 = -1"),  # at y = 1 the margin is at the kink
        ("Abs(z - 1) + 2", SQUARED_HINGE, "y_1 = -1"),  # at y = 1 the loss is flat
        ("relu", SQUARED_HINGE, "y_1 = 1"),
    ],
)
def test_the_label_at_a_kink_of_sigma_is_one_with_a_slope(
    activation: str, loss: str, label: str, library: Library
) -> None:
    proof = symbolic(activation, loss, library)
    assert proof.verdict == "REFUTED" and label in proof.statement
    assert check(content(proof)).status == VALID


def test_without_such_a_label_it_is_open(library: Library) -> None:
    proof = symbolic("relu", PERCEPTRON, library)  # its kink meets that of sigma
    assert proof.verdict == "UNKNOWN"
    assert "no label is seen" in proof.conditions[0].reason


def test_samples_at_a_kink_of_the_loss_hide_one_of_sigma(library: Library, tmp_path: Path) -> None:
    """L = (|relu(w) - 0| + |relu(2 w) - y|)/2 on the line: no residual may be at 0."""
    open_still = Case(tmp_path, "x,y\n1,0\n2,0\n", "relu", "1\n", "Abs(u)")
    assert open_still.prove(library).conditions[0].verdict == "UNKNOWN"
    seen = Case(tmp_path, "x,y\n1,3\n2,5\n", "relu", "1\n", "Abs(u)").prove(library)
    assert seen.conditions[0].verdict == "REFUTED"
