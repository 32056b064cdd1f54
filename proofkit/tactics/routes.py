"""The routes to V4.  Each returns the V4 fact or raises Stuck with the open obligation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from flint import arb

from proofkit.kernel.claims import LossBounds
from proofkit.kernel.facts import Fact
from proofkit.kernel.formula import Constant
from proofkit.kernel.onedim import Line, Slope, rows_of
from proofkit.kernel.proposals import LevelProposal, QuadratureProposal
from proofkit.kernel.univariate import balls
from proofkit.search.quadrature import choose
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench


def bounded(bench: Workbench) -> Fact:
    """|l'| bounded: ||grad R|| <= G and Laplacian R <= K."""
    residual = bench.residual()
    parameters, derivation = bench.parameters(), bench.derivation()
    m1, m2 = bench.enclosed("M1"), bench.enclosed("M2")
    gradient = bench.once("bounded gradient", parameters, derivation, residual, m1)
    laplacian = bench.once(
        "bounded Laplacian", parameters, derivation, bench.loss(), residual, m1, m2
    )
    return bench.infer("V4 bounded", gradient, laplacian, proposal=LevelProposal(bench.level))


def falling_slowly(bench: Workbench) -> Fact:
    """V2 where phi has no infimum: R falls no faster than G r."""
    return bench.infer(
        "V2 by growth",
        bench.parameters(),
        _gradient(bench),
        bench.loss(),
        bench.loss_at_zero(),
        bench.at_zero(),
    )


def _affine_laplacian(bench: Workbench) -> Fact:
    premises = (
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.enclosed("M1"),
        bench.enclosed("M2"),
        bench.at_zero(),
    )
    return bench.once("affine Laplacian", *premises)


def euler(bench: Workbench) -> Fact:
    """z sigma' - kappa sigma bounded, and a loss of bounded curvature: <grad R, W> >= -C - D r."""
    _leave_to_the_bounded_route(bench)
    bench.enclosed("H")
    laplacian = _affine_laplacian(bench)
    radial = _radial(bench)
    return bench.infer("V4 Euler", radial, laplacian, proposal=LevelProposal(bench.level))


def _leave_to_the_bounded_route(bench: Workbench) -> None:
    """Stuck for a loss of bounded slope, for which no other route reaches farther."""
    if _has_bounded_slope(bench):
        raise Stuck(
            "where the slope of the loss is bounded, the bounded route covers every Lipschitz "
            "activation"
        )


def lipschitz(bench: Workbench) -> Fact:
    """sigma Lipschitz with bounded sigma'': lambda above G1, as in the papers."""
    _leave_to_the_bounded_route(bench)
    laplacian = _affine_laplacian(bench)
    gradient = bench.once(
        "affine gradient",
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.enclosed("M1"),
        bench.at_zero(),
    )
    return bench.infer("V4 Lipschitz", gradient, laplacian, proposal=LevelProposal(bench.level))


def line(bench: Workbench) -> Fact:
    """sigma close to a line of positive slope, squared loss: every lambda > 0 where sigma' >= 0,
    else lambda above alpha sup(-sigma') ||a||^2 Lambda_S.
    """
    if bench.objective.loss.square is None:
        raise Stuck("the line route is for multiples of the squared residual")
    near, fall = bench.near_line(), bench.fall()
    laplacian = _affine_laplacian(bench)
    high = _constant(fall, "fall").hi
    if high is not None and high <= 0:
        return bench.infer(
            "V4 monotone",
            bench.once("monotone line", near, fall),
            laplacian,
            proposal=LevelProposal(bench.level),
        )
    return bench.infer(
        "V4 line",
        bench.once("line", bench.parameters(), near, fall),
        laplacian,
        proposal=LevelProposal(bench.level),
    )


def one_signed(bench: Workbench) -> Fact:
    """Outer weights of one sign, sigma bounded below with sigma'' bounded: every lambda > 0, also
    where sigma' grows like z.
    """
    outer = bench.objective.outer
    if outer is None or not outer.one_sign:
        raise Stuck("the outer weights are not known to be of one sign")
    return bench.infer("V4 one-signed", _one_sign(bench), proposal=LevelProposal(bench.level))


def if_one_signed(bench: Workbench) -> Fact:
    """The same as a hypothesis about arbitrary outer weights."""
    return bench.infer(
        "V4 if one-signed",
        _one_sign(bench, "weights of one sign"),
        proposal=LevelProposal(bench.level),
    )


def _one_sign(bench: Workbench, rule: str = "one-signed weights") -> Fact:
    low, high = bench.euler_range()
    about_loss: tuple[Fact, ...] = ()
    if bench.objective.loss.square is None:
        about_loss = (bench.of_loss("eta"), bench.of_loss("zeta"))
        rule = f"{rule}, bounded slope"
    premises = (
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.enclosed("S_lo"),
        bench.enclosed("M2"),
        low,
        high,
        *about_loss,
    )
    return bench.once(rule, *premises)


ROUTES: Mapping[str, Callable[[Workbench], Fact]] = MappingProxyType(
    {
        "bounded": bounded,
        "euler": euler,
        "line": line,
        "one-signed": one_signed,
        "lipschitz": lipschitz,
    }
)


def _radials(bench: Workbench) -> Iterator[Fact]:
    """Every bound of <grad R, W> from below that applies."""
    try:
        premises = (bench.parameters(), bench.derivation(), bench.residual(), bench.enclosed("H"))
        yield bench.once("radial residual", *premises)
    except UNDECIDED:
        pass
    if bench.objective.loss.square is None:
        if not _has_bounded_slope(bench):
            yield _radial(bench)
        return
    try:
        yield _radial(bench)
    except UNDECIDED:  # sigma' unbounded, which does not matter for kappa > 0
        yield bench.once("Euler bound", bench.parameters(), bench.derivation(), bench.enclosed("H"))


def _first_radial(bench: Workbench) -> Fact | None:
    try:
        return next(_radials(bench), None)
    except UNDECIDED:
        return None


def _smaller(one: Fact, other: Fact | None, name: str) -> Fact:
    """The fact with the smaller constant; the second, whose formula has fewer data in it, while
    they are symbols.
    """
    if other is None:
        return one
    mine, theirs = _constant(one, name).hi, _constant(other, name).hi
    return one if mine is not None and theirs is not None and mine < theirs else other


def _constant(fact: Fact, name: str) -> Constant:
    """A constant that a step introduces."""
    return next(c for c in fact.constants if c.name == name)


def _moments(bench: Workbench) -> Fact:
    """Moments of r under mu_s: from a radial bound or the bounded gradient, whichever is sharper."""
    radial = _first_radial(bench)
    euler = None if radial is None else bench.once("moments Euler", radial)
    try:
        return _smaller(bench.once("moments bounded", _gradient(bench)), euler, "W_2")
    except UNDECIDED as stuck:
        if euler is None:
            raise Stuck(
                f"neither is the residual bounded ({stuck}) nor the Euler defect "
                f"({_why_not(bench)})"
            ) from None
        return euler


def _why_not(bench: Workbench) -> str:
    try:
        bench.enclosed("H")
    except UNDECIDED as stuck:
        return str(stuck)
    return "it needs a loss of bounded curvature, and kappa > 0"


def dissipative(bench: Workbench) -> Fact:
    """<grad L, W> >= m r^2 - b, by a radial bound where there is one, else from the bounded
    gradient, else for outer weights of one sign.
    """
    bench.smooth()  # the constants of an activation with kinks are not bounded here
    radial = _first_radial(bench)
    if radial is not None:
        return bench.once("dissipative radial", radial)
    try:
        return bench.once("dissipative gradient", _gradient(bench))
    except UNDECIDED as stuck:
        if found := _radial_of_slope(bench):
            return bench.once("dissipative radial", found)
        if bench.objective.outer is not None and bench.objective.outer.one_sign:
            return bench.once("dissipative one-signed", _one_sign(bench))
        raise Stuck(
            f"neither is the residual bounded ({stuck}) nor the Euler defect ({_why_not(bench)})"
        ) from None


def _has_bounded_slope(bench: Workbench) -> bool:
    """True where |l'| is known to be bounded whatever f is."""
    if bench.objective.loss.square is not None:
        return False
    claim = bench.loss().claim
    assert type(claim) is LossBounds, "what the rule concludes"
    return claim.l1 is not None


def _radial_of_slope(bench: Workbench) -> Fact | None:
    """The radial bound for a loss of bounded slope, which allows an unbounded sigma'."""
    if not _has_bounded_slope(bench):
        return None
    try:
        premises = (
            bench.parameters(),
            bench.derivation(),
            bench.loss(),
            bench.of_loss("eta"),
            bench.enclosed("H"),
        )
        return bench.once("Euler bound of bounded slope", *premises)
    except UNDECIDED:
        return None


def _gradient(bench: Workbench) -> Fact:
    return bench.once(
        "bounded gradient",
        bench.parameters(),
        bench.derivation(),
        bench.residual(),
        bench.enclosed("M1"),
    )


def _radial(bench: Workbench) -> Fact:
    """The radial bound of a loss of bounded curvature."""
    if bench.objective.loss.square is None:
        premises = (bench.parameters(), bench.derivation(), bench.restoring(), bench.enclosed("H"))
        return bench.once("Euler bound of bounded curvature", *premises)
    return bench.once(
        "radial bound",
        bench.parameters(),
        bench.derivation(),
        bench.enclosed("H"),
        bench.enclosed("M1"),
        bench.at_zero(),
    )


def _oscillation(bench: Workbench) -> Fact:
    """How much R varies, for a bounded sigma."""
    names = ("S0", "S0") if bench.objective.symbolic else ("S_hi", "S_lo")
    outputs = tuple(bench.enclosed(name) for name in names)
    try:
        swing = bench.swing()
    except UNDECIDED:
        premises = (bench.parameters(), bench.loss(), *outputs)
        return bench.once("oscillation where it is reached", *premises)
    return bench.once("oscillation", bench.parameters(), swing, *outputs)


def _bounded_laplacian(bench: Workbench) -> Fact:
    premises = (
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.residual(),
        bench.enclosed("M1"),
        bench.enclosed("M2"),
    )
    return bench.once("bounded Laplacian", *premises)


def _excess(bench: Workbench, moments: Fact) -> Fact:
    try:
        return bench.once("excess bounded", moments, _bounded_laplacian(bench))
    except UNDECIDED:
        if bench.objective.loss.square is None:
            raise
        return bench.once("excess affine", moments, _affine_laplacian(bench))


def excess(bench: Workbench) -> Fact:
    """E_mu L - min L <= eps."""
    return _excess(bench, _moments(bench))


def rate(bench: Workbench) -> Fact:
    """Convergence in continuous time with every constant explicit; Stuck where no spectral gap is
    known.
    """
    moments = _moments(bench)
    at_rest = _excess(bench, moments)
    try:
        oscillation = _oscillation(bench)
    except UNDECIDED:
        growth = (bench.enclosed("M1"), bench.at_zero())
        gap = bench.once("gap Lyapunov", dissipative(bench), bench.swing(), *growth)
        start = _start(bench, moments, *growth)
    else:
        gap, start = (
            bench.once("gap bounded", oscillation),
            bench.once("start bounded", moments, oscillation),
        )
    return bench.once(
        "convergence with a rate",
        _wider(_wider(gap, _gap_convex(bench)), _gap_in_one_dimension(bench)),
        start,
        at_rest,
    )


def _start(bench: Workbench, moments: Fact, *growth: Fact) -> Fact:
    """The initial law where R grows with W."""
    if bench.objective.loss.square is not None:
        return bench.once("start quadratic", moments, *growth)
    about_loss = (bench.loss(), bench.loss_at_zero(), bench.floor())
    return bench.once("start linear", moments, *growth, *about_loss)


def _gap_in_one_dimension(bench: Workbench) -> Fact | None:
    """The gap by Muckenhoupt's criterion, for one weight with numbers and data; None otherwise."""
    objective = bench.objective
    data, outer = objective.data, objective.outer
    if data is None or outer is None or data.d * outer.p != 1 or bench.table is None:
        return None
    try:
        base = dissipative(bench)
        proposal = _quadrature(bench, base)
        if proposal is None:
            return None
        return bench.once(
            "gap in one dimension", bench.parameters(), base, proposal=proposal, rows=bench.table
        )
    except (Stuck, ValueError, OverflowError):
        return None


def _quadrature(bench: Workbench, base: Fact) -> QuadratureProposal | None:
    """Where to evaluate the criterion; None where a number is missing or the scale is lost."""
    objective, table = bench.objective, bench.table
    outer, lam, s = objective.outer, objective.lam, objective.noise
    if outer is None or table is None or lam is None or s is None:
        return None
    m, b = _constant(base, "m_d").lo, _constant(base, "b_d").hi
    weight = outer.first_negative if outer.first_positive is None else outer.first_positive
    if weight is None or m is None or b is None:
        return None
    line = Line(objective.sigma, objective.loss, rows_of(table), weight, lam, s)
    return choose(line, Slope(m, b))


def _gap_convex(bench: Workbench) -> Fact | None:
    try:
        return bench.once(
            "gap convex",
            bench.parameters(),
            bench.derivation(),
            bench.residual(),
            bench.enclosed("M2"),
            bench.enclosed("M1"),
            bench.of_loss("dip"),
        )
    except UNDECIDED:
        return None


def _wider(gap: Fact, other: Fact | None) -> Fact:
    """The fact with the larger certified gap (lambda/q) exp(-xi), by a comparison of logarithms:
    either is proved.
    """

    def log(fact: Fact) -> arb:
        xi, q = _constant(fact, "xi").hi, _constant(fact, "q").hi
        return arb("inf") if xi is None or q is None else balls.ball(xi) + balls.ball(q).log()

    return other if other is not None and log(other) < log(gap) else gap


def langevin(bench: Workbench) -> Fact:
    """Langevin Monte Carlo with every constant explicit; needs a bounded risk, for the log-Sobolev
    inequality, and a finite gLip.
    """
    oscillation = _oscillation(bench)
    premises = (
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.residual(),
        bench.enclosed("M1"),
        bench.enclosed("M2"),
    )
    smooth = bench.once("gradient Lipschitz", *premises)
    moments = _moments(bench)
    gap = _wider(bench.once("gap bounded", oscillation), _gap_convex(bench))
    return bench.once(
        "Langevin Monte Carlo",
        oscillation,
        smooth,
        _excess(bench, moments),
        _bounded_laplacian(bench),
        gap,
    )
