"""True certificates beside the reader's own problem: about it, about another one, or undecided."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from forging import ROWS, bound, certificate, document

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.check.command import main
from proofkit.check.compare import UndecidedFunctionError, same_function
from proofkit.check.outcome import ELSEWHERE, OPEN, VALID, check
from proofkit.check.reader import Reader, load_problem
from proofkit.kernel.certificate import UnreadableError, read_json
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "rows.csv"
    path.write_text(ROWS)
    return path


def reader(csv: Path, text: str) -> Reader:
    """The reader's problem, from a TOML file beside the rows."""
    spec = csv.parent / "problem.toml"
    spec.write_text(text)
    return load_problem(spec, None)


# -- data ------------------------------------------------------------------------------------------


def test_the_readers_own_rows_are_accepted(csv: Path) -> None:
    good = document(bound(csv, "tanh"))
    assert check(good, load_problem(csv, "y")).status == VALID


def test_other_rows_are_others(csv: Path, tmp_path: Path) -> None:
    good = document(bound(csv, "tanh"))
    harder = tmp_path / "harder.csv"
    harder.write_text(ROWS + "100,100,1\n")
    outcome = check(good, load_problem(harder, "y"))
    assert outcome.status == ELSEWHERE
    assert "n of your data is 4" in outcome.lines[-1].reason
    permuted = tmp_path / "permuted.csv"
    lines = ROWS.splitlines()
    permuted.write_text("\n".join([lines[0], lines[2], lines[1], lines[3]]))
    assert check(good, load_problem(permuted, "y")).status in (VALID, ELSEWHERE)
    npz = tmp_path / "d.npz"
    np.savez(npz, X=np.array([[1, 2], [3, 4.5], [0.5, -1]]), y=np.array([1.0, -1, 1]))
    same = check(good, load_problem(npz, "y"))
    assert same.status == VALID
    assert any("another one with the same numbers" in said for said in same.not_compared)


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
def test_another_eigenvalue_is_refused(csv: Path, low: str, high: str) -> None:
    """Both ends of the enclosure, also where they agree, as multiples of the true ones."""
    true = summarise(load_table(csv, "y"))
    ends = tuple(end * Fraction(f) for end, f in zip(true.Lambda_S, (low, high), strict=True))
    assert ends[0] <= true.x_square_mean, "the kernel refuses what exceeds the trace already"
    lie = document(bound(csv, "tanh", {"Lambda_S": ends}))
    outcome = check(lie, load_problem(csv, "y"))
    assert outcome.status == ELSEWHERE
    assert "eigenvalue" in outcome.differences[0]


def test_an_easier_problem_with_matching_names_is_refused(csv: Path, tmp_path: Path) -> None:
    easy = tmp_path / "rows.csv"
    easy.write_text("a,b,y\n0.001,0.002,1\n0.003,0.0045,-1\n0.0005,-0.001,1\n")
    digest = summarise(load_table(csv, "y")).digest
    other = document(bound(easy, "tanh", {"digest": digest}))
    assert check(other).status == VALID  # true of somebody's data ...
    assert check(other, load_problem(csv, "y")).status == ELSEWHERE  # ... not of the reader's


def flat_problem(csv: Path) -> tuple[Path, Problem]:
    """Rows along one line: L does not grow across it without a regulariser."""
    flat = csv.parent / "flat.csv"
    flat.write_text("a,b,y\n1,1,1\n2,2,3\n")
    outer = summarise_outer([Fraction(1)], "one", "")
    data = summarise(load_table(flat, "y"))
    return flat, Problem(Activation.of("softplus"), "squared", Fraction(0), None, data, outer)


def test_a_step_that_needs_rows_is_not_verified_without(csv: Path) -> None:
    flat, problem = flat_problem(csv)
    content = document(problem, table=load_table(flat, "y"))
    assert content["verdict"] == "REFUTED"
    without = check(content)
    assert without.status == OPEN
    assert "give --problem and --target" in without.lines[-1].reason
    assert check(content, load_problem(flat, "y")).status == VALID
    other = check(content, load_problem(csv, "y"))
    assert other.status == OPEN
    assert "your data" in other.lines[-1].reason
    path = csv.parent / "direction.json"
    path.write_text(json.dumps(content))
    assert read_json(path) == content


def test_right_rows_beside_another_lambda(csv: Path) -> None:
    flat, problem = flat_problem(csv)
    content = document(problem, table=load_table(flat, "y"))
    own = reader(csv, f'data = "{flat.name}"\ntarget = "y"\nlambda = 1')
    assert check(content, own).status == ELSEWHERE


# -- instances, ranges, signs ----------------------------------------------------------------------


def test_an_instance_says_nothing_about_given_data(csv: Path) -> None:
    """By outer weights (1, -1) of its own choice: weights of one sign may behave otherwise."""
    refuted = certificate("z^2")
    assert (refuted["verdict"], check(refuted).status) == ("REFUTED", VALID)
    (csv.parent / "ones.txt").write_text("1\n1\n")
    for text in (
        'outer = "ones.txt"',
        'data = "rows.csv"\ntarget = "y"',
        'data = "rows.csv"\ntarget = "y"\nouter = "ones.txt"\nlambda = 1',
        "width = 3",
    ):
        outcome = check(refuted, reader(csv, text))
        assert outcome.status == ELSEWHERE
        assert "instance" in outcome.differences[0]
    assert check(refuted, reader(csv, "lambda = 1")).status == VALID
    kink = certificate("Abs(z)")
    assert check(kink, reader(csv, 'data = "rows.csv"\ntarget = "y"')).status == ELSEWHERE
    escaping = certificate("z + 2*sin(z)", "escaping")
    assert check(escaping, reader(csv, "width = 3")).status == ELSEWHERE


def test_an_instance_is_only_the_other_half_of_an_equivalence(csv: Path) -> None:
    good = certificate("softplus", "villani-iff")
    assert good["verdict"] == "PROVED"
    data = 'data = "rows.csv"\ntarget = "y"\n'
    assert check(good, reader(csv, data + "lambda = 1")).status == VALID
    assert check(good, reader(csv, data + "lambda = -1")).status == ELSEWHERE
    assert any("lambda <= 0" in said for said in check(good, reader(csv, data)).not_compared)


def test_the_threshold_is_compared_with_the_readers_numbers(csv: Path) -> None:
    """lambda > G1 with the symbols of a certificate about all data, at the reader's own data."""
    good = certificate("softplus", "lipschitz-threshold")
    whole = 'data = "rows.csv"\ntarget = "y"\nwidth = 5\nseed = 3\n'
    assert check(good, reader(csv, whole + "lambda = 1000")).status == VALID
    low = check(good, reader(csv, whole + "lambda = 1e-9"))
    assert low.status == ELSEWHERE
    assert "lambda > G1" in low.differences[0]
    some = check(good, reader(csv, "lambda = 1e-9"))
    assert some.status == VALID
    assert any("G1" in said for said in some.not_compared)


def test_the_readers_weights_have_the_sign_that_is_assumed(csv: Path, tmp_path: Path) -> None:
    good = certificate("z^2 + z", "villani-one-signed")
    assert any("one sign" in text for text in check(good).not_compared)
    for weights, status in (("1 2 0", VALID), ("-1, -2", VALID), ("1 -1", ELSEWHERE)):
        (tmp_path / "a.txt").write_text(weights)
        (tmp_path / "mine.toml").write_text('outer = "a.txt"\n')
        outcome = check(good, load_problem(tmp_path / "mine.toml", None))
        assert outcome.status == status
        assert status == VALID or "have both" in outcome.lines[-1].reason


@pytest.mark.parametrize(
    ("text", "line", "status"),
    [
        ("tanh", 'lambda = "1/100"', VALID),
        ("tanh", 'lambda = "0"', ELSEWHERE),
        ("tanh", 'lambda = "-1"', ELSEWHERE),
        ("tanh", 'data = "rows.csv"\ntarget = "y"', VALID),
        ("tanh", 'loss = "logistic"', ELSEWHERE),
        ("tanh", 'activation = "z"', ELSEWHERE),
    ],
)
def test_a_universal_statement_includes_the_readers_case_or_not(
    csv: Path, text: str, line: str, status: str
) -> None:
    assert check(certificate(text), reader(csv, line)).status == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (
            'lambda = "1/10"\nnoise = "0.01"\nwidth = 5\nseed = 3\nloss = "squared"\n'
            'activation = "tanh(z)"',
            VALID,
        ),
        ('lambda = "1/20"', ELSEWHERE),
        ('noise = "1/1000"', ELSEWHERE),
        ("width = 6\nseed = 3", ELSEWHERE),
        ("width = 5\nseed = 4", ELSEWHERE),
        ('outer = "weights.txt"', ELSEWHERE),
    ],
)
def test_a_statement_about_numbers_is_about_these(csv: Path, line: str, status: str) -> None:
    good = document(bound(csv, "tanh", lam=Fraction(1, 10), noise=Fraction(1, 100)))
    (csv.parent / "weights.txt").write_text("1 2 3 4 5")
    own = reader(csv, 'data = "rows.csv"\ntarget = "y"\n' + line)
    assert check(good, own).status == status


def test_labels_of_two_classes(csv: Path) -> None:
    good = certificate("tanh", loss="logistic")
    assert check(good, reader(csv, 'data = "rows.csv"\ntarget = "y"')).status == VALID
    outcome = check(good, reader(csv, 'data = "rows.csv"\ntarget = "a"'))
    assert outcome.status == ELSEWHERE


def test_a_number_beside_the_certificates_is_another(csv: Path) -> None:
    content = certificate("tanh", lam="3/10")
    assert check(content, reader(csv, "lambda = 0.3")).status == VALID
    close = check(content, reader(csv, "lambda = 0.30000000000000000001"))
    assert close.status == ELSEWHERE


# -- the activation --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_name_means_the_catalogues_entry(name: str, csv: Path) -> None:
    entry = CATALOGUE[name]
    specs = [name, name.upper(), *entry.aliases]
    specs += [f"{name}({key}=3/2)" for key, _ in entry.parameters]
    for spec in specs:
        mine = reader(csv, f'activation = "{spec}"').activation
        assert mine is not None
        assert same_function(mine, parse(Activation.of(spec).text))


def test_an_activation_may_be_named_or_written(csv: Path) -> None:
    content = certificate("sigmoid")
    for text in ("sigmoid", "logistic", "1/(1 + exp(-z))", "1/(exp(-z) + 1)"):
        assert check(content, reader(csv, f'activation = "{text}"')).status == VALID, text
    for text in ("tanh", "1/(1 + exp(-2*z))", "silu"):
        assert check(content, reader(csv, f'activation = "{text}"')).status == ELSEWHERE, text
    other = check(content, reader(csv, 'activation = "(1 + tanh(z/2))/2"'))
    assert other.status == OPEN
    assert "another way" in other.lines[-1].reason


def test_expressions_that_agree_at_points_are_not_taken_for_the_same() -> None:
    with pytest.raises(UndecidedFunctionError):
        same_function(parse("tanh(z)"), parse("1 - 2/(exp(2*z) + 1)"))
    assert same_function(parse("z*z + exp(z)"), parse("exp(z) + z^2"))
    assert same_function(parse("Max(z, 0)*Min(1, z)"), parse("Min(z, 1)*Max(0, z)"))
    assert not same_function(parse("z^2"), parse("z^2 + 1/10^30"))
    assert not same_function(parse("z - 1"), parse("1 - z"))


# -- the reader's TOML file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("lambda = 0.30000000000000000001", "lam", Fraction(30000000000000000001, 10**20)),
        ("lambda = 0.1", "lam", Fraction(1, 10)),
        ("lambda = 1e-3", "lam", Fraction(1, 1000)),
        ('lambda = "1/3"', "lam", Fraction(1, 3)),
        ("lambda = 1_000.5", "lam", Fraction(2001, 2)),
        ("lambda = +2", "lam", Fraction(2)),
        ("noise = 9007199254740993", "noise", Fraction(2**53 + 1)),
        ("noise = 0.1000000000000000055", "noise", Fraction(1000000000000000055, 10**19)),
    ],
)
def test_numbers_of_a_problem_file_are_exact(
    csv: Path, line: str, key: str, value: Fraction
) -> None:
    assert getattr(reader(csv, line), key) == value


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
    csv: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnreadableError):
        reader(csv, line)
    path = csv.parent / "c.json"
    path.write_text(json.dumps(certificate("tanh")))
    assert main([str(path), "--problem", str(csv.parent / "problem.toml")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert len(captured.err) < 400


# -- a true certificate is never INVALID -----------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "log(sigmoid(z))",
        "log(1/(1+exp(z)))",
        "log((1+exp(z))/2)",
        "-log(1/cosh(z))",
        "log(exp(z)*(1+z^2))",
        "erfc(z - 1)",
        "erf(3 + z)",
        "erf(z) - Max(3, 0)",
        "Abs(z)^2",
        "Abs(z*(pi + z))",
        "log(erfc(z))",
        "log(erfc(-1000000000000*z))",
        "log(1 + tanh(z))",
        "sqrt(erfc(z))",
        "z/(1 + exp(-1.702*z))",
        "atan(z) + z/2",
        "exp(-z^2)*cos(3*z)",
        "cos(atan(z))",
        "tanh(sqrt(2)*z)",
        "z*log(2 - exp(-exp(z)))",
    ],
)
def test_what_the_prover_says_is_valid(text: str) -> None:
    assert check(certificate(text)).status == VALID


@pytest.mark.parametrize(
    "claim",
    [
        "villani",
        "villani-iff",
        "lipschitz-threshold",
        "sgd-discrete",
        "dissipativity",
        "rate-continuous",
    ],
)
@pytest.mark.parametrize("activation", ["relu", "z^2"])
def test_what_refutes_a_claim_is_followed(claim: str, activation: str) -> None:
    content = certificate(activation, claim)
    assert check(content).status == VALID
    verdict = {
        "sgd-discrete": "UNKNOWN",
        "rate-continuous": "UNKNOWN",
        "dissipativity": "PROVED" if activation == "z^2" else "UNKNOWN",
    }
    assert content["verdict"] == verdict.get(claim, "REFUTED")
