"""The losses by name: every file of the catalogue, and what is written for a loss otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import mpmath as mp
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.campaign.judge import Judge
from proofkit.certificates import SOURCES, certify
from proofkit.errors import InputError
from proofkit.kernel.univariate.domain import check_domain
from proofkit.losses.catalogue import CATALOGUE, name_of, resolve, written
from proofkit.problem.problem import Problem
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

Run = Callable[..., tuple[int, str, str]]

KNOWN: dict[str, Callable[[mp.mpf], mp.mpf]] = {
    "squared": lambda u: u * u / 2,
    "pseudo-huber": lambda u: mp.sqrt(1 + u * u) - 1,
    "log-cosh": lambda u: mp.log(mp.cosh(u)),
    "cauchy": lambda u: mp.log(1 + u * u) / 2,
    "welsch": lambda u: (1 - mp.exp(-u * u)) / 2,
    "geman-mcclure": lambda u: u * u / (1 + u * u) / 2,
    "huber": lambda u: u * u / 2 if abs(u) <= 1 else abs(u) - mp.mpf(1) / 2,
    "absolute": abs,
    "logistic": lambda m: mp.log(1 + mp.exp(-m)),
    "smooth-hinge": lambda m: mp.log(1 + mp.exp(1 - m)),
    "exponential": lambda m: mp.exp(-m),
    "hinge": lambda m: max(mp.mpf(0), 1 - m),
    "squared-hinge": lambda m: max(mp.mpf(0), 1 - m) ** 2 / 2,
}
"""Each loss of the catalogue, written out here once more."""


def test_these_are_the_losses_of_the_catalogue() -> None:
    assert set(CATALOGUE) == set(KNOWN)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_name_comes_back(name: str) -> None:
    entry = CATALOGUE[name]
    loss = resolve(name)
    check_domain(loss.phi)
    assert name_of(loss) == name_of(resolve(loss.text)) == name
    assert resolve(name.replace("-", "_").upper()) == loss
    assert len(entry.title) < 60 and entry.source and entry.proper


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("at", ["1/7", "1/3", "-7/5", "9", "-23/2"])
def test_the_expression_is_what_the_name_says(name: str, at: str) -> None:
    found = Judge(written(CATALOGUE[name].loss, "z")).at(Fraction(at), 0)
    assert found is not None
    expected = KNOWN[name](mp.mpf(Fraction(at).numerator) / Fraction(at).denominator)
    assert abs(mp.mpf(found[0]) - expected) < mp.mpf(10) ** -12 * (1 + abs(expected))


@pytest.mark.parametrize("text", ["u-1", "m-3"])
def test_an_expression_that_looks_like_a_name(text: str) -> None:
    assert resolve(text).text == text.replace("-", " - ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("u-u", "no loss called"),
        ("f-y", "no loss called"),
        ("+".join(f"sin({k}*u)" for k in range(1, 300)), "more than 200 operations"),
    ],
)
def test_what_is_no_loss(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        resolve(text)


def test_no_two_names_for_one_loss() -> None:
    assert len({entry.loss for entry in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("columns", ["60", "100", "140"])
def test_the_list_has_every_loss(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    code, out, _ = run("list")
    assert code == 0 and max(map(len, out.splitlines())) <= int(columns)
    for name, entry in CATALOGUE.items():
        assert name in out.split() and entry.loss.text in out
    code, out, _ = run("list", "--json")
    assert json.loads(out)["losses"] == {name: e.source for name, e in CATALOGUE.items()}


def test_a_certificate_names_the_source_of_its_loss() -> None:
    library = Library(budget=5)
    made = certify(prove(Problem(Activation.of("tanh"), "welsch"), library=library))
    assert CATALOGUE["welsch"].source in made.sources
    made = certify(prove(Problem(Activation.of("tanh"), "squared"), library=library))
    assert SOURCES["arXiv:2210.11452"] in made.sources
    assert CATALOGUE["squared"].source not in made.sources
