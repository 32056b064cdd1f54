"""The routes to V4.  Each returns the V4 fact or raises Stuck with the open obligation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from flint import arb

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
    """z sigma' - kappa sigma bounded, squared loss: <grad R, W> >= -C - D r."""
    if not bench.objective.squared:
        raise Stuck("the Euler route is for the squared loss")
    h = bench.enclosed("H")
    laplacian = _affine_laplacian(bench)
    radial = bench.once(
        "radial bound",
        bench.parameters(),
        bench.derivation(),
        h,
        bench.enclosed("M1"),
        bench.at_zero(),
    )
    return bench.infer("V4 Euler", radial, laplacian, proposal=LevelProposal(bench.level))


def lipschitz(bench: Workbench) -> Fact:
    """sigma Lipschitz with bounded sigma'': lambda above G1, as in the papers."""
    if not bench.objective.squared:
        raise Stuck("for the logistic loss the bounded route covers every Lipschitz activation")
    laplacian = _affine_laplacian(bench)
    gradient = bench.once(
        "affine gradient",
        bench.parameters(),
        bench.derivation(),
        bench.enclosed("M1"),
        bench.at_zero(),
    )
    return bench.infer("V4 Lipschitz", gradient, laplacian, proposal=LevelProposal(bench.level))


def line(bench: Workbench) -> Fact:
    """sigma close to a line of positive slope, squared loss: every lambda > 0 where sigma' >= 0,
    else lambda above alpha sup(-sigma') ||a||^2 Lambda_S.
    """
    if not bench.objective.squared:
        raise Stuck("the line route is for the squared loss")
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
    premises = (
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.enclosed("S_lo"),
        bench.enclosed("M2"),
        low,
        high,
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
    if not bench.objective.squared:
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
    return "it is for the squared loss"


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
        if not bench.objective.squared and (found := _logistic_radial(bench)):
            return bench.once("dissipative radial", found)
        if bench.objective.outer is not None and bench.objective.outer.one_sign:
            return bench.once("dissipative one-signed", _one_sign(bench))
        raise Stuck(
            f"neither is the residual bounded ({stuck}) nor the Euler defect ({_why_not(bench)})"
        ) from None


def _logistic_radial(bench: Workbench) -> Fact | None:
    """The radial bound for kappa > 0, which allows an unbounded sigma'."""
    try:
        premises = (bench.parameters(), bench.derivation(), bench.loss(), bench.enclosed("H"))
        return bench.once("logistic Euler bound", *premises)
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
    return bench.once(
        "radial bound",
        bench.parameters(),
        bench.derivation(),
        bench.enclosed("H"),
        bench.enclosed("M1"),
        bench.at_zero(),
    )


def _oscillation(bench: Workbench) -> Fact:
    names = ("S0", "S0") if bench.objective.symbolic else ("S_hi", "S_lo")
    return bench.once(
        "oscillation", bench.parameters(), bench.loss(), *(bench.enclosed(name) for name in names)
    )


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
        if not bench.objective.squared:
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
        gap = bench.once("gap Lyapunov", dissipative(bench), *growth)
        start = bench.once(
            "start quadratic" if bench.objective.squared else "start logistic",
            moments,
            *growth,
        )
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
