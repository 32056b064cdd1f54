"""The formulas of the derivation: against exact differentiation, against an explicit net, and with
errors planted in each of their terms.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.errors import InternalError
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective import derivation
from proofkit.kernel.objective.derivation import Comparison, Net, NotCompared, Terms, compare
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.losses.catalogue import resolve as resolve_loss

LOSSES = (resolve_loss("squared"), resolve_loss("logistic"))


def tapes(text: str) -> derivation.Tapes:
    """An activation with the squared loss."""
    loss = resolve_loss("squared")
    return derivation.Tapes(balls.Tape(parse(text)), balls.Tape(loss.phi), loss)


# -- no false alarm --------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_activation_of_the_catalogue_is_compared_term_by_term(name: str, loss: Loss) -> None:
    assert compare(Activation.of(name).root, loss) == Comparison(3, 22, telling=3)


FELT = [
    "exp(-z^8)", "exp(20*z)", "exp(-exp(3*z))", "exp(-1000000*z^2)",
    "log((1+exp(2*z))/(1+exp(2*(z-1))))/2", "exp(1000)*z", "1e-30*tanh(z/1e30)",
    "exp(exp(exp(z)))", "Max(z, 0)^2", "z/(1 + Abs(z))", "z*exp(1000000000000*log(2))",
    "cosh(-3000000000000 + z)", "exp((-3/1000000)*(1e100*z))^64", "exp(exp(exp(1e30*z)))",
    "1 - tanh(1000*z)", "erf((-1/1000000000000000000000000000000)*z)", "1e-30*z^3",
    "tanh(1e30*z)", "3", "z - z + 3",
]  # fmt: skip
# Here sigma' and sigma'' are zero, or nearly so, at the arguments that are tried.
FLAT = [
    "exp(-(z-3)^64)", "exp(-1e9*z^64)", "tanh(1e6*(z-5))", "sin(z)^2 + cos(z)^2",
    "atan(2e-390*z - 12/5)",
]  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("text", FELT)
def test_an_activation_of_any_scale_is_compared_term_by_term(text: str, loss: Loss) -> None:
    assert compare(parse(text), loss) == Comparison(3, 22, telling=3)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("text", FLAT)
def test_a_flat_activation_is_compared_and_said_to_be_less_telling(text: str, loss: Loss) -> None:
    made = compare(parse(text), loss)
    assert (made.points, made.comparisons) == (3, 22) and made.telling < 3


def test_a_long_activation_is_compared() -> None:
    text = " + ".join(f"tanh({k}*z + {k})/{k}" for k in range(1, 80))
    assert compare(parse(text), resolve_loss("logistic")).telling == 3


def _grown(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    function = st.sampled_from(("exp", "tanh", "sin", "cos", "atan", "asinh", "erf", "softplus"))
    binary = st.sampled_from((terms.add, terms.sub, terms.mul))
    return st.one_of(
        st.builds(terms.call, function, children),
        st.builds(lambda op, a, b: op(a, b), binary, children, children),
        st.builds(lambda a: terms.power(a, Fraction(2)), children),
        st.builds(lambda a: terms.div(a, terms.call("cosh", a)), children),
    )


CONSTANTS = st.fractions(-1000, 1000, max_denominator=1000).map(terms.num)
EXPRESSIONS = st.recursive(st.one_of(st.just(terms.Z), CONSTANTS), _grown, max_leaves=8)


@given(EXPRESSIONS, st.sampled_from(LOSSES))
def test_no_expression_gives_a_false_alarm(root: Node, loss: Loss) -> None:
    made = compare(root, loss)
    assert (made.points, made.comparisons) == (3, 22) and 0 <= made.telling <= 3


def test_the_working_precision_is_left_as_it_was() -> None:
    before = ctx.prec, ctx.cap
    compare(parse("tanh(z)"), resolve_loss("squared"))
    assert (ctx.prec, ctx.cap) == before


# -- refusals --------------------------------------------------------------------------------------


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(NotCompared, match="too uncertain"):
        compare(parse("z*exp(exp(exp(exp(7))))"), resolve_loss("squared"))


# -- a wrong formula is found ----------------------------------------------------------------------

FORMULAS = (("gradient_entry", 2), ("slope_along", 2), ("hessian_form", 3), ("laplacian", 3))
SLIPS = [(name, term) for name, count in FORMULAS for term in range(count)]


@pytest.mark.parametrize("text", ["tanh(z)", "log(1 + exp(z))", "exp(20*z)", "tanh(1e30*z)"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("name", "term"), SLIPS)
def test_a_slip_in_any_term_is_found(
    name: str, term: int, loss: Loss, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(derivation, name)
    slip = 1 + arb((1, -30))

    def wrong(*given: object) -> Terms:
        return tuple(t * slip if k == term else t for k, t in enumerate(right(*given)))

    monkeypatch.setattr(derivation, name, wrong)
    with pytest.raises(InternalError, match=r"dL/dW|grad L|Hessian|Laplacian"):
        compare(parse(text), loss)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_wrong_slope_of_the_argument_of_a_loss_is_found(
    loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = type(loss).inner_slope
    monkeypatch.setattr(type(loss), "inner_slope", lambda self, y: right(self, y) + arb((1, -20)))
    with pytest.raises(InternalError):
        compare(parse("tanh(z)"), loss)


def _size(name: str) -> Callable[[Net], int]:
    sizes: dict[str, Callable[[Net], int]] = {
        "n": lambda net: len(net.samples),
        "p": lambda net: len(net.units),
        "d": lambda net: len(net.features),
    }
    return sizes[name]


@pytest.mark.parametrize("wrong", ["p", "d"])
def test_a_mean_over_the_wrong_size_is_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derivation.laplacian

    def mistaken(net: Net, at: derivation.Derivatives) -> Terms:
        from_loss, from_activation, penalty = right(net, at)
        factor = arb(_size("n")(net)) / _size(wrong)(net)
        return from_loss * factor, from_activation * factor, penalty

    monkeypatch.setattr(derivation, "laplacian", mistaken)
    with pytest.raises(InternalError, match="Laplacian"):
        compare(parse("tanh(z)"), resolve_loss("squared"))


@pytest.mark.parametrize("wrong", ["nd", "np", "pp", "dd", "n", "p", "d"])
def test_a_wrong_number_of_weights_is_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = derivation.laplacian

    def mistaken(net: Net, at: derivation.Derivatives) -> Terms:
        from_loss, from_activation, _ = right(net, at)
        count = 1
        for letter in wrong:
            count *= _size(letter)(net)
        return from_loss, from_activation, net.decay * count

    monkeypatch.setattr(derivation, "laplacian", mistaken)
    with pytest.raises(InternalError, match="Laplacian"):
        compare(parse("tanh(z)"), resolve_loss("squared"))


def test_exchanged_indices_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = derivation.gradient_entry
    exchanged = {(0, 1): (1, 0), (1, 0): (0, 1)}

    def mistaken(net: Net, at: derivation.Derivatives, j: int, k: int) -> Terms:
        return right(net, at, *exchanged.get((j, k), (j, k)))

    monkeypatch.setattr(derivation, "gradient_entry", mistaken)
    with pytest.raises(InternalError, match="dL/dW_12"):
        compare(parse("tanh(z)"), resolve_loss("squared"))


# -- the two sides, one by one ---------------------------------------------------------------------


def _numbers(*values: int) -> tuple[arb, ...]:
    return tuple(arb(v) for v in values)


def test_the_formulas_at_a_net_that_is_done_by_hand() -> None:
    """sigma = z^2, one sample x = (1, 2), one unit w = (3, -1), a = 2, y = 5: f = 2, l' = -3."""
    net = Net(
        W=(_numbers(3, -1),),
        V=(_numbers(1, 1),),
        a=_numbers(2),
        x=(_numbers(1, 2),),
        y=_numbers(5),
        decay=arb(10),
    )
    at = derivation.derivatives(tapes("z^2"), net)

    # z = 1, sigma' = 2, sigma'' = 2, l'' = 1, ||x||^2 = 5, <v, x> = 3.
    assert derivation.gradient_entry(net, at, 0, 0) == (-3 * 2 * 2 * 1, 30)
    assert derivation.gradient_entry(net, at, 0, 1) == (-3 * 2 * 2 * 2, -10)
    assert derivation.slope_along(net, at) == (-3 * 2 * 2 * 3, 20)
    assert derivation.hessian_form(net, at) == ((2 * 2 * 3) ** 2, -3 * 2 * 2 * 9, 20)
    assert derivation.laplacian(net, at) == (5 * 4 * 4, 5 * -3 * 2 * 2, 20)


def test_the_objective_along_a_line_that_is_done_by_hand() -> None:
    """sigma = z, f = (3 + t) at x = 1, y = 1, a = 1: L = (2 + t)^2/2 + (3 + t)^2."""
    net = Net(
        W=(_numbers(3),),
        V=(_numbers(1),),
        a=_numbers(1),
        x=(_numbers(1),),
        y=_numbers(1),
        decay=arb(2),
    )
    with balls.precision(128, 3):
        risk, penalty = derivation.objective_along(tapes("z"), net, net.V)
    assert [risk[k] for k in range(3)] == [2, 2, arb("0.5")]
    assert [penalty[k] for k in range(3)] == [9, 6, 1]


def test_nets_are_exact_and_determined_by_their_seed() -> None:
    scale = derivation.Scale(-100, 7)
    one, two, other = (
        derivation.draw_net(seed, (3, 2, 2), scale, True) for seed in ("s", "s", "t")
    )
    assert one == two and one.W != other.W
    numbers = [v for matrix in (one.W, one.V, one.x) for row in matrix for v in row]
    numbers += [*one.a, *one.y, one.decay]
    assert all(v.is_exact() and v != 0 for v in numbers)
    assert all(abs(v) == 1 for v in one.y) and one.decay > 0


@pytest.mark.parametrize("side", [1, -1])
def test_a_net_of_one_side_has_arguments_of_one_sign(side: int) -> None:
    net = derivation.draw_net("s", (3, 2, 2), derivation.Scale(0, 0), None, side)
    arguments = [derivation.dot(w, x) * side for w in net.W for x in net.x]
    assert all(z > 0 for z in arguments)
    assert len({bool(v > 0) for row in net.V for v in row}) == 2


# The terms of these have ties, and no series, on one half-line.
ONE_SIDED = [
    "atan(Min(z*Min(z, 9), z^2)) + z^2",
    "exp(-exp(atan(Max(-3*z, Min(-3*z, 9*z^2)))*(-3*z)))",
]


@pytest.mark.parametrize("text", ONE_SIDED)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_term_of_use_on_a_half_line_is_compared_there(text: str, loss: Loss) -> None:
    assert compare(parse(text), loss).points == 3


def test_the_shapes_tell_all_sizes_and_their_products_apart() -> None:
    for pick in (
        lambda n, p, d: (n, p), lambda n, p, d: (n, d), lambda n, p, d: (p, d),
        lambda n, p, d: (p * d, p * p), lambda n, p, d: (p * d, d * d),
        lambda n, p, d: (p * d, n * d), lambda n, p, d: (p * d, n * p),
    ):  # fmt: skip
        assert any(one != other for one, other in (pick(*shape) for shape in derivation.SHAPES))
