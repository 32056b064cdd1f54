"""Forged certificates, and true ones about another problem than the reader's: none is accepted."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.check import compare
from proofkit.check.catalogue import named
from proofkit.check.command import main
from proofkit.check.document import ELSEWHERE, INVALID, OPEN, VALID, check, load
from proofkit.check.expr import Unverified, parse
from proofkit.check.problem import Unreadable, load_problem
from proofkit.errors import InputError
from proofkit.kernel.certificate import Certificate, certify, digest, document_of
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import infer
from proofkit.kernel.recheck import recheck
from proofkit.problem.data import (
    DataSummary,
    outer_from_seed,
    summarise,
    summarise_outer,
)
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table, with_labels
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

Json = dict[str, Any]
ROWS = "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n"


def document(problem: Problem, claim: str, library: Library) -> Json:
    """What the certificate of a proof would say, whatever its data came from, as JSON."""
    return json.loads(Certificate(document_of(prove(problem, claim, library))).to_json())


def forged(content: Json, change: Callable[[Json], object]) -> Json:
    """A changed copy with the digest of its content."""
    out = copy.deepcopy(content)
    change(out)
    out["digest"] = digest(out)
    return out


def step(content: Json, rule: str) -> Json:
    """The step of a rule."""
    return next(s for s in content["steps"] if s["rule"] == rule)


def symbolic(text: str, loss: str = "squared", **given: Any) -> Problem:
    """A problem about all data."""
    return Problem(Activation.of(text), loss, **given)


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forgeries") / "rows.csv"
    path.write_text(ROWS)
    return path


def bound(csv: Path, text: str, change: dict[str, Any] | None = None, **given: Any) -> Problem:
    """A problem about the rows of a file, some constants of which may be changed."""
    data: DataSummary = replace(summarise(load_table(csv, "y")), **(change or {}))
    return Problem(Activation.of(text), "squared", data=data, outer=outer_from_seed(5, 3), **given)


def reader(csv: Path, text: str) -> Any:
    """The reader's problem, from a TOML file beside the rows."""
    spec = csv.parent / "problem.toml"
    spec.write_text(text)
    return load_problem(spec, None)


# -- what refutes a claim --------------------------------------------------------------------------


def test_a_failure_for_lambda_below_zero_does_not_refute_the_claim_for_lambda_above(
    library: Library, csv: Path
) -> None:
    good = document(symbolic("tanh"), "villani-iff", library)
    fails = next(s for s in good["steps"] if s["claim"] == "V2 fails")

    def refuted(c: Json) -> None:
        c |= {"claim": "villani", "verdict": "REFUTED", "goals": [fails["id"]]}
        c |= {"statement": fails["statement"], "witness": fails["payload"]}

    lie = forged(good, refuted)
    for own in (None, reader(csv, "lambda = 1"), reader(csv, "lambda = -1")):
        assert check(lie, own).status == INVALID
    assert not recheck(lie).valid


def test_a_failure_below_a_threshold_does_not_refute_the_claim_for_every_lambda(
    library: Library, csv: Path
) -> None:
    good = document(symbolic("z + 2*sin(z)"), "escaping", library)
    for claim in ("villani", "lipschitz-threshold", "sgd-continuous"):
        lie = forged(good, lambda c, claim=claim: c.update(claim=claim, verdict="REFUTED"))
        assert check(lie).status == INVALID and not recheck(lie).valid
    assert check(good, reader(csv, "lambda = 0.999")).status == VALID
    assert check(good, reader(csv, "lambda = 1")).status == ELSEWHERE
    assert check(good, reader(csv, "lambda = 3")).status == ELSEWHERE
    assert check(good, reader(csv, "lambda = -1")).status == ELSEWHERE


@pytest.mark.parametrize("verdict", ["PROVED", "REFUTED", "proved", None, 1])
def test_a_verdict_needs_its_fact(library: Library, verdict: object) -> None:
    unknown = document(symbolic("softplus"), "rate-langevin", library)
    for content in (unknown, document(symbolic("tanh"), "villani", library)):
        if content["verdict"] != verdict:
            lie = forged(content, lambda c: c.update(verdict=verdict))
            assert check(lie).status == INVALID


def test_an_instance_says_nothing_about_given_data(library: Library, csv: Path) -> None:
    """By outer weights (1, -1) of its own choice: weights of one sign may behave otherwise."""
    refuted = document(symbolic("z^2"), "villani", library)
    assert refuted["verdict"] == "REFUTED" and check(refuted).status == VALID
    (csv.parent / "ones.txt").write_text("1\n1\n")
    for text in (
        'outer = "ones.txt"',
        'data = "rows.csv"\ntarget = "y"',
        'data = "rows.csv"\ntarget = "y"\nouter = "ones.txt"\nlambda = 1',
        "width = 3",
    ):
        outcome = check(refuted, reader(csv, text))
        assert outcome.status == ELSEWHERE and "instance" in outcome.differences[0]
    assert check(refuted, reader(csv, "lambda = 1")).status == VALID
    kink = document(symbolic("Abs(z)"), "villani", library)
    assert check(kink, reader(csv, 'data = "rows.csv"\ntarget = "y"')).status == ELSEWHERE
    escaping = document(symbolic("z + 2*sin(z)"), "escaping", library)
    assert check(escaping, reader(csv, "width = 3")).status == ELSEWHERE


def test_an_instance_is_only_the_other_half_of_an_equivalence(library: Library, csv: Path) -> None:
    good = document(symbolic("softplus"), "villani-iff", library)
    assert good["verdict"] == "PROVED"
    data = 'data = "rows.csv"\ntarget = "y"\n'
    assert check(good, reader(csv, data + "lambda = 1")).status == VALID
    assert check(good, reader(csv, data + "lambda = -1")).status == ELSEWHERE
    assert any("lambda <= 0" in said for said in check(good, reader(csv, data)).not_compared)


def test_the_threshold_is_compared_with_the_readers_numbers(library: Library, csv: Path) -> None:
    """lambda > G1 with the symbols of a certificate about all data, at the reader's own data."""
    good = document(symbolic("softplus"), "lipschitz-threshold", library)
    whole = 'data = "rows.csv"\ntarget = "y"\nwidth = 5\nseed = 3\n'
    assert check(good, reader(csv, whole + "lambda = 1000")).status == VALID
    low = check(good, reader(csv, whole + "lambda = 1e-9"))
    assert low.status == ELSEWHERE and "lambda > G1" in low.differences[0]
    some = check(good, reader(csv, "lambda = 1e-9"))
    assert some.status == VALID and any("G1" in said for said in some.not_compared)


# -- the problem's numbers -------------------------------------------------------------------------


def test_the_readers_own_rows_are_accepted(library: Library, csv: Path) -> None:
    good = document(bound(csv, "tanh"), "villani", library)
    assert check(good, load_problem(csv, "y")).status == VALID


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("1", "1.001"),
        ("1.001", "1.001"),
        ("1", "1.0001"),
        ("1.0000001", "1.0000001"),
        ("0.999", "0.999"),
        ("0.9", "1"),
        ("0", "1"),
        ("1.00000001", "1.001"),
        ("0.99", "0.9999999"),
    ],
)
def test_another_eigenvalue_is_refused(library: Library, csv: Path, low: str, high: str) -> None:
    """Both ends of the enclosure, also where they agree, as multiples of the true ones."""
    true = summarise(load_table(csv, "y"))
    ends = tuple(end * Fraction(f) for end, f in zip(true.Lambda_S, (low, high), strict=True))
    assert ends[0] <= true.x_square_mean, "the kernel refuses what exceeds the trace already"
    lie = document(bound(csv, "tanh", {"Lambda_S": ends}), "villani", library)
    outcome = check(lie, load_problem(csv, "y"))
    assert outcome.status == ELSEWHERE and "eigenvalue" in outcome.differences[0]


def test_an_eigenvalue_of_a_million_contradicts_the_trace(library: Library, csv: Path) -> None:
    def inflate(c: Json) -> None:
        c["problem"]["data"]["Lambda_S"] = ["1000000", "1000000"]
        for place in (step(c, "parameters")["defines"], c["constants"]):
            place["Lambda_S"] |= {"lo": "1000000", "hi": "1000000"}

    lie = forged(document(bound(csv, "tanh"), "villani", library), inflate)
    outcome = check(lie, load_problem(csv, "y"))
    assert outcome.status == INVALID and "trace" in outcome.lines[-1].reason
    assert not recheck(lie).valid


@pytest.mark.parametrize(
    "key", ["n", "d", "B_x_squared", "X2", "B_y", "y_min", "y_max", "Y1", "Y2"]
)
@pytest.mark.parametrize("factor", ["2", "1/2", "1.000001", "-1", "1000000"])
def test_inflated_constants_are_refused(library: Library, csv: Path, key: str, factor: str) -> None:
    good = document(bound(csv, "tanh"), "villani", library)

    def inflate(c: Json) -> None:
        data, times = c["problem"]["data"], Fraction(factor)
        old = data[key]
        new = Fraction(old) * times
        data[key] = int(new) or 1 if isinstance(old, int) else str(new)
        name = {"B_x_squared": "B_x"}.get(key, key)
        for place in (step(c, "parameters")["defines"], c["constants"]):
            if name in place and place[name]["formula"] is None:
                place[name] |= dict.fromkeys(("lo", "hi", "exact"), str(new))

    lie = forged(good, inflate)
    if lie != good:
        assert check(lie, load_problem(csv, "y")).status in (INVALID, ELSEWHERE)


def test_constants_that_contradict_each_other_are_refused(csv: Path) -> None:
    """The checker's twin of the kernel's list."""
    spec = bound(csv, "tanh").specification()
    assert compare.contradiction(spec["data"], spec["outer"]) == ""
    data, outer = spec["data"], spec["outer"]
    for change in (
        {"n": 0},
        {"n": True},
        {"d": "2"},
        {"X2": "1000"},
        {"X2": "1/1000"},
        {"X2": "-1"},
        {"Lambda_S": ["1000000", "1000000"]},
        {"Lambda_S": ["0", "1000000"]},
        {"Lambda_S": ["2", "1"]},
        {"Lambda_S": ["1/100", "1/100"]},
        {"Lambda_S": ["1"]},
        {"B_y": "2"},
        {"y_min": "2"},
        {"y_min": "-7"},
        {"y_max": "7"},
        {"Y1": "2"},
        {"Y1": "1/10"},
        {"Y2": "1/10"},
        {"Y2": "2"},
    ):
        assert compare.contradiction({**data, **change}, outer), change
    for change in (
        {"p": 0},
        {"a_1": "100"},
        {"a_inf": "100"},
        {"a_inf": "1/1000"},
        {"a_2_squared": "100"},
        {"a_2_squared": "0"},
        {"a_plus": "100"},
        {"a_plus": "-1"},
        {"first_positive": None},
        {"first_positive": "-1/9"},
        {"first_positive": "100"},
        {"first_negative": "-9"},
    ):
        assert compare.contradiction(data, {**outer, **change}), change


def test_the_logistic_loss_has_labels_whatever_the_steps_need(library: Library, csv: Path) -> None:
    """No step of this refutation uses the bounds of the loss; with other labels its s would be too
    small.
    """
    good = document(bound(csv, "z^2"), "villani", library)
    assert good["verdict"] == "REFUTED" and good["witness"]["kind"] == "cancelling"
    labels = summarise(load_table(csv, "y"))
    data = {"B_y": Fraction(1, 1000), "y_min": -Fraction(1, 1000), "y_max": Fraction(1, 1000)}
    data |= {"y_abs_mean": Fraction(1, 1000), "y_square_mean": Fraction(1, 10**6)}
    own = replace(bound(csv, "z^2"), loss_name="logistic")
    small = replace(own, data=replace(labels, **data))
    with pytest.raises(KernelError, match="labels are not all"):
        infer("parameters", small)

    def relabel(c: Json) -> None:
        names = {"B_y": "B_y", "y_min": "y_min", "y_max": "y_max", "Y1": "y_abs_mean"}
        for key, name in (names | {"Y2": "y_square_mean"}).items():
            c["problem"]["data"][key] = value = str(data[name])
            for place in (step(c, "parameters")["defines"], c["constants"]):
                if key in place:
                    place[key] |= dict.fromkeys(("lo", "hi", "exact"), value)

    lie = forged(document(own, "villani", library), relabel)
    outcome = check(lie)
    assert outcome.status == INVALID and "labels are not all" in outcome.lines[-1].reason
    assert not recheck(lie).valid


def test_the_claim_for_weights_of_one_sign_is_for_arbitrary_data(
    library: Library, csv: Path
) -> None:
    """A kink of L for the reader's weights, of both signs, refutes nothing about weights of one
    sign.
    """
    given = bound(csv, "relu", lam=Fraction(1))
    proof = prove(given, "villani", library, load_table(csv, "y"))
    good = json.loads(certify(proof).to_json())
    own = reader(csv, 'data = "rows.csv"\ntarget = "y"\nwidth = 5\nseed = 3')
    assert (good["verdict"], check(good, own).status) == ("REFUTED", VALID)
    lie = forged(good, lambda c: c.update(claim="villani-one-signed"))
    outcome = check(lie, own)
    assert outcome.status == INVALID and "arbitrary data" in outcome.lines[-1].reason


@pytest.mark.parametrize("names", [None, "ab", ["a"], ["a", 2], {"a": 1, "b": 2}])
def test_the_names_of_the_features_are_one_text_each(
    library: Library, csv: Path, names: object
) -> None:
    good = document(bound(csv, "tanh"), "villani", library)
    lie = forged(good, lambda c: c["problem"]["data"].update(features=names))
    assert check(lie, load_problem(csv, "y")).status == INVALID
    lie = forged(good, lambda c: c["problem"]["data"].update(rows_sha256=names))
    assert check(lie).status == (VALID if names == "ab" else INVALID)


NUMBER = st.fractions(-9, 9, max_denominator=8)


@given(
    st.integers(1, 4).flatmap(
        lambda d: st.lists(st.lists(NUMBER, min_size=d + 1, max_size=d + 1), min_size=2, max_size=6)
    ),
    st.lists(NUMBER, min_size=1, max_size=4),
    st.sampled_from([Fraction(1001, 1000), Fraction(999, 1000)]),
)
def test_constants_of_rows_are_proved_and_others_are_not(
    body: list[list[Fraction]], weights: list[Fraction], factor: Fraction
) -> None:
    def whole(values: list[Fraction]) -> tuple[int, ...]:
        return tuple(int(840 * q) for q in values)

    names = tuple(f"x{i}" for i in range(len(body[0]) - 1))
    rows, labels = tuple(whole(row[:-1]) for row in body), whole([row[-1] for row in body])
    data = summarise(Table("rows", "", names, "y", rows, labels, 840, 840))
    spec = replace(
        symbolic("tanh"), data=data, outer=summarise_outer(weights, "weights", "")
    ).specification()
    assert compare.contradiction(spec["data"], spec["outer"]) == ""
    exact = [[fmpq(v, 840) for v in row] for row in rows], [fmpq(v, 840) for v in labels]
    assert compare.data_differ(spec["data"], *exact) == ""
    assert compare.outer_differ(spec["outer"], [fmpq(*q.as_integer_ratio()) for q in weights]) == ""
    if data.Lambda_S[0] > 0:
        other = [str(end * factor) for end in data.Lambda_S]
        assert "eigenvalue" in compare.data_differ({**spec["data"], "Lambda_S": other}, *exact)


@pytest.mark.parametrize(
    ("rows", "top"),
    [
        ([[1, 0], [0, 1]], fmpq(1, 2)),  # a multiple of the identity: every pivot vanishes at once
        ([[1, 1], [1, 1]], fmpq(2)),
        ([[0, 0], [0, 0]], fmpq(0)),
        ([[3], [4]], fmpq(25, 2)),
        ([[1, 0, 0], [0, 2, 0], [0, 0, 2]], fmpq(4, 3)),
        ([[0, 1, 0], [0, 0, 1], [1, 0, 0]], fmpq(1, 3)),
    ],
)
def test_an_enclosure_without_width_is_decided(rows: list[list[int]], top: fmpq) -> None:
    G, unit = compare.gram([[fmpq(v) for v in row] for row in rows])
    mu, little = top / unit, fmpq(1, 10**300)
    assert compare.largest_at_least(G, mu) and compare.largest_at_most(G, mu)
    assert not compare.largest_at_least(G, mu + little)
    assert mu == 0 or not compare.largest_at_most(G, mu - little)


# -- labels ----------------------------------------------------------------------------------------


def test_mapped_labels_never_pass_for_the_squared_loss(library: Library, csv: Path) -> None:
    spread = csv.parent / "spread.csv"
    spread.write_text("a,b,y\n1,2,1\n3,4.5,7\n0.5,-1,9\n")
    mapped = summarise(with_labels(load_table(spread, "y"), Fraction(7)))
    with pytest.raises(InputError, match="for the logistic loss"):
        replace(bound(csv, "tanh"), data=mapped)
    unsaid = replace(bound(csv, "tanh"), data=replace(mapped, labels=None))
    lie = document(unsaid, "villani", library)
    for above in (None, "7"):
        reader = load_problem(spread, "y", label_above=above)
        assert check(lie, reader).status in (INVALID, ELSEWHERE)
    labelled = forged(lie, lambda c: c["problem"]["data"].update(labels={"above": "7"}))
    assert check(labelled, load_problem(spread, "y", label_above="7")).status == INVALID


# -- steps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    ["tested at 1000000 points", "the formulas for grad L, Laplacian L and the Hessian form"],
)
def test_a_step_says_what_the_rule_says(library: Library, sentence: str) -> None:
    good = document(symbolic("tanh"), "villani", library)
    for change in (
        lambda c: step(c, "derivation").update(statement=sentence),
        lambda c: step(c, "derivation").update(payload={"points": 10**6}),
    ):
        lie = forged(good, change)
        assert check(lie).status == INVALID and not recheck(lie).valid


def test_the_route_of_a_step_cannot_be_altered(library: Library) -> None:
    good = document(symbolic("softplus"), "lipschitz-threshold", library)

    def free(c: Json) -> None:
        for s in c["steps"]:
            if s["payload"].get("route") == "lipschitz":
                s["payload"] |= {"route": "bounded", "threshold": "0"}
            s["statement"] = s["statement"].replace("lambda > G1", "lambda > 0")
        c["statement"] = c["statement"].replace("lambda > G1", "lambda > 0")

    lie = forged(good, free)
    assert check(lie).status == INVALID and not recheck(lie).valid


def test_premises_are_the_facts_that_the_rule_needs(library: Library) -> None:
    good = document(symbolic("tanh"), "villani", library)
    names = [s["id"] for s in good["steps"]]
    for wrong in ([], ["s999"], names[:4], [names[0]] * 4, names[::-1][:4]):
        lie = forged(good, lambda c, wrong=wrong: step(c, "Villani").update(premises=wrong))
        assert check(lie).status == INVALID and not recheck(lie).valid


# -- what is printed -------------------------------------------------------------------------------


def test_an_unknown_certificate_claims_nothing(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = document(symbolic("softplus"), "rate-langevin", library)
    assert unknown["verdict"] == "UNKNOWN"
    lie = forged(unknown, lambda c: c.update(statement="L is a Villani function for every lambda"))
    path = tmp_path / "u.json"
    path.write_text(json.dumps(lie))
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    assert "UNKNOWN: claims nothing" in out and "Villani function" not in out
    main([str(path), "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["statement"] == "claims nothing"


def test_what_was_not_compared_is_one_closing_sentence(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(document(symbolic("tanh"), "villani", library)))
    assert main([str(path)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert (
        last.strip().startswith("not compared: ")
        and "lambda, noise, loss and activation with yours; " in last
    )
    main([str(path), "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["closing"] == last.strip() and row["status"] == "valid" and row["valid"] is True


def test_exit_statuses_of_several_files(library: Library, csv: Path, tmp_path: Path) -> None:
    good = document(symbolic("tanh"), "villani", library)
    files = {
        "valid": good,
        "invalid": forged(good, lambda c: c.update(verdict="REFUTED")),
        "other": document(symbolic("tanh", lam=Fraction(2)), "villani", library),
        "open": document(symbolic("Abs(z*(pi + z))"), "villani", library),
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    spec = tmp_path / "p.toml"
    spec.write_text("lambda = 1")

    def status(*names: str) -> int:
        return main([*(str(tmp_path / f"{n}.json") for n in names), "--problem", str(spec)])

    assert check(files["open"]).status == OPEN
    assert (status("valid"), status("invalid"), status("open"), status("other")) == (0, 1, 3, 4)
    assert status("other", "valid") == 4 and status("valid", "open", "other") == 3
    assert status("other", "open", "invalid", "valid") == 1
    assert main([str(tmp_path / "none.json")]) == 2


# -- the reader's TOML file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("lambda = 0.30000000000000000001", "lam", fmpq(30000000000000000001, 10**20)),
        ("lambda = 0.1", "lam", fmpq(1, 10)),
        ("lambda = 1e-3", "lam", fmpq(1, 1000)),
        ('lambda = "1/3"', "lam", fmpq(1, 3)),
        ("lambda = 1_000.5", "lam", fmpq(2001, 2)),
        ("lambda = +2", "lam", fmpq(2)),
        ("noise = 9007199254740993", "noise", fmpq(2**53 + 1)),
        ("noise = 0.1000000000000000055", "noise", fmpq(1000000000000000055, 10**19)),
    ],
)
def test_numbers_of_a_problem_file_are_exact(csv: Path, line: str, key: str, value: fmpq) -> None:
    assert getattr(reader(csv, line), key) == value


def test_a_number_beside_the_certificates_is_another(library: Library, csv: Path) -> None:
    content = document(symbolic("tanh", lam=Fraction(3, 10)), "villani", library)
    assert check(content, reader(csv, "lambda = 0.3")).status == VALID
    close = check(content, reader(csv, "lambda = 0.30000000000000000001"))
    assert close.status == ELSEWHERE


@pytest.mark.parametrize(
    "line",
    [
        "width = 8.9",
        'width = "8"',
        "width = true",
        "width = -1",
        "width = 0",
        "width = 1e9",
        "width = 10000000000",
        "width = 4\nseed = -1",
        "width = 4\nseed = 1.5",
        "seed = 1",
        'width = 4\nouter = "ones.txt"',
        "lambda = true",
        'lambda = "x"',
        "lambda = inf",
        "lambda = nan",
        "lambda = [1]",
        "lambda = 1979-05-27",
        "noise = 0",
        "noise = -1.5",
        'loss = "cubic"',
        "loss = 1",
        "labmda = 1",
        'activation = "sigmod"',
        'activation = "z +"',
        "activation = 3",
        'activation = "softplus(gamma=2)"',
        'activation = "softplus(beta=-2)"',
        'activation = "tanh(y)"',
        "data = 1",
        "target = 2",
        'data = "rows.csv"',
        "a = ",
    ],
)
def test_a_problem_file_that_is_wrong_is_bad_input(
    csv: Path, line: str, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unreadable):
        reader(csv, line)
    path = csv.parent / "c.json"
    path.write_text(json.dumps(document(symbolic("tanh"), "villani", library)))
    assert main([str(path), "--problem", str(csv.parent / "problem.toml")]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and len(captured.err) < 400


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_name_means_the_same_to_both_programs(name: str, library: Library, csv: Path) -> None:
    entry = CATALOGUE[name]
    specs = [name, name.upper(), *entry.aliases]
    specs += [f"{name}({key}=3/2)" for key, _ in entry.parameters]
    for spec in specs:
        mine = named(spec)
        assert mine is not None
        assert compare.same_function(mine, parse(Activation.of(spec).text))


def test_an_activation_may_be_named_or_written(library: Library, csv: Path) -> None:
    content = document(symbolic("sigmoid"), "villani", library)
    for text in ("sigmoid", "logistic", "1/(1 + exp(-z))", "1/(exp(-z) + 1)"):
        assert check(content, reader(csv, f'activation = "{text}"')).status == VALID, text
    for text in ("tanh", "1/(1 + exp(-2*z))", "silu"):
        assert check(content, reader(csv, f'activation = "{text}"')).status == ELSEWHERE, text
    other = check(content, reader(csv, 'activation = "(1 + tanh(z/2))/2"'))
    assert other.status == OPEN and "another way" in other.lines[-1].reason


def test_expressions_that_agree_at_points_are_not_taken_for_the_same() -> None:
    with pytest.raises(Unverified):
        compare.same_function(parse("tanh(z)"), parse("1 - 2/(exp(2*z) + 1)"))
    assert compare.same_function(parse("z*z + exp(z)"), parse("exp(z) + z^2"))
    assert not compare.same_function(parse("z^2"), parse("z^2 + 1/10^30"))


# -- a true certificate is never INVALID -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("log(sigmoid(z))", VALID),
        ("log(1/(1+exp(z)))", VALID),
        ("log((1+exp(z))/2)", VALID),
        ("-log(1/cosh(z))", VALID),
        ("log(exp(z)*(1+z^2))", VALID),
        ("erfc(z - 1)", VALID),
        ("erf(3 + z)", VALID),
        ("erf(z) - Max(3, 0)", VALID),
        ("Abs(z)^2", OPEN),
        ("Abs(z*(pi + z))", OPEN),
        ("log(erfc(z))", OPEN),
        ("log(erfc(-1000000000000*z))", OPEN),
        ("log(1 + tanh(z))", OPEN),
        ("sqrt(erfc(z))", OPEN),
    ],
)
def test_a_true_certificate_is_never_invalid(text: str, status: str, library: Library) -> None:
    content = document(symbolic(text), "villani", library)
    assert check(content).status in (status, VALID)
    assert recheck(content).valid


def test_a_certificate_that_needs_data_is_not_verified_without(library: Library, csv: Path) -> None:
    flat = csv.parent / "flat.csv"
    flat.write_text("a,b,y\n1,1,1\n2,2,3\n")
    table = load_table(flat, "y")
    problem = Problem(
        Activation.of("softplus"),
        "squared",
        Fraction(0),
        None,
        summarise(table),
        summarise_outer([Fraction(1)], "one", ""),
    )
    content = json.loads(certify(prove(problem, "villani", library, table)).to_json())
    assert content["verdict"] == "REFUTED"
    assert check(content).status == OPEN
    assert check(content, load_problem(flat, "y")).status == VALID
    other = check(content, load_problem(csv, "y"))
    assert other.status == OPEN and "your data" in other.lines[-1].reason
    path = csv.parent / "direction.json"
    path.write_text(json.dumps(content))
    assert load(path) == content


def test_a_witness_is_one_of_a_goal_and_not_empty(library: Library) -> None:
    good = document(symbolic("softplus"), "rate-langevin", library)
    assert good["verdict"] == "UNKNOWN" and check(good).status == VALID
    derivation = step(good, "derivation")["id"]
    lie = forged(good, lambda c: c.update(goals=[*c["goals"], derivation], witness={}))
    assert check(lie).status == INVALID and not recheck(lie).valid
