"""The kernel: facts come from rules only, rules refuse what is false, certificates replay."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.activation.catalogue import Activation
from proofkit.kernel.certificate import certify, digest, schema
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import infer
from proofkit.kernel.formula import Constant, evaluate, exact_value
from proofkit.kernel.recheck import Unreadable, recheck
from proofkit.kernel.rules import RADIUS
from proofkit.problem.data import outer_from_seed, summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table, with_labels
from proofkit.report import BUNDLED_LABEL_ABOVE, BUNDLED_TARGET, bundled_data
from proofkit.search.facts import derive_facts
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library, Stuck, Workbench

TANH = Problem(Activation.of("tanh"), "squared")


def test_an_altered_statement_is_found_by_the_replay(library: Library) -> None:
    proof = prove(TANH, library=library)
    content = json.loads(certify(proof).to_json())
    content["steps"][-1]["statement"] += " and pigs fly"
    content["digest"] = digest(content)
    assert not recheck(content).valid


def test_unknown_rules_wrong_premises_and_other_problems_are_refused(library: Library) -> None:
    bench = Workbench(TANH, library)
    with pytest.raises(KernelError, match="no rule called"):
        infer("wishful thinking", TANH)
    with pytest.raises(KernelError, match="needs 1 premises"):
        infer("V1", TANH)
    with pytest.raises(KernelError, match="premise 1: needs 'smooth'"):
        infer("V1", TANH, (bench.parameters(),))
    other = Problem(Activation.of("sigmoid"), "squared")
    with pytest.raises(KernelError, match="another problem"):
        infer("V1", other, (bench.smooth(),))


def test_false_statements_are_refused(library: Library) -> None:
    with pytest.raises(KernelError, match="rule smooth: sigma is only C"):
        infer("smooth", Problem(Activation.of("relu"), "squared"))
    with pytest.raises(KernelError, match="rule kink: sigma is smooth"):
        infer("kink", TANH)
    for lam in (Fraction(0), Fraction(-1)):
        pb = replace(TANH, lam=lam)
        with pytest.raises(Stuck, match="not above the threshold"):
            bench = Workbench(pb, library)
            bench.infer("V2", bench.parameters())
    pb = replace(TANH, lam=Fraction(1, 10))
    bench = Workbench(pb, library)
    with pytest.raises(Stuck, match="positive"):
        bench.infer("bounded risk", bench.enclosed("S0"))
    with pytest.raises(Stuck, match="positive"):
        bench.infer("instance ray")


@pytest.mark.parametrize(
    ("name", "quantity", "low"),
    [
        ("tanh", "M1", Fraction(99, 100)),
        ("softplus", "H", Fraction(69, 100)),
        ("sigmoid", "M2", Fraction(96, 1000)),
    ],
)
def test_too_small_constants_are_refused(name: str, quantity: str, low: Fraction) -> None:
    pb = Problem(Activation.of(name), "squared")
    facts = derive_facts(pb.activation.root)
    bound = {"M1": facts.M1, "M2": facts.M2, "H": facts.euler.H if facts.euler else None}[quantity]
    assert bound is not None
    given: dict[str, Any] = {"kappa": facts.euler.kappa} if quantity == "H" and facts.euler else {}
    infer("supremum", pb, name=quantity, bound=bound, **given)
    parts = tuple(
        replace(
            p,
            supremum=replace(
                p.supremum,
                upper=low,
                lower=min(p.supremum.lower, low),
                cover=replace(p.supremum.cover, bound=low),
            ),
        )
        for p in bound.parts
        if p.supremum.cover
    )
    with pytest.raises(KernelError, match="cover"):
        infer("supremum", pb, name=quantity, bound=replace(bound, parts=parts), **given)


def test_wrong_kappa_is_refused() -> None:
    pb = Problem(Activation.of("softplus"), "squared")
    facts = derive_facts(pb.activation.root)
    assert facts.euler
    with pytest.raises(KernelError, match="no cover"):
        infer("supremum", pb, name="H", bound=facts.euler.H, kappa=Fraction(0))


def test_a_bounded_risk_needs_a_bounded_activation(library: Library) -> None:
    """sup |sigma'| is an enclosed constant too, and says nothing about sigma."""
    bench = Workbench(Problem(Activation.of("softplus"), "squared", Fraction(0)), library)
    with pytest.raises(Stuck, match="no premise gives S0"):
        bench.infer("bounded risk", bench.enclosed("M1"))
    bumpy = Workbench(Problem(Activation.of("z + 2*sin(z)"), "squared"), library)
    with pytest.raises(Stuck, match="no premise gives fall"):
        bumpy.infer("escaping critical points", bumpy.enclosed("M1"), slope=Fraction(1))
    with pytest.raises(Stuck, match="no premise gives kappa"):
        bench.infer(
            "radial bound",
            bench.parameters(),
            bench.derivation(),
            bench.enclosed("M1"),
            bench.enclosed("M1"),
            bench.at_zero(),
        )


def test_a_slope_that_grows_less_than_claimed_is_refused(library: Library) -> None:
    bench = Workbench(Problem(Activation.of("z^2 + z"), "squared"), library)
    given = {"end": 1, "sign": 1, "start": Fraction(16), "factor": Fraction(2), "power": 1}
    assert "2" in bench.infer("steep", **given).statement
    for false in (
        {"factor": Fraction(21, 10)},
        {"power": 2},
        {"sign": -1},
        {"end": -1},
        {"start": Fraction(1)},
        {"factor": Fraction(0)},
        {"power": 9},
        {"end": 0},
    ):
        with pytest.raises(Stuck, match="rule steep"):
            bench.infer("steep", **{**given, **false})
    assert (
        "z <= -16"
        in bench.infer(
            "steep", **{**given, "end": -1, "sign": -1, "factor": Fraction(19, 10)}
        ).statement
    )
    with pytest.raises(Stuck, match="rule steep"):
        Workbench(Problem(Activation.of("Max(z, 0)^2"), "squared"), library).infer("steep", **given)


def test_a_line_is_refused_where_sigma_is_not_close_to_one_or_falls(library: Library) -> None:
    bench = {
        text: Workbench(Problem(Activation.of(text), "squared"), library)
        for text in ("z + sin(z)", "z + 2*sin(z)", "tanh", "softplus", "-z", "z^2")
    }
    for text in ("tanh", "softplus", "-z", "z^2"):
        with pytest.raises(Stuck, match="line of positive slope"):
            bench[text].near_line()
    rising, falling = bench["z + sin(z)"], bench["z + 2*sin(z)"]
    assert rising.fall().constants[0].hi == 0 and falling.fall().constants[0].hi == 1
    assert [c.hi for c in falling.near_line().constants] == [1, 2]
    with pytest.raises(Stuck, match="nonnegative"):
        falling.infer("monotone line", falling.near_line(), falling.fall())
    with pytest.raises(Stuck, match="not positive"):
        rising.infer("line", rising.parameters(), rising.near_line(), rising.fall())
    with pytest.raises(Stuck, match="no premise gives fall"):
        rising.infer("monotone line", rising.near_line(), rising.near_line())
    with pytest.raises(Stuck, match="premise 1"):
        falling.infer(
            "V4 monotone",
            falling.infer("line", falling.parameters(), falling.near_line(), falling.fall()),
            falling.loss(),
        )


def test_the_logistic_loss_is_refused_for_other_labels(library: Library) -> None:
    table = load_table(bundled_data(), BUNDLED_TARGET)
    bench = Workbench(
        Problem(
            Activation.of("tanh"), "logistic", None, None, summarise(table), outer_from_seed(4, 0)
        ),
        library,
    )
    with pytest.raises(Stuck, match="labels are not all"):
        bench.loss()
    good = Workbench(
        Problem(
            Activation.of("tanh"),
            "logistic",
            None,
            None,
            summarise(with_labels(table, BUNDLED_LABEL_ABOVE)),
            outer_from_seed(4, 0),
        ),
        library,
    )
    good.loss()


def test_an_exact_form_outside_the_enclosure_is_refused(library: Library) -> None:
    pb = Problem(Activation.of("tanh"), "squared")
    facts = library.facts_of(pb)
    assert facts.M2 is not None
    with pytest.raises(KernelError, match="not in the enclosure"):
        infer("supremum", pb, name="M2", bound=replace(facts.M2, exact="4*sqrt(3)/9 + 1/10^9"))
    assert (
        infer("supremum", pb, name="M2", bound=replace(facts.M2, exact="os.system(1)"))
        .constants[0]
        .exact
        is None
    )


def test_no_finite_lipschitz_constant_for_squared_loss_with_softplus(library: Library) -> None:
    proof = prove(Problem(Activation.of("softplus"), "squared"), "sgd-discrete", library)
    assert proof.verdict == "UNKNOWN" and "gLip" in proof.open


def constants(**values: int | Fraction) -> dict[str, Constant]:
    return {k: Constant(k, None, Fraction(v), Fraction(v)) for k, v in values.items()}


positive = st.fractions(Fraction(1, 20), 20, max_denominator=40)


@given(
    positive,
    positive,
    positive,
    positive,
    positive,
    st.fractions(0, 50, max_denominator=10),
    st.fractions(1, 10, max_denominator=10),
)
def test_bounded_radius(
    lam: Fraction, s: Fraction, G: Fraction, K: Fraction, N: Fraction, M: Fraction, factor: Fraction
) -> None:
    """At any r >= r_0 the lower bound (lambda r - G)^2/s - K - lambda N is at least M."""
    r0 = evaluate(RADIUS["bounded"], constants(G=G, K=K, N=N, M=M, **{"lambda": lam, "s": s}))
    assert r0 is not None
    r = r0[1] * factor
    assert lam * r >= G and (lam * r - G) ** 2 / s - K - lam * N >= M


@given(
    positive,
    positive,
    positive,
    positive,
    positive,
    st.fractions(0, 50, max_denominator=10),
    st.fractions(1, 10, max_denominator=10),
)
def test_euler_radius(
    lam: Fraction, s: Fraction, E: Fraction, A: Fraction, B: Fraction, M: Fraction, factor: Fraction
) -> None:
    r0 = evaluate(RADIUS["euler"], constants(E=E, A=A, B=B, N=2, M=M, **{"lambda": lam, "s": s}))
    assert r0 is not None
    r = r0[1] * factor
    assert r >= 1 and lam * r >= E and (lam * r - E) ** 2 / s - A * r - B - lam * 2 >= M


@given(
    positive,
    positive,
    positive,
    positive,
    positive,
    st.fractions(0, 50, max_denominator=10),
    st.fractions(1, 10, max_denominator=10),
)
def test_lipschitz_radius(
    m: Fraction, s: Fraction, G0: Fraction, A: Fraction, B: Fraction, M: Fraction, factor: Fraction
) -> None:
    r0 = evaluate(
        RADIUS["lipschitz"], constants(m=m, G0=G0, A=A, B=B, N=2, M=M, s=s, **{"lambda": m + 1})
    )
    assert r0 is not None
    r = r0[1] * factor
    assert m * r >= G0 and (m * r - G0) ** 2 / s - A * r - B - (m + 1) * 2 >= M


def test_formulas_round_outwards() -> None:
    known = constants(G=1, K=2, s=3, N=1, M=1, **{"lambda": Fraction(1, 3)})
    lo, hi = evaluate("sqrt(K)", known) or (Fraction(0), Fraction(0))
    assert lo**2 < 2 < hi**2
    assert exact_value("(G + K)/lambda", known) == 9
    assert evaluate("rho*G", {**known, "rho": Constant("rho")}) is None


@pytest.fixture(scope="module")
def contents(library: Library) -> list[dict[str, Any]]:
    cases = [
        ("tanh", "squared", None, "villani"),
        ("softplus", "logistic", Fraction(1, 10), "villani"),
        ("softplus", "squared", None, "villani"),
        ("relu", "squared", None, "villani"),
        ("tanh", "squared", Fraction(0), "villani"),
        ("tanh", "squared", None, "villani-iff"),
        ("tanh", "squared", None, "sgd-discrete"),
        ("z + 2*sin(z)", "squared", None, "escaping"),
        ("z^3", "squared", None, "villani"),
        ("z^2", "logistic", Fraction(1), "villani"),
        ("z*sin(z)", "squared", None, "villani"),
        ("z + sin(z)", "squared", None, "villani-iff"),
        ("z + 2*sin(z)", "squared", Fraction(10), "villani"),
        ("relu", "squared", None, "villani-iff"),
        ("relu", "logistic", None, "lipschitz-threshold"),
        ("tanh", "squared", Fraction(-1), "lipschitz-threshold"),
    ]
    return [
        json.loads(certify(prove(Problem(Activation.of(a), loss, lam), claim, library)).to_json())
        for a, loss, lam, claim in cases
    ]


def test_certificates_match_the_published_schema(contents: list[dict[str, Any]]) -> None:
    for content in contents:
        jsonschema.validate(content, schema())


def test_certificates_replay(contents: list[dict[str, Any]]) -> None:
    for content in contents:
        outcome = recheck(content)
        assert outcome.valid, outcome


def test_certificates_are_stable_byte_for_byte() -> None:
    texts = {
        certify(prove(Problem(Activation.of("sigmoid"), "squared"), library=Library())).to_json()
        for _ in range(2)
    }
    assert len(texts) == 1


def mutations(content: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    out = []

    def mutant(name: str, change: Any) -> None:
        c = copy.deepcopy(content)
        change(c)
        c["digest"] = digest(c)
        out.append((name, c))

    bound = next(
        i
        for i, s in enumerate(content["steps"])
        if s["rule"] == "supremum" and "M1" in s["defines"]
    )

    def lower(c: dict[str, Any]) -> None:
        for p in c["steps"][bound]["payload"]["proofs"]:
            p["upper"] = "9/10"
        c["steps"][bound]["defines"]["M1"]["hi"] = "9/10"

    mutant("smaller constant", lower)
    mutant(
        "constant without its proof", lambda c: c["steps"][bound]["defines"]["M1"].update(hi="9/10")
    )
    mutant(
        "formula",
        lambda c: next(s for s in c["steps"] if s["rule"] == "bounded gradient")["defines"][
            "G"
        ].update(formula="rho*M1*a_2"),
    )
    mutant("dropped step", lambda c: c["steps"].pop(0))
    mutant("circular premise", lambda c: c["steps"][-1].update(premises=[c["steps"][-1]["id"]]))
    mutant("rule name", lambda c: c["steps"][0].update(rule="V1"))
    mutant(
        "evidence",
        lambda c: next(s for s in c["steps"] if s["evidence"] == "tested").update(
            evidence="kernel-checked"
        ),
    )
    mutant("verdict", lambda c: c.update(goals=[]))
    mutant(
        "statement", lambda c: c.update(statement="L is a Villani function for every lambda >= 0")
    )
    mutant("activation", lambda c: c["problem"]["activation"].update(expression="2*tanh(z)"))
    mutant("lambda", lambda c: c["problem"].update({"lambda": "-1"}))
    mutant("condition", lambda c: c["conditions"]["V4"].update(evidence="Coq-checked"))
    mutant("route", lambda c: c["routes"][2].update(threshold="0"))
    mutant("summary threshold", lambda c: c["lambda_threshold"].update(value="-1"))
    mutant("summary constant", lambda c: c["constants"]["M1"].update(hi="1/2"))
    mutant("summary constant left out", lambda c: c["constants"].pop("M1"))
    mutant("published threshold", lambda c: c["published_threshold"].update(formula="0"))
    mutant("assumptions", lambda c: c["assumptions"].pop())
    mutant("evidence summary", lambda c: c.update(evidence={"Coq-checked": ["V1"]}))
    mutant("witness", lambda c: c.update(witness={"kind": "bounded", "ray": "any", "limit": "0"}))
    mutant("exact form", lambda c: c["steps"][bound]["defines"]["M1"].update(exact="99/100"))
    return out


def test_altered_certificates_are_rejected(contents: list[dict[str, Any]]) -> None:
    for name, mutant in mutations(contents[0]):
        assert not recheck(mutant).valid, name
    stale = copy.deepcopy(contents[0])
    stale["statement"] = "anything"
    assert recheck(stale).step == "digest"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"format": "proofkit-certificate", "version": 2},
        {"format": "proofkit-certificate", "version": 1},
    ],
)
def test_what_is_not_a_certificate_is_unreadable(content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        recheck(content)


def test_schema_is_shipped() -> None:
    assert Path(schema.__code__.co_filename).with_name("certificate.schema.json").is_file()


@pytest.mark.parametrize("rule", ["one-signed weights", "weights of one sign"])
def test_one_sign_is_never_taken_for_granted(rule: str, library: Library) -> None:
    """With data the signs are those of the weights; without, the conclusion keeps its hypothesis."""
    table = load_table(bundled_data(), BUNDLED_TARGET)
    square, data = Activation.of("z^2"), summarise(table)
    mixed, symbolic = (
        Problem(square, "squared", None, None, data, outer_from_seed(8, 1)),
        Problem(square, "squared"),
    )
    positive = Problem(
        square,
        "squared",
        None,
        None,
        data,
        summarise_outer([Fraction(1, 2), Fraction(0)], "two", ""),
    )
    granted = {"one-signed weights": [positive], "weights of one sign": [symbolic]}[rule]
    for problem in (mixed, symbolic, positive):
        bench = Workbench(problem, library)
        low, high = bench.euler_range()
        premises = (
            bench.parameters(),
            bench.derivation(),
            bench.loss(),
            bench.enclosed("S_lo"),
            bench.enclosed("M2"),
            low,
            high,
        )
        if problem in granted:
            fact = infer(rule, problem, premises)
            with pytest.raises(KernelError):
                infer(
                    "V4 if one-signed" if rule == "one-signed weights" else "V4 one-signed",
                    problem,
                    (fact,),
                )
        else:
            with pytest.raises(KernelError, match=r"outer weights are (not )?(known|of one sign)"):
                infer(rule, problem, premises)


@pytest.mark.parametrize(("low", "high"), [(0, 2), (3, 2), (Fraction(1), Fraction(1, 2))])
def test_the_exponents_of_one_sign_are_in_order(
    low: Fraction, high: Fraction, library: Library
) -> None:
    bench = Workbench(Problem(Activation.of("log(1 + exp(z))"), "squared"), library)
    with pytest.raises((KernelError, Stuck)):
        facts = (
            bench._suprema("H_lo", (-1,), kappa=Fraction(low)),
            bench._suprema("H_hi", (1,), kappa=Fraction(high)),
        )
        premises = (
            bench.parameters(),
            bench.derivation(),
            bench.loss(),
            bench.enclosed("S_lo"),
            bench.enclosed("M2"),
            *facts,
        )
        infer("weights of one sign", bench.problem, premises)
