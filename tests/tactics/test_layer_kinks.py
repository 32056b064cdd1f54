"""Nets of layers with kinks: V1 is refuted where a jump is exhibited, and open where none is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from proofkit.certificates import certify
from proofkit.check.outcome import check
from proofkit.kernel.certificate import Document, content_of, sealed
from proofkit.kernel.claims import Curve, Fails, KinkOfLayers, Monomial, OddPower
from proofkit.kernel.proposals import CurveProposal
from proofkit.kernel.replay import replay
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.data import summarise
from proofkit.problem.layers import bound, net_of
from proofkit.problem.problem import Problem
from proofkit.reading.layers import LayersSaid
from proofkit.reading.table import Table, load_table
from proofkit.tactics.layer_kinks import rational_kinks
from proofkit.tactics.proof import Proof
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

F = Fraction
KINKED = ("relu", "leaky_relu", "Abs(z)", "Max(-1, Min(1, z))", "elu", "Max(z, 0)^2")
ROWS = "a,b,y\n1,2,1\n2,-1,0\n-1,1,2\n3,1,-1\n"


def table_of(tmp_path: Path, rows: str = ROWS) -> Table:
    path = tmp_path / "rows.csv"
    path.write_text(rows)
    return load_table(path, "y")


def problem(
    activation: str, loss: str = "squared", table: Table | None = None, **said: str | int
) -> Problem:
    made = net_of(activation, loss, None, LayersSaid.of(**said))  # type: ignore[arg-type]
    layers = made.net.architecture
    assert layers is not None
    if table is None:
        return Problem(made.activation, loss, None, None, architecture=layers)
    of_data = bound(layers, table.d, 1)
    return Problem(made.activation, loss, None, None, summarise(table), architecture=of_data)


def witness_of(proof: Proof) -> KinkOfLayers:
    """The witness of a refutation, whose certificate is valid for every s and lambda."""
    assert proof.verdict == "REFUTED", proof.statement
    assert proof.conditions[0].verdict == "REFUTED"
    claim = proof.goals[0].claim
    assert type(claim) is Fails and type(claim.witness) is KinkOfLayers
    return claim.witness


@pytest.mark.parametrize("activation", KINKED)
@pytest.mark.parametrize("depth", [2, 4])
def test_kinks_of_activations_refute_v1(activation: str, depth: int, library: Library) -> None:
    proof = prove(problem(activation, depth=depth, train="all"), library=library)
    witness = witness_of(proof)
    assert witness.curve.samples is not None
    assert check(content_of(certify(proof))).valid


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("logistic", {"train": "all", "depth": 3}),
        ("hinge", {"train": "all"}),
        ("huber", {"train": "all", "bias": "decayed"}),
        ("Abs(u)", {"train": "all", "outer_bias": "undecayed"}),
        ("cross-entropy", {"train": "all", "outputs": 3}),
        ("squared", {"train": "all", "outputs": 2}),
        ("squared", {"train": "2,3", "depth": 3}),
        ("squared", {"train": "2", "depth": 3}),
        ("squared", {"train": "all", "decay_power": 4}),
        ("squared", {"train": "all", "decay_power": 3}),
        ("squared", {"train": "all", "hidden": "64,32", "bias": "undecayed"}),
    ],
)
def test_losses_biases_and_outputs(loss: str, said: dict[str, Any], library: Library) -> None:
    proof = prove(problem("relu", loss, **said), library=library)
    witness_of(proof)
    assert check(content_of(certify(proof))).valid


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("Abs(u)", {"train": "all"}),
        ("huber", {"train": "all", "depth": 3}),
        ("hinge", {"train": "all", "outer_bias": "decayed"}),
    ],
)
def test_kinks_of_the_loss_refute_v1(loss: str, said: dict[str, Any], library: Library) -> None:
    witness_of(prove(problem("tanh", loss, **said), library=library))


def test_a_linear_net_with_a_hinge(library: Library) -> None:
    witness_of(prove(problem("identity", "hinge", depth=1, train="all"), library=library))


def test_an_odd_power_refutes_v1(library: Library) -> None:
    proof = prove(problem("tanh", train="all", decay_power=3), library=library)
    assert proof.verdict == "REFUTED"
    claim = proof.goals[0].claim
    assert type(claim) is Fails and claim.witness == OddPower(1, 3)
    assert "jumps at t = 0 by 4 times the decay" in proof.statement
    assert check(content_of(certify(proof))).valid


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("Max(z, 0) + Min(z, 0)", {"train": "all"}),
        ("relu", {"train": "outer"}),
        ("Max(z, sqrt(2))", {"train": "all"}),
    ],
)
def test_what_is_smooth_or_not_decided_is_open(
    activation: str, said: dict[str, Any], library: Library
) -> None:
    proof = prove(problem(activation, **said), library=library)
    assert proof.verdict == "UNKNOWN"
    assert proof.conditions[0].verdict != "REFUTED"


# -- given data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("relu", {"hidden": "4", "train": "all"}),
        ("relu", {"hidden": "4,3", "train": "all", "bias": "decayed"}),
        ("Max(-1, Min(1, z))", {"hidden": "4,3,2", "train": "all"}),
        ("relu", {"hidden": "4,3"}),
        ("relu", {"hidden": "4,3", "train": "1", "bias": "undecayed"}),
    ],
)
def test_rows_at_a_kink(
    activation: str, said: dict[str, Any], tmp_path: Path, library: Library
) -> None:
    table = table_of(tmp_path)
    proof = prove(problem(activation, table=table, **said), library=library, table=table)
    assert witness_of(proof).curve.samples is None
    document = certify(proof)
    assert replay(document, table).holds
    # Without the rows nothing is verified, and nothing is wrong.
    without = replay(document).failure
    assert without is not None and without.needs_rows


def test_rows_that_are_all_zero_meet_no_kink(tmp_path: Path, library: Library) -> None:
    table = table_of(tmp_path, "a,b,y\n0,0,1\n0,0,2\n")
    given = problem("relu", table=table, hidden="4", train="all")
    proof = prove(given, library=library, table=table)
    assert proof.verdict == "UNKNOWN"
    assert proof.conditions[0].verdict == "UNKNOWN"
    assert "V1 is not refuted: no net is found at which a derivative of L is seen to" in proof.open


def test_a_row_at_a_kink_of_the_loss(tmp_path: Path, library: Library) -> None:
    table = table_of(tmp_path)
    said: dict[str, Any] = {"hidden": "4", "train": "all", "outer_bias": "decayed"}
    proof = prove(problem("tanh", "huber", table, **said), library=library, table=table)
    assert witness_of(proof).order == 2


# -- what a certificate may not say ----------------------------------------------------------------


def _with(document: Document, witness: KinkOfLayers) -> Document:
    """The certificate with another witness, in the claim alone."""
    steps = list(document.steps)
    at = next(k for k, s in enumerate(steps) if type(s.claim) is Fails)
    claim = steps[at].claim
    assert type(claim) is Fails
    steps[at] = replace(steps[at], claim=replace(claim, witness=witness))
    return replace(document, steps=tuple(steps))


def test_another_witness_is_refused(library: Library) -> None:
    proof = prove(problem("relu", train="all"), library=library)
    made, witness = certify(proof), witness_of(proof)
    still = Curve(
        tuple(
            tuple(replace(g, weights=(Monomial(F(1), F(0)),) * len(g.weights)) for g in groups)
            for groups in witness.curve.layers
        ),
        witness.curve.samples,
    )
    for forged in (
        replace(witness, low=F(1), high=F(1)),
        replace(witness, low=F(-2)),
        replace(witness, order=2),
        replace(witness, curve=still),
    ):
        assert check(content_of(sealed(_with(made, forged)))).status == "INVALID"
    assert check(content_of(sealed(_with(made, witness)))).valid


def test_drawn_weights_are_those_of_the_problem(tmp_path: Path, library: Library) -> None:
    """A line with other weights in the fixed layer says nothing of the net."""
    table = table_of(tmp_path)
    proof = prove(problem("relu", table=table, hidden="4,3"), library=library, table=table)
    made = certify(proof)
    steps = list(made.steps)
    at = next(k for k, s in enumerate(steps) if type(s.claim) is Fails)
    proposal = steps[at].proposal
    assert type(proposal) is CurveProposal
    curve = proposal.curve
    head = curve.layers[-1][0]
    doubled = replace(head, weights=(Monomial(F(1), F(0)), *head.weights[1:]))
    other = replace(curve, layers=(*curve.layers[:-1], (doubled,)))
    steps[at] = replace(steps[at], proposal=replace(proposal, curve=other))
    failure = replay(replace(made, steps=tuple(steps)), table).failure
    assert failure is not None and "not those that are drawn" in failure.why


def test_where_pieces_meet() -> None:
    assert rational_kinks(parse("Max(-1, Min(1, z))")) == (F(-1), F(1))
    assert rational_kinks(parse("Max(z, sqrt(2))")) == ()
    assert rational_kinks(parse("tanh(z)")) == ()
