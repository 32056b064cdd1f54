"""Theorems on whole problems, against numbers computed directly from data."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.errors import InputError
from proofkit.kernel.claims import Steep
from proofkit.kernel.facts import environment
from proofkit.kernel.verdicts import NAMED
from proofkit.problem.data import Outer, generate_outer, outer_from_seed, summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table, with_labels
from proofkit.report import BUNDLED_LABEL_ABOVE, BUNDLED_TARGET, bundled_data
from proofkit.search.jets import Evaluator
from proofkit.tactics.prove import prove
from proofkit.tactics.theorem import load_theorems
from proofkit.tactics.workbench import Library

TABLE = load_table(bundled_data(), BUNDLED_TARGET)
OUTER = outer_from_seed(8, 1)
SUMMARY = summarise(TABLE)
SMOOTH = [
    name for name in CATALOGUE if name not in ("relu", "leaky_relu", "elu", "softsign", "hardtanh")
]


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_every_smooth_activation_of_the_catalogue_is_villani_for_every_positive_lambda(
    name: str, loss: str, library: Library
) -> None:
    proof = prove(Problem(Activation.of(name), loss), library=library)
    assert proof.verdict == "PROVED"
    assert proof.threshold is not None and proof.threshold.threshold == "0"


@pytest.mark.parametrize("name", ["tanh", "softplus", "silu", "arctan"])
def test_data_bound_inequalities_hold_at_random_points(name: str, library: Library) -> None:
    """||grad R||, Laplacian R, <grad R, W> and the V4 expression against their certified bounds."""
    lam, s = Fraction(1, 10), Fraction(1, 100)
    proof = prove(Problem(Activation.of(name), "squared", lam, s, SUMMARY, OUTER), library=library)
    assert proof.verdict == "PROVED"
    c = {k: float(v.hi) for k, v in proof.constants.items() if v.hi is not None}
    z = sp.Symbol("z", real=True)
    expr = Activation.of(name).expr
    f0, f1, f2 = (sp.lambdify(z, sp.diff(expr, z, k) if k else expr, "numpy") for k in range(3))
    X = np.array(TABLE.rows, dtype=float) / TABLE.x_scale
    y = np.array(TABLE.labels, dtype=float) / TABLE.y_scale
    a = np.array([float(w) for w in generate_outer(8, 1)])
    rng = np.random.default_rng(0)
    for r in (0.001, 0.01, 0.1, 0.5):
        W = rng.standard_normal((8, TABLE.d))
        W *= r / np.linalg.norm(W)
        Z = X @ W.T
        e = f0(Z) @ a - y
        grad = ((e[:, None] * a * f1(Z)).T @ X) / len(y)
        square = (X**2).sum(1)
        laplacian = (square * ((f1(Z) ** 2) @ a**2 + e * (f2(Z) @ a))).mean()
        for route in proof.routes:
            if route.name == "bounded" and route.verdict == "PROVED":
                assert np.linalg.norm(grad) <= c["G"] and laplacian <= c["K"]
            if route.name == "euler" and route.verdict == "PROVED":
                known = (
                    {
                        k.name: float(k.hi)
                        for f in route.fact.ancestors()
                        for k in f.constants
                        if k.hi is not None
                    }
                    if route.fact
                    else {}
                )
                assert (grad * W).sum() >= -known["C"] - known["D"] * r
                assert laplacian <= known["A"] * r + known["B"]
    r0 = c["r_0"]
    W = rng.standard_normal((8, TABLE.d))
    W *= r0 / np.linalg.norm(W)
    with np.errstate(over="ignore"):
        Z = np.clip(X @ W.T, -700, 700)
    if name in ("tanh", "arctan"):
        e = f0(Z) @ a - y
        grad = ((e[:, None] * a * f1(Z)).T @ X) / len(y) + float(lam) * W
        laplacian = ((X**2).sum(1) * ((f1(Z) ** 2) @ a**2 + e * (f2(Z) @ a))).mean() + float(
            lam
        ) * W.size
        assert (grad**2).sum() / float(s) - laplacian >= 1


def test_thresholds_beside_the_published_one(library: Library) -> None:
    proof = prove(
        Problem(Activation.of("tanh"), "squared", None, None, SUMMARY, OUTER), library=library
    )
    route = {r.name: r for r in proof.routes}
    assert route["bounded"].value == (0, 0)
    lipschitz, published = route["lipschitz"].value, proof.published[1]
    assert lipschitz is not None and published is not None
    assert 0 < lipschitz[1] < published[0]
    assert "recalled" in proof.published[2]


@pytest.mark.parametrize(
    ("name", "lam"),
    [("tanh", "0"), ("tanh", "-1/10"), ("softplus", "0"), ("softplus", "-2"), ("gelu", "0")],
)
def test_refutations_on_data_have_a_ray_along_which_the_loss_does_not_grow(
    name: str, lam: str, library: Library
) -> None:
    proof = prove(
        Problem(Activation.of(name), "squared", Fraction(lam), None, SUMMARY, OUTER),
        library=library,
        table=TABLE,
    )
    assert proof.verdict == "REFUTED"
    assert proof.witness is not None and proof.witness["ray"]
    assert (proof.witness["limit"] == "-oo") == (Fraction(lam) < 0)


def test_paired_units_need_two_weights_of_opposite_sign(library: Library) -> None:
    from dataclasses import replace

    one_sided = replace(OUTER, a_minus=Fraction(0))
    proof = prove(
        Problem(Activation.of("softplus"), "squared", Fraction(0), None, SUMMARY, one_sided),
        library=library,
    )
    assert proof.verdict == "UNKNOWN" and "contradict" in proof.open


def test_paired_units_really_cancel() -> None:
    """The witness of the paired rule, evaluated: the loss along the ray stays bounded at lambda =
    0.
    """
    X = np.array(TABLE.rows, dtype=float) / TABLE.x_scale
    y = np.array(TABLE.labels, dtype=float) / TABLE.y_scale
    a = np.array([float(w) for w in generate_outer(8, 1)])
    i, j = int(np.argmax(a > 0)), int(np.argmax(a < 0))
    u = np.ones(TABLE.d)
    values = []
    for t in (1e2, 1e3, 1e4, 1e5):
        W = np.zeros((8, TABLE.d))
        W[i], W[j] = t * u / a[i], -t * u / a[j]
        f = np.logaddexp(0, X @ W.T) @ a
        values.append(0.5 * ((f - y) ** 2).mean())
    assert max(values) < 1e5 and np.ptp(values[1:]) < 1e-3 * values[-1] + 1


def test_converse_is_open_where_the_loss_is_really_confining(
    library: Library, tmp_path: Path
) -> None:
    """One SoftPlus unit, x = +-1: L tends to infinity even at lambda = 0, so no refutation may be
    claimed.
    """
    path = tmp_path / "d.csv"
    path.write_text("x,y\n1,0\n-1,0\n")
    table = load_table(path, "y")
    weights = tmp_path / "a.txt"
    weights.write_text("1\n")
    from proofkit.problem.data import load_outer

    proof = prove(
        Problem(
            Activation.of("softplus"),
            "squared",
            Fraction(0),
            None,
            summarise(table),
            load_outer(weights),
        ),
        library=library,
        table=table,
    )
    assert proof.verdict == "UNKNOWN" and "no ray" in proof.open


def test_null_direction(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("x1,x2,y\n1,2,0\n-1,-2,1\n3,6,2\n")
    table = load_table(path, "y")
    outer = outer_from_seed(1, 0)
    proof = prove(
        Problem(Activation.of("softplus"), "squared", Fraction(0), None, summarise(table), outer),
        library=library,
        table=table,
    )
    assert (
        proof.verdict == "REFUTED" and proof.witness is not None and proof.witness["kind"] == "null"
    )


def test_half_space_direction(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("x1,x2,y\n1,2,0\n1,-2,1\n3,6.5,2\n")
    table = load_table(path, "y")
    proof = prove(
        Problem(
            Activation.of("softplus"),
            "squared",
            Fraction(0),
            None,
            summarise(table),
            outer_from_seed(1, 0),
        ),
        library=library,
        table=table,
    )
    assert (
        proof.verdict == "REFUTED"
        and proof.witness is not None
        and proof.witness["kind"] == "half-space"
    )


@pytest.mark.parametrize("text", ["z*log(1 + z^2)", "z*sin(z)"])
def test_what_no_route_covers_is_unknown_with_the_obligation_named(
    text: str, library: Library
) -> None:
    proof = prove(Problem(Activation.of(text), "squared"), library=library)
    assert proof.verdict == "UNKNOWN" and "V4" in proof.open and "unbounded" in proof.open


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize(
    ("text", "fast"),
    [
        ("z^2", False),
        ("z + z^2/10", False),
        ("-z^2/(1 + exp(z))", False),
        ("z^3", True),
        ("exp(-z/2)", True),
        ("sinh(z) - z^5", True),
    ],
)
def test_mirrored_units_refute_what_grows_too_fast(
    text: str, fast: bool, loss: str, library: Library
) -> None:
    """The V4 expression on the instance, by numerical differentiation of the objective itself, at
    the least s that the statement names.
    """
    activation, lam = Activation.of(text), Fraction(3)
    proof = prove(Problem(activation, loss), library=library)
    assert (
        proof.verdict == "REFUTED"
        and proof.witness is not None
        and proof.witness["kind"] == "mirrored"
    )
    assert {c.name: c.verdict for c in proof.conditions} == {
        "V1": "PROVED",
        "V2": "PROVED",
        "V3": "PROVED",
        "V4": "REFUTED",
    }
    steep = next(f for f in proof.steps() if f.rule == "steep")
    assert proof.witness["limit"] == ("-oo" if fast else "at most -2 lambda")
    claim = steep.claim
    assert isinstance(claim, Steep)
    beta, start = claim.factor, claim.start
    s = Fraction(1, 10) if fast else (1 if loss == "squared" else 4) * lam**2 / beta**2
    assert prove(Problem(activation, loss, lam, s), library=library).verdict == "REFUTED"
    assert (
        fast
        or prove(Problem(activation, loss, lam, s * Fraction(99, 100)), library=library).verdict
        == "UNKNOWN"
    )
    sigma = Evaluator(activation.root, 60)
    m = sigma.context

    def objective(v: Any, w: Any) -> Any:
        f = sigma.derivatives(v, 0)[0] - sigma.derivatives(w, 0)[0]
        risk = f**2 / 2 if loss == "squared" else (m.log(1 + m.exp(-f)) + m.log(1 + m.exp(f))) / 2
        return risk + (v**2 + w**2) * m.mpf(3) / 2

    for factor in (4, 5) if fast else (1, 2):  # what grows faster wins in the end
        t = m.mpf(str(float(start))) * factor * claim.end
        gradient = [m.diff(objective, (t, t), n) for n in ((1, 0), (0, 1))]
        laplacian = sum(m.diff(objective, (t, t), n) for n in ((2, 0), (0, 2)))
        value = sum(g**2 for g in gradient) * s.denominator / s.numerator - laplacian
        assert value <= -6 + m.mpf(10) ** -10


def test_mirrored_units_need_free_data_and_a_positive_lambda(library: Library) -> None:
    quadratic = Activation.of("z^2")
    assert (
        prove(
            Problem(quadratic, "squared", Fraction(1), Fraction(1), SUMMARY, OUTER), library=library
        ).verdict
        == "UNKNOWN"
    )
    assert (
        prove(Problem(quadratic, "squared", None, Fraction(1)), library=library).verdict
        == "UNKNOWN"
    )  # lambda may be large
    at_zero = prove(Problem(quadratic, "squared", Fraction(0)), library=library)
    assert (
        at_zero.verdict == "REFUTED"
        and at_zero.witness is not None
        and at_zero.witness["kind"] == "instance"
    )


@pytest.mark.parametrize(
    ("text", "kind"), [("relu", "kink"), ("z + 2*sin(z)", "escaping"), ("z^2", "mirrored")]
)
def test_what_fails_for_a_positive_lambda_refutes_the_equivalence(
    text: str, kind: str, library: Library
) -> None:
    proof = prove(Problem(Activation.of(text), "squared"), "villani-iff", library)
    assert (
        proof.verdict == "REFUTED" and proof.witness is not None and proof.witness["kind"] == kind
    )


def test_the_equivalence_is_open_up_to_the_threshold(library: Library) -> None:
    proof = prove(
        Problem(Activation.of("log(1 + exp(z)) + sin(z)/4"), "squared"), "villani-iff", library
    )
    assert (
        proof.verdict == "UNKNOWN"
        and proof.open == "0 < lambda <= G1, the threshold of the lipschitz route"
    )


@pytest.mark.parametrize(
    ("text", "lam", "why"),
    [
        ("tanh", None, "proved for every lambda > 0"),
        ("z + sin(z)", None, "proved for every lambda > 0"),
        ("z*sin(z)", None, "not a line"),
        ("z + 2*sin(z)", Fraction(0), "not positive"),
    ],
)
def test_where_nothing_escapes_it_is_said_why(
    text: str, lam: Fraction | None, why: str, library: Library
) -> None:
    proof = prove(Problem(Activation.of(text), "squared", lam), "escaping", library)
    assert proof.verdict == "UNKNOWN" and why in proof.open and why in proof.statement


def test_lipschitz_activation_without_kappa_is_open_or_refuted_below_the_threshold(
    library: Library,
) -> None:
    bumpy = Activation.of("z + 2*sin(z)")
    assert prove(Problem(bumpy, "squared", Fraction(1, 2)), library=library).verdict == "REFUTED"
    assert prove(Problem(bumpy, "squared", Fraction(2)), library=library).verdict == "UNKNOWN"
    above = prove(Problem(bumpy, "squared"), library=library)
    assert (
        above.verdict == "PROVED"
        and above.threshold is not None
        and above.threshold.threshold == "lambda_alpha"
    )


def test_the_threshold_of_a_line_plus_waves_is_sharp(library: Library) -> None:
    """alpha sup(-sigma') ||a||^2 Lambda_S is slope*fall where ||a|| = Lambda_S = 1, below which
    critical points escape.
    """
    bumpy = Activation.of("z/2 + sin(3*z)/4 + cos(z)/8")
    above, below = (
        prove(Problem(bumpy, "squared"), claim, library).constants
        for claim in ("villani", "escaping")
    )
    formula = above["lambda_alpha"].formula
    assert formula == "alpha*fall*a_2^2*Lambda_S" and below["lambda_c"].formula == "slope*fall"
    assert (
        above["alpha"].lo == below["slope"].lo == Fraction(1, 2)
        and above["fall"].lo == below["fall"].lo
    )


@pytest.mark.parametrize(
    "text",
    [
        "z + sin(z)",
        "z + sin(z)^2",
        "z/2 + sin(2*z)/4 + tanh(z)",
        "z + 2*sin(z)",
        "3*z - 2*cos(2*z)*tanh(z)",
    ],
)
def test_the_gradient_grows_near_a_line(text: str, library: Library) -> None:
    """||grad L|| >= (lambda r - J)/Q at random points and near critical points, on data; lambda
    just above the threshold and far from it.
    """
    proof = prove(
        Problem(Activation.of(text), "squared", Fraction(10**6), None, SUMMARY, OUTER),
        library=library,
    )
    rising = "lambda_alpha" not in proof.constants
    assert (
        proof.verdict == "PROVED"
        and proof.threshold is not None
        and proof.threshold.name == ("monotone" if rising else "line")
    )
    z, expr = sp.Symbol("z", real=True), Activation.of(text).expr
    sigma, slope = sp.lambdify(z, expr, "numpy"), sp.lambdify(z, sp.diff(expr, z), "numpy")
    X, y = (
        np.array(TABLE.rows, dtype=float) / TABLE.x_scale,
        np.array(TABLE.labels, dtype=float) / TABLE.y_scale,
    )
    a = np.array([float(w) for w in generate_outer(8, 1)])
    least = Fraction(1, 100) if rising else proof.constants["lambda_alpha"].hi
    assert least is not None
    rng = np.random.default_rng(5)
    for lam in (least * Fraction(1001, 1000), 3 * least):
        at = prove(
            Problem(Activation.of(text), "squared", lam, None, SUMMARY, OUTER), library=library
        )
        J, Q = (float(at.constants[k].hi or 0) for k in ("J", "Q"))
        for size in (1e-3, 0.1, 1, 10, 1000):
            W = rng.normal(size=(8, X.shape[1])) * size
            for _ in range(20):
                Z = X @ W.T
                e = sigma(Z) @ a - y
                gradient = (slope(Z) * a * e[:, None]).T @ X / len(y) + float(lam) * W
                norm, r = float(np.linalg.norm(gradient)), float(np.linalg.norm(W))
                assert norm >= (float(lam) * r - J) / Q - 1e-9 * (1 + norm)
                W = W - gradient / (float(lam) + 1e5)


def test_logistic_labels_by_a_stated_threshold() -> None:
    table = with_labels(TABLE, BUNDLED_LABEL_ABOVE)
    above = [value > BUNDLED_LABEL_ABOVE * TABLE.y_scale for value in TABLE.labels]
    assert [label == 1 for label in table.labels] == above
    assert set(table.labels) == {-1, 1} and table.target == TABLE.target


def test_cost_does_not_depend_on_sizes(library: Library) -> None:
    """The proof uses the summary only: n and p enter as numbers."""
    from dataclasses import replace

    big = replace(SUMMARY, n=10**6)
    wide = replace(OUTER, p=10**6)
    assert (
        prove(
            Problem(Activation.of("tanh"), "squared", Fraction(1), Fraction(1), big, wide),
            library=library,
        ).verdict
        == "PROVED"
    )


def test_theorem_files_all_come_out_as_expected() -> None:
    theorems = load_theorems(Path(__file__).parents[2] / "theorems")
    assert {t.claim for t in theorems} == set(NAMED)


# -- outer weights of one sign ---------------------------------------------------------------------

ONE_SIGN = [
    "z^2",
    "z^2 + z",
    "3*z^2 - 2*z + 1/2",
    "log(1 + exp(z))^2",
    "z*log(1 + exp(z))",
    "z^2/(1 + exp(-z))",
    "sqrt(1 + z^4)",
    "z^2 + cos(z)",
    "z*erf(z) + sin(z)/3",
]


def weights(sign: int) -> Outer:
    return summarise_outer(
        [sign * abs(w) for w in generate_outer(8, 1)], "8 weights of one sign", ""
    )


@pytest.mark.parametrize("text", ONE_SIGN)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("sign", [1, -1])
def test_outer_weights_of_one_sign(text: str, loss: str, sign: int, library: Library) -> None:
    """<grad R, W> >= kappa_lo U^2 - C and Laplacian R <= A U + B with the U of the proof, and V4
    beyond its start, at random points of all sizes.
    """
    table = TABLE if loss == "squared" else with_labels(TABLE, BUNDLED_LABEL_ABOVE)
    lam, s = Fraction(1, 10), Fraction(1, 100)
    proof = prove(
        Problem(Activation.of(text), loss, lam, s, summarise(table), weights(sign)), library=library
    )
    assert (
        proof.verdict == "PROVED"
        and proof.threshold is not None
        and proof.threshold.threshold == "0"
    )
    route = next((r for r in proof.routes if r.name == "one-signed"), None)
    if route is None:  # the logistic loss with bounded sigma' needs no signs
        assert (text, loss) == (ONE_SIGN[-1], "logistic")
        return
    assert route.fact is not None
    c = {k: float(v.hi) for k, v in environment([route.fact]).items() if v.hi is not None}
    z, expr = sp.Symbol("z", real=True), Activation.of(text).expr
    f0, f1, f2 = (
        sp.lambdify(z, sp.diff(expr, z, k) if k else expr, ["numpy", "scipy"]) for k in range(3)
    )
    X, y = (
        np.array(table.rows, dtype=float) / table.x_scale,
        np.array(table.labels, dtype=float) / table.y_scale,
    )
    a = sign * np.abs([float(w) for w in generate_outer(8, 1)])
    rng, square = np.random.default_rng(3), (X**2).sum(1)
    for size in (1e-4, 1e-3, 0.01, 0.05):
        for aligned in (False, True):
            W = rng.normal(size=(8, X.shape[1])) * size
            if aligned:
                W = np.outer(rng.normal(size=8), X[rng.integers(len(X))]) * size / 100
            Z = X @ W.T
            f = f0(Z) @ a
            e = f - y
            m = y * f
            l1, l2 = (
                (e, np.ones_like(e))
                if loss == "squared"
                else (
                    -y * np.exp(-np.logaddexp(0, m)),
                    np.exp(-np.logaddexp(0, m) - np.logaddexp(0, -m)),
                )
            )
            U = (
                0.0
                if loss == "logistic"
                else float(
                    np.sqrt(
                        (
                            (
                                np.abs(e)
                                - (c["kappa_hi"] * np.abs(y) + c["gamma"]) / (2 * c["kappa_lo"])
                            )
                            ** 2
                        ).mean()
                    )
                )
            )
            radial = float((l1 * ((Z * f1(Z)) @ a)).mean())
            bend = np.broadcast_to(np.asarray(f2(Z), dtype=float), Z.shape)
            laplacian = float((square * (l2 * ((f1(Z) ** 2) @ a**2) + l1 * (bend @ a))).mean())
            near = 1e-9 * (1 + abs(radial) + abs(laplacian))
            assert (
                radial >= c["kappa_lo"] * U**2 - c["C"] - near
                and laplacian <= c["A"] * U + c["B"] + near
            )
            gradient = (l1[:, None] * a * f1(Z)).T @ X / len(y) + float(lam) * W
            r, N = float(np.linalg.norm(W)), W.size
            if r**2 >= 2 * c["C"] / float(lam):
                v4 = float((gradient**2).sum()) / float(s) - laplacian - float(lam) * N
                lower = (float(lam) * r) ** 2 / float(s) - 2 * float(lam) * c["C"] / float(s)
                lower -= (
                    float(s) * c["A"] ** 2 / (4 * float(lam) * c["kappa_lo"])
                    + c["B"]
                    + float(lam) * N
                )
                assert v4 >= lower - 1e-9 * abs(v4)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_one_sign_is_needed_for_z_squared(loss: str, library: Library) -> None:
    square = Activation.of("z^2")
    assert (
        prove(Problem(square, loss), "villani-one-signed", library).statement
        == "L is a Villani function for every a of one sign, for every lambda > 0 and every s > 0"
    )
    assert prove(Problem(square, loss), "villani", library).verdict == "REFUTED"
    table = TABLE if loss == "squared" else with_labels(TABLE, BUNDLED_LABEL_ABOVE)
    both = prove(Problem(square, loss, None, None, summarise(table), OUTER), library=library)
    assert both.verdict == "REFUTED" and any(
        "not known to be of one sign" in r.reason for r in both.routes
    )
    shifted = prove(
        Problem(Activation.of("z^2 + z"), loss, None, None, summarise(table), OUTER),
        library=library,
    )
    assert shifted.verdict == "UNKNOWN" and "not known to be of one sign" in shifted.open
    rate = prove(
        Problem(square, loss, None, None, summarise(table), weights(1)), "dissipativity", library
    )
    assert (
        rate.verdict == "PROVED"
        and rate.constants["m_d"].formula == "lambda"
        and rate.constants["b_d"].formula == "C"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("z^3", "sigma is unbounded"),
        ("tanh", "does not grow"),
        ("z^4", "sigma'' is unbounded"),
        ("softplus(z)^2*sin(z)", ""),
    ],
)
def test_where_one_sign_is_not_enough(text: str, why: str, library: Library) -> None:
    proof = prove(Problem(Activation.of(text), "squared"), "villani-one-signed", library)
    assert (
        proof.verdict == "UNKNOWN"
        and "for every a of one sign: open" in proof.statement
        and why in proof.open
    )


def test_the_claim_of_one_sign_is_for_arbitrary_weights(library: Library) -> None:
    with pytest.raises(InputError, match="claim villani, which looks at their signs"):
        prove(
            Problem(Activation.of("z^2"), "squared", None, None, SUMMARY, OUTER),
            "villani-one-signed",
            library,
        )
    assert (
        prove(
            Problem(Activation.of("z^2"), "squared", Fraction(0)), "villani-one-signed", library
        ).verdict
        == "REFUTED"
    )


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("lam", [Fraction(1, 1000), Fraction(1), Fraction(10**6)])
def test_units_that_cancel(loss: str, lam: Fraction, library: Library) -> None:
    """Along the ray of the refutation the V4 expression stays below one number at the least s that
    it names, the net at zero.
    """
    table = TABLE if loss == "squared" else with_labels(TABLE, BUNDLED_LABEL_ABOVE)
    proof = prove(
        Problem(Activation.of("-3*z^2"), loss, lam, None, summarise(table), OUTER), library=library
    )
    assert (
        proof.verdict == "REFUTED"
        and proof.witness is not None
        and proof.witness["kind"] == "cancelling"
    )
    s_c = proof.constants["s_c"].hi
    assert s_c is not None
    X, y = (
        np.array(table.rows, dtype=float) / table.x_scale,
        np.array(table.labels, dtype=float) / table.y_scale,
    )
    a = np.array([float(w) for w in generate_outer(8, 1)])
    one, two = int(np.argmax(a > 0)), int(np.argmax(a < 0))
    u = np.linalg.eigh(X.T @ X)[1][:, -1]
    square = (X**2).sum(1)
    found = []
    for t in (1.0, 10.0, 100.0, 1000.0):
        W = np.zeros((8, X.shape[1]))
        W[one], W[two] = t * u / np.sqrt(a[one]), t * u / np.sqrt(-a[two])
        Z = X @ W.T
        assert np.abs((-3 * Z**2) @ a).max() <= 1e-9 * (Z**2).max()
        l1, l2 = (-y, 1.0) if loss == "squared" else (-y / 2, 0.25)
        gradient = (l1[:, None] * a * (-6 * Z)).T @ X / len(y) + float(lam) * W
        laplacian = (
            float((square * (l2 * ((-6 * Z) ** 2 @ a**2) + l1 * (-6 * a.sum()))).mean())
            + float(lam) * W.size
        )
        found.append(float((gradient**2).sum()) / float(s_c) - laplacian)
    assert max(found) <= found[0] + abs(found[0]) and found[-1] < found[0]
    beyond, short = (
        prove(
            Problem(Activation.of("-3*z^2"), loss, lam, s, summarise(table), OUTER), library=library
        ).verdict
        for s in (s_c, s_c * Fraction(99, 100))
    )
    assert (beyond, short) == ("REFUTED", "UNKNOWN")


@pytest.mark.parametrize(
    "text", ["z^2 + 1", "z^2 + z", "z^4", "log(1 + exp(z))^2", "z^2/(1 + exp(-z))"]
)
def test_units_that_do_not_cancel(text: str, library: Library) -> None:
    proof = prove(
        Problem(Activation.of(text), "squared", None, None, SUMMARY, OUTER), library=library
    )
    assert proof.verdict == "UNKNOWN"


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize(
    "text",
    [
        "(1000*z^2)^64",
        "log(1 + exp((-3000000)*(1/1000 + z)))^(-64)",
        "(1 + (1e200*z)^2)^64",
        "cosh(-3000000000000 + z)",
        "exp((-3/1000000)*(1e100*z))^64",
        "sinh(sinh(Abs(asinh(log(1 + exp(z))^4))))",
    ],
)
def test_numbers_out_of_range_leave_something_open(text: str, loss: str) -> None:
    proof = prove(Problem(Activation.of(text), loss), library=Library(3.0))
    assert proof.verdict in ("PROVED", "REFUTED", "UNKNOWN")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("exp(-z^8)", "PROVED"),
        ("tanh(1000000*z)", "PROVED"),
        ("exp(-exp(3*z))", "PROVED"),
        ("exp(-1000000*z^2)", "PROVED"),
        ("softplus(beta=1000000)", "PROVED"),
        ("log((1+exp(2*z))/(1+exp(2*(z-1))))/2", "PROVED"),
        ("exp(20*z)", "REFUTED"),
    ],
)
def test_activations_on_every_scale(text: str, verdict: str) -> None:
    assert prove(Problem(Activation.of(text), "squared")).verdict == verdict
