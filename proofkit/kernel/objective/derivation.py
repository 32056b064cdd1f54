"""The derivation: gradient, Hessian form and Laplacian of the objective, by the chain rule.

    L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2,
    f_i  = sum_j a_j sigma(z_ij),   z_ij = <w_j, x_i>.

The formulas are written down once, for any activation and any loss that are twice
differentiable.  That they are the derivatives of L is proved in Coq, with sigma, l and the
sizes arbitrary: see ``LEMMAS``, in theorems/coq/Objective.v and Losses.v.

That the code below says what the lemmas say is tested wherever it is used.  ``compare`` draws
small nets and differentiates L from its definition alone, with power series in t of
L(W + t D); the two values are enclosed in balls.  Two balls that do not meet are two different
numbers, and a formula is then wrong.  A comparison means something only between small balls, and
only for terms that are felt: see ``agree``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from itertools import count

from flint import arb, arb_series

from proofkit.errors import InternalError
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.terms import Node

LEMMAS = (
    "gradient_formula",
    "inner_gradient",
    "hessian_form_formula",
    "laplacian_formula",
)
"""What is proved in Coq of the four formulas, for any sigma, sigma', sigma'', l, l', l''."""

Vector = tuple[arb, ...]
Matrix = tuple[Vector, ...]
Terms = tuple[arb, ...]
"""The summands of a formula, in the order in which its docstring has them."""


class NotCompared(Exception):
    """No small net was found at which the comparison means anything; nothing is known against the
    formulas.
    """


@dataclass(frozen=True, slots=True)
class Tapes:
    """sigma and phi in balls, and how phi meets f and y."""

    sigma: balls.Tape
    phi: balls.Tape
    loss: Loss


# -- the formulas ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Net:
    """All numbers that L depends on, and a direction V.

    W and V are p x d, a has p entries, x is n x d, y has n entries.
    """

    W: Matrix
    V: Matrix
    a: Vector
    x: Matrix
    y: Vector
    decay: arb

    @property
    def samples(self) -> range:
        """The i of the formulas."""
        return range(len(self.x))

    @property
    def units(self) -> range:
        """The j of the formulas."""
        return range(len(self.W))

    @property
    def features(self) -> range:
        """The k of the formulas."""
        return range(len(self.W[0]))


@dataclass(frozen=True, slots=True)
class Derivatives:
    """sigma'(z_ij) and sigma''(z_ij), n x p, and l', l'' at f_i, n entries each."""

    sigma1: Matrix
    sigma2: Matrix
    l1: Vector
    l2: Vector


def derivatives(tapes: Tapes, net: Net) -> Derivatives:
    """What the formulas need at a net: from the Taylor series of sigma at each z_ij, and of phi at
    each argument: l' = phi' times the slope of the argument in f, l'' = phi'' times its square.
    """
    values: list[Vector] = []
    slopes: list[Vector] = []
    bends: list[Vector] = []
    for x in net.x:
        series = [tapes.sigma.series(dot(w, x), 3) for w in net.W]
        values.append(tuple(s[0] for s in series))
        slopes.append(tuple(s[1] for s in series))
        bends.append(tuple(2 * s[2] for s in series))

    first: list[arb] = []
    second: list[arb] = []
    for row, y in zip(values, net.y, strict=True):
        phi = tapes.phi.series(tapes.loss.argument(dot(net.a, row), y), 3)
        inner = tapes.loss.inner_slope(y)
        first.append(phi[1] * inner)
        second.append(2 * phi[2] * inner * inner)
    return Derivatives(tuple(slopes), tuple(bends), tuple(first), tuple(second))


def gradient_entry(net: Net, at: Derivatives, j: int, k: int) -> Terms:
    """dL/dW_jk = (1/n) sum_i l'_i a_j sigma'(z_ij) x_ik
    + lambda W_jk.
    """
    risk = mean(at.l1[i] * net.a[j] * at.sigma1[i][j] * net.x[i][k] for i in net.samples)
    return risk, net.decay * net.W[j][k]


def slope_along(net: Net, at: Derivatives) -> Terms:
    """<grad L, V> = (1/n) sum_i l'_i sum_j a_j sigma'(z_ij) <v_j, x_i>
    + lambda <W, V>.
    """
    risk = mean(
        at.l1[i] * total(net.a[j] * at.sigma1[i][j] * dot(net.V[j], net.x[i]) for j in net.units)
        for i in net.samples
    )
    return risk, net.decay * inner(net.W, net.V)


def hessian_form(net: Net, at: Derivatives) -> Terms:
    """D^2 L[V, V] = (1/n) sum_i l''_i (sum_j a_j sigma'(z_ij) <v_j, x_i>)^2
    + (1/n) sum_i l'_i sum_j a_j sigma''(z_ij) <v_j, x_i>^2
    + lambda ||V||_F^2.
    """
    from_loss = mean(
        at.l2[i]
        * square(total(net.a[j] * at.sigma1[i][j] * dot(net.V[j], net.x[i]) for j in net.units))
        for i in net.samples
    )
    from_activation = mean(
        at.l1[i]
        * total(net.a[j] * at.sigma2[i][j] * square(dot(net.V[j], net.x[i])) for j in net.units)
        for i in net.samples
    )
    return from_loss, from_activation, net.decay * inner(net.V, net.V)


def laplacian(net: Net, at: Derivatives) -> Terms:
    """Laplacian L = (1/n) sum_i ||x_i||^2 l''_i sum_j a_j^2 sigma'(z_ij)^2
    + (1/n) sum_i ||x_i||^2 l'_i sum_j a_j sigma''(z_ij)
    + lambda p d.
    """
    from_loss = mean(
        dot(net.x[i], net.x[i])
        * at.l2[i]
        * total(square(net.a[j]) * square(at.sigma1[i][j]) for j in net.units)
        for i in net.samples
    )
    from_activation = mean(
        dot(net.x[i], net.x[i]) * at.l1[i] * total(net.a[j] * at.sigma2[i][j] for j in net.units)
        for i in net.samples
    )
    return from_loss, from_activation, net.decay * len(net.units) * len(net.features)


def total(values: Iterable[arb]) -> arb:
    """The sum."""
    return sum(values, arb(0))


def mean(values: Iterable[arb]) -> arb:
    """The arithmetic mean of at least one number."""
    listed = list(values)
    return total(listed) / len(listed)


def square(x: arb) -> arb:
    """x^2."""
    return x * x


def dot(u: Vector, v: Vector) -> arb:
    """<u, v>."""
    return total(p * q for p, q in zip(u, v, strict=True))


def inner(A: Matrix, B: Matrix) -> arb:
    """<A, B> = sum_jk A_jk B_jk."""
    return total(dot(u, v) for u, v in zip(A, B, strict=True))


# -- exact differentiation -------------------------------------------------------------------------


def objective_along(tapes: Tapes, net: Net, D: Matrix) -> tuple[arb_series, arb_series]:
    """t -> L(W + t D) to the term t^2, from the definition of L alone: the mean loss, and the
    penalty (lambda/2) ||W + t D||_F^2.
    """
    risk = arb_series([0], prec=3)
    for x, y in zip(net.x, net.y, strict=True):
        f = arb_series([0], prec=3)
        for a, w, step in zip(net.a, net.W, D, strict=True):
            z = arb_series([dot(w, x), dot(step, x)], prec=3)
            f = f + a * tapes.sigma.values(z, 3)[-1]
        risk = risk + tapes.phi.values(tapes.loss.argument(f, y), 3)[-1]

    squares = arb_series([0], prec=3)
    for w, step in zip(net.W, D, strict=True):
        for entry, slope in zip(w, step, strict=True):
            moved = arb_series([entry, slope], prec=3)
            squares = squares + moved * moved
    return risk / len(net.x), net.decay / 2 * squares


def unit_direction(net: Net, j: int, k: int) -> Matrix:
    """The direction of W_jk."""
    return tuple(
        tuple(arb(int((row, column) == (j, k))) for column in net.features) for row in net.units
    )


# -- the comparison --------------------------------------------------------------------------------

ACCURATE = 64
"""Both balls of a comparison are smaller than 2^-ACCURATE of the formula's largest term."""
FELT = 32
"""A term is felt when it is at least 2^-FELT of the formula's largest one, or exactly zero."""
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
SHAPES = ((3, 2, 2), (2, 1, 3), (1, 3, 2))
"""(n, p, d) of the nets: no two sizes, nor p d and another product of sizes, agree at all three."""
SIDES = (0, 1, -1)  # signs of the arguments z_ij of a net, 0 for both, in turn
TRIALS = 9  # nets of a shape
DIGITS = 5  # of a number in a message


class Said(IntEnum):
    """What a comparison says: nothing, since a ball is large; that the values are equal; or that,
    and every term was felt.
    """

    NOTHING = 0
    VALUE = 1
    TERMS = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """At how many nets the formulas were compared, how many pairs of balls met, and at how many of
    the nets every term of every formula was felt.
    """

    points: int
    comparisons: int
    telling: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A formula, by its terms, and the same number from elsewhere."""

    name: str
    terms: Terms
    other: arb


def agree(pair: Pair) -> Said:
    """What is known when the two balls meet.

    Something is when both are smaller than 2^-ACCURATE of the largest term.  If every term is felt,
    too, then a relative error of 2^(FELT - ACCURATE + 2) in any one would have put the balls apart.

    Raises InternalError when the balls do not meet: one of the two is wrong.

    >>> agree(Pair("the sum", (arb(1), arb(2)), arb(3))).name
    'TERMS'
    >>> agree(Pair("the sum", (arb(1), arb((1, -40))), 1 + arb((1, -40)))).name
    'VALUE'
    >>> agree(Pair("the sum", (arb(1), arb(2)), arb(3, 1))).name
    'NOTHING'
    >>> agree(Pair("the sum", (arb(1), arb(2)), arb(4)))
    Traceback (most recent call last):
    proofkit.errors.InternalError: the formula for the sum gives 3.0000, elsewhere it is 4.0000
    """
    value = total(pair.terms)
    if not (value.is_finite() and pair.other.is_finite()):
        return Said.NOTHING
    if not value.overlaps(pair.other):
        raise InternalError(
            f"the formula for {pair.name} gives {value.str(DIGITS)}, elsewhere it is "
            f"{pair.other.str(DIGITS)}"
        )

    sizes = [abs(term) for term in pair.terms]
    largest = arb(0)
    for size in sizes:
        largest = largest.max(size.lower())
    small, felt = largest * arb((1, -ACCURATE)), largest * arb((1, -FELT))
    if not (value.rad() <= small and pair.other.rad() <= small):
        return Said.NOTHING
    return Said.TERMS if all(size >= felt or size.is_zero() for size in sizes) else Said.VALUE


def compare(root: Node, loss: Loss) -> Comparison:
    """Compare the formulas with exact differentiation of L, for an activation and a loss.

    The nets are determined by the texts of the activation and of the loss.  That these
    are twice differentiable is for the caller to know.

    Raises InternalError when two balls do not meet, so that a formula is wrong, and NotCompared
    when the balls stay large at every net of a shape.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> from proofkit.kernel.losses.kinds import loss_of_text
    >>> compare(parse("tanh(z)"), loss_of_text("u^2/2"))
    Comparison(points=3, comparisons=22, telling=3)
    """
    return compare_pairs(root, loss, _against_differentiation)


PairsAt = Callable[[Tapes, Net], list[Pair]]


def compare_pairs(root: Node, loss: Loss, pairs_at: PairsAt) -> Comparison:
    """Compare pairs of numbers at one net of each of the ``SHAPES``: the first at which every term
    is felt, else the first at which the balls are small.

    Raises as ``compare``.
    """
    tapes = Tapes(balls.Tape(root), balls.Tape(loss.phi), loss)
    seed = f"{terms.to_text(root)}\n{loss.text}"
    scale = scale_of(tapes.sigma)

    made: list[tuple[Said, int]] = []
    for shape in SHAPES:
        nets = (
            draw_net(f"{seed}\n{trial}", shape, scale, loss.classifies, SIDES[trial % len(SIDES)])
            for trial in range(TRIALS)
        )
        best = _most_said(nets, lambda net: pairs_at(tapes, net))
        if best[0] is Said.NOTHING:
            raise NotCompared(
                "the formulas for the derivatives of L could not be compared at a small net of "
                "(n, p, d) = ({}, {}, {}): the numbers are too uncertain there".format(*shape)
            )
        made.append(best)
    return Comparison(
        points=len(made),
        comparisons=sum(comparisons for _, comparisons in made),
        telling=sum(said is Said.TERMS for said, _ in made),
    )


def _most_said(nets: Iterable[Net], pairs_at: Callable[[Net], list[Pair]]) -> tuple[Said, int]:
    """The most that a comparison at one of the nets says, and in how many pairs."""
    best = (Said.NOTHING, 0)
    for net in nets:
        best = max(best, _said_at(net, pairs_at))
        if best[0] is Said.TERMS:
            break
    return best


def _said_at(net: Net, pairs_at: Callable[[Net], list[Pair]]) -> tuple[Said, int]:
    """What the comparison at one net says, the precision doubled until it says something."""
    for bits in PRECISIONS:
        with balls.precision(bits, 3):
            pairs = pairs_at(net)
            said = min([agree(pair) for pair in pairs])
        if said is not Said.NOTHING:
            return said, len(pairs)
    return Said.NOTHING, 0


def _against_differentiation(tapes: Tapes, net: Net) -> list[Pair]:
    """Every formula, and the coefficients of L along the axes and along V."""
    at = derivatives(tapes, net)
    pairs: list[Pair] = []
    curvature = arb(0)
    for j in net.units:
        for k in net.features:
            risk, penalty = objective_along(tapes, net, unit_direction(net, j, k))
            entry = gradient_entry(net, at, j, k)
            pairs.append(Pair(f"dL/dW_{j + 1}{k + 1}", entry, risk[1] + penalty[1]))
            curvature = curvature + 2 * (risk[2] + penalty[2])

    risk, penalty = objective_along(tapes, net, net.V)
    return [
        *pairs,
        Pair("<grad L, V>", slope_along(net, at), risk[1] + penalty[1]),
        Pair("the Hessian form", hessian_form(net, at), 2 * (risk[2] + penalty[2])),
        Pair("the Laplacian", laplacian(net, at), curvature),
    ]


# -- nets on the activation's own scale ------------------------------------------------------------

FARTHEST = 1024  # of the powers of two tried as the scale of z
STEP = 4
ALIVE = 24  # sigma' and sigma'' count at z if z^k sigma^(k)/k! is 2^-ALIVE of the largest such term
SAMPLES = tuple(sign * eighths for eighths in (3, 8, 20, 36) for sign in (1, -1))
ENOUGH = 12  # of the 16 derivatives at the samples that may count


@dataclass(frozen=True, slots=True)
class Scale:
    """Powers of two: of the arguments on which the activation bends, and of its inverse size there."""

    argument: int
    outer: int


def scale_of(tape: balls.Tape) -> Scale:
    """The scale nearest to 1 on which sigma' and sigma'' count at most arguments; it decides only
    which nets are tried.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> scale_of(balls.Tape(parse("tanh(2^20*z)"))).argument
    -20
    """
    best = _look(tape, 0)
    for exponent in _exponents():
        if best.counted >= ENOUGH or best.straight:
            break
        view = _look(tape, exponent)
        if view.counted > best.counted:
            best = view
    return Scale(best.exponent, -best.size)


def _exponents() -> Iterator[int]:
    """4, -4, 8, -8, ..."""
    for size in range(STEP, FARTHEST + 1, STEP):
        yield size
        yield -size


@dataclass(frozen=True, slots=True)
class _View:
    """The activation at 2^exponent times the samples: how many of the derivatives count, the
    exponent of its largest value, and whether sigma' counts somewhere and sigma'' is exactly zero
    everywhere, as for a straight line.
    """

    exponent: int
    counted: int
    size: int
    straight: bool


def _look(tape: balls.Tape, exponent: int) -> _View:
    """The activation on a scale.  Balls that are not finite, or large beside their number, are left
    out; nothing but the choice of a net depends on them.
    """
    sizes: list[tuple[arb, arb, arb]] = []
    with balls.precision(64, 3):
        for eighths in SAMPLES:
            z = arb((eighths, exponent - 3))
            series = tape.series(z, 3)
            here = (abs(series[0]), abs(series[1] * z), abs(series[2] * z * z))
            if all(s.is_zero() or (s.is_finite() and s.rel_accuracy_bits() > 16) for s in here):
                sizes.append(here)

        highest, largest = arb(0), arb(0)
        for here in sizes:
            highest = highest.max(here[0])
            largest = largest.max(here[0]).max(here[1]).max(here[2])
        threshold = largest * arb((1, -ALIVE))
        slopes = sum(bool(here[1] > threshold) for here in sizes)
        bends = sum(bool(here[2] > threshold) for here in sizes)
    straight = slopes > 0 and all(here[2].is_zero() for here in sizes)
    return _View(exponent, slopes + bends, _exponent_of(highest), straight)


def _exponent_of(x: arb) -> int:
    """The power of two above the middle of a ball; 0 for zero."""
    mantissa, power = x.mid().man_exp()
    return int(mantissa).bit_length() + int(power) if mantissa else 0


def draw_net(
    seed: str,
    shape: tuple[int, int, int],
    scale: Scale,
    classifies: bool,
    side: int = 0,
) -> Net:
    """A net whose exact numbers are determined by the seed, none of them zero: W and V on the scale
    of the arguments, a on that of the inverse values, lambda to match.

    With ``side`` = 1 or -1 all z_ij have that sign: a term may be of use on one half-line only.
    """
    n, p, d = shape
    numbers = _bytes(seed)

    def number(power: int = 0) -> arb:
        return arb((2 * (next(numbers) % 40) - 39, power - 5))

    def vector(size: int, power: int = 0) -> Vector:
        return tuple(number(power) for _ in range(size))

    def matrix(rows: int, power: int = 0) -> Matrix:
        return tuple(vector(d, power) for _ in range(rows))

    def target() -> arb:
        return arb(2 * (next(numbers) % 2) - 1) if classifies else number()

    W, x = matrix(p, scale.argument), matrix(n)
    return Net(
        W=_of_sign(W, side) if side else W,
        V=matrix(p, scale.argument),
        a=vector(p, scale.outer),
        x=_of_sign(x, 1) if side else x,
        y=tuple(target() for _ in range(n)),
        decay=arb((next(numbers) % 9 + 1, -2 - 2 * scale.argument)),
    )


def _of_sign(matrix: Matrix, sign: int) -> Matrix:
    return tuple(tuple(sign * abs(entry) for entry in row) for row in matrix)


def _bytes(seed: str) -> Iterator[int]:
    """Numbers from 0 to 255 that depend on the seed alone."""
    for block in count():
        yield from sha256(f"{seed}\n{block}".encode()).digest()
