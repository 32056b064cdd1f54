"""Rules about nets of layers: formulas at examples by hand, side conditions, random nets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from proofkit.kernel.claims import (
    V2,
    V3,
    V4,
    AnyNoise,
    Enclosed,
    LambdaAbove,
    LambdaIs,
    NoiseBelow,
    NoiseIs,
    Radial,
    RiskGradient,
    RiskLaplacian,
    Scope,
    V4Limit,
    Villani,
)
from proofkit.kernel.facts import Fact, environment, infer
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.network.architecture import DenseLayer
from proofkit.kernel.proposals import LevelProposal, ShareProposal, SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import lambda_0, lambda_b, lambda_min, s_0
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ZERO, num, to_text
from proofkit.reading.table import Table
from proofkit.tactics import layers, routes
from proofkit.tactics.workbench import Stuck, Workbench
from tests.kernel.layered_nets import (
    TWO,
    TWO_BOUND,
    constant,
    evaluated,
    fixed,
    layered,
    texts,
)
from tests.kernel.nets import MIXED, net, refused, rows
from tests.kernel.network.deep_nets import SIGMAS, SLACK, DeepNet

HEAD = DenseLayer(1, trained=False)
CLASSES = DenseLayer(trained=False)
MIXED_HEAD = fixed((6, -4, 3))
EVERY_LAMBDA = LambdaAbove(ZERO)
ACTIVATIONS = ("tanh", "sigmoid", "softplus")


def high(fact: Fact, name: str) -> Fraction:
    """The upper end of a constant of a step."""
    found = constant(fact, name).hi
    assert found is not None
    return found


# -- parameters ------------------------------------------------------------------------------------


def test_the_parameters_of_symbolic_layers() -> None:
    given = (DenseLayer(bias="decayed"), DenseLayer(decay=Fraction(1, 10)), CLASSES)
    fact = layers.parameters(layered("tanh", given, "cross-entropy"))
    names = {c.name for c in fact.constants}
    assert {"p_1", "p_2", "d_out", "lambda_2", "W3_op", "W3_F", "W3_1", "W3_max"} <= names
    found = texts(fact)
    assert found["N"] == "p_1*(d + 1) + p_2*p_1"
    assert found["lambda_min"] == "Min(lambda, lambda_2)"
    assert found["P"] == "lambda*(p_1*(d + 1)) + lambda_2*(p_2*p_1)"
    assert constant(fact, "lambda_2").exact == parse("1/10")


def test_the_parameters_of_given_layers_are_numbers() -> None:
    fact = layers.parameters(
        layered("tanh", (DenseLayer(3), MIXED_HEAD), table=rows("squared"), lam=1, noise=1)
    )
    values = {c.name: (c.lo, c.hi) for c in fact.constants}
    assert values["N"] == (6, 6)
    assert values["a_1"] == (Fraction(13, 12), Fraction(13, 12))
    assert values["a_plus"] == (Fraction(3, 4), Fraction(3, 4))
    assert values["a_minus"] == (Fraction(1, 3), Fraction(1, 3))
    low, up = values["a_2"]
    assert low is not None
    assert up is not None
    assert low**2 <= Fraction(61, 144) <= up**2
    assert "lambda_min" not in values


def test_data_have_one_target() -> None:
    several = layered("tanh", (DenseLayer(3), DenseLayer(2)), table=rows("squared"))
    refused(several, "parameters of layers", why="of several outputs is one of symbolic data")


def test_rules_are_for_one_kind_of_net() -> None:
    refused(net("tanh"), "parameters of layers", why="of another architecture")
    refused(layered("tanh", TWO), "parameters", why="of another architecture")


@pytest.mark.parametrize(
    ("given", "layer"),
    [
        ((DenseLayer(bias="undecayed"), HEAD), 1),
        ((DenseLayer(), replace(HEAD, bias="undecayed")), 2),
        ((DenseLayer(trained=False, bias="undecayed"), DenseLayer(1)), 1),
    ],
)
def test_nets_that_are_not_assembled(given: tuple[DenseLayer, ...], layer: int) -> None:
    with pytest.raises(Stuck, match=f"the bias of layer {layer} has no decay"):
        layers.bounded(layered("tanh", given, "logistic"))


def test_different_activations_are_not_covered() -> None:
    bench = layered("tanh", (*TWO[:1], *TWO))
    architecture = bench.problem.architecture
    assert architecture is not None
    mixed = replace(architecture, activations=(parse("tanh(z)"), parse("sin(z)")))
    given = Workbench(replace(bench.problem, architecture=mixed), bench.library)
    with pytest.raises(Stuck, match="different activations"):
        layers.two_layers(given)
    with pytest.raises(KernelError, match="different activations"):
        _ = given.objective.net


# -- one trained block: the constants of the fixed head, word by word -------------------------------


def of_the_seed(activation: str, loss: str) -> tuple[Workbench, Workbench]:
    """The same net twice: with its own rules, and as an architecture."""
    own = net(activation, loss, 2, 1, MIXED)
    again = layered(activation, (DenseLayer(3), MIXED_HEAD), loss, lam=2, noise=1, table=rows(loss))
    return own, again


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_the_bounded_route_has_the_constants_of_before(loss: str) -> None:
    own, again = of_the_seed("tanh", loss)
    before, now = routes.bounded(own), layers.bounded(again)
    assert isinstance(now.claim, V4)
    for name in ("G", "K"):
        (old,) = [c for f in before.ancestors() for c in f.constants if c.name == name]
        (new,) = [c for f in now.ancestors() for c in f.constants if c.name == name]
        assert old.hi is not None
        assert new.hi is not None
        assert abs(new.hi - old.hi) < Fraction(1, 10**15)
    assert abs(high(now, "r_0") - high(before, "r_0")) < Fraction(1, 10**12)
    assert now.claim.scope == Scope(LambdaIs(Fraction(2)), NoiseIs(Fraction(1)))


def test_the_radial_route_has_the_constants_of_before() -> None:
    own, again = of_the_seed("softplus", "squared")
    before, now = routes.euler(own), layers.radial(again)
    assert abs(high(now, "r_0") - high(before, "r_0")) < Fraction(1, 10**3) * high(before, "r_0")
    assert high(now.premises[1], "C") <= high(before.premises[0], "C") + Fraction(1, 10**15)


def test_the_lipschitz_constant_of_before() -> None:
    own, again = of_the_seed("tanh", "logistic")
    premises = (
        own.parameters(),
        own.derivation(),
        own.loss(),
        own.residual(),
        own.enclosed("M1"),
        own.enclosed("M2"),
    )
    before = own.infer("gradient Lipschitz", *premises)
    now = layers.gradient_lipschitz(again)
    assert abs(high(now, "gLip") - high(before, "gLip")) < Fraction(1, 10**15)


def test_a_decayed_bias_is_a_column_of_ones() -> None:
    table = rows("logistic")
    widened = replace(
        table,
        features=(*table.features, "one"),
        rows=tuple((*row, table.x_scale) for row in table.rows),
    )
    biased = layered(
        "tanh", (DenseLayer(3, bias="decayed"), MIXED_HEAD), "logistic", 2, 1, table=table
    )
    column = layered("tanh", (DenseLayer(3), MIXED_HEAD), "logistic", 2, 1, table=widened)
    left, right = layers.bounded(biased), layers.bounded(column)
    for name in ("K", "N"):
        (a,) = [c for f in left.ancestors() for c in f.constants if c.name == name]
        (b,) = [c for f in right.ancestors() for c in f.constants if c.name == name]
        assert a.hi is not None
        assert b.hi is not None
        assert abs(a.hi - b.hi) < Fraction(1, 10**15)
    (a,) = [c for f in left.ancestors() for c in f.constants if c.name == "G"]
    (b,) = [c for f in right.ancestors() for c in f.constants if c.name == "G"]
    assert a.hi is not None
    assert b.hi is not None
    # lambda_max of S with the column of ones is at most Lambda_S + 1.
    assert b.hi <= a.hi < 2 * b.hi


# -- cross-entropy and squares of several outputs --------------------------------------------------


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_cross_entropy_with_a_fixed_head_for_every_lambda(activation: str) -> None:
    fact = layers.bounded(layered(activation, (DenseLayer(), CLASSES), "cross-entropy"))
    claim = fact.claim
    assert isinstance(claim, V4)
    assert claim.scope == Scope(EVERY_LAMBDA, AnyNoise())
    assert to_text(claim.bound) == "(lambda*r - G)^2/s - (K + lambda*N)"
    gradient, laplacian = fact.premises[1:]
    assert texts(gradient)["G"] == "sqrt(2)*M1*W2_op*sqrt(Lambda_S)"
    # Half the squared Frobenius norm for softmax's Hessian, 2 max_k |A_k|_1 for its slope.
    assert texts(laplacian)["K"] == "X2*(1/2*W2_F^2*M1^2 + 2*W2_1*M2)"


def test_rows_that_differ_little_have_a_small_slope() -> None:
    """For given A the slope is that of A_k - A_l."""
    table = Table("classes", "", ("x0", "x1"), "y", ((70, 10), (-40, 30)), (0, 1), 100, 1)
    head = fixed((12, 12, 12), (12, 12, 13))
    bench = layered("tanh", (DenseLayer(3), head), "cross-entropy", 1, 1, table=table)
    gradient = layers.bounded(bench).premises[1]
    assert "W2_d2" in texts(gradient)["G"]
    assert high(gradient, "G") < Fraction(1, 10)


def test_a_square_of_several_outputs() -> None:
    claim = layers.bounded(layered("tanh", (DenseLayer(), CLASSES))).claim
    assert isinstance(claim, V4)
    assert claim.scope == Scope(EVERY_LAMBDA, AnyNoise())
    claim = layers.radial(layered("softplus", (DenseLayer(), CLASSES))).claim
    assert isinstance(claim, V4)
    assert claim.scope == Scope(EVERY_LAMBDA, AnyNoise())


def test_the_rules_of_one_loss_refuse_another() -> None:
    entropy = layered("tanh", (DenseLayer(), CLASSES), "cross-entropy")
    square = layered("tanh", (DenseLayer(), CLASSES))
    premises = (layers.parameters(square), layers.derivation(square))
    suprema = (square.enclosed("M1"), square.at_zero())
    refused(
        square, "gradient of layers, cross-entropy", *premises, *suprema, why="only cross-entropy"
    )
    premises = (layers.parameters(entropy), layers.derivation(entropy))
    refused(entropy, "gradient of layers, squared", *premises, *suprema, why="squared residual")
    for rule in ("loss", "loss at zero", "supremum of the loss"):
        refused(entropy, rule, why="a function of several outputs|proposal")


def test_a_premise_about_something_else_is_missed() -> None:
    bench = layered("tanh", (DenseLayer(), CLASSES), "cross-entropy")
    premises = (layers.parameters(bench), layers.derivation(bench))
    wrong = (bench.enclosed("M2"), bench.enclosed("S0"))
    refused(bench, "gradient of layers, cross-entropy", *premises, *wrong, why="refers to M1")
    refused(
        bench, "V4 of the last layer, cross-entropy", *premises, *wrong, bench.enclosed("S0"),
        why="other norms|no premise gives|grow like a square",
    )  # fmt: skip


# -- V1 to V3 --------------------------------------------------------------------------------------


def test_v1_asks_for_every_activation_and_an_even_power() -> None:
    odd = layered("tanh", TWO, power=3)
    refused(odd, "V1 of layers", odd.smooth(), why="not smooth at 0")
    bench = layered("tanh", (*TWO[:1], *TWO))
    architecture = bench.problem.architecture
    assert architecture is not None
    kinked = replace(architecture, activations=(parse("tanh(z)"), parse("Abs(z)")))
    given = Workbench(replace(bench.problem, architecture=kinked), bench.library)
    refused(given, "V1 of layers", given.smooth(), why="the activation of layer 2 is only C")
    refused(given, "derivation of layers", why="the activation of layer 2 is only C")


def test_v2_and_v3_with_decays_of_their_own() -> None:
    bench = layered("tanh", (DenseLayer(), DenseLayer(1, decay=Fraction(1, 10))))
    v2 = layers.coercive(bench)
    assert v2.claim == V2(Scope(EVERY_LAMBDA), decay=lambda_min)
    assert layers.integrable(bench, v2).claim == V3(
        Scope(EVERY_LAMBDA, AnyNoise()), decay=lambda_min
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((DenseLayer(bias="undecayed"), DenseLayer(1)), "the bias of layer 1 has no decay"),
        ((DenseLayer(decay=Fraction(0)), DenseLayer(1)), "the decay of layer 1 is not positive"),
    ],
)
def test_v2_needs_all_decayed(given: tuple[DenseLayer, ...], why: str) -> None:
    with pytest.raises(Stuck, match=why):
        layers.coercive(layered("tanh", given))


def test_lambda_is_positive_where_a_block_has_it() -> None:
    with pytest.raises(Stuck, match="not above the threshold 0"):
        layers.coercive(layered("tanh", TWO, lam=0))
    own = (DenseLayer(decay=Fraction(1)), DenseLayer(1, decay=Fraction(1)))
    assert layers.coercive(layered("tanh", own, lam=0)).claim == V2(
        Scope(LambdaIs(Fraction(0))), decay=lambda_min
    )


def test_v2_of_a_power_by_hand() -> None:
    """rho^4/4 >= rho^2/2 - 1/4."""
    claim = layers.coercive(layered("tanh", TWO, power=4)).claim
    assert isinstance(claim, V2)
    assert claim.floor is not None
    assert to_text(claim.floor) == "-(1/2*lambda)"


@pytest.mark.parametrize(
    "given",
    [(DenseLayer(bias="decayed"), DenseLayer(1)), (DenseLayer(), DenseLayer(1, bias="decayed"))],
)
def test_a_decayed_bias_has_a_power_of_its_own(given: tuple[DenseLayer, ...]) -> None:
    """Three norms in the penalty, each with rho^4/4 >= rho^2/2 - 1/4."""
    claim = layers.coercive(layered("tanh", given, power=4)).claim
    assert isinstance(claim, V2)
    assert claim.floor is not None
    assert to_text(claim.floor) == "-(3/4*lambda)"


@pytest.mark.parametrize("lam", [0, -5])
def test_the_decay_of_an_output_bias_is_positive(lam: int) -> None:
    """L = R + |W|^2/2 + (lambda/2) c^2 with R of the order of c^2/2, and lambda that of c alone."""
    given = (DenseLayer(decay=Fraction(1)), replace(HEAD, bias="decayed"))
    bench = layered("tanh", given, lam=lam)
    premises = (layers.parameters(bench), bench.enclosed("S0"))
    refused(bench, "V2 with an output bias, bounded", *premises, why="not above the threshold 0")
    with pytest.raises(Stuck, match="not above the threshold 0"):
        layers.output_bias(bench)


def test_a_bias_above_fixed_weights_is_a_block_of_its_own() -> None:
    """|grad_b R| <= rho and Laplacian_b R <= l2, whatever the features are."""
    bench = layered("tanh", (DenseLayer(), replace(HEAD, bias="decayed")), "logistic")
    found = texts(layers.parameters(bench)) | texts(layers.gradient(bench))
    assert found["N"] == "p*d + 1"
    assert found["G"] == "sqrt((rho*M1*a_2*sqrt(Lambda_S))^2 + rho^2)"
    assert texts(layers.laplacian(bench))["K"] == "X2*(l2*a_2^2*M1^2 + rho*a_1*M2) + l2"


def test_a_bias_above_fixed_weights_has_no_other_power() -> None:
    bench = layered("z", (DenseLayer(), replace(HEAD, bias="decayed")), "logistic", power=4)
    with pytest.raises(Stuck, match="beside a decay of another power"):
        layers.degrees(bench)


def test_v2_with_an_output_bias_by_hand() -> None:
    """|f| <= a_1 S0: |c|^2 <= 3 (E^2 + (a_1 S0 + B_y)^2)."""
    given = (DenseLayer(), replace(HEAD, bias="undecayed"))
    bench = layered("tanh", given)
    v2 = layers.coercive(bench)
    claim = v2.claim
    assert isinstance(claim, V2)
    assert claim.decay == lambda_0
    assert claim.floor is not None
    assert to_text(claim.floor) == "-((a_1*S0 + B_y)^2/2)"
    assert texts(v2)["lambda_0"] == "Min(1/3, lambda/2)"
    rising = layers.coercive(layered("softplus", given)).claim
    assert isinstance(rising, V2)
    logistic = layered("tanh", given, "logistic")
    premises = (layers.parameters(logistic), logistic.enclosed("S0"))
    refused(logistic, "V2 with an output bias, bounded", *premises, why="squared residual")
    with pytest.raises(Stuck, match="both labels have to occur, and the data are symbols"):
        layers.coercive(logistic)


# -- an output bias without decay, a loss of the margin, both labels -------------------------------

BOTH = "V2 with an output bias and both labels"
UNDECAYED = replace(MIXED_HEAD, bias="undecayed")


def in_both_classes(
    activation: str, *given: DenseLayer, loss: str = "logistic", lam: int | Fraction | None = None
) -> Workbench:
    """A net with an output bias without decay and the three samples, of which one has the label -1."""
    return layered(activation, given, loss, lam=lam, table=rows(loss))


def about_margins(bench: Workbench) -> tuple[Fact, Fact, Fact]:
    """The parameters, the infimum of the loss, and that it is convex or how little."""
    return layers.parameters(bench), bench.floor(), bench.of_loss("dip")


def test_v2_of_bounded_outputs_and_both_labels_by_hand() -> None:
    """|f - b| <= a_1: one of three margins is at most a_1 - |b|, and |phi'(0)| = 1/2."""
    fact = layers.coercive(in_both_classes("tanh", DenseLayer(3), UNDECAYED))
    claim = fact.claim
    assert claim == V2(Scope(EVERY_LAMBDA), claim.floor, decay=lambda_0, bias=lambda_b)
    assert isinstance(claim, V2)
    assert claim.floor is not None
    assert to_text(claim.floor) == "-(lambda_b*(a_1*S0))"
    assert texts(fact)["lambda_b"] == "slope_0/n"
    assert texts(fact)["lambda_0"] == "lambda"
    assert constant(fact, "lambda_b").exact == num(Fraction(1, 6))


def test_v2_of_growing_outputs_and_both_labels_by_hand() -> None:
    """|f - b| <= a_1 sigma(0) + M1 a_2 B_x w: half of the decay is left."""
    fact = layers.coercive(in_both_classes("softplus", DenseLayer(3), UNDECAYED))
    claim = fact.claim
    assert isinstance(claim, V2)
    assert claim.floor is not None
    assert to_text(claim.floor) == ("-(lambda_b*(a_1*sigma0)) - (lambda_b*(M1*a_2*B_x))^2/lambda")
    assert texts(fact)["lambda_0"] == "1/2*lambda"
    both = layers.coercive(
        in_both_classes("softplus", DenseLayer(3), DenseLayer(1, bias="undecayed"))
    )
    assert texts(both)["lambda_0"] == "1/4*lambda"
    assert texts(both)["lambda_b"].startswith("Min(slope_0/n, lambda/(8*")


def test_both_labels_have_to_occur() -> None:
    table = replace(rows("logistic"), labels=(100, 100, 100))
    bench = layered("tanh", (DenseLayer(3), UNDECAYED), "logistic", table=table)
    refused(
        bench, f"{BOTH}, bounded", *about_margins(bench), bench.enclosed("S0"), why="both labels"
    )
    with pytest.raises(Stuck, match="both labels have to occur"):
        layers.coercive(bench)
    symbolic = layered("tanh", (DenseLayer(), replace(HEAD, bias="undecayed")), "logistic")
    premises = (*about_margins(symbolic), symbolic.enclosed("S0"))
    refused(symbolic, f"{BOTH}, bounded", *premises, why="the data are symbols")


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        ("1/(1+exp(m))", "not known to be convex"),
        ("log(1+exp(m))", "not seen to fall at 0"),
        ("squared", "none of the margin"),
        ("pseudo-huber", "none of the margin"),
    ],
)
def test_the_loss_is_convex_and_falls_with_the_margin(loss: str, why: str) -> None:
    table = rows("squared" if loss in ("squared", "pseudo-huber") else "logistic")
    bench = layered("tanh", (DenseLayer(3), UNDECAYED), loss, table=table)
    refused(bench, f"{BOTH}, bounded", *about_margins(bench), bench.enclosed("S0"), why=why)


def test_another_quantity_does_not_say_that_the_loss_is_convex() -> None:
    bench = in_both_classes("tanh", DenseLayer(3), UNDECAYED)
    premises = (layers.parameters(bench), bench.floor(), bench.of_loss("eta"), bench.enclosed("S0"))
    refused(bench, f"{BOTH}, bounded", *premises, why="premise 3 is not about dip")


@pytest.mark.parametrize("activation", ["exp(z**4)", "z**3"])
def test_what_no_premise_gives_stands_in_no_lower_bound(activation: str) -> None:
    """M1 and S0 are infinite; with exp(z**4) the integral of V3 diverges."""
    margins = in_both_classes(activation, DenseLayer(3), UNDECAYED)
    zero = margins.at_zero()
    refused(margins, BOTH, *about_margins(margins), zero, zero, why="no premise gives M1")
    refused(margins, f"{BOTH}, bounded", *about_margins(margins), zero, why="no premise gives S0")
    squared = layered(activation, (DenseLayer(3), UNDECAYED), table=rows("squared"))
    premises = (layers.parameters(squared), squared.at_zero())
    refused(squared, "V2 with an output bias, bounded", *premises, why="no premise gives S0")
    two = (*premises, squared.at_zero())
    refused(squared, "V2 with an output bias", *two, why="M1")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((DenseLayer(3), MIXED_HEAD), "the outputs have a bias"),
        ((DenseLayer(3, bias="undecayed"), UNDECAYED), "the bias of layer 1 has no decay"),
        ((DenseLayer(3), DenseLayer(3), DenseLayer(1, bias="undecayed")), "grows like r.3"),
        ((DenseLayer(3, decay=Fraction(0)), UNDECAYED), "decay of a layer is not positive"),
    ],
)
def test_what_both_labels_do_not_confine(given: tuple[DenseLayer, ...], why: str) -> None:
    bench = in_both_classes("softplus", *given)
    premises = (*about_margins(bench), bench.enclosed("M1"), bench.at_zero())
    refused(bench, BOTH, *premises, why=why)


@pytest.mark.parametrize("lam", [0, -1])
def test_both_labels_need_a_positive_decay(lam: int) -> None:
    with pytest.raises(Stuck, match="not above the threshold 0"):
        layers.coercive(in_both_classes("tanh", DenseLayer(3), UNDECAYED, lam=lam))


def test_v3_with_both_labels_is_that_of_their_v2() -> None:
    bench = in_both_classes("tanh", DenseLayer(3), UNDECAYED)
    v2 = layers.coercive(bench)
    claim = layers.integrable(bench, v2).claim
    assert isinstance(claim, V3)
    assert claim.bias == lambda_b
    assert claim.decay == lambda_0
    assert claim.scope == Scope(EVERY_LAMBDA, AnyNoise())
    refused(bench, "V3 of layers", layers.parameters(bench), v2, why="in r alone")
    squared = layered("tanh", (DenseLayer(), replace(HEAD, bias="undecayed")))
    premises = (layers.parameters(squared), layers.coercive(squared))
    refused(squared, "V3 with an output bias and both labels", *premises, why="a multiple of")


@pytest.mark.parametrize("loss", ["logistic", "smooth-hinge", "exponential"])
def test_the_bound_by_both_labels_holds_at_random_nets(loss: str) -> None:
    """SoftPlus, both layers trained: L - lambda_0/2 w^2 - lambda_b |b| is nowhere below the floor."""
    lam, given = Fraction(1, 5), (DenseLayer(2), DenseLayer(1, bias="undecayed"))
    v2 = layers.coercive(in_both_classes("softplus", *given, loss=loss, lam=lam))
    claim, known = v2.claim, environment([v2])
    assert isinstance(claim, V2)
    assert claim.floor is not None
    floor, decay, bias = (
        float(value[0])
        for value in (evaluate(t, known) for t in (claim.floor, lambda_0, lambda_b))
        if value is not None
    )
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(20_000, 7)) * 10 ** rng.uniform(-1, 1.5, (20_000, 7))
    W, a, b = theta[:, :4].reshape(-1, 2, 2), theta[:, 4:6], theta[:, 6]
    table = rows("logistic")
    x, y = np.array(table.rows) / 100, np.array(table.labels) / 100
    hidden = np.logaddexp(0, np.einsum("kpd,nd->knp", W, x))
    margin = y * (np.einsum("kp,knp->kn", a, hidden) + b[:, None])
    phi = {
        "logistic": lambda m: np.logaddexp(0, -m),
        "smooth-hinge": lambda m: np.logaddexp(0, 1 - m),
        "exponential": lambda m: np.exp(np.minimum(-m, 700)),
    }[loss]
    squares = (theta[:, :6] ** 2).sum(axis=1)
    excess = phi(margin).mean(axis=1) + (float(lam) - decay) / 2 * squares - bias * np.abs(b)
    assert excess.min() > floor
    assert excess.min() < floor + 10


def test_the_integral_with_both_labels_is_below_its_bound() -> None:
    """One tanh unit of one feature: an integral over the plane of (w, b)."""
    samples = ((70,), (-40,), (150,))
    table, lam, noise = rows("logistic", samples), Fraction(1, 2), Fraction(1, 3)
    head = replace(fixed((10,)), bias="undecayed")
    bench = layered("tanh", (DenseLayer(1), head), "logistic", lam, noise, table=table)
    v2 = layers.coercive(bench)
    v3 = layers.integrable(bench, v2)
    claim = v3.claim
    assert isinstance(claim, V3)
    assert claim.exponent is not None
    known = environment([v3])
    exponent, decay, bias = (
        float(value[1])
        for value in (evaluate(t, known) for t in (claim.exponent, lambda_0, lambda_b))
        if value is not None
    )
    s = float(noise)
    bound = np.exp(exponent) * np.sqrt(np.pi * s / decay) * s / bias
    w, b = np.meshgrid(np.linspace(-8, 8, 1601), np.linspace(-40, 40, 4001), indexing="ij")
    losses = [
        np.logaddexp(0, -y / 100 * (10 / 12 * np.tanh(w * x / 100) + b))
        for (x,), y in zip(samples, table.labels, strict=True)
    ]
    integrand = np.exp(-2 / s * (sum(losses) / 3 + float(lam) / 2 * w**2))
    assert integrand[:, [0, -1]].max() < 1e-15
    measured = integrand.sum() * (16 / 1600) * (80 / 4000)
    assert 0 < measured < bound


# -- V4 below a threshold in s ---------------------------------------------------------------------


def test_two_layers_by_hand() -> None:
    """tanh: A_a = X2, A_e = p B_x^2/2, and m_a = lambda where lambda <= 4 X2/(p B_x^2)."""
    table = rows("squared")
    bench = layered("tanh", TWO_BOUND, lam=Fraction(1, 10), table=table)
    fact = layers.two_layers(bench)
    assert fact.rule == "V4 of two layers"
    assert fact.claim == V4Limit("two layers", Scope(LambdaIs(Fraction(1, 10)), NoiseBelow(s_0)))
    x2 = bench.objective.data.x_square_mean if bench.objective.data else Fraction(0)
    threshold = Fraction(1, 100) / x2
    found = constant(fact, "s_0")
    assert found.lo is not None
    assert found.hi is not None
    assert found.lo <= threshold
    assert threshold - found.lo < Fraction(1, 10**15)


def test_two_layers_with_much_decay_by_hand() -> None:
    """s_0 = 4 (lambda - A_a/A_e)/A_e for lambda >= 2 A_a/A_e, the minimum over w > 0."""
    bench = layered("tanh", TWO_BOUND, lam=5, table=rows("squared"))
    fact = layers.two_layers(bench)
    a, e = high(fact, "A_a"), high(fact, "A_e")
    assert abs(high(fact, "s_0") - 4 * (5 - a / e) / e) < Fraction(1, 10**12)
    for w in (Fraction(k, 10) for k in range(200)):
        assert (5 + w) ** 2 / (a + e * w) >= high(fact, "s_0") - Fraction(1, 10**12)


def test_a_given_noise_is_compared() -> None:
    table = rows("squared")
    small = layered("tanh", TWO_BOUND, lam=1, noise=Fraction(1, 2), table=table)
    assert layers.two_layers(small).claim == V4Limit(
        "two layers", Scope(LambdaIs(Fraction(1)), NoiseIs(Fraction(1, 2)))
    )
    with pytest.raises(Stuck, match="not known to be below s_0"):
        layers.two_layers(layered("tanh", TWO_BOUND, lam=1, noise=1, table=table))
    with pytest.raises(Stuck, match="while that is symbolic"):
        layers.two_layers(layered("tanh", TWO, lam=1, noise=1))


def test_the_share_divides_the_product() -> None:
    bench = layered("tanh", TWO)
    premises = (
        layers.parameters(bench),
        layers.derivation(bench),
        bench.enclosed("S0"),
        bench.enclosed("M1"),
        bench.enclosed("M2"),
    )
    rule = "V4 of two layers, shared"
    fact = bench.infer(rule, *premises, proposal=ShareProposal(Fraction(1, 2)))
    assert texts(fact)["A_a"] == "M1^2*X2 + share"
    assert texts(fact)["A_e"] == "p*M2^2*X4^2/(4*share)"
    refused(bench, rule, *premises, why="a proposal of the kind ShareProposal")
    refused(bench, rule, *premises, proposal=ShareProposal(Fraction(0)), why="not positive")


@pytest.mark.parametrize(
    ("given", "power", "why"),
    [
        ((DenseLayer(), DenseLayer(), DenseLayer(1)), 2, "exactly the last two"),
        ((DenseLayer(), HEAD), 2, "exactly the last two"),
        (TWO, 4, "a sum of squares"),
        ((DenseLayer(), DenseLayer(1, bias="undecayed")), 2, "layer 2 has no decay"),
    ],
)
def test_two_layers_are_the_last_two(given: tuple[DenseLayer, ...], power: int, why: str) -> None:
    bench = layered("tanh", given, power=power)
    of_activation = layers.slope_beside_curvature(bench)
    premises = (layers.parameters(bench), layers.derivation(bench), bench.enclosed("S0"))
    refused(bench, "V4 of two layers", *premises, of_activation, why=why)


def test_slope_and_curvature_is_a_supremum() -> None:
    bench = layered("tanh", TWO)
    fact = layers.slope_beside_curvature(bench)
    claim = fact.claim
    assert isinstance(claim, Enclosed)
    assert claim.quantity == "T_c"
    assert claim.parameter == Fraction(1, 2)
    assert claim.lo <= 1 <= claim.hi < 1 + Fraction(1, 10**12)
    proposal = fact.proposal
    assert isinstance(proposal, SupremumProposal)
    # For a smaller c the supremum is larger, which the cover for 1/2 does not show.
    smaller = replace(proposal, parameter=Fraction(1, 4))
    refused(bench, "slope and curvature", proposal=smaller, why="rule slope and curvature: ")
    refused(bench, "slope and curvature", proposal=replace(proposal, parameter=None), why="T_c")
    refused(bench, "slope and curvature", proposal=replace(proposal, quantity="S_hi"), why="T_c")


def test_the_last_layer_decides_by_hand() -> None:
    fact = layers.last_layer(layered("tanh", TWO, "logistic"))
    assert fact.claim == V4Limit("last layer", Scope(EVERY_LAMBDA, NoiseBelow(s_0)))
    assert texts(fact)["s_0"] == "lambda^2/(X2*l2*M1^2)"
    own = (DenseLayer(decay=Fraction(3)), DenseLayer(decay=Fraction(1, 7)))
    entropy = layers.last_layer(layered("tanh", own, "cross-entropy"))
    assert texts(entropy)["s_0"] == "lambda_2^2/(X2*(1/2)*M1^2)"
    above = layers.last_layer(layered("tanh", (DenseLayer(), DenseLayer(), HEAD)))
    assert texts(above)["s_0"] == "lambda^2/(X2*M1^2*(l2*M1^2*a_2^2 + rho*a_inf*M2))"
    shifted = (DenseLayer(), DenseLayer(), replace(HEAD, bias="decayed", decay=Fraction(1, 9)))
    biased = layers.last_layer(layered("tanh", shifted, "logistic"))
    assert texts(biased)["s_0"] == "lambda^2/(X2*M1^2*(l2*M1^2*a_2^2 + rho*a_inf*M2))"


def test_the_last_layer_needs_no_threshold_where_all_bounds_stay_bounded() -> None:
    given = (DenseLayer(), replace(HEAD, bias="decayed"))
    fact = layers.last_layer(layered("tanh", given, "logistic"))
    assert fact.claim == V4Limit("last layer", Scope(EVERY_LAMBDA, AnyNoise()))
    with pytest.raises(Stuck, match="depend on other norms"):
        layers.last_layer(layered("tanh", (DenseLayer(), DenseLayer(), DenseLayer(1)), "logistic"))


def test_three_layers_have_no_route() -> None:
    for loss in ("squared", "logistic"):
        bench = layered("tanh", (DenseLayer(), DenseLayer(), DenseLayer(1)), loss)
        for route in layers.ROUTES.values():
            with pytest.raises(Stuck):
                route(bench)


def test_the_radial_route_below_a_threshold() -> None:
    """Unbounded features: s < lambda_min^2/K_2 with K_2 the larger of the two squares."""
    fact = layers.radial(layered("softplus", TWO, "logistic"))
    claim = fact.claim
    assert isinstance(claim, V4)
    assert claim.scope == Scope(EVERY_LAMBDA, NoiseBelow(s_0))
    assert texts(fact.premises[2])["K_2"] == "Max(X2*l2*M1^2, l2*M1^2*Lambda_S)"
    table = rows("logistic")
    given = layered("softplus", TWO_BOUND, "logistic", 1, Fraction(1, 8), table=table)
    found = layers.radial(given)
    assert high(found, "m_s") > 0
    with pytest.raises(Stuck, match="not known to be below s_0"):
        layers.radial(layered("softplus", TWO_BOUND, "logistic", 1, 100, table=table))


def test_the_level_of_the_radius() -> None:
    bench = layered("tanh", (DenseLayer(), CLASSES), "cross-entropy")
    premises = layers.bounded(bench).premises
    below = LevelProposal(Fraction(-1))
    refused(bench, "V4 of layers, bounded", *premises, proposal=below, why="must be >= 0")


# -- by degrees ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("depth", "power", "every"), [(2, 4, True), (3, 4, True), (4, 4, False)])
def test_deep_linear_nets_and_the_power(depth: int, power: int, *, every: bool) -> None:
    given = (*(DenseLayer() for _ in range(depth - 1)), DenseLayer(1))
    claim = layers.degrees(layered("z", given, power=power)).claim
    assert isinstance(claim, V4Limit)
    noise = AnyNoise() if every else NoiseBelow(s_0)
    assert claim.scope == Scope(EVERY_LAMBDA, noise)


def test_more_linear_layers_than_the_power() -> None:
    given = (*(DenseLayer() for _ in range(4)), DenseLayer(1))
    with pytest.raises(Stuck, match="may grow like r"):
        layers.degrees(layered("z", given, power=4))


def test_the_risk_may_fall_as_fast_as_the_decay_grows() -> None:
    with pytest.raises(Stuck, match="may fall like r"):
        layers.degrees(layered("softplus", TWO))


# -- a bias of the outputs -------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["tanh", "softplus", "sigmoid"])
@pytest.mark.parametrize("bias", ["decayed", "undecayed"])
def test_an_output_bias_above_a_fixed_head(activation: str, bias: str) -> None:
    head = DenseLayer(1, trained=False, bias="decayed" if bias == "decayed" else "undecayed")
    claim = layers.output_bias(layered(activation, (DenseLayer(), head))).claim
    assert claim == V4Limit("output bias", Scope(EVERY_LAMBDA, AnyNoise()))


@pytest.mark.parametrize(
    ("loss", "trained", "why"),
    [
        ("logistic", (True, False), "squared residual"),
        ("squared", (True, True), "not bounded but for the bias"),
        ("squared", (False, True), "not bounded but for the bias"),
    ],
)
def test_outputs_bounded_but_for_the_bias_need_a_square_and_a_fixed_head(
    loss: str, trained: tuple[bool, bool], why: str
) -> None:
    below, last = trained
    head = DenseLayer(1, trained=last, bias="undecayed")
    bench = layered("tanh", (DenseLayer(trained=below), head), loss)
    premises = (layers.parameters(bench), layers.derivation(bench), bench.enclosed("S0"))
    suprema = (bench.enclosed("H"), bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero())
    refused(bench, "V4 with an output bias, bounded", *premises, *suprema, why=why)


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("below", [(DenseLayer(trained=False),), (CLASSES, CLASSES)])
def test_an_output_bias_above_fixed_features(
    activation: str, outputs: int, below: tuple[DenseLayer, ...]
) -> None:
    """The outputs are linear in the head, and moving it along itself moves them by themselves."""
    head = DenseLayer(outputs, bias="undecayed")
    claim = layers.output_bias(layered(activation, (*below, head))).claim
    assert claim == V4Limit("output bias", Scope(EVERY_LAMBDA, AnyNoise()))


@pytest.mark.parametrize(
    ("activation", "given", "loss", "why"),
    [
        ("tanh", (DenseLayer(), DenseLayer(1, bias="undecayed")), "squared", "a multiple of r"),
        ("z", (DenseLayer(), DenseLayer(1, bias="undecayed")), "squared", "square of the weights"),
        (
            "tanh",
            (DenseLayer(trained=False, bias="undecayed"), DenseLayer(1, bias="undecayed")),
            "squared",
            "the bias of layer 1 has no decay",
        ),
        (
            "tanh",
            (DenseLayer(trained=False), DenseLayer(1, bias="undecayed")),
            "logistic",
            "squared residual",
        ),
        ("tanh", (DenseLayer(trained=False), DenseLayer(1)), "squared", "the outputs have a bias"),
    ],
)
def test_a_trained_head_below_an_output_bias_needs_fixed_features(
    activation: str, given: tuple[DenseLayer, ...], loss: str, why: str
) -> None:
    bench = layered(activation, given, loss)
    premises = (layers.parameters(bench), layers.derivation(bench))
    suprema = (bench.enclosed("H"), bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero())
    refused(bench, "V4 with an output bias", *premises, *suprema, why=why)
    with pytest.raises(Stuck):
        layers.output_bias(bench)


@pytest.mark.parametrize("lam", [0, -1])
def test_the_decay_below_an_output_bias_is_positive(lam: int) -> None:
    given = (DenseLayer(trained=False), DenseLayer(1, bias="undecayed"))
    with pytest.raises(Stuck, match="not above the threshold 0"):
        layers.output_bias(layered("tanh", given, lam=lam))


def test_two_trained_layers_below_an_output_bias_are_open() -> None:
    head = DenseLayer(1, trained=False, bias="undecayed")
    with pytest.raises(Stuck):
        layers.output_bias(layered("tanh", (DenseLayer(), DenseLayer(), head)))


# -- what follows ----------------------------------------------------------------------------------


def test_villani_carries_the_noise() -> None:
    bench = layered("tanh", TWO)
    v2 = layers.coercive(bench)
    four = (layers.smooth(bench), v2, layers.integrable(bench, v2), layers.two_layers(bench))
    fact = layers.villani(bench, *four)
    assert fact.claim == Villani("two layers", ZERO, Scope(EVERY_LAMBDA, NoiseBelow(s_0)))
    refused(bench, "Villani of layers", *four, why="premise 4: needs V4")
    refused(bench, "Villani", *four, why="of another architecture")
    with pytest.raises(KernelError, match="of another architecture"):
        infer("continuous-time convergence", bench.objective, (fact,))


def test_no_lipschitz_gradient_with_two_trained_layers() -> None:
    with pytest.raises(Stuck, match="not seen to be bounded"):
        layers.gradient_lipschitz(layered("tanh", TWO, "logistic"))
    only = layers.gradient_lipschitz(layered("tanh", (CLASSES, DenseLayer(1))))
    assert texts(only)["gLip"] == "lambda + (sqrt(p)*sigma0 + M1*W1_op*sqrt(X2))^2"


# -- random nets -----------------------------------------------------------------------------------

SHAPES = ((True, True), (True, False), (False, True), (True, True, False))


def drawn(seed: int, shape: tuple[bool, ...], loss: str) -> DeepNet:
    """A net with weights of any size, biases where the weights are trained."""
    rng = np.random.default_rng(seed)
    q = 3 if loss == "cross-entropy" else 1
    widths = (2, *(int(w) for w in rng.integers(1, 4, len(shape) - 1)), q)
    scale = 10 ** rng.uniform(-1, 1)
    weights = tuple(
        rng.normal(size=(after, before)) * (scale if trained else 1)
        for before, after, trained in zip(widths, widths[1:], shape, strict=False)
    )
    biased = bool(rng.integers(2))
    biases = tuple(
        rng.normal(size=len(w)) * scale if biased and trained else None
        for w, trained in zip(weights, shape, strict=True)
    )
    n = 5
    labels = np.eye(q)[rng.integers(q, size=n)] if q > 1 else rng.normal(size=(n, 1))
    if loss == "logistic":
        labels = np.sign(labels)
    sigma = SIGMAS[ACTIVATIONS[seed % 3]]
    return DeepNet(sigma, weights, biases, shape, rng.normal(size=(n, 2)), labels, loss)


def numbers_of(given: DeepNet) -> dict[str, float]:
    """The symbols of the problem, rounded upwards."""
    last = given.depth
    names = {name: float(c.hi or 0) * SLACK for name, c in given.known.items() if name != "d"}
    names |= {"d": 2, "n": len(given.X), "lambda": 1, "s": 1, "d_out": given.Y.shape[1]}
    for k, w in enumerate(given.weights, 1):
        names["p" if last == 2 else f"p_{k}"] = len(w)
        single = k == last and len(w) == 1
        norms = {
            "a_2" if single else f"W{k}_op": np.linalg.norm(w, 2),
            "a_2" if single else f"W{k}_F": np.linalg.norm(w),
            "a_1" if single else f"W{k}_1": np.abs(w).sum(axis=1).max(),
            "a_inf" if single else f"W{k}_max": np.abs(w).max(),
        }
        names |= {name: float(norm) * SLACK for name, norm in norms.items()}
    return names


def bench_of(given: DeepNet, activation: str) -> Workbench:
    """The symbolic problem that the net is an instance of."""
    units = given.Y.shape[1]
    described = tuple(
        DenseLayer(
            (1 if units == 1 else None) if k == given.depth else None,
            trained,
            "none" if bias is None else "decayed",
        )
        for k, (trained, bias) in enumerate(zip(given.trained, given.biases, strict=True), 1)
    )
    return layered(activation, described, given.loss)


def value(known: dict[str, Constant], term: object) -> float:
    """The upper end of a constant by its name."""
    found = known[str(term)].hi
    assert found is not None
    return float(found)


@pytest.mark.parametrize(
    ("shape", "loss"),
    [
        (shape, loss)
        for shape in SHAPES
        for loss in ("squared", "logistic", "cross-entropy")
        if loss != "squared"
        or sum(shape) == 1  # two trained layers and a square have no such bound
    ],
)
def test_no_random_net_exceeds_what_the_rules_say(shape: tuple[bool, ...], loss: str) -> None:
    checked = 0
    for seed in range(18):
        given = drawn(seed, shape, loss)
        bench = bench_of(given, ACTIVATIONS[seed % 3])
        numbers = numbers_of(given)
        blocks, gradients = given.blocks(), given.gradients()
        r = float(np.sqrt(sum(b @ b for b in blocks)))
        size = float(np.sqrt(sum(g @ g for g in gradients)))
        laplacian = float(np.trace(given.hessian()))
        along = float(sum(g @ b for g, b in zip(gradients, blocks, strict=True)))
        for fact in facts_of(bench):
            known = evaluated(fact, numbers)
            match fact.claim:
                case RiskGradient(constant=c, slope=k):
                    bound = value(known, c) + (value(known, k) * r if k else 0)
                    assert size <= bound * SLACK + 1e-12
                case RiskLaplacian(constant=c, slope=k, square=q):
                    bound = value(known, c) + (value(known, k) * r if k else 0)
                    bound += value(known, q) * r**2 if q else 0
                    assert laplacian <= bound * SLACK + 1e-12
                case Radial(C=c, D=k):
                    assert along >= -(value(known, c) + value(known, k) * r) * SLACK - 1e-12
                case _:
                    pytest.fail("another claim")
            checked += 1
    assert checked >= 18


def facts_of(bench: Workbench) -> list[Fact]:
    """The bounds of the risk that there are."""
    found: list[Fact] = []
    for make in (layers.gradient, layers.laplacian, layers.radial_bound):
        try:
            found.append(make(bench))
        except Stuck:
            continue
    return found


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_laplacian_of_two_layers_is_divided_as_the_rules_say(activation: str) -> None:
    """Laplacian_W R <= A_a |a|^2 + 2 A_e R, and <grad_a R, a> >= 2 R - Y sqrt(2 R)."""
    bench = layered(activation, TWO)
    closest = 0.0
    for seed in range(150):
        given = drawn(3 * seed + ACTIVATIONS.index(activation), (True, True), "squared")
        if given.biases[0] is not None:
            continue
        numbers = numbers_of(given)
        head = given.weights[1].ravel()
        risk = float(((given.outputs() - given.Y) ** 2).sum() / 2 / len(given.X))
        below = float(np.trace(given.hessian_blocks()[0]))
        target = float(np.sqrt((given.Y**2).sum() / len(given.X)))
        assert given.gradients()[1] @ head >= 2 * risk - target * np.sqrt(2 * risk) - 1e-9
        for rule in ("V4 of two layers", "V4 of two layers, shared"):
            known = evaluated(of_rule(bench, rule), numbers)
            bound = value(known, "A_a") * (head @ head) + 2 * value(known, "A_e") * risk
            assert below <= bound * SLACK
            closest = max(closest, below / bound)
    assert closest > 0.2


def of_rule(bench: Workbench, rule: str) -> Fact:
    """V4 of two layers by one of its two rules."""
    premises = (layers.parameters(bench), layers.derivation(bench), bench.enclosed("S0"))
    if rule == "V4 of two layers":
        return bench.once(rule, *premises, layers.slope_beside_curvature(bench))
    suprema = (bench.enclosed("M1"), bench.enclosed("M2"))
    return bench.once(rule, *premises, *suprema, proposal=ShareProposal(Fraction(1, 3)))
