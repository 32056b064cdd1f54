"""Nets of layers for which V4 fails from some s on, or for every s."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.certificates import certify, record_of
from proofkit.check.outcome import check
from proofkit.cli.prove import prove_json
from proofkit.exposition.expose import expose
from proofkit.exposition.plain import plain
from proofkit.kernel.certificate import StepRecord, content_of, sealed
from proofkit.kernel.claims import V2, Fails, NoiseFrom, Villani
from proofkit.kernel.replay import replay
from proofkit.problem.data import summarise
from proofkit.problem.layers import bound, net_of
from proofkit.problem.problem import Problem
from proofkit.reading.layers import LayersSaid
from proofkit.reading.table import Table, load_table
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

F = Fraction
SMALL = "villani-small-noise"
LAMBDA = F(1, 10)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    path.write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    return load_table(path, "y")


def of_any_data(depth: int, lam: Fraction | None = None, noise: Fraction | None = None) -> Problem:
    made = net_of("tanh", "squared", lam, LayersSaid.of(depth=depth, train="all"))
    return Problem(made.activation, "squared", lam, noise, architecture=made.net.architecture)


def of_rows(table: Table, noise: Fraction | None = None) -> Problem:
    made = net_of("tanh", "squared", LAMBDA, LayersSaid.of(hidden="4", train="all"))
    assert made.net.architecture is not None
    layers = bound(made.net.architecture, table.d, 1)
    return Problem(made.activation, "squared", LAMBDA, noise, summarise(table), architecture=layers)


def test_two_trained_layers_are_refuted_for_every_s_and_proved_for_small_s(
    library: Library,
) -> None:
    proof = prove(of_any_data(2), library=library)
    assert proof.verdict == "REFUTED"
    against, villani = (goal.claim for goal in proof.goals)
    assert type(against) is Fails and type(against.scope.noise) is NoiseFrom
    assert type(villani) is Villani
    assert [c.verdict for c in proof.conditions] == ["PROVED"] * 3 + ["REFUTED"]
    assert check(content_of(certify(proof))).valid
    assert prove(of_any_data(2), SMALL, library).verdict == "PROVED"


def test_what_is_proved_lies_below_what_is_refuted(table: Table, library: Library) -> None:
    proof = prove(of_rows(table), library=library, table=table)
    assert proof.verdict == "REFUTED"
    said = prove_json(proof)
    below, above = F(said["noise_proved_below"]), F(said["noise_refuted_above"])
    assert 0 < below < above
    document = certify(proof)
    assert replay(document, table).failure is None
    made = record_of(content_of(document))
    assert (made["noise_proved_below"], made["noise_refuted_above"]) == (
        said["noise_proved_below"],
        said["noise_refuted_above"],
    )
    # On either side the verdict at a given s agrees.
    at_s = {s: prove(of_rows(table, s), "villani", library, table) for s in (below / 2, 2 * above)}
    assert [made.verdict for made in at_s.values()] == ["PROVED", "REFUTED"]
    assert all(replay(certify(made), table).failure is None for made in at_s.values())


def test_the_claim_about_small_s_needs_no_rows_to_be_checked(
    table: Table, library: Library
) -> None:
    """What is refuted is said beside it, and is no part of its certificate."""
    proof = prove(of_rows(table), SMALL, library, table)
    assert proof.verdict == "PROVED"
    assert prove_json(proof)["noise_refuted_above"] is not None
    assert replay(certify(proof)).failure is None


def test_three_trained_layers_are_refuted_for_every_s(library: Library) -> None:
    for claim in ("villani", SMALL, "villani-iff"):
        proof = prove(of_any_data(3), claim, library)
        assert proof.verdict == "REFUTED", proof.open
        assert check(content_of(certify(proof))).valid


def test_a_given_s_is_refuted_by_an_instance(library: Library) -> None:
    for s in (F(1, 10**6), F(10)):
        proof = prove(of_any_data(2, LAMBDA, s), library=library)
        assert proof.verdict == "REFUTED", proof.open
        assert check(content_of(certify(proof))).valid


def test_a_failure_from_some_s_on_is_none_for_every_s(library: Library) -> None:
    made = certify(prove(of_any_data(2), library=library))
    forged = sealed(replace(made, claim=SMALL))
    outcome = check(content_of(forged))
    assert outcome.status == "INVALID"
    assert "does not follow from the goals" in outcome.lines[-1].reason


def test_activations_that_differ_have_a_lower_bound_by_the_penalty_and_a_curve(
    library: Library,
) -> None:
    said = LayersSaid.of(depth=3, train="all")
    made = net_of("tanh; softplus", "squared", None, said)
    proof = prove(
        Problem(made.activation, "squared", architecture=made.net.architecture), library=library
    )
    assert proof.verdict == "REFUTED"
    assert [c.verdict for c in proof.conditions] == ["PROVED"] * 3 + ["REFUTED"]
    assert check(content_of(certify(proof))).valid


def with_output_bias(table: Table, activation: str, train: str | None = None) -> Problem:
    """Logistic loss, an output bias without decay."""
    said = LayersSaid.of(hidden="4", train=train, outer_bias="undecayed")
    made = net_of(activation, "logistic", said=said)
    assert made.net.architecture is not None
    layers = bound(made.net.architecture, table.d, 1)
    return Problem(made.activation, "logistic", data=summarise(table), architecture=layers)


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
@pytest.mark.parametrize("train", ["inner", "all", "outer"])
def test_both_labels_confine_an_output_bias_and_v4_fails(
    table: Table, library: Library, activation: str, train: str
) -> None:
    proof = prove(with_output_bias(table, activation, train), library=library, table=table)
    assert proof.verdict == "REFUTED"
    assert [c.verdict for c in proof.conditions] == ["PROVED"] * 3 + ["REFUTED"]
    document = certify(proof)
    assert replay(document, table).failure is None
    words = [plain(step.statement) for step in expose(record_of(content_of(document))).unused]
    said_of = {name: next(w for w in words if w.startswith(f"({name})")) for name in ("V2", "V3")}
    assert "λ_b |b_2|" in said_of["V2"] and "w²" in said_of["V2"]
    assert "(N - 1)/2" in said_of["V3"]


def test_one_label_confines_no_output_bias(table: Table, library: Library) -> None:
    alone = replace(table, labels=(table.y_scale,) * table.n)
    proof = prove(with_output_bias(alone, "tanh"), library=library, table=alone)
    assert [c.verdict for c in proof.conditions] == ["PROVED"] + ["REFUTED"] * 3


def test_a_lower_bound_with_a_larger_multiple_of_the_bias_is_refused(
    table: Table, library: Library
) -> None:
    made = certify(prove(with_output_bias(table, "tanh"), library=library, table=table))

    def doubled(step: StepRecord) -> StepRecord:
        if type(step.claim) is not V2:
            return step
        assert step.claim.bias is not None
        return replace(step, claim=replace(step.claim, bias=2 * step.claim.bias))

    forged = sealed(replace(made, steps=tuple(map(doubled, made.steps))))
    assert forged.steps != made.steps
    assert replay(forged, table).failure is not None
