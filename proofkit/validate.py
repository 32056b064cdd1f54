"""The measured beside the proved: a certificate's bounds against the net it speaks of.

Floating point searches for a point where a certified inequality fails; it
cannot prove one.  Where a measured value lies beyond a certified bound, the same
quantity is computed again in ball arithmetic on the exact data: only that may
say that the certificate is wrong, otherwise the compiled kernel was.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from proofkit.activation.bridge import to_sympy
from proofkit.activation.catalogue import Activation, rational, true_name
from proofkit.constants import NAMES, Constant, evaluate
from proofkit.errors import InputError, ParseError, quoted
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.balls import ball, lower, upper
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import round_up
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.numeric.exact import At, ExactNet
from proofkit.numeric.figures import Curve, Figure
from proofkit.numeric.kernels import Floats, Net, float_arrays, which_objective
from proofkit.problem.data import (
    DataSummary,
    Outer,
    Table,
    generate_outer,
    summarise,
    summarise_outer,
)
from proofkit.problem.problem import Problem
from proofkit.tactics.losses import LossSearch, UnknownError

# What rounding may contribute to a measured value of this size, relative to the terms it is made
# of.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Instance:
    """A net to measure: data, outer weights and the numbers of the problem."""

    table: Table
    summary: DataSummary
    outer: Outer
    weights: tuple[Fraction, ...]
    lam: Fraction
    noise: Fraction
    name: str


@dataclass(frozen=True)
class Check:
    """One certified inequality and the point that comes closest to breaking it.

    ``measured`` must lie on the right side of ``bound``; ``tightness`` is their
    ratio at the closest point, 1 when the bound is attained; None where they
    are not both positive.
    """

    name: str
    statement: str
    measured: float
    bound: float
    tightness: float | None
    radius: float
    points: int
    violated: bool
    doubt: str = ""
    """Where the kernel could not be trusted, and what balls said there; "" when it could
    everywhere.
    """


@dataclass(frozen=True)
class Report:
    """The checks of one instance and what to draw."""

    instance: str
    data: DataSummary
    checks: tuple[Check, ...]
    skipped: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def objective(self) -> str:
        """Of which data the L is that was measured."""
        return which_objective(self.data.scaling)

    @property
    def violated(self) -> bool:
        """True when a value that is proved in balls lies beyond a certified bound."""
        return any(c.violated for c in self.checks)

    @property
    def doubtful(self) -> bool:
        """True when a kernel could not be trusted somewhere, so that not everything was measured."""
        return any(c.doubt for c in self.checks)


def random_instance(
    seed: int, loss: str, lam: Fraction, noise: Fraction, one_sign: bool = False
) -> Instance:
    """A small net for a certificate that holds for every data: n = 30, d = 3, p = 6, three-digit
    numbers; ``one_sign`` makes a >= 0.
    """
    rng = np.random.default_rng(seed)
    n, d, p = 30, 3, 6
    rows = tuple(tuple(int(v) for v in row) for row in rng.integers(-1500, 1500, (n, d)))
    labels = tuple(
        int(v)
        for v in (
            rng.choice([-1000, 1000], n)
            if resolve_loss(loss).classifies
            else rng.integers(-1500, 1500, n)
        )
    )
    table = Table(
        f"random instance {seed}",
        "",
        tuple(f"x{k}" for k in range(d)),
        "y",
        rows,
        labels,
        1000,
        1000,
    )
    weights = [abs(a) if one_sign else a for a in generate_outer(p, seed)]
    return Instance(
        table,
        summarise(table),
        summarise_outer(weights, "random", ""),
        tuple(weights),
        lam,
        noise,
        table.source,
    )


def activation_of(content: Mapping[str, Any]) -> tuple[Activation, str]:
    """The activation and the loss a certificate speaks of; InputError when it does not say."""
    try:
        spec = content["problem"]
        name, text, loss = (
            str(spec["activation"]["name"]),
            spec["activation"]["expression"],
            str(spec["loss"]),
        )
        root = parse(text)
        activation = Activation(true_name(name, root), root)
        Problem(activation, loss)
    except (KeyError, TypeError, AttributeError, ParseError):
        raise InputError(
            "the file is not a certificate with a problem in it; make one with `proofkit "
            "prove --out`"
        ) from None
    return activation, loss


def _in_order(defines: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a step defines, how far arguments reach first: suprema over that are named by it."""
    return sorted(defines.items(), key=lambda item: item[0] != "reach")


def _where_reached(loss: Loss, name: str, reach: Constant) -> Constant | None:
    """A named constant of the loss, a supremum or infimum over [-reach, reach], enclosed for the
    reach of an instance; None for any other, and where it is not found.
    """
    quantity = OF_LOSS.get(name)
    if quantity is None or reach.hi is None:
        return None
    # Rounded up: over a larger interval the certified inequalities only become weaker.
    far = round_up(reach.hi, 30)
    try:
        sides = LossSearch(loss).supremum(quantity, (-far, far)).sides
    except UnknownError:
        return None
    low, high = max(side.lower for side in sides), max(side.upper for side in sides)
    return Constant(name, None, *((low, high) if quantity != "S_lo" else (-high, -low)))


OF_LOSS: Mapping[str, str] = MappingProxyType({"l1": "M1", "l2": "M2", "l_inf": "S_lo"})
"""Constants of the loss that a certificate about symbols may leave without a value, and what they
are of phi on [-reach, reach].
"""


def constants(content: Mapping[str, Any], instance: Instance) -> dict[str, Constant]:
    """Every constant a certificate defines, with the numbers of the instance where it leaves
    symbols.

    A certificate bound to data brings its own numbers: they are taken as certified.
    """
    s, o = instance.summary, instance.outer
    exact = {
        "n": Fraction(s.n),
        "d": Fraction(s.d),
        "p": Fraction(o.p),
        "B_y": s.B_y,
        "a_1": o.a_1,
        "a_inf": o.a_inf,
        "lambda": instance.lam,
        "s": instance.noise,
        "X2": s.x_square_mean,
    }
    given = {name: Constant(name, None, q, q) for name, q in exact.items()}
    for name, square in (("B_x", s.B_x_squared), ("a_2", o.a_2_squared)):
        found = evaluate("sqrt(M)", {"M": Constant("M", None, square, square)})
        assert found is not None
        given[name] = Constant(name, None, *found)
    known: dict[str, Constant] = {"lambda": given["lambda"], "s": given["s"]}
    loss = resolve_loss(str(content["problem"]["loss"]))
    try:
        for step in content["steps"]:
            for name, item in _in_order(step["defines"]):
                if name not in NAMES:
                    raise InputError(f"the certificate defines an unknown constant {quoted(name)}")
                lo, hi, formula = item["lo"], item["hi"], item["formula"]
                if lo is not None and hi is not None:
                    # Not Fraction(text): an exponent of 10^9 in a stranger's file would never end.
                    known[name] = Constant(
                        name,
                        formula,
                        rational(str(lo), f"the constant {name}"),
                        rational(str(hi), f"the constant {name}"),
                    )
                elif formula is not None:
                    known[name] = Constant(name, formula, *_value(formula, known))
                elif name in given:
                    known[name] = given[name]
                elif "reach" in known and (found := _where_reached(loss, name, known["reach"])):
                    known[name] = found
    except (
        KeyError,
        TypeError,
        ValueError,
        ParseError,
        ZeroDivisionError,
        AttributeError,
    ) as error:
        raise InputError(
            f"the constants of the certificate cannot be evaluated ({str(error)[:80]}); "
            f"check it with `proofkit check`"
        ) from None
    return known


def _value(formula: str, known: Mapping[str, Constant]) -> tuple[Fraction | None, Fraction | None]:
    """The enclosure of a formula; nothing where it is not defined, as a radius below its route's
    threshold.
    """
    try:
        return evaluate(formula, known) or (None, None)
    except (ValueError, ZeroDivisionError):
        return None, None


def _function(text: str, known: Mapping[str, Constant]) -> Callable[[Floats], Floats] | None:
    """A bound as a function of r; None when a constant in it has no value."""
    import sympy

    names = sorted({str(s) for s in to_sympy(parse(text, NAMES | {"r"})).free_symbols} - {"r"})
    values = []
    for name in names:
        c = known.get(name)
        if c is None or c.lo is None or c.hi is None:
            return None
        values.append(float((c.lo + c.hi) / 2))
    symbols = [sympy.Symbol(name, positive=True) for name in (*names, "r")]
    f = sympy.lambdify(symbols, to_sympy(parse(text, NAMES | {"r"})), "numpy")
    return lambda r: np.broadcast_to(f(*values, r), np.shape(r)).astype(float)


@dataclass(frozen=True)
class _Inequality:
    """measure(W) >= bound(r), or <= for ``upper``, for ||W|| = r >= start; ``scale`` estimates the
    size of the terms.

    ``text`` and ``first`` are the formulas of the bound and the start, ``exact`` is the measure in
    balls.
    """

    name: str
    statement: str
    measure: Callable[[Floats], Floats]
    bound: Callable[[Floats], Floats]
    upper: bool
    start: float
    scale: Callable[[Floats], Floats]
    text: str
    first: str
    exact: Callable[[At], Any]


def _inequalities(
    content: Mapping[str, Any], known: dict[str, Constant], net: Net, noise: float
) -> tuple[list[_Inequality], list[str]]:
    lam = net.lam
    out: list[_Inequality] = []
    skipped: list[str] = []

    def norm(W: Floats) -> Floats:
        return np.sqrt((W**2).sum(axis=(1, 2)))

    def risk_gradient(W: Floats) -> Floats:
        return norm(net.gradient(W) - lam * W)

    def risk_laplacian(W: Floats) -> Floats:
        return net.laplacian(W) - lam * W.shape[1] * W.shape[2]

    def radial(W: Floats) -> Floats:
        return (net.gradient(W) * W).sum(axis=(1, 2))

    def villani(W: Floats) -> Floats:
        return net.villani(W, noise)

    def gradient_size(W: Floats) -> Floats:
        return (risk_gradient(W) + abs(lam) * norm(W)) ** 2 / noise + abs(net.laplacian(W))

    def add(
        name: str,
        statement: str,
        measure: Any,
        text: str,
        upper: bool,
        start: str,
        scale: Any,
        exact: Callable[[At], Any],
    ) -> None:
        bound, first = _function(text, known), _function(start, known)
        if bound is None or first is None:
            skipped.append(f"{name}: a constant of {text} has no value")
            return
        begin = float(first(np.array(1.0)))
        out.append(
            _Inequality(name, statement, measure, bound, upper, begin, scale, text, start, exact)
        )

    size = {
        "risk_gradient": lambda W: risk_gradient(W) + abs(lam) * norm(W),
        "risk_laplacian": lambda W: abs(net.laplacian(W)) + abs(lam) * W.shape[1] * W.shape[2],
        "radial": lambda W: norm(W) * (risk_gradient(W) + abs(lam) * norm(W)),
    }
    try:
        steps = {step["id"]: step["payload"] for step in content["steps"]}
        proved = {
            r["name"]: steps[r["step"]] for r in content["routes"] if r["verdict"] == "PROVED"
        }
    except (KeyError, TypeError):
        raise InputError(
            "the certificate does not list its routes; check it with `proofkit check`"
        ) from None
    for name, order, exact_of in (("rho", 1, At.slope), ("l2", 2, At.bend)):
        if name in known:
            what, mark, said = (
                ("slope", "'", "rho") if order == 1 else ("curvature", "''", "l''_max")
            )
            add(
                f"{what} of the loss",
                f"|l{mark}| <= {said}",
                lambda W, order=order: abs(net.of_samples(order, W)).max(axis=1),
                name,
                True,
                "0*lambda",
                lambda W, order=order: _size_of_samples(net, order, W),
                exact_of,
            )
    if lam > 0 and (growth := _growth(content)) is not None:
        add(
            "V2",
            f"L >= {growth}",
            net.loss,
            growth,
            False,
            "0*lambda",
            lambda W: abs(net.of_samples(0, W)).mean(axis=1) + lam / 2 * norm(W) ** 2,
            At.value,
        )
    usable: set[str] = set()
    for route, payload in proved.items():
        threshold = str(payload["threshold"])
        least = known.get(threshold)
        if lam <= 0 or (
            threshold != "0" and (least is None or least.hi is None or lam <= float(least.hi))
        ):
            skipped.append(f"V4, {route} route: lambda = {lam:g} is not above its threshold")
            continue
        usable.add(route)
        text = str(payload["bound"])
        add(
            f"V4, {route} route",
            f"||grad L||^2/s - Laplacian L >= {text}",
            villani,
            text,
            False,
            str(payload["start"]),
            gradient_size,
            At.villani,
        )
    if "bounded" in proved:
        add(
            "gradient of R",
            "||grad R|| <= G",
            risk_gradient,
            "G",
            True,
            "0*M1",
            size["risk_gradient"],
            At.risk_gradient,
        )
        add(
            "Laplacian of R",
            "Laplacian R <= K",
            risk_laplacian,
            "K",
            True,
            "0*M1",
            size["risk_laplacian"],
            At.risk_laplacian,
        )
    if "euler" in proved:
        add(
            "dissipativity",
            "<grad L, W> >= lambda*r^2 - C - D*r",
            radial,
            "lambda*r^2 - C - D*r",
            False,
            "0*M1",
            size["radial"],
            At.radial,
        )
        add(
            "affine Laplacian",
            "Laplacian R <= A*r + B",
            risk_laplacian,
            "A*r + B",
            True,
            "0*M1",
            size["risk_laplacian"],
            At.risk_laplacian,
        )
    if "one-signed" in usable:
        add(
            "dissipativity",
            "<grad L, W> >= lambda*r^2 - C",
            radial,
            "lambda*r^2 - C",
            False,
            "0*M2",
            size["radial"],
            At.radial,
        )
    if usable & {"monotone", "line"}:
        add(
            "gradient of L",
            "||grad L|| >= (lambda*r - J)/Q",
            lambda W: norm(net.gradient(W)),
            "(lambda*r - J)/Q",
            False,
            "0*M1",
            size["risk_gradient"],
            At.gradient_norm,
        )
    if "lipschitz" in proved:
        add(
            "affine gradient",
            "||grad R|| <= G0 + G1*r",
            risk_gradient,
            "G0 + G1*r",
            True,
            "0*M1",
            size["risk_gradient"],
            At.risk_gradient,
        )
    return out, skipped


def _size_of_samples(net: Net, order: int, W: Floats) -> Floats:
    """What the derivative of the loss is made of: |phi^(k)|, and what rounding f may change it by."""
    values = abs(net.of_samples(order, W)).max(axis=1)
    return values + abs(net.data.y).max() + abs(net.data.a).sum() * (1 + abs(net.data.X).max())


def _growth(content: Mapping[str, Any]) -> str | None:
    """The lower bound of L in r that the certificate's V2 states; None where it has none."""
    for step in content["steps"]:
        if step["claim"] != "V2":
            continue
        beside = step["payload"]
        floor = f"{beside['floor']} + " if "floor" in beside else ""
        falling = f" - ({beside['slope']})*r" if "slope" in beside else ""
        return f"{floor}(lambda/2)*r^2{falling}"
    return None


def _at_radius(text: str, known: Mapping[str, Constant], r: tuple[Fraction, Fraction]) -> Any:
    """The enclosure of a formula that may contain r; None where it has no value."""
    tree = parse(text, NAMES | {"r"})
    # Formulas know the names of constants only: a name that does not occur stands for r.
    spare = next(
        name for name in sorted(NAMES) if terms.Node("name", (), name) not in terms.walk(tree)
    )
    renamed = terms.substitute(tree, {terms.Node("name", (), "r"): terms.Node("name", (), spare)})
    try:
        return evaluate(terms.to_text(renamed), {**known, spare: Constant(spare, None, *r)})
    except (KeyError, ValueError, ZeroDivisionError):
        return None


def _holds(q: _Inequality, known: Mapping[str, Constant], at: At) -> bool | None:
    """Whether the inequality holds at a point, None where the balls do not decide."""
    radius = (lower(at.radius), upper(at.radius))
    start, bound = _at_radius(q.first, known, radius), _at_radius(q.text, known, radius)
    value = q.exact(at)
    if start is None or bound is None or not value.is_finite() or radius[1] < start[0]:
        return None
    if q.upper:
        return True if value <= ball(bound[0]) else False if value > ball(bound[1]) else None
    return True if value >= ball(bound[1]) else False if value < ball(bound[0]) else None


def _exact_net(activation: Activation, loss: str, instance: Instance) -> ExactNet:
    t = instance.table
    return ExactNet(
        activation,
        loss,
        [[Fraction(v, t.x_scale) for v in row] for row in t.rows],
        [Fraction(v, t.y_scale) for v in t.labels],
        instance.weights,
        instance.lam,
        instance.noise,
    )


def _doubt(value: float, radius: float, verdict: bool | None) -> str:
    """What is to be said where the kernel gave a value that no certificate allows, and balls did
    not confirm it.
    """
    says = (
        "the exact value is within the bound"
        if verdict
        else "balls of 2048 bits do not decide whether the exact value is within the bound"
    )
    return f"the compiled kernel gave {value:.6g} at ||W|| = {radius:.6g}, where {says}"


MAX_CONFIRMED = 3
"""So many accused points of one inequality are computed again in balls; the first decides most
often.
"""


def _directions(net: Net, rng: np.random.Generator, count: int) -> Floats:
    """Unit directions: random ones, and those along which nets misbehave (all units aligned with a
    data row, one unit alone, signs of a).
    """
    p, d = net.data.p, net.data.d
    X = net.data.X
    _, _, axes = np.linalg.svd(X, full_matrices=False)
    signs = np.where(net.data.a >= 0, 1.0, -1.0)
    out: list[Any] = [rng.standard_normal((p, d)) for _ in range(count)]
    for u in (axes[0], axes[-1], X[rng.integers(len(X))], X[np.argmax((X**2).sum(1))]):
        for c in (signs, -signs, np.ones(p), -np.ones(p), rng.standard_normal(p)):
            out.append(np.outer(c, u))
    for j in rng.integers(0, p, 4):
        alone = np.zeros((p, d))
        alone[j] = axes[0] * rng.choice([-1, 1])
        out.append(alone)
    W = np.array(out)
    size = np.sqrt((W**2).sum(axis=(1, 2), keepdims=True))
    return W / np.where(size > 0, size, 1)


def _attack(q: _Inequality, W: Floats, r: float, rng: np.random.Generator, rounds: int) -> Floats:
    """Hill climbing on the sphere of radius r towards the side that is forbidden."""
    sign = 1.0 if q.upper else -1.0
    value = sign * q.measure(W)
    width = 0.5
    for _ in range(rounds):
        step = rng.standard_normal(W.shape)
        step *= width * r / np.sqrt((step**2).sum(axis=(1, 2), keepdims=True))
        trial = W + step
        trial *= r / np.sqrt((trial**2).sum(axis=(1, 2), keepdims=True))
        new = sign * q.measure(trial)
        better = new > value
        W = np.where(better[:, None, None], trial, W)
        value = np.where(better, new, value)
        width *= 1.3 if better.mean() > 0.2 else 0.8
        width = min(max(width, 1e-4), 1.0)
    return W


def measure(
    content: Mapping[str, Any],
    instance: Instance,
    seed: int = 0,
    rays: int = 12,
    radii: int = 25,
    rounds: int = 20,
    smoothness: bool = True,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> Report:
    """Look for points where the certified inequalities of an instance fail.  InputError for a
    certificate that cannot be evaluated.
    """
    if str(content.get("verdict")) != "PROVED":
        raise InputError(
            f"the certificate is {quoted(content.get('verdict'))}; only what is PROVED can "
            f"be set beside measured values"
        )
    activation, loss = activation_of(content)
    known = constants(content, instance)
    X, y = float_arrays(instance.table)
    net = Net.of(activation, loss, X, y, [float(v) for v in instance.weights], float(instance.lam))
    noise = float(instance.noise)
    rng = np.random.default_rng(seed)
    exact = _exact_net(activation, loss, instance)
    inequalities, skipped = _inequalities(content, known, net, noise)
    directions = _directions(net, rng, rays)
    unit = 1 / np.sqrt(max(float(instance.summary.Lambda_S[1]), 1e-300))
    checks, figures = [], []
    for k, q in enumerate(inequalities):
        low = max(q.start, unit * 1e-2) * (1 + 1e-12)
        grid = np.geomspace(low, _far(q, max(100 * unit, 10 * low)), radii)
        closest: Check | None = None
        nearest_slack = np.inf
        accused: Check | None = None
        doubt, confirmed = "", 0
        worst, points = np.full(radii, np.nan), 0
        extra = directions
        for at, r in enumerate(grid):
            progress(k * radii + at, len(inequalities) * radii, q.statement)
            W = extra * r
            if at % 6 == 0:
                W = np.concatenate([W, _attack(q, W, r, rng, rounds)])
                points += len(extra) * rounds
                extra = np.concatenate([directions, W[len(extra) :][:8] / r])
            radius = np.sqrt((W**2).sum(axis=(1, 2)))
            with np.errstate(all="ignore"):
                value, bound = q.measure(W), q.bound(radius)
                scale = np.abs(q.scale(W)) + np.abs(bound)
                slack = (bound - value) if q.upper else (value - bound)
            points += len(W)
            measured = np.isfinite(value) & np.isfinite(bound)
            # Only what looks broken is weighed against rounding.
            broken = ~measured | ((slack < 0) & ~(slack >= -TOLERANCE * scale))
            for m in np.flatnonzero(broken):
                if confirmed == MAX_CONFIRMED or accused is not None:
                    break
                confirmed += 1
                verdict = exact.decide(W[m], lambda point, q=q: _holds(q, known, point))
                numbers = float(value[m]), float(bound[m]), None, float(radius[m])
                if verdict is False:
                    accused = Check(q.name, q.statement, *numbers, points, True)
                else:
                    doubt = doubt or _doubt(float(value[m]), float(radius[m]), verdict)
            if broken.any() and not doubt and accused is None:
                m = int(np.flatnonzero(broken)[0])
                doubt = _doubt(float(value[m]), float(radius[m]), None)
            fine = np.flatnonzero(~broken)
            if not fine.size:
                continue
            relative = slack[fine] / (np.abs(bound[fine]) + np.abs(value[fine]) + 1e-300)
            m = int(fine[np.argmin(relative)])
            worst[at] = value[fine].max() if q.upper else value[fine].min()
            if relative.min() < nearest_slack:
                nearest_slack = float(relative.min())
                # Where the numbers are not seen to be wrong, more than 1 is rounding.
                ratio = _tightness(float(value[m]), float(bound[m]), q.upper)
                ratio = None if ratio is None else min(ratio, 1.0)
                numbers = float(value[m]), float(bound[m]), ratio, float(radius[m])
                closest = Check(q.name, q.statement, *numbers, points, False)
        chosen = accused or closest
        if chosen is None:
            nothing = float("nan")
            chosen = Check(q.name, q.statement, nothing, nothing, None, nothing, points, False)
            doubt = doubt or "the kernel gave no finite value at all"
        checks.append(dataclasses.replace(chosen, points=points, doubt=doubt))
        if q.name.startswith("V4") or q.name == "dissipativity":
            label = "largest measured" if q.upper else "smallest measured"
            curves = (
                Curve(label, grid, worst),
                Curve(
                    f"certified: {q.statement.split('>=')[-1].strip()}",
                    grid,
                    q.bound(grid),
                    bound=True,
                ),
            )
            figures.append(
                Figure(
                    f"{q.name} ({activation.name}, {loss})",
                    "r = ||W||",
                    q.statement.split(">=")[0].strip(),
                    curves,
                    "log",
                )
            )
    if smoothness:
        check, why = _smoothness(activation, loss, known, instance, net, exact, rng, unit)
        checks += [check] if check else []
        skipped += [why] if why else []
    check, why = _spectral_gap(activation, loss, known, instance, net)
    checks += [check] if check else []
    skipped += [why] if why else []
    return Report(instance.name, instance.summary, tuple(checks), tuple(skipped), tuple(figures))


def _far(q: _Inequality, radius: float) -> float:
    """A radius up to which to look: for a lower bound, well beyond the point where it turns
    positive.
    """
    for _ in range(200):
        if q.upper or q.bound(np.array(radius / 3)) > 0:
            break
        radius *= 1.5
    return radius


def _tightness(measured: float, bound: float, upper: bool) -> float | None:
    """measured/bound of an upper bound, bound/measured of a lower one; None where one of them is
    not positive.
    """
    if measured <= 0 or bound <= 0:
        return None
    return measured / bound if upper else bound / measured


def _smoothness(
    activation: Activation,
    loss: str,
    known: Mapping[str, Constant],
    instance: Instance,
    net: Net,
    exact: ExactNet,
    rng: np.random.Generator,
    unit: float,
) -> tuple[Check | None, str]:
    """The largest Hessian norm that ascent finds, against gLip (proved now when the certificate
    does not carry it).
    """
    limit = known.get("gLip")
    if limit is None or limit.hi is None:
        from proofkit.tactics.prove import prove

        problem = Problem(
            activation, loss, instance.lam, instance.noise, instance.summary, instance.outer
        )
        try:
            limit = prove(problem, "sgd-discrete").constants.get("gLip")
        except (InputError, KernelError):
            limit = None
    if limit is None or limit.hi is None:
        return None, "Hessian norm: no finite gLip is proved for this loss and activation"
    W = _directions(net, rng, 12)
    W = np.concatenate([W * r for r in unit * np.geomspace(0.05, 20, 4)])
    (value, V), points, width = _hessian_norm(net, W, rng), len(W), 0.5
    for _ in range(16):
        size = np.sqrt((W**2).sum(axis=(1, 2), keepdims=True))
        step = rng.standard_normal(W.shape)
        trial = W + step * width * (size + unit * 0.1) / np.sqrt(
            (step**2).sum(axis=(1, 2), keepdims=True)
        )
        new, direction = _hessian_norm(net, trial, rng)
        better = new > value
        W = np.where(better[:, None, None], trial, W)
        V = np.where(better[:, None, None], direction, V)
        value = np.where(better, new, value)
        points += len(W)
        width = min(1.0, width * (1.3 if better.mean() > 0.2 else 0.7))
    highest, bound = limit.hi, float(limit.hi)
    doubt, violated = "", False
    for m in np.flatnonzero(~(value <= bound * (1 + TOLERANCE)))[:MAX_CONFIRMED]:

        def holds(at: At, m: int = m) -> bool | None:
            norm = at.hessian_norm(V[m].tolist())
            # A direction gives a lower bound of the norm: it can accuse, and what it cannot accuse
            # of is fine.
            return False if norm > ball(highest) else True if norm <= ball(highest) else None

        verdict = exact.decide(W[m], holds)
        violated = violated or verdict is False
        if verdict is not False:
            doubt = doubt or _doubt(float(value[m]), float(np.sqrt((W[m] ** 2).sum())), verdict)
    trusted = value if violated else np.where(value <= bound * (1 + TOLERANCE), value, -np.inf)
    m = int(np.argmax(np.where(np.isnan(trusted), -np.inf, trusted)))
    return Check(
        "Hessian norm",
        "||Hessian L|| <= gLip",
        float(value[m]),
        bound,
        float(value[m]) / bound if np.isfinite(value[m]) else None,
        float(np.sqrt((W[m] ** 2).sum())),
        points,
        violated,
        doubt,
    ), ""


def _spectral_gap(
    activation: Activation, loss: str, known: Mapping[str, Constant], instance: Instance, net: Net
) -> tuple[Check | None, str]:
    """In dimension 1 and 2 the gap of the discretised generator against the certified one (proved
    now when the certificate does not carry it).
    """
    from proofkit.numeric.gap import stationary

    dimension = net.data.p * net.data.d
    if dimension > 2:
        return (
            None,
            f"spectral gap: measured in dimension 1 and 2 only, the net has {dimension} weights",
        )
    if not {"xi", "q"} <= set(known) or known["xi"].hi is None:
        from proofkit.tactics.prove import prove

        try:
            known = prove(
                Problem(
                    activation, loss, instance.lam, instance.noise, instance.summary, instance.outer
                ),
                "rate-continuous",
            ).constants
        except (InputError, KernelError):
            known = {}
    if "xi" not in known or known["xi"].hi is None or known["q"].hi is None:
        return None, "spectral gap: none is proved for this loss and activation"
    shape, lam = (-1, net.data.p, net.data.d), float(instance.lam)
    found = stationary(
        lambda x: np.atleast_1d(net.loss(x.reshape(shape))), dimension, float(instance.noise), lam
    )
    bound = lam / float(known["q"].hi) * float(np.exp(-float(known["xi"].hi)))
    # The discretisation is of second order in the cell.
    return Check(
        "spectral gap",
        "lambda_s >= (lambda/q) exp(-xi)",
        found.gap,
        bound,
        bound / found.gap if found.gap > 0 else None,
        float(np.sqrt((found.points**2).sum(axis=1).max())),
        len(found.points),
        False,
        ""
        if found.gap >= bound * (1 - 1e-3)
        else "the discretised generator has a smaller gap than is certified, which proves nothing "
        "either way",
    ), ""


def _hessian_norm(
    net: Net, W: Floats, rng: np.random.Generator, iterations: int = 15
) -> tuple[Floats, Floats]:
    """A lower bound of ||Hessian L(W)|| for each W, by power iteration, and the direction it is
    seen along.
    """
    V = rng.standard_normal(W.shape)
    value, direction = np.zeros(len(W)), V
    for _ in range(iterations):
        V /= np.maximum(np.sqrt((V**2).sum(axis=(1, 2), keepdims=True)), 1e-300)
        direction = V
        V = net.hessian_product(W, V)
        value = np.sqrt((V**2).sum(axis=(1, 2)))
    return value, direction


def _json_number(value: Any) -> Any:
    """JSON has no NaN and no infinity: null."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def summary_json(reports: Sequence[Report]) -> dict[str, Any]:
    """The documented keys of `proofkit validate --json`."""
    return {
        "verdict": "VIOLATED"
        if any(r.violated for r in reports)
        else "UNRELIABLE"
        if any(r.doubtful for r in reports)
        else "CONSISTENT",
        "objective": reports[0].objective,
        "instances": [
            {
                "instance": r.instance,
                "scaling": None if r.data.scaling is None else r.data.scaling.json(),
                "checks": [
                    {
                        k: _json_number(getattr(c, k))
                        for k in (
                            "name",
                            "statement",
                            "measured",
                            "bound",
                            "tightness",
                            "radius",
                            "points",
                            "violated",
                            "doubt",
                        )
                    }
                    for c in r.checks
                ],
                "skipped": list(r.skipped),
            }
            for r in reports
        ],
    }
